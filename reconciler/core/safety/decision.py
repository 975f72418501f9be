"""decide: (a plan, policy, the approval, how many at most) → what is sent, what waits, what is left, or why it stops.

read_answer: (what a person typed, the profiles asked about) → yes, no, or yes to these profiles.

A change that this repository asked for is sent. A value that was changed elsewhere is not overwritten without consent.
Consent is the settings, `--allow`, or a `yes` typed to the question about just these values. With an approved plan, a
run sends nothing that the plan does not hold, and nothing that the plan shows as left; a change that it does not hold
at all stops the run.

A run may be of fewer profiles than its plan: of the first ones, or of those that a person said yes to. Gates are judged
before that, on the whole plan. What the files ask for and such a run does not send waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reconciler.core.basics import Diagnostic
from reconciler.core.explanations import FINDINGS, ORIGINS
from reconciler.core.planning.base import TargetKey
from reconciler.core.planning.plan import Plan, TargetPlan
from reconciler.core.planning.treatment import NO_CONSENT, ChangePairs, Consent, Treatment, treatment, with_treatment
from reconciler.core.reading.selection import select
from reconciler.core.safety.approval import ApprovedPlan, Permit, Unapproved, permit, unapproved
from reconciler.core.safety.gates import GATES, Tripped, gates
from reconciler.core.settings import Policy
from reconciler.core.target import Change, Origin

ALLOWABLE = tuple(sorted({*GATES, *FINDINGS} - {"empty"}))
_SHOWN_AS_LEFT = "the approved plan shows it as left: plan again, and have that plan approved"
_ACCEPTED_THEN = "it was accepted when the plan was approved, and is no longer: plan again, and have that plan approved"


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: whether `sending` is to be sent, and the gates `tripped` are to be opened for it.

    With an `origin` the question is only about differences of that origin, which would be left otherwise. `waiting` are
    how many more profiles wait whatever the answer is.
    """

    sending: ChangePairs
    tripped: tuple[Tripped, ...] = ()
    origin: Origin | None = None
    waiting: int = 0

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles with a change that is to be sent."""
        return tuple(dict.fromkeys(planned.target.profile for planned, _ in self.sending))


# Yes or no, or yes to some of the profiles asked about and no to the others.
YesTo: TypeAlias = bool | frozenset[str]


def read_answer(text: str, names: Sequence[str]) -> YesTo | tuple[Diagnostic, ...]:
    """Return what `yes`, `yes NAME…` and `yes except NAME…` say of `names`; an error for a name that is none of them.

    All other text is no.
    """
    words = text.replace(",", " ").split()
    if words[:1] != ["yes"] or words[1:] == ["except"]:
        return False
    if len(words) == 1:
        return True
    found = select(names, (), words[2:]) if words[1] == "except" else select(names, words[1:])
    wrong = tuple(one for one in found if isinstance(one, Diagnostic))
    return wrong or frozenset(one for one in found if isinstance(one, str))


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approves: `auto` the plan, `allowed` gates and findings by name, `ask` a person at a terminal.

    An approved `plan` approves the changes that it shows as sent, and opens no gate.
    """

    auto: bool = False
    allowed: frozenset[str] = frozenset()
    ask: Callable[[Question], YesTo] | None = None
    plan: ApprovedPlan | None = None

    @property
    def is_given(self) -> bool:
        """True if the plan is approved already, so that no person is asked."""
        return self.auto or self.plan is not None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is sent and what is left; with `stopped`, which says why, nothing is sent. `consent` led to it.

    `waiting` would be sent as well, if the run were not of fewer profiles: why, for each.
    """

    sending: tuple[tuple[TargetPlan, Change], ...]
    left: tuple[tuple[TargetPlan, Change, str], ...]
    tripped: tuple[Tripped, ...]
    stopped: str = ""
    unapproved: tuple[Unapproved, ...] = ()
    consent: Consent = NO_CONSENT
    waiting: tuple[tuple[TargetPlan, Change, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OtherShards:
    """The targets and changes of the other shards of the same plan: gates are judged on all shards together."""

    targets: tuple[TargetPlan, ...] = ()
    sending: tuple[tuple[TargetPlan, Change], ...] = ()


_NO_OTHERS = OtherShards()


def decide(
    plan: Plan, policy: Policy, *, approval: Approval, most: int | None = None, others: OtherShards = _NO_OTHERS
) -> Decision:
    """Decide once, for the whole run, before anything that can write exists. It sends to `most` targets at most."""
    consent = Consent(policy, approval.allowed)
    decision = _decided(plan, consent, approval.plan, others)
    foreign = _foreign(plan, consent, approval.plan)
    part = _Part(most)
    stopped = _not_approved(foreign) or _stopped(decision, approval, part)
    if not stopped and approval.ask is not None and not approval.is_given:
        decision = _decided(plan, _asked_apart(plan, decision, approval.ask, part), None)
    return replace(part.of(decision), stopped=stopped, unapproved=foreign)


@dataclass(slots=True)
class _Part:
    """The part of a plan that a run is of: `most` targets, the first ones, without what a person said no to."""

    most: int | None
    _targets: dict[TargetKey, None] = field(default_factory=dict)
    # The refused fields. An empty name stands for everything that the target may still be asked about.
    _refused: set[tuple[TargetKey, str]] = field(default_factory=set)

    def first(self, pairs: ChangePairs) -> ChangePairs:
        """Return those of `pairs` that are of the targets of this run; while there is room, their targets become so."""
        for planned, _ in pairs:
            if self.most is None or len(self._targets) < self.most:
                self._targets.setdefault(planned.target.key)
        return tuple(pair for pair in pairs if not self._why(*pair))

    def take_answer(self, question: Question, answer: YesTo) -> bool:
        """Keep what a person said no to, and return whether anything is left to be sent.

        After a no to what the files ask for, nothing else is asked of that profile.
        """
        if isinstance(answer, bool):
            return answer
        refused = [(p.target.key, c.field) for p, c in question.sending if p.target.profile not in answer]
        self._refused.update(refused)
        if question.origin is None:
            self._refused.update((key, "") for key, _ in refused)
        return len(refused) < len(question.sending)

    def of(self, decision: Decision) -> Decision:
        """Return the decision for this part: the rest waits."""
        self.first(decision.sending)
        told = [(planned, change, self._why(planned, change)) for planned, change in decision.sending]
        sending = tuple((planned, change) for planned, change, why in told if not why)
        return replace(decision, sending=sending, waiting=tuple(one for one in told if one[2]))

    def _why(self, planned: TargetPlan, change: Change) -> str:
        """Return why a change waits, or ""."""
        if planned.target.key not in self._targets:
            first = f"{self.most} profiles" if self.most != 1 else "profile"
            return f"--max {self.most}: this run sends to the first {first} only"
        key = planned.target.key
        refused = (key, "") in self._refused or (key, change.field) in self._refused
        return "a person at the terminal left it out" if refused else ""


def _decided(plan: Plan, consent: Consent, approved: ApprovedPlan | None, others: OtherShards = _NO_OTHERS) -> Decision:
    then = _left_in(approved)
    reasons = [(p, c, _why_left(c, consent) or _left_then(p, c, then, consent)) for p, c in plan.changes]
    sending = tuple((planned, change) for planned, change, why in reasons if not why)
    every, whole = (*sending, *others.sending), replace(plan, targets=(*plan.targets, *others.targets))
    return Decision(
        sending=sending,
        left=tuple(item for item in reasons if item[2]),
        tripped=gates(whole, consent.policy, sending=every),
        consent=consent,
    )


def _foreign(plan: Plan, consent: Consent, approved: ApprovedPlan | None) -> tuple[Unapproved, ...]:
    """Return the changes that the approved plan does not hold; an accepted difference need not be in it."""
    if approved is None:
        return ()
    counted = [(p, c) for p, c in plan.changes if not c.acknowledged or treatment(c, consent) is Treatment.SENT]
    return unapproved(counted, approved)


def _asked_apart(plan: Plan, decision: Decision, ask: Callable[[Question], YesTo], part: _Part) -> Consent:
    """Ask about the differences that would be left, one origin after the other, and return the consent after it."""
    consent, known = decision.consent, decision.tripped
    for origin in FINDINGS:
        more = replace(consent, answered=consent.answered | {origin})
        sending = with_treatment(plan, more, Treatment.SENT)
        mine = part.first([(p, c) for p, c in sending if treatment(c, consent) is not Treatment.SENT])
        tripped = gates(plan, consent.policy, sending=sending)
        denied = any(gate.stops(allowed=consent.allowed, answered=True) for gate in tripped)
        opened = [gate for gate in tripped if gate not in known]
        asking = tuple(gate for gate in opened if gate.stops(allowed=consent.allowed, answered=False))
        question = Question(mine, asking, origin)
        if mine and not denied and part.take_answer(question, ask(question)):
            consent, known = more, tripped
    return consent


def _not_approved(foreign: Collection[Unapproved]) -> str:
    """Return why the run stops if a change to send was not approved, or ""."""
    number, blind = len(foreign), any(one.planned_offline for one in foreign)
    what = "1 change is" if number == 1 else f"{number} changes are"
    again = "plan again with the credentials that were missing" if blind else "plan again"
    return f"{what} not in the approved plan: {again}, and have that plan approved" if foreign else ""


def _stopped(decision: Decision, approval: Approval, part: _Part) -> str:
    """Return why the run stops, or "". A denied gate stops it before a person is asked."""
    tripped, first = decision.tripped, part.first(decision.sending)
    closed = _closed(tripped, approval.allowed, answered=approval.ask is not None)
    if closed:
        return closed
    needs_yes = decision.sending and not approval.is_given
    if not needs_yes and not _closed(tripped, approval.allowed, answered=False):
        return ""
    if approval.ask is not None:
        asking = tuple(gate for gate in tripped if gate.stops(allowed=approval.allowed, answered=False))
        rest = {planned.target.key for planned, _ in decision.sending} - {planned.target.key for planned, _ in first}
        question = Question(first, asking, waiting=len(rest))
        return "" if part.take_answer(question, approval.ask(question)) else "it was not approved"
    return "there is no person to ask here: run it at a terminal, or say yes with --auto-approve"


def _closed(tripped: Sequence[Tripped], allowed: Collection[str], *, answered: bool) -> str:
    closed = [gate.gate for gate in tripped if gate.stops(allowed=allowed, answered=answered)]
    return f"the gate{'s' if len(closed) > 1 else ''} {', '.join(closed)} stopped it" if closed else ""


def _why_left(change: Change, consent: Consent) -> str:
    """Return why `change` is left, or "" if it is sent."""
    if treatment(change, consent) is Treatment.SENT:
        return ""
    if change.acknowledged:
        return f"accepted: {change.acknowledged}; only --allow {change.origin} sends it"
    key = ORIGINS[change.origin].setting
    return f"{change.origin}: --allow {change.origin}, or `policy: {{{key}: overwrite}}`, sends it"


def _left_in(approved: ApprovedPlan | None) -> Mapping[Permit, str]:
    """Return why each change waits that the approved plan shows as left."""
    if approved is None:
        return {}
    return {**dict.fromkeys(approved.left, _SHOWN_AS_LEFT), **dict.fromkeys(approved.accepted, _ACCEPTED_THEN)}


def _left_then(planned: TargetPlan, change: Change, then: Mapping[Permit, str], consent: Consent) -> str:
    """Return why a change is left because the approved plan shows it as left, or ""."""
    return then.get(permit(planned.target, change), "") if then and change.origin not in consent.allowed else ""
