from __future__ import annotations

import itertools

import pytest

from reconciler.core.outcome import FieldOutcome, FieldStatus, Outcome, Status
from tests.support import target

APPLIED, UNCONVERGED, UNKNOWN = FieldStatus.APPLIED, FieldStatus.UNCONVERGED, FieldStatus.UNKNOWN
FAILED, NOT_SENT, LEFT = FieldStatus.FAILED, FieldStatus.NOT_SENT, FieldStatus.LEFT_ALONE


def outcome(*statuses: FieldStatus, skipped: bool = False) -> Outcome:
    fields = tuple(FieldOutcome(field=f"field {n}", status=status) for n, status in enumerate(statuses))
    return Outcome(target=target(), fields=fields, skipped=skipped)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((), Status.UNCHANGED),
        ((APPLIED,), Status.APPLIED),
        ((APPLIED, APPLIED), Status.APPLIED),
        ((UNKNOWN,), Status.UNKNOWN),
        ((UNCONVERGED,), Status.UNKNOWN),
        ((APPLIED, UNCONVERGED), Status.UNKNOWN),
        ((APPLIED, UNKNOWN, FAILED, NOT_SENT), Status.UNKNOWN),
        ((FAILED,), Status.FAILED),
        ((FAILED, NOT_SENT), Status.FAILED),
        ((APPLIED, FAILED), Status.PARTIAL),
        ((APPLIED, NOT_SENT), Status.PARTIAL),
        ((NOT_SENT,), Status.SKIPPED),
        ((NOT_SENT, NOT_SENT), Status.SKIPPED),
        ((LEFT,), Status.SKIPPED),
        ((LEFT, NOT_SENT), Status.SKIPPED),
    ],
)
def test_a_target_is_summed_up_from_its_fields(statuses: tuple[FieldStatus, ...], status: Status) -> None:
    """A run that was cut off before it came to a target did not fail there: nothing was sent."""
    assert outcome(*statuses).status is status


@pytest.mark.parametrize("statuses", [(), (NOT_SENT,), (APPLIED,), (FAILED, LEFT)])
def test_a_target_that_was_skipped_is_said_to_be_whatever_its_fields(statuses: tuple[FieldStatus, ...]) -> None:
    assert outcome(*statuses, skipped=True).status is Status.SKIPPED


EVERY = [
    some
    for size in range(1, 6)
    for some in itertools.combinations((APPLIED, UNKNOWN, FAILED, NOT_SENT, UNCONVERGED), size)
]


@pytest.mark.parametrize("statuses", EVERY, ids=", ".join)
def test_what_was_left_alone_does_not_colour_the_rest(statuses: tuple[FieldStatus, ...]) -> None:
    assert outcome(LEFT, *statuses).status is outcome(*statuses).status
    assert outcome(*reversed(statuses)).status is outcome(*statuses).status
