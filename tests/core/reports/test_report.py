from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.basics import Diagnostic, Reason, error, notice, warning
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.command_reports import DriftReport, ShowReport, ValidateReport
from reconciler.core.safety.gates import PlanReport, Tripped, gates
from reconciler.core.settings import Policy, Rule
from reconciler.core.target import Change, Origin, Unknown
from tests.support import change, desired, entry, observed, planned, target

PAUSED, OBSERVED, BLOCKED = TargetStatus.PAUSED, TargetStatus.OBSERVED, TargetStatus.BLOCKED
UNREAD = replace(planned(), unreadable=(UnreadableField(field="email", reason="a timeout"),))
KEPT_OTHERWISE = replace(planned(), unchanged=(UnchangedField(field="about", reason=SameReason.ALTERED),))
WRONG = error("a", "A.")
CLEARED = change(before="Old", after="")


@pytest.mark.parametrize(
    ("diagnostics", "reasons"),
    [
        ((), set()),
        ((warning("a", "A."), notice("b", "B.")), set()),
        ((warning("a", "A."), WRONG), {Reason.ERROR}),
    ],
)
def test_validation_is_stopped_by_an_error_alone(diagnostics: tuple[Diagnostic, ...], reasons: set[Reason]) -> None:
    assert ValidateReport(profiles=1, diagnostics=diagnostics).reasons == reasons


def plan_report(*targets: TargetPlan, diagnostics: tuple[Diagnostic, ...] = (), empty: Rule = Rule.DENY) -> PlanReport:
    made = Plan(targets=targets, diagnostics=diagnostics)
    return PlanReport(plan=made, tripped=gates(made, Policy(empty=empty), sending=made.changes))


@pytest.mark.parametrize(
    ("report", "reasons"),
    [
        (plan_report(planned()), set()),
        (plan_report(planned(change())), {Reason.CHANGES}),
        (plan_report(KEPT_OTHERWISE), {Reason.CHANGES}),
        (plan_report(replace(KEPT_OTHERWISE, status=OBSERVED)), set()),
        (plan_report(planned(CLEARED)), {Reason.CHANGES}),
        (plan_report(planned(change(), status=OBSERVED)), set()),
        (plan_report(UNREAD), {Reason.INCOMPLETE}),
        (plan_report(planned(status=TargetStatus.UNREADABLE), planned(change())), {Reason.INCOMPLETE, Reason.CHANGES}),
        (plan_report(planned(change(), status=BLOCKED)), {Reason.INCOMPLETE}),
        (plan_report(planned(status=BLOCKED)), set()),
        (plan_report(planned(), diagnostics=(WRONG,)), {Reason.ERROR}),
        (plan_report(planned(), diagnostics=(warning("a", "A."),)), set()),
        (plan_report(), {Reason.STOPPED}),
        (plan_report(planned(status=PAUSED)), {Reason.STOPPED}),
        (plan_report(planned(status=PAUSED), planned()), set()),
        (plan_report(empty=Rule.ASK), {Reason.STOPPED}),
        (plan_report(empty=Rule.WARN), set()),
        (plan_report(empty=Rule.ALLOW), set()),
    ],
)
def test_a_plan_is_stopped_by_nothing_but_having_nothing_to_plan(report: PlanReport, reasons: set[Reason]) -> None:
    """What an apply would ask is said in the plan, and is no reason not to have planned."""
    assert report.reasons == reasons


EMPTY = Tripped(gate="empty", rule=Rule.DENY, summary="no profile is selected", hint="name some")


def drift_report(*targets: TargetPlan, unrecorded: str = "", tripped: tuple[Tripped, ...] = ()) -> DriftReport:
    return DriftReport(plan=Plan(targets=targets), unrecorded=unrecorded, tripped=tripped)


def groups(report: DriftReport) -> dict[str, tuple[tuple[TargetPlan, Change], ...]]:
    return {
        "drifted": report.drifted,
        "observed": report.observed,
        "unknown since": report.unknown_since,
        "newly managed": report.newly_managed,
        "by memory": report.by_memory,
        "pending": report.pending,
    }


GROUP = {
    Origin.DRIFTED: "drifted",
    Origin.CONFLICT: "drifted",
    Origin.UNRECORDED: "unknown since",
    Origin.ADOPTED: "newly managed",
    Origin.EDITED: "pending",
    Origin.PENDING: "pending",
    Origin.UNSETTLED: "pending",
    Origin.RESENT: "pending",
}


