"""The line of a stage, at each width, and the lines of a log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.progress import Headway, Stage
from reconciler.render.terminal import uncoloured
from reconciler.render.text.progress import beginning_text, progress_line, progress_text

READING = Headway(Stage.READING, 412, 20.7, done=331, marks=((0.0, 0),))
PACE = "Meta's allowance of 5,000 calls in 1 h"


def drawn(standing: Headway, width: int) -> str:
    return uncoloured(progress_text(standing, width))


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, "Reading 412 profiles  ████████████████████░░░░░  331/412  16/s  6 s left"),
        (72, "Reading 412 profiles  ██████░░  331/412  16/s  6 s left"),
        (50, "██████░░  331/412  16/s  6 s left"),
        (20, "331/412  6 s left"),
        (12, "331/412"),
        (4, "331/412"),
    ],
)
def test_a_narrow_terminal_loses_the_bar_before_the_numbers(width: int, line: str) -> None:
    assert drawn(READING, width) == line


def test_what_is_waited_for_stands_behind_it_or_below_where_there_is_no_room() -> None:
    waits = replace(READING, waits=(PACE,))
    line = "Reading 412 profiles  ████████████████████░░░░░  331/412  16/s  6 s left"
    assert drawn(waits, 200) == f"{line}  waiting for {PACE}"
    assert drawn(waits, 80) == f"{line}\nwaiting for {PACE}"


@pytest.mark.parametrize(("seconds", "rate"), [(33.1, "10/s"), (106.0, "3.1/s"), (662.0, "30.0/min")])
def test_a_slow_rate_has_a_decimal_and_a_very_slow_one_is_by_the_minute(seconds: float, rate: str) -> None:
    assert f"  {rate}  " in drawn(READING.at(seconds), 80)


def test_nothing_is_guessed_before_it_is_known_and_nothing_said_of_the_end() -> None:
    none = "░" * 25
    assert drawn(Headway.begun(Stage.WRITING, 1, now=0.0), 80) == f"Writing 1 profile  {none}  0/1"
    assert drawn(replace(READING, done=412), 80).endswith("  412/412")


def test_a_name_from_a_ledger_moves_no_cursor() -> None:
    assert "\x1b]" not in progress_text(replace(READING, waits=("run \x1b]0;evil\x07, which is writing",)), 200)


def test_a_log_says_at_the_start_what_it_may_take() -> None:
    assert beginning_text(READING) == "Reading 412 profiles"
    note = "at most 824 calls in about 4 min; Meta allows 5,000 calls in 1 h"
    assert beginning_text(replace(READING, note=note)) == f"Reading 412 profiles: {note}"


def test_a_log_says_on_the_way_how_much_how_fast_and_what_it_waits_for() -> None:
    assert progress_line(READING) == "Reading: 331 of 412 (80 %), 16/s, 6 s left"
    waits = replace(Headway.begun(Stage.WRITING, 398, now=0.0), waits=(PACE, "run 12, which is writing"))
    assert progress_line(waits) == f"Writing: 0 of 398 (0 %), waiting for {PACE} and run 12, which is writing"
