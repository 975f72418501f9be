"""How far a stage is, how fast it goes, and when a log says so. Time is a number here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.core.progress import Headway, Stage, duration, is_worth_a_line, stopping, time_left


def begun(total: int = 400, *, now: float = 0.0) -> Headway:
    return Headway.begun(Stage.READING, total, now=now)


def after(standing: Headway, steps: int, *, each: float) -> Headway:
    """Return the standing after so many profiles, each of which took so many seconds."""
    for _ in range(steps):
        standing = standing.advanced(standing.now + each)
    return standing


def test_in_the_first_second_no_rate_is_guessed() -> None:
    early = after(begun(), 9, each=0.1)
    assert (early.done, early.rate, early.left) == (9, None, None)
    assert early.at(0.99).rate is None
    assert early.at(3.0).rate == 3.0


def test_before_the_first_profile_there_is_no_rate_however_long_it_takes() -> None:
    assert (begun().at(60.0).rate, begun().at(60.0).left) == (None, None)


def test_the_rate_and_the_time_left_follow_from_what_was_done() -> None:
    standing = after(begun(400), 100, each=0.1)
    assert standing.rate == pytest.approx(10.0)
    assert standing.left == pytest.approx(30.0)


def test_the_rate_is_that_of_late_and_not_that_of_a_burst_at_the_start() -> None:
    """An allowance lets 5,000 calls through at once and then one each second."""
    slow = after(after(begun(400), 200, each=0.05), 60, each=1.0)
    assert slow.rate == pytest.approx(1.0, rel=0.05)
    assert slow.left == pytest.approx(140.0, rel=0.05)


def test_a_long_run_keeps_few_marks() -> None:
    assert len(after(begun(5000), 5000, each=0.02).marks) < 30


def test_while_all_wait_the_rate_falls() -> None:
    standing = after(begun(400), 100, each=0.1)
    rate = standing.at(standing.now + 60).rate
    assert rate is not None
    assert rate < 2.0


@pytest.mark.parametrize(
    ("done", "passed", "line"),
    [
        (39, 10.0, False),
        (40, 0.9, False),
        (40, 1.0, True),
        (40, 29.0, True),
        (0, 29.9, False),
        (0, 30.0, True),
        (400, 2.0, True),
    ],
)
def test_a_log_gets_a_line_each_tenth_and_each_half_minute(done: int, passed: float, *, line: bool) -> None:
    now = after(begun(400), done, each=0.0).at(passed)
    assert is_worth_a_line(begun(400), now) is line


def test_a_stage_without_profiles_has_no_tenth() -> None:
    assert not is_worth_a_line(begun(0), begun(0).at(5.0))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1.0, "0 s"),
        (0.0, "0 s"),
        (0.2, "1 s"),
        (59.0, "59 s"),
        (60.0, "1 min"),
        (96.4, "1 min 37 s"),
        (3600.0, "1 h"),
        (7512.0, "2 h 5 min"),
    ],
)
def test_a_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("writes", "words"),
    [
        (0, "Stopping: no write is on its way, and what was sent is being recorded."),
        (1, "Stopping: finishing 1 write that is on its way. Press again to leave it unknown."),
        (4, "Stopping: finishing 4 writes that are on their way. Press again to leave them unknown."),
    ],
)
def test_the_first_signal_is_answered_with_what_is_finished(writes: int, words: str) -> None:
    assert stopping(writes) == words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90m", 5400),
        ("90min", 5400),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("45s", 45),
        ("14:30", 9000),
        ("9:00", 75_600),
        ("12:00", None),
        ("2026-08-02T14:30Z", 9000),
        ("2026-08-02T14:30+02:00", 1800),
        ("2026-08-02 14:30Z", 9000),
        (" 2026-08-02T14:30Z ", 9000),
        ("2026-08-02T11:59Z", None),
        ("\u06639m", None),
        ("1\u0664:30", None),
        ("2026-08-02T14:30", None),
        ("", None),
        ("0m", None),
        ("90", None),
        ("24:00", None),
        ("tomorrow", None),
    ],
)
def test_a_limit_is_a_duration_or_a_time_that_is_still_to_come(text: str, seconds: float | None) -> None:
    assert time_left(text, datetime(2026, 8, 2, 12, tzinfo=UTC)) == seconds