@pytest.mark.parametrize("status", [TargetStatus.PLANNED, BLOCKED, OBSERVED])
def test_every_difference_is_in_exactly_one_group_of_a_drift_report(status: TargetStatus) -> None:
    one = planned(*(change(origin=origin) for origin in Origin), status=status)
    other = planned(change(origin=Origin.DRIFTED), to=target("ankara", address="2"))
    found = groups(drift_report(one, other))
    places = {c.origin: [name for name, items in found.items() if (one, c) in items] for c in one.differences}
    assert places == {origin: ["observed" if status is OBSERVED else GROUP[origin]] for origin in Origin}
    assert sum(map(len, found.values())) == len(Origin) + 1
    assert (other, other.differences[0]) in found["drifted"]


@pytest.mark.parametrize("origin", Origin)
def test_a_difference_that_only_unvouched_memory_explains_counts_and_is_in_one_group(origin: Origin) -> None:
    one = planned(replace(change(origin=origin), by_memory=True))
    report = drift_report(one)
    places = [name for name, items in groups(report).items() if (one, one.differences[0]) in items]
    assert places == [GROUP[origin] if GROUP[origin] in ("drifted", "unknown since") else "by memory"]
    assert report.reasons == {Reason.CHANGES}


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("status", [TargetStatus.PLANNED, BLOCKED, OBSERVED])
def test_drift_and_watched_differences_are_changes_and_what_is_pending_is_not(
    status: TargetStatus, origin: Origin
) -> None:
    report = drift_report(planned(change(origin=origin), status=status))
    waits = status is not OBSERVED and GROUP[origin] in ("newly managed", "pending")
    expected = set() if waits else {Reason.CHANGES}
    assert report.reasons == expected | ({Reason.INCOMPLETE} if status is BLOCKED else set())


UNSEEN = change("email", before=Unknown(), origin=Origin.ADOPTED)


@pytest.mark.parametrize(
    ("differences", "reasons"),
    [
        ((), set()),
        ((change(origin=Origin.ADOPTED),), {Reason.CHANGES}),
        ((change(origin=Origin.UNRECORDED),), {Reason.CHANGES}),
        ((change(origin=Origin.EDITED), change("email", origin=Origin.PENDING)), set()),
        ((change(origin=Origin.EDITED), UNSEEN), {Reason.INCOMPLETE}),
        (
            (replace(UNSEEN, origin=Origin.UNRECORDED), change(origin=Origin.ADOPTED)),
            {Reason.CHANGES, Reason.INCOMPLETE},
        ),
    ],
)
def test_no_memory_is_never_green(differences: tuple[Change, ...], reasons: set[Reason]) -> None:
    """Without a trace of an apply, what seems to be new may be drift, and what cannot be read back may be anything."""
    report = replace(drift_report(planned(*differences)), no_apply=True)
    assert report.reasons == reasons
    assert report.without_memory is bool(reasons)
    assert not replace(report, no_apply=False).without_memory


def test_what_is_only_watched_needs_no_memory() -> None:
    report = replace(drift_report(planned(UNSEEN, status=OBSERVED)), no_apply=True)
    assert (report.blindly_new, report.without_memory) == ((), False)


def test_a_difference_that_people_accepted_is_not_in_doubt() -> None:
    accepted = replace(change(origin=Origin.ADOPTED), acknowledged="until then")
    report = replace(drift_report(planned(accepted)), no_apply=True)
    assert (report.reasons, report.without_memory) == (frozenset(), False)


@pytest.mark.parametrize(
    ("report", "reasons"),
    [
        (drift_report(planned()), set()),
        (drift_report(tripped=(EMPTY,)), {Reason.STOPPED}),
        (drift_report(tripped=(replace(EMPTY, rule=Rule.WARN),)), set()),
        (drift_report(planned(status=PAUSED), planned()), set()),
        (drift_report(UNREAD), {Reason.INCOMPLETE}),
        (drift_report(planned(status=TargetStatus.UNREADABLE)), {Reason.INCOMPLETE}),
        (DriftReport(plan=Plan(targets=(planned(),), diagnostics=(WRONG,))), {Reason.ERROR}),
        (drift_report(KEPT_OTHERWISE), {Reason.CHANGES}),
        (drift_report(replace(KEPT_OTHERWISE, status=OBSERVED)), {Reason.CHANGES}),
    ],
)
def test_looking_for_drift_is_incomplete_or_stopped_where_nothing_could_be_looked_at(
    report: DriftReport, reasons: set[Reason]
) -> None:
    assert report.reasons == reasons


@pytest.mark.parametrize(
    ("one", "reasons"), [(planned(change()), set()), (UNREAD, {Reason.INCOMPLETE}), (planned(), set())]
)
def test_showing_what_cannot_be_read_is_incomplete(one: TargetPlan, reasons: set[Reason]) -> None:
    report = ShowReport(desired=desired(about="New"), live=observed(about="Old"), entry=entry(), planned=one)
    assert report.reasons == reasons
