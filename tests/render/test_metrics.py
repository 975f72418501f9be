"""The metrics of a look for drift, read by the parsers of another project."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.reports.handover import Handover, HandoverKind, MovedField, UnreadField
from reconciler.render.metrics import LookTimes, last_success, metrics_text
from tests.support.metrics import families, numbers

TIMES = LookTimes(ended=1_796_200_000, seconds=1.23456, success_before=1_796_100_000)
MOVED = (MovedField(profile="berlin", field="about"), MovedField(profile="berlin", field="email"))


def look(code: int = 0, *, complete: bool = True, errored: bool = False, unread: int = 0) -> Handover:
    return Handover(
        kind=HandoverKind.DRIFT,
        text="",
        exit_code=code,
        complete=complete,
        errored=errored,
        moved=MOVED,
        unread=(UnreadField(profile="paris"),) * unread,
    )


def test_a_look_in_numbers() -> None:
    assert numbers(metrics_text(look(), TIMES)) == {
        "differences": 2,
        "unreadable": 0,
        "exit_code": 0,
        "duration_seconds": 1.235,
        "last_look_timestamp_seconds": TIMES.ended,
        "last_success_timestamp_seconds": TIMES.ended,
    }


def test_every_number_is_a_gauge_with_words() -> None:
    found = list(families(metrics_text(look(), TIMES)))
    assert [(family.type, family.documentation.endswith(".")) for family in found] == [("gauge", True)] * 6
    assert [family.name for family in found if family.unit] == [
        family.name for family in found if family.name.endswith("seconds")
    ]


@pytest.mark.parametrize(
    ("page", "success"),
    [
        (look(), TIMES.ended),
        (look(2), TIMES.ended),
        (look(6, complete=False, unread=1), TIMES.success_before),
        (look(0, complete=False), TIMES.success_before),
        (look(1, errored=True), TIMES.success_before),
    ],
)
def test_drift_is_a_success_and_what_was_not_read_is_none(page: Handover, success: int) -> None:
    """A page that is not complete is no success even where its exit code says nothing of it."""
    assert numbers(metrics_text(page, TIMES))["last_success_timestamp_seconds"] == success


def test_a_look_that_was_stopped_counts_nothing() -> None:
    found = numbers(metrics_text(look(1, errored=True), replace(TIMES, success_before=None)))
    assert found == {"exit_code": 1, "duration_seconds": 1.235, "last_look_timestamp_seconds": TIMES.ended}


def test_the_last_success_is_read_back() -> None:
    assert last_success(metrics_text(look(), TIMES)) == TIMES.ended


@pytest.mark.parametrize("text", ["", "# EOF", "reconciler_drift_last_success_timestamp_seconds soon\n", "\0\n"])
def test_another_text_says_nothing_of_a_success(text: str) -> None:
    assert last_success(text) is None
