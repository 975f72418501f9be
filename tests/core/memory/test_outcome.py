from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from reconciler.core.fields import SecretRef, Value, Webhook
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, OutcomeStatus, with_outcomes
from reconciler.core.target import Assumed, Before, Known, Unknown
from tests.support import change, picture, target
from tests.support.stores import run_record

APPLIED, UNCONVERGED, UNKNOWN = FieldStatus.APPLIED, FieldStatus.UNCONVERGED, FieldStatus.UNKNOWN
ACKNOWLEDGED, ALTERED = FieldStatus.ACKNOWLEDGED, FieldStatus.ALTERED
FAILED, NOT_SENT, LEFT = FieldStatus.FAILED, FieldStatus.NOT_SENT, FieldStatus.LEFT_ALONE


def outcome(*statuses: FieldStatus, skipped: bool = False) -> Outcome:
    fields = tuple(FieldOutcome(field=f"field {n}", status=status) for n, status in enumerate(statuses))
    return Outcome(target=target(), fields=fields, skipped=skipped)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((), OutcomeStatus.UNCHANGED),
        ((APPLIED,), OutcomeStatus.APPLIED),
        ((APPLIED, APPLIED), OutcomeStatus.APPLIED),
        ((UNKNOWN,), OutcomeStatus.UNKNOWN),
        ((UNCONVERGED,), OutcomeStatus.UNKNOWN),
        ((ALTERED,), OutcomeStatus.ALTERED),
        ((APPLIED, ALTERED), OutcomeStatus.ALTERED),
        ((ACKNOWLEDGED, ALTERED), OutcomeStatus.ALTERED),
        ((ALTERED, UNCONVERGED), OutcomeStatus.UNKNOWN),
        ((ALTERED, FAILED), OutcomeStatus.PARTIAL),
        ((ALTERED, NOT_SENT), OutcomeStatus.PARTIAL),
        ((APPLIED, UNCONVERGED), OutcomeStatus.UNKNOWN),
        ((APPLIED, UNKNOWN, FAILED, NOT_SENT), OutcomeStatus.UNKNOWN),
        ((FAILED,), OutcomeStatus.FAILED),
        ((FAILED, NOT_SENT), OutcomeStatus.FAILED),
        ((APPLIED, FAILED), OutcomeStatus.PARTIAL),
        ((APPLIED, NOT_SENT), OutcomeStatus.PARTIAL),
        ((NOT_SENT,), OutcomeStatus.SKIPPED),
        ((NOT_SENT, NOT_SENT), OutcomeStatus.SKIPPED),
        ((LEFT,), OutcomeStatus.SKIPPED),
        ((LEFT, NOT_SENT), OutcomeStatus.SKIPPED),
    ],
)
def test_a_target_is_summed_up_from_its_fields(statuses: tuple[FieldStatus, ...], status: OutcomeStatus) -> None:
    """A run that was cut off before it came to a target did not fail there: nothing was sent."""
    assert outcome(*statuses).status is status


@pytest.mark.parametrize("statuses", [(), (NOT_SENT,), (APPLIED,), (FAILED, LEFT)])
def test_a_target_that_was_skipped_is_said_to_be_whatever_its_fields(statuses: tuple[FieldStatus, ...]) -> None:
    assert outcome(*statuses, skipped=True).status is OutcomeStatus.SKIPPED


EVERY = [
    some
    for size in range(1, 6)
    for some in itertools.combinations((APPLIED, ALTERED, UNKNOWN, FAILED, NOT_SENT, UNCONVERGED), size)
]


@pytest.mark.parametrize("statuses", EVERY, ids=", ".join)
def test_what_was_left_alone_does_not_colour_the_rest(statuses: tuple[FieldStatus, ...]) -> None:
    assert outcome(LEFT, *statuses).status is outcome(*statuses).status
    assert outcome(*reversed(statuses)).status is outcome(*statuses).status


@pytest.mark.parametrize(
    ("before", "told", "how"),
    [
        (Known(value="Old"), "Old", "known"),
        (Known(value=""), "", "known"),
        (Assumed(value="Old", since="2026-08-02T09:30:00Z"), "Old", "assumed"),
        (Unknown(), None, "unknown"),
    ],
)
def test_an_outcome_says_what_was_before_and_how_that_is_known(before: Before, told: str | None, how: str) -> None:
    assert FieldOutcome.of(change(before=before), APPLIED, detail="why") == FieldOutcome(
        field="about", status=APPLIED, detail="why", before=told, before_is=how, after="New"
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (("https://a.example",), ["https://a.example"]),
        ((), []),
        (Webhook(url="https://h.example"), {"url": "https://h.example"}),
    ],
)
def test_an_outcome_holds_its_values_as_json(value: Value, told: object) -> None:
    found = FieldOutcome.of(change("websites", before=value, after=value), FAILED)
    assert (found.before, found.after) == (told, told)


def test_an_outcome_names_secrets_and_pictures_without_holding_them() -> None:
    hook = Webhook(url="https://h.example", verify_token=SecretRef(env="WEBHOOK_VERIFY"))
    assert FieldOutcome.of(change("webhook", after=hook), APPLIED).after["verify_token"] == {"env": "WEBHOOK_VERIFY"}
    assert "grid" not in FieldOutcome.of(change("picture", after=picture(grid="AAAA")), APPLIED).after


@pytest.mark.parametrize(("vouched", "batch", "counts"), [(True, True, 1), (True, False, 0), (False, False, 1)])
def test_a_batch_that_no_mark_vouches_for_is_no_part_of_a_record_that_one_vouches_for(
    *, vouched: bool, batch: bool, counts: int
) -> None:
    whole = replace(run_record(), vouched=vouched)
    part = replace(run_record(), vouched=batch, outcomes=(outcome(APPLIED),))
    assert with_outcomes(whole, [part]).outcomes == part.outcomes[:counts]
    assert with_outcomes(whole, [replace(part, run="13"), replace(part, started="before")]).outcomes == ()
