"""`validate --watch`: a report now, another one after each change, and 130 at Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.cli import main
from reconciler.core.basics import USAGE, EnvironmentProblem
from reconciler.core.reports.command_reports import ValidateReport
from reconciler.effects.signals import Interrupted
from reconciler.effects.world import Context
from reconciler.pipeline import validating
from tests.support.fleet import Fleet

Look = Callable[[tuple[str, ...]], None]


@pytest.fixture
def happening(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Look], object]], None]:
    """Return what puts something in the place of waiting: it gets what looks. Ctrl-C follows it."""

    def put(happens: Callable[[Look], object]) -> None:
        async def watch(_: Context, look: Look) -> None:
            happens(look)
            raise Interrupted(signal.SIGINT)

        monkeypatch.setattr(validating, "watch_run", watch)

    return put


def test_each_change_has_a_fresh_report_and_ctrl_c_ends_it(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], happening: Callable[[Callable[[Look], object]], None]
) -> None:
    fleet.profile(about="Fresh bread")

    def happens(look: Look) -> None:
        look(())
        fleet.profile(about="x" * 140)
        look(("berlin.yaml",))
        fleet.profile(about="Cake")
        look(("a\u202e.yaml", "b.yaml", "c.yaml", "d.yaml"))

    happening(happens)
    assert main(["-C", str(fleet.root), "validate", "--watch"]) == 128 + signal.SIGINT
    out, err = capsys.readouterr()
    first, second, third = (
        out.split("\n\n", 1)[0],
        out.index("  berlin.yaml changed\n"),
        out.index(" and 1 more changed\n"),
    )
    assert first == "1 profile checked: no problems."
    assert "1 error; no profile is sound." in out[second:third]
    assert "⟨U+202E⟩" in out[second:third]
    assert out[third:].endswith("1 profile checked: no problems.\n")
    assert "Watching profiles/: Ctrl-C ends it." in err


def test_what_stops_a_look_does_not_end_the_watch(
    fleet: Fleet,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    happening: Callable[[Callable[[Look], object]], None],
) -> None:
    runs = [validating.validate_run]

    def at_first_broken(*given: Any) -> ValidateReport:
        if len(runs) == 1:
            runs.append(runs[0])
            raise EnvironmentProblem("the disk is gone")
        return runs[0](*given)

    monkeypatch.setattr(validating, "validate_run", at_first_broken)

    def happens(look: Look) -> None:
        look(())
        look(("berlin.yaml",))

    fleet.profile(about="Fresh bread")
    happening(happens)
    assert main(["-C", str(fleet.root), "validate", "--watch", "-q"]) == 130
    out, err = capsys.readouterr()
    assert out.startswith("error: the disk is gone\n")
    assert out.endswith("1 profile checked: no problems.\n")
    assert "Watching" not in err


@pytest.mark.parametrize("more", [("--json",), ("--format", "sarif"), ("--report", "x"), ("--annotate",)])
def test_what_is_one_document_is_not_watched(fleet: Fleet, more: tuple[str, ...]) -> None:
    assert main(["-C", str(fleet.root), "validate", "--watch", *more]) == USAGE


def test_the_files_of_the_repository_are_watched(fleet: Fleet) -> None:
    seen: list[tuple[str, ...]] = []

    async def sleep(_: float) -> None:
        if seen[1:]:
            raise Interrupted(signal.SIGINT)
        fleet.profile(about="Fresh bread")

    with pytest.raises(Interrupted):
        fleet.run(lambda context: validating.watch_run(replace(context, sleep=sleep), seen.append))
    assert seen == [(), ("berlin.yaml",)]
