"""The options by which a run is a part of the work, through the real commands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from reconciler.cli.running import limit_of
from reconciler.effects.world import Context
from tests.support.fleet import Fleet
from tests.support.repository import Shop

NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)


def world(**environ: str) -> Context:
    """Return a world at noon, 1,000 seconds after the machine's start."""
    return Context(Path("/nowhere"), environ, now=lambda: NOON, monotonic=lambda: 1000.0)


@pytest.mark.parametrize(
    ("text", "minutes", "seconds"),
    [("90m", "", 5400), ("14:30", "", 9000), ("90m", "30", 5400), (None, "120", 6900), ("", "10", 480)],
)
def test_a_run_has_the_limit_that_is_named_or_that_its_job_has(text: str | None, minutes: str, seconds: float) -> None:
    assert limit_of(text, world(RECONCILER_JOB_MINUTES=minutes)) == 1000 + seconds


@pytest.mark.parametrize("minutes", ["", "0", "-5", "ten", "1000000"])
def test_a_job_that_names_no_minutes_has_no_limit(minutes: str) -> None:
    assert limit_of(None, world(RECONCILER_JOB_MINUTES=minutes)) is None


def test_a_limit_that_is_none_is_refused_with_what_would_be_one() -> None:
    with pytest.raises(click.BadParameter, match="'tomorrow' is none of a duration"):
        limit_of("tomorrow", world())


@pytest.mark.parametrize("command", [("plan",), ("apply", "-y", "--allow", "first-contact"), ("drift",)])
def test_a_run_whose_time_is_over_says_what_was_not_read(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    fleet.profile("berlin", about="Fresh bread")
    shop = Shop(fleet, capsys)
    # A second leaves no time for a call.
    ran = shop.run(*command, "--until", "1s")
    assert ran.code == 6
    assert "the run's time is over" in ran.out
    assert fleet.requests() == []
    assert shop.run(*command, "--until", "10m").code == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("plan", "--until", "soon"), "'soon' is none of a duration"),
        (("drift", "--accept", "about", "--until", "soon", "--reason", "x"), "'soon' is no day"),
    ],
)
def test_what_is_no_time_is_a_mistake_in_the_command(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], why: str
) -> None:
    fleet.profile("berlin", about="Fresh bread")
    ran = Shop(fleet, capsys).run(*words)
    assert ran.code == 64
    assert why in ran.err
