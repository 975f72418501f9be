from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.memory.lease import LEASE_LENGTH, SKEW, UNREADABLE, Lease, place, remaining

NOW = datetime(2026, 8, 2, 12, tzinfo=UTC)
NONE = timedelta(0)


def lease(until: str, *, run: str = "12", machine: str = "runner", process: int = 7) -> Lease:
    return Lease(run=run, machine=machine, process=process, until=until)


def until(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


def test_a_lease_that_was_renewed_is_the_same_lease() -> None:
    assert lease(until(60)).is_of(lease(until(120)))


@pytest.mark.parametrize("other", [{"run": "13"}, {"machine": "laptop"}, {"process": 8}])
def test_a_lease_of_another_run_machine_or_process_is_another_one(other: dict[str, Any]) -> None:
    assert not lease(until(60)).is_of(Lease(**{**dict(lease(until(60))), **other}))


def test_a_lease_that_was_given_back_is_still_of_the_same_run_and_holds_no_run_up() -> None:
    ended = lease(until(60)).ended
    assert ended.is_of(lease(until(60)))
    assert (ended.ends(), remaining(ended, NOW)) == (None, NONE)


@pytest.mark.parametrize("written", ["", "soon", "2026-08-02", "2026-08-02T12:01:00", "2026-99-02T12:01:00Z", "\ud800"])
def test_a_lease_without_an_end_holds_no_run_up(written: str) -> None:
    assert (lease(written).ends(), remaining(lease(written), NOW)) == (None, NONE)


@pytest.mark.parametrize("written", ["2026-08-02T12:01:00Z", "2026-08-02T12:01:00+00:00", "2026-08-02T14:01:00+02:00"])
def test_when_a_lease_ends_is_the_same_moment_in_every_zone(written: str) -> None:
    assert lease(written).ends() == NOW + timedelta(seconds=60)
    assert remaining(lease(written), NOW.astimezone(timezone(timedelta(hours=5)))) == timedelta(seconds=60) + SKEW


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        (60, timedelta(seconds=60) + SKEW),
        (0, SKEW),
        (-SKEW.total_seconds(), NONE),
        (-10_000, NONE),
        (LEASE_LENGTH.total_seconds(), LEASE_LENGTH + SKEW),
        (10_000, LEASE_LENGTH + SKEW),
    ],
)
def test_a_lease_holds_others_up_until_it_ends_on_every_clock_and_never_for_longer_than_one_is_made(
    seconds: float, left: timedelta
) -> None:
    assert remaining(lease(until(seconds)), NOW) == left


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-23:59", UNREADABLE.until])
def test_a_lease_that_ends_with_the_calendar_is_as_long_as_any(end: str) -> None:
    assert remaining(lease(end), NOW) == LEASE_LENGTH + SKEW


@pytest.mark.parametrize(("boot", "namespace"), [("", "4026531836"), ("b", ""), ("", "")])
def test_a_place_of_which_a_part_is_unknown_is_the_processs_own(boot: str, namespace: str) -> None:
    assert place("runner", "b", "4026531836", nonce="n") == place("runner", "b", "4026531836", nonce="m")
    assert place("runner", boot, namespace, nonce="n") != place("runner", boot, namespace, nonce="m")


def test_without_a_lease_no_run_waits() -> None:
    assert remaining(None, NOW) == NONE


@given(st.text(max_size=30) | st.datetimes(timezones=st.none() | st.timezones()).map(datetime.isoformat))
def test_no_lease_makes_a_run_wait_forever(written: str) -> None:
    assert NONE <= remaining(lease(written), NOW) <= LEASE_LENGTH + SKEW
