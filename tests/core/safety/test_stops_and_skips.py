"""What stops a run, what is skipped in it, and which exit code wins: the table that people rely on.

Berlin is always fine and has one edited field. Beside it stands, in a profile of its own, each thing that can be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import pytest

from reconciler.core.basics import Reason, exit_code
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import Treatment, treatment
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.approval import ApprovedPlan
from reconciler.core.safety.decision import Approval, Decision, decide
from reconciler.core.settings import Policy, Rule
from reconciler.core.target import Change, Origin
from tests.support import change, planned, target

LEFT_AS = {Treatment.LEFT_ALONE: FieldStatus.LEFT_ALONE, Treatment.FOR_A_PERSON: FieldStatus.FOR_A_PERSON}
FINE = planned(change(before="Old"))


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong: in which profile, whether all stops for it, whether it is sent, and the exit code.

    The second of each pair is for a run of an approved plan. `approved` says whether that plan holds the change.
    """

    beside: TargetPlan
    stops: tuple[bool, bool]
    sent: tuple[bool, bool]
    code: tuple[int, int]
    approved: bool = True
    moves: bool = False


def in_(profile: str, *changes: Change, status: TargetStatus = TargetStatus.PLANNED) -> TargetPlan:
    return planned(*changes, to=target(profile, address=profile), status=status, reason="")


def finding(origin: Origin, profile: str) -> TargetPlan:
    return in_(profile, change(before="Hacked", origin=origin))


CLEARED = in_("g", change("address", before="Old", after=""))
UNREAD = in_("u", status=TargetStatus.UNREADABLE)
WRONG: dict[str, Wrong] = {
    "a gate": Wrong(CLEARED, (True, True), (False, False), (3, 3)),
    "drifted": Wrong(finding(Origin.DRIFTED, "d"), (False, False), (False, False), (0, 0)),
    "conflict": Wrong(finding(Origin.CONFLICT, "c"), (False, False), (False, False), (3, 3)),
    "unrecorded": Wrong(finding(Origin.UNRECORDED, "n"), (False, False), (False, False), (3, 3)),
    "drifted, not in the plan": Wrong(
        finding(Origin.DRIFTED, "D"), (False, True), (False, False), (0, 3), approved=False
    ),
    "conflict, not in the plan": Wrong(
        finding(Origin.CONFLICT, "C"), (False, True), (False, False), (3, 3), approved=False
    ),
    "edited, not in the plan": Wrong(in_("e", change()), (False, True), (True, False), (0, 3), approved=False),
    "live moved since this run's own plan": Wrong(
        in_("m", change()), (False, False), (False, False), (5, 5), moves=True
    ),
    "a profile that cannot be read": Wrong(UNREAD, (False, False), (False, False), (6, 6)),
}
ORDER = (1, 4, 3, 5, 6, 2, 0)


def decided(wrongs: tuple[Wrong, ...], *, with_plan: bool) -> tuple[Plan, Decision]:
    plan = Plan(targets=(FINE, *(wrong.beside for wrong in wrongs)))
    held = Plan(targets=(FINE, *(wrong.beside for wrong in wrongs if wrong.approved)))
    yes = Approval(plan=ApprovedPlan(plan=held)) if with_plan else Approval(auto=True)
    return plan, decide(plan, Policy(first_contact=Rule.ALLOW), approval=yes)


def ended(plan: Plan, decision: Decision, wrongs: tuple[Wrong, ...]) -> ApplyReport:
    """Return the report of a run in which the provider takes everything, and only what `moves` has moved."""
    if decision.stopped:
        return ApplyReport(plan=plan, stopped=decision.stopped, unapproved=decision.unapproved)
    moved = {wrong.beside.target.key for wrong in wrongs if wrong.moves}
    outcomes = [_outcome(p, c, LEFT_AS[treatment(c, decision.consent)]) for p, c, _ in decision.left]
    for where, one in decision.sending:
        skipped = where.target.key in moved
        outcomes.append(_outcome(where, one, FieldStatus.NOT_SENT if skipped else FieldStatus.APPLIED, skipped=skipped))
    return ApplyReport(plan=plan, outcomes=tuple(outcomes))


def _outcome(where: TargetPlan, one: Change, status: FieldStatus, *, skipped: bool = False) -> Outcome:
    reasons = (Reason.PARTLY,) if skipped else ()
    field = FieldOutcome(field=one.field, status=status)
    return Outcome(target=where.target, fields=(field,), skipped=skipped, reasons=reasons)


def written(report: ApplyReport) -> set[str]:
    """Return the profiles of which something was written."""
    done = [o for o in report.outcomes if any(f.status is FieldStatus.APPLIED for f in o.fields)]
    return {outcome.target.profile for outcome in done}


@pytest.mark.parametrize("with_plan", [False, True])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_stops_the_run_or_is_skipped_in_it(name: str, *, with_plan: bool) -> None:
    wrong = WRONG[name]
    plan, decision = decided((wrong,), with_plan=with_plan)
    report = ended(plan, decision, (wrong,))
    stops, sent = wrong.stops[with_plan], wrong.sent[with_plan]
    assert bool(decision.stopped) is stops
    fine = set() if stops else {FINE.target.profile}
    assert written(report) == fine | ({wrong.beside.target.profile} if sent else set())
    assert exit_code(report.reasons) == wrong.code[with_plan]


@pytest.mark.parametrize("with_plan", [False, True])
@pytest.mark.parametrize("number", range(2, len(WRONG) + 1))
def test_of_several_the_first_exit_code_wins_and_every_reason_is_kept(number: int, *, with_plan: bool) -> None:
    for wrongs in combinations(WRONG.values(), number):
        plan, decision = decided(wrongs, with_plan=with_plan)
        report = ended(plan, decision, wrongs)
        stopped = any(wrong.stops[with_plan] for wrong in wrongs)
        # What stops before the first write leaves nothing to be skipped; what was not read stays so.
        codes = {wrong.code[with_plan] for wrong in wrongs if not stopped or wrong.stops[with_plan] or not wrong.moves}
        codes -= {0} if stopped else set()
        assert bool(decision.stopped) is stopped
        assert exit_code(report.reasons) == next(code for code in ORDER if code in codes)
        known = {3: Reason.STOPPED, 5: Reason.PARTLY, 6: Reason.INCOMPLETE}
        assert report.reasons == {known[code] for code in codes if code}
        assert (written(report) == set()) is stopped
