"""decide: (a plan, policy, the approval) → what is sent, what is left alone and why, or why the run stops.

A change that this repository asked for is sent. A value that was changed elsewhere is not overwritten without consent.
Consent is the settings, `--allow`, a `yes` typed under a plan that shows it, or an approved plan that holds it. With an
approved plan, a run sends nothing that the plan does not hold; one such change stops the run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from reconciler.core.explanations import FINDINGS, ORIGINS
from reconciler.core.planning.plan import Plan, TargetPlan
from reconciler.core.safety.approval import ApprovedPlan, Permit, Unapproved, permit, unapproved
from reconciler.core.safety.gates import GATES, PlanReport, Tripped, gates
from reconciler.core.settings import OnFinding, Policy
from reconciler.core.target import Change, Origin

ALLOWABLE = tuple(sorted({*GATES, *FINDINGS} - {"empty"}))


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approves: `auto` the plan, `allowed` gates and findings by name, `ask` a person at a terminal.

    An approved `plan` approves its changes, findings included, and opens no gate.
    """

    auto: bool = False
    allowed: frozenset[str] = frozenset()
    ask: Callable[[PlanReport], bool] | None = None
    plan: ApprovedPlan | None = None

    @property
    def profiles(self) -> tuple[str, ...] | None:
        """The profiles of an approved plan; None if there is no such plan, so that it selects nothing."""
        return self.plan.profiles if self.plan is not None else None

    @property
    def given(self) -> bool:
        """True if the plan is approved already, so that no person is asked."""
        return self.auto or self.plan is not None

    @property
    def covers_findings(self) -> bool:
        """True if the approval is of a plan that shows a person, or showed, what was changed elsewhere."""
        return self.plan is not None or (self.ask is not None and not self.auto)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is sent and what is left alone; with `stopped`, which says why, nothing is sent."""

    sending: tuple[tuple[TargetPlan, Change], ...]
    left: tuple[tuple[TargetPlan, Change, str], ...]
    tripped: tuple[Tripped, ...]
    stopped: str = ""
    unapproved: tuple[Unapproved, ...] = ()


def decide(plan: Plan, policy: Policy, *, approval: Approval) -> Decision:
    """Decide once, for the whole run, before anything that can write exists."""
    seen, allowed = approval.covers_findings, approval.allowed
    accepted = approval.plan.accepted if approval.plan is not None else frozenset()
    reasons = [
        (p, c, _left_alone(c, policy, allowed=allowed, seen=seen) or _accepted_then(p, c, accepted, allowed=allowed))
        for p, c in plan.changes
    ]
    sending = tuple((planned, change) for planned, change, why in reasons if not why)
    tripped = gates(plan, policy, sending=sending)
    foreign = unapproved(sending, approval.plan) if approval.plan is not None else ()
    report = PlanReport(plan=plan, tripped=tripped)
    return Decision(
        sending=sending,
        left=tuple(item for item in reasons if item[2]),
        tripped=tripped,
        stopped=_not_approved(foreign) or _stopped(report, approval, sends=bool(sending)),
        unapproved=foreign,
    )


def held(plan: Plan, policy: Policy) -> tuple[tuple[Origin, int], ...]:
    """Count the changes that an apply leaves alone without further consent, by their origin."""
    left = [change.origin for _, change in plan.changes if _left_alone(change, policy, allowed=(), seen=False)]
    return tuple((origin, left.count(origin)) for origin in Origin if origin in left)


def _not_approved(foreign: Collection[Unapproved]) -> str:
    """Return why the run stops if a change to send was not approved, or ""."""
    number, blind = len(foreign), any(one.planned_offline for one in foreign)
    what = "1 change is" if number == 1 else f"{number} changes are"
    again = "plan again with the credentials that were missing" if blind else "plan again"
    return f"{what} not in the approved plan: {again}, and have that plan approved" if foreign else ""


def _stopped(report: PlanReport, approval: Approval, *, sends: bool) -> str:
    """Return why the run stops, or "". A denied gate stops it before a person is asked."""
    closed = _closed(report, approval.allowed, answered=approval.ask is not None)
    if closed:
        return closed
    needs_yes = sends and not approval.given
    if not needs_yes and not _closed(report, approval.allowed, answered=False):
        return ""
    if approval.ask is not None:
        return "" if approval.ask(report) else "it was not approved"
    return "nobody can be asked here: run it at a terminal, or say yes with --auto-approve"


def _closed(report: PlanReport, allowed: Collection[str], *, answered: bool) -> str:
    closed = [gate.gate for gate in report.tripped if gate.stops(allowed=allowed, answered=answered)]
    return f"the gate{'s' if len(closed) > 1 else ''} {', '.join(closed)} stopped it" if closed else ""


def _left_alone(change: Change, policy: Policy, *, allowed: Collection[str], seen: bool) -> str:
    """Return why `change` is left alone, or "" if it is sent."""
    key = ORIGINS[change.origin].setting
    if not key or change.origin in allowed:
        return ""
    if change.acknowledged:
        return f"acknowledged: {change.acknowledged}; only --allow {change.origin} sends it"
    if seen or getattr(policy, key) is OnFinding.OVERWRITE:
        return ""
    return f"{change.origin}: --allow {change.origin}, or `policy: {{{key}: overwrite}}`, sends it"


def _accepted_then(
    planned: TargetPlan, change: Change, accepted: Collection[Permit], *, allowed: Collection[str]
) -> str:
    """Return why a change is left alone because the approved plan shows it as left alone, or ""."""
    if change.origin in allowed or permit(planned.target, change) not in accepted:
        return ""
    return "it was acknowledged when the plan was approved, and is no longer: plan again, and have that plan approved"
