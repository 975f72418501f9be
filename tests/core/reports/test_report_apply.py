"""The reasons of an apply: what keeps it from simply being done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.basics import Reason, error, exit_code
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.planning.field_plan import UnchangedField
from reconciler.core.planning.origin import NOT_AS_SENT, SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.approval import Unapproved
from reconciler.core.target import Change, Origin
from tests.support import change, planned, target

APPLIED, UNCONVERGED, UNKNOWN = FieldStatus.APPLIED, FieldStatus.UNCONVERGED, FieldStatus.UNKNOWN
ALTERED = FieldStatus.ALTERED
FAILED, NOT_SENT, LEFT = FieldStatus.FAILED, FieldStatus.NOT_SENT, FieldStatus.LEFT_ALONE
PERSON = FieldStatus.FOR_A_PERSON
ERROR, STOPPED, PARTLY, INCOMPLETE = Reason.ERROR, Reason.STOPPED, Reason.PARTLY, Reason.INCOMPLETE
KEPT_OTHERWISE = [
    replace(planned(), unchanged=(UnchangedField(field="about", reason=reason),)) for reason in sorted(NOT_AS_SENT)
]


def outcome(
    *statuses: FieldStatus, reasons: tuple[Reason, ...] = (), skipped: bool = False, place: str = "berlin"
) -> Outcome:
    fields = tuple(
        FieldOutcome(field=field, status=status)
        for field, status in zip(("about", "email", "address"), statuses, strict=False)
    )
    return Outcome(target=target(place, address=place), fields=fields, reasons=reasons, skipped=skipped)


def planned_for(*changes: Change, status: TargetStatus = TargetStatus.PLANNED) -> TargetPlan:
    return planned(*changes, to=target(address="berlin"), status=status)


def report(
    *outcomes: Outcome, targets: tuple[TargetPlan, ...] = (), stopped: str = "", unrecorded: str = ""
) -> ApplyReport:
    return ApplyReport(
        plan=Plan(targets=targets or (planned(),)), outcomes=outcomes, stopped=stopped, unrecorded=unrecorded
    )


FINE = outcome(APPLIED)
REFUSED = outcome(FAILED, reasons=(PARTLY,), place="ankara")
HALF = outcome(APPLIED, FAILED, reasons=(PARTLY,))
MOVED = outcome(NOT_SENT, reasons=(PARTLY,), skipped=True)
LOST = outcome(UNKNOWN, reasons=(INCOMPLETE,))
LOST_AFTER_ONE = outcome(APPLIED, UNKNOWN, NOT_SENT, reasons=(PARTLY, INCOMPLETE))
LOST_THEN_REFUSED = outcome(UNKNOWN, FAILED, reasons=(PARTLY, INCOMPLETE))


@pytest.mark.parametrize(
    ("outcomes", "reasons"),
    [
        ((), set()),
        ((FINE,), set()),
        ((outcome(),), set()),
        ((FINE, REFUSED), {PARTLY}),
        ((HALF,), {PARTLY}),
        ((HALF, REFUSED), {PARTLY}),
        ((REFUSED,), {ERROR}),
        ((REFUSED, REFUSED), {ERROR}),
        ((MOVED,), {PARTLY}),
        ((MOVED, FINE), {PARTLY}),
        ((MOVED, REFUSED), {ERROR}),
        ((LOST,), {INCOMPLETE}),
        ((LOST, REFUSED), {PARTLY, INCOMPLETE}),
        ((outcome(ALTERED, reasons=(INCOMPLETE,)), REFUSED), {PARTLY, INCOMPLETE}),
        ((outcome(UNCONVERGED, reasons=(INCOMPLETE,)), REFUSED), {PARTLY, INCOMPLETE}),
        ((LOST_AFTER_ONE,), {PARTLY, INCOMPLETE}),
        ((LOST_AFTER_ONE, REFUSED), {PARTLY, INCOMPLETE}),
        ((LOST_THEN_REFUSED,), {PARTLY, INCOMPLETE}),
        ((outcome(UNCONVERGED, reasons=(INCOMPLETE,)),), {INCOMPLETE}),
    ],
)
def test_a_run_that_wrote_something_is_partly_applied_and_one_that_only_failed_is_an_error(
    outcomes: tuple[Outcome, ...], reasons: set[Reason]
) -> None:
    """What may have been written counts as written: nobody may read the code as "nothing happened"."""
    assert report(*outcomes).reasons == reasons


@pytest.mark.parametrize(("status", "code"), [(LEFT, 0), (PERSON, 3)])
def test_drift_left_by_policy_is_done_and_what_is_left_for_a_person_is_stopped(status: FieldStatus, code: int) -> None:
    left = report(outcome(status))
    assert left.reasons == ({STOPPED} if code else set())
    assert exit_code(left.reasons) == code


@pytest.mark.parametrize("origin", [Origin.CONFLICT, Origin.UNRECORDED])
def test_a_conflict_that_was_sent_needs_no_review_any_more(origin: Origin) -> None:
    assert report(FINE, targets=(planned_for(change(origin=origin)),)).reasons == set()


def test_what_an_approved_plan_does_not_hold_is_a_stop() -> None:
    strange = Unapproved(target=target(), file="profiles/berlin.yaml", now=change())
    found = ApplyReport(plan=Plan(targets=(planned(),)), unapproved=(strange,)).reasons
    assert (found, exit_code(found)) == (frozenset({STOPPED}), 3)


def test_what_a_run_came_to_is_counted_by_field() -> None:
    found = report(outcome(APPLIED, LEFT), outcome(PERSON, FAILED, APPLIED, place="ankara")).came_to
    assert {status: number for status, number in found.items() if number} == {APPLIED: 2, LEFT: 1, PERSON: 1, FAILED: 1}
    assert set(found) == set(FieldStatus)


def test_a_conflict_left_beside_a_failure_tells_both() -> None:
    conflict = planned_for(change("about"), change("email", origin=Origin.CONFLICT))
    found = report(outcome(FAILED, PERSON, reasons=(PARTLY,)), targets=(conflict,)).reasons
    assert found == {ERROR, STOPPED}
    assert exit_code(found) == 1


@pytest.mark.parametrize("one", KEPT_OTHERWISE)
def test_a_value_that_the_provider_keeps_otherwise_keeps_the_run_incomplete(one: TargetPlan) -> None:
    assert report(targets=(one,)).reasons == {INCOMPLETE}
    assert exit_code(report(FINE, targets=(one,)).reasons) == 6
    assert report(targets=(replace(one, status=TargetStatus.OBSERVED),)).reasons == set()


@pytest.mark.parametrize(
    ("found", "only"),
    [
        (report(targets=(KEPT_OTHERWISE[0],)), True),
        (report(outcome(ALTERED, reasons=(INCOMPLETE,))), True),
        (report(outcome(ALTERED, reasons=(INCOMPLETE,)), LOST), False),
        (report(outcome(ALTERED, UNCONVERGED, reasons=(INCOMPLETE,))), False),
        (report(outcome(ALTERED, reasons=(INCOMPLETE,)), unrecorded="why"), False),
        (report(outcome(ALTERED), targets=(planned(status=TargetStatus.UNREADABLE),)), False),
    ],
)
def test_a_run_is_in_doubt_of_nothing_where_a_field_is_merely_not_as_sent(found: ApplyReport, *, only: bool) -> None:
    assert found.only_altered is only
    assert exit_code(found.reasons) == 6


@pytest.mark.parametrize("reason", [one for one in SameReason if one not in NOT_AS_SENT])
def test_any_other_field_without_a_change_is_fine(reason: SameReason) -> None:
    one = replace(planned(), unchanged=(UnchangedField(field="about", reason=reason),))
    assert report(targets=(one,)).reasons == set()


@pytest.mark.parametrize(
    ("one", "reasons"),
    [
        (planned_for(status=TargetStatus.UNREADABLE), {INCOMPLETE}),
        (planned_for(change(), status=TargetStatus.BLOCKED), {INCOMPLETE}),
        (planned_for(status=TargetStatus.BLOCKED), set()),
        (planned_for(change(), status=TargetStatus.OBSERVED), set()),
        (planned_for(status=TargetStatus.PAUSED), set()),
    ],
)
def test_a_target_that_could_not_be_read_or_written_keeps_the_run_incomplete(
    one: TargetPlan, reasons: set[Reason]
) -> None:
    assert report(FINE, targets=(one,)).reasons == reasons


def test_a_run_that_was_stopped_says_so_beside_what_the_plan_says() -> None:
    stopped = "the gate clear stopped it"
    assert report(stopped=stopped).reasons == {STOPPED}
    assert report(targets=(planned_for(status=TargetStatus.UNREADABLE),), stopped=stopped).reasons == {
        STOPPED,
        INCOMPLETE,
    }


def test_a_run_that_could_not_be_recorded_is_incomplete() -> None:
    assert report(FINE, unrecorded="the disk is full").reasons == {INCOMPLETE}


def test_an_error_among_the_diagnostics_is_an_error() -> None:
    made = ApplyReport(plan=Plan(targets=(planned(),), diagnostics=(error("a", "A."),)))
    assert made.reasons == {ERROR}


def test_an_interrupted_run_tells_what_is_unknown_and_leaves_the_code_to_the_signal() -> None:
    """What was not sent is no reason of its own: the process ends with the signal's code."""
    not_reached = outcome(NOT_SENT, place="ankara")
    assert report(FINE, not_reached).reasons == set()
    assert report(LOST, not_reached).reasons == {INCOMPLETE}
    assert report(not_reached, REFUSED).reasons == {ERROR}


def test_a_run_has_every_reason_that_holds() -> None:
    conflict = planned_for(change("email", origin=Origin.CONFLICT))
    found = report(
        outcome(APPLIED, PERSON, FAILED, reasons=(PARTLY,)),
        targets=(conflict, KEPT_OTHERWISE[0]),
        unrecorded="the disk is full",
    ).reasons
    assert found == {STOPPED, PARTLY, INCOMPLETE}
    assert exit_code(found) == 3
