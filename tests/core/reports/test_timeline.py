"""What applies did over time, from records that a stranger may have written."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from reconciler.core.memory.runs import FieldStatus
from reconciler.core.reports.timeline import MOST_SPANS, NO_TIME, Period, PeriodNumbers, Timeline, timeline
from tests.support import target
from tests.support.fleet_page import run_on

HERE = target()
TODAY = date(2026, 12, 1)


def of(*days: str) -> Timeline:
    """Return the timeline of an apply of one field on each day."""
    return timeline([run_on(day, HERE, FieldStatus.APPLIED) for day in days], {HERE.key}, TODAY)


def test_without_an_apply_there_is_no_time() -> None:
    assert of() == NO_TIME
    # Another repository's profile, or one that is not selected.
    assert timeline([run_on("2026-11-30", HERE, FieldStatus.APPLIED)], set(), TODAY) == NO_TIME


@pytest.mark.parametrize("started", ["", "yesterday", "2026-13-01", "2026-12-02", "9999-12-31"])
def test_a_time_that_is_none_or_is_still_to_come_is_passed_over(started: str) -> None:
    assert of(started) == NO_TIME
    assert of(started, "2026-12-01") == Timeline(Period.DAY, (PeriodNumbers(TODAY, 1),))


@pytest.mark.parametrize(
    ("first", "span", "number", "begins"),
    [
        ("2026-12-01", Period.DAY, 1, date(2026, 12, 1)),
        ("2026-11-01", Period.DAY, 31, date(2026, 11, 1)),
        ("2026-10-31", Period.WEEK, 6, date(2026, 10, 26)),
        ("2026-05-06", Period.WEEK, 31, date(2026, 5, 4)),
        ("2026-05-05", Period.MONTH, 8, date(2026, 5, 1)),
        ("2024-01-31", Period.MONTH, MOST_SPANS, date(2024, 1, 1)),
    ],
)
def test_a_longer_time_has_longer_spans_without_a_gap(first: str, span: Period, number: int, begins: date) -> None:
    found = of(first)
    assert (found.span, len(found.spans), found.spans[0].begins, found.cut) == (span, number, begins, False)
    assert [one.applied for one in found.spans] == [1] + [0] * (number - 1)


def test_of_a_very_long_time_the_newest_spans_are_told() -> None:
    found = of("0001-01-01", "2026-11-30")
    assert (len(found.spans), found.spans[0].begins, found.cut) == (MOST_SPANS, date(2024, 1, 1), True)
    assert sum(one.applied for one in found.spans) == 1


def test_what_looks_found_stands_beside_it_as_the_last_look_of_each_account_had_it() -> None:
    day = partial(date, 2026)
    one = ((day(9, 30), 7), (day(11, 30), 3), (day(12, 1), 0), (day(12, 2), 9))
    other = ((day(11, 30), 2),)
    found = timeline([], set(), TODAY, looks=(one[1:], other))
    assert found == Timeline(Period.DAY, (PeriodNumbers(day(11, 30), found=5), PeriodNumbers(TODAY, found=0)))
    months = timeline([run_on("2026-10-31", HERE, FieldStatus.APPLIED)], {HERE.key}, TODAY, looks=(one, other))
    # A week takes the last look of each account in it; a look that is still to come is passed over.
    weeks = {span.begins: span.found for span in months.spans if span.found is not None}
    assert (months.span, weeks) == (Period.WEEK, {day(9, 28): 7, day(11, 30): 2})
    assert timeline([], set(), TODAY, looks=((), ((day(12, 2), 9),))) == NO_TIME


def test_each_field_counts_as_what_became_of_it() -> None:
    runs = [run_on("2026-12-01", HERE, *FieldStatus), run_on("2026-12-01", HERE, FieldStatus.FAILED)]
    (one,) = timeline(runs, {HERE.key}, TODAY).spans
    # What was not sent at all is no part of any.
    assert (one.applied, one.left, one.failed) == (3, 2, 4)
    assert one.applied + one.left + one.failed == len(FieldStatus) - 1 + 1
