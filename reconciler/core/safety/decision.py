"""decide: (a plan, policy, the approval) → what is sent, what is left and why, or why the run stops.

A change that this repository asked for is sent. A value that was changed elsewhere is not overwritten without consent.
Consent is the settings, `--allow`, or a `yes` typed to the question about just these values. With an approved plan, a
run sends nothing that the plan does not hold, and nothing that the plan shows as left; a change that it does not hold
at all stops the run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from reconciler.core.explanations import FINDINGS, NO_CONSENT, ORIGINS, Consent, Treatment, treatment
from reconciler.core.planning.plan import Plan, TargetPlan
from reconciler.core.planning.summary import ChangePairs, with_treatment
from reconciler.core.safety.approval import ApprovedPlan, Unapproved, permit, unapproved
from reconciler.core.safety.gates import GATES, Tripped, gates
from reconciler.core.settings import Policy
from reconciler.core.target import Change, Origin

ALLOWABLE = tuple(sorted({*GATES, *FINDINGS} - {"empty"}))


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: whether `sending` is to be sent, and the gates `tripped` are to be opened for it.

    With an `origin` the question is only about differences of that origin, which would be left otherwise.
    """

    sending: ChangePairs
    tripped: tuple[Tripped, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approves: `auto` the plan, `allowed` gates and findings by name, `ask` a person at a terminal.

    An approved `plan` approves the changes that it shows as sent, and opens no gate.
    """

    auto: bool = False
    allowed: frozenset[str] = frozenset()
    ask: Callable[[Question], bool] | None = None
    plan: ApprovedPlan | None = None

    @property
    def given(self) -> bool:
        """True if the plan is approved already, so that no person is asked."""
        return self.auto or self.plan is not None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is sent and what is left; with `stopped`, which says why, nothing is sent. `consent` led to it."""

    sending: tuple[tuple[TargetPlan, Change], ...]
    left: tuple[tuple[TargetPlan, Change, str], ...]
    tripped: tuple[Tripped, ...]
    stopped: str = ""
    unapproved: tuple[Unapproved, ...] = ()
    consent: Consent = NO_CONSENT


def decide(plan: Plan, policy: Policy, *, approval: Approval) -> Decision:
    """Decide once, for the whole run, before anything that can write exists."""
    consent = Consent(policy, approval.allowed)
    decision = _decided(plan, consent, approval.plan)
    foreign = _foreign(plan, consent, approval.plan)
    stopped = _not_approved(foreign) or _stopped(decision, approval)
    if not stopped and approval.ask is not None and not approval.given:
        decision = _decided(plan, _asked_apart(plan, decision, approval.ask), None)
    return replace(decision, stopped=stopped, unapproved=foreign)


def _decided(plan: Plan, consent: Consent, approved: ApprovedPlan | None) -> Decision:
    reasons = [(p, c, _why_left(c, consent) or _left_then(p, c, approved, consent)) for p, c in plan.changes]
    sending = tuple((planned, change) for planned, change, why in reasons if not why)
    return Decision(
        sending=sending,
        left=tuple(item for item in reasons if item[2]),
        tripped=gates(plan, consent.policy, sending=sending),
        consent=consent,
    )


def _foreign(plan: Plan, consent: Consent, approved: ApprovedPlan | None) -> tuple[Unapproved, ...]:
    """Return the changes that the approved plan does not hold; an accepted difference need not be in it."""
    if approved is None:
        return ()
    counted = [(p, c) for p, c in plan.changes if not c.acknowledged or treatment(c, consent) is Treatment.SENT]
    return unapproved(counted, approved)


def _asked_apart(plan: Plan, decision: Decision, ask: Callable[[Question], bool]) -> Consent:
    """Ask about the differences that would be left, one origin after the other, and return the consent after it."""
    consent, known = decision.consent, decision.tripped
    for origin in FINDINGS:
        more = replace(consent, answered=consent.answered | {origin})
        sending = with_treatment(plan, more, Treatment.SENT)
        mine = [(p, c) for p, c in sending if treatment(c, consent) is not Treatment.SENT]
        tripped = gates(plan, consent.policy, sending=sending)
        denied = any(gate.stops(allowed=consent.allowed, answered=True) for gate in tripped)
        opened = [gate for gate in tripped if gate not in known]
        asking = tuple(gate for gate in opened if gate.stops(allowed=consent.allowed, answered=False))
        if mine and not denied and ask(Question(mine, asking, origin)):
            consent, known = more, tripped
    return consent


def _not_approved(foreign: Collection[Unapproved]) -> str:
    """Return why the run stops if a change to send was not approved, or ""."""
    number, blind = len(foreign), any(one.planned_offline for one in foreign)
    what = "1 change is" if number == 1 else f"{number} changes are"
    again = "plan again with the credentials that were missing" if blind else "plan again"
    return f"{what} not in the approved plan: {again}, and have that plan approved" if foreign else ""


def _stopped(decision: Decision, approval: Approval) -> str:
    """Return why the run stops, or "". A denied gate stops it before a person is asked."""
    tripped = decision.tripped
    closed = _closed(tripped, approval.allowed, answered=approval.ask is not None)
    if closed:
        return closed
    needs_yes = decision.sending and not approval.given
    if not needs_yes and not _closed(tripped, approval.allowed, answered=False):
        return ""
    if approval.ask is not None:
        asking = tuple(gate for gate in tripped if gate.stops(allowed=approval.allowed, answered=False))
        return "" if approval.ask(Question(decision.sending, asking)) else "it was not approved"
    return "nobody can be asked here: run it at a terminal, or say yes with --auto-approve"


def _closed(tripped: Sequence[Tripped], allowed: Collection[str], *, answered: bool) -> str:
    closed = [gate.gate for gate in tripped if gate.stops(allowed=allowed, answered=answered)]
    return f"the gate{'s' if len(closed) > 1 else ''} {', '.join(closed)} stopped it" if closed else ""


def _why_left(change: Change, consent: Consent) -> str:
    """Return why `change` is left, or "" if it is sent."""
    if treatment(change, consent) is Treatment.SENT:
        return ""
    if change.acknowledged:
        return f"acknowledged: {change.acknowledged}; only --allow {change.origin} sends it"
    key = ORIGINS[change.origin].setting
    return f"{change.origin}: --allow {change.origin}, or `policy: {{{key}: overwrite}}`, sends it"


def _left_then(planned: TargetPlan, change: Change, approved: ApprovedPlan | None, consent: Consent) -> str:
    """Return why a change is left because the approved plan shows it as left, or ""."""
    if approved is None or change.origin in consent.allowed:
        return ""
    mine = permit(planned.target, change)
    if mine in approved.accepted:
        return (
            "it was acknowledged when the plan was approved, and is no longer: plan again, and have that plan approved"
        )
    return (
        "the approved plan shows it as left: plan again, and have that plan approved" if mine in approved.left else ""
    )
