"""gates: (a plan, policy, the changes to send) → which safety rules are tripped.

A gate looks at the plan and reports its rule, the numbers, the profiles, and the flag and setting that open it. Gates
are monotone: a run that sends or removes more trips at least every gate that a part of it trips.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import assert_never

from reconciler.core.basics import Reason, count
from reconciler.core.comparing.kinds import brief, is_empty, is_same, is_worth_keeping
from reconciler.core.explanations import ORIGINS
from reconciler.core.fields import Mode, Value
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import (
    LEFT,
    NO_CONSENT,
    ChangePairs,
    Consent,
    Summary,
    Treatment,
    summarize,
    with_treatment,
)
from reconciler.core.settings import Policy, Rule
from reconciler.core.target import Action, Change, Known, Origin


@dataclass(frozen=True, slots=True)
class Tripped:
    """One tripped gate: what its rule does, and what a person needs to know to decide."""

    gate: str
    rule: Rule
    summary: str
    hint: str
    profiles: tuple[str, ...] = ()

    def stops(self, *, allowed: Collection[str], answered: bool) -> bool:
        """True if the run stops here; `answered` means that a person said yes to this plan at a terminal.

        `--allow` and an answer open a gate that asks. Only the settings open a gate that is denied.
        """
        match self.rule:
            case Rule.DENY:
                return True
            case Rule.ASK:
                return not (answered or self.gate in allowed)
            case Rule.ALLOW | Rule.WARN:
                return False
            case _:
                assert_never(self.rule)


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A plan, what lets apply send it, and the gates that sending what will be sent trips.

    `further` are the gates that only sending the rest, which is left, would trip.
    """

    plan: Plan
    tripped: tuple[Tripped, ...] = ()
    further: tuple[Tripped, ...] = ()
    consent: Consent = NO_CONSENT

    @property
    def summary(self) -> Summary:
        """The plan in numbers."""
        return summarize(self.plan, self.consent)

    @property
    def held(self) -> dict[Origin, int]:
        """How many changes are left, by their origin."""
        found = Counter(change.origin for _, change in self.differences(*LEFT))
        return {origin: found[origin] for origin in Origin if origin in found}

    @property
    def reasons(self) -> frozenset[Reason]:
        """Anything to send, or to be decided by a person, counts as a change; drift that is left alone does not.

        So does a field that the provider keeps otherwise than it was sent. A gate that an apply would ask about does
        not stop a plan; only an empty plan is a stop.
        """
        waits = self.differences(Treatment.SENT, Treatment.FOR_A_PERSON) or self.plan.not_as_sent
        found = plan_reasons(self.plan) | ({Reason.CHANGES} if waits else set())
        return frozenset(found | empty_reasons(self.tripped))

    def differences(self, *wanted: Treatment) -> tuple[tuple[TargetPlan, Change], ...]:
        """Return the differences that an apply treats in one of the `wanted` ways."""
        return with_treatment(self.plan, self.consent, *wanted)

    def stopped_by(self, gate: Tripped) -> bool:
        """True if `gate` stops an apply that asks no person."""
        return gate.stops(allowed=self.consent.allowed, answered=False)


def report_plan(plan: Plan, consent: Consent) -> PlanReport:
    """Return the report of a plan that is applied with `consent`."""
    sending = with_treatment(plan, consent, Treatment.SENT)
    tripped = gates(plan, consent.policy, sending=sending)
    # Only `--allow`, which names what it sends, sends an accepted difference.
    left = [pair for pair in with_treatment(plan, consent, *LEFT) if not pair[1].acknowledged]
    known = {gate.gate for gate in tripped}
    every = gates(plan, consent.policy, sending=(*sending, *left)) if left else ()
    further = tuple(gate for gate in every if gate.gate not in known)
    return PlanReport(plan=plan, tripped=tripped, further=further, consent=consent)


def empty_reasons(tripped: Iterable[Tripped]) -> set[Reason]:
    """Having nothing to plan is a stop, unless the settings say otherwise: it must not read as "no drift"."""
    stopped = any(gate.gate == "empty" and gate.stops(allowed=(), answered=False) for gate in tripped)
    return {Reason.STOPPED} if stopped else set()


def plan_reasons(plan: Plan) -> set[Reason]:
    """Return why the run of a plan does not end well: an error in the files, or a target that could not be read."""
    reasons = {Reason.ERROR} if plan.errored else set()
    return reasons if plan.complete else reasons | {Reason.INCOMPLETE}


GATES = ("bulk", "clear", "webhook", "first-contact", "same-value", "removed", "last-look", "empty")


def gates(plan: Plan, policy: Policy, *, sending: ChangePairs) -> tuple[Tripped, ...]:
    """Return every gate that sending `sending` of `plan` trips, without those that the settings allow."""
    found = (
        _bulk(plan, policy, sending),
        _listed("clear", policy.clear, [(p, c) for p, c in sending if "clear" in c.classes], "would be emptied"),
        _listed("webhook", policy.webhook, [(p, c) for p, c in sending if "webhook" in c.classes], _WEBHOOK),
        _met_first(policy, [(p, c) for p, c in sending if _first_contact(c)]),
        _same_value(policy, sending),
        _removed(plan, policy),
        _listed("last-look", policy.last_look, sending, "would be sent"),
        _empty(plan, policy),
    )
    return tuple(tripped for tripped in found if tripped is not None and tripped.rule is not Rule.ALLOW)


_WEBHOOK = "would change: customers' messages are delivered where it says"
_MOST_VALUES = 3


def _bulk(plan: Plan, policy: Policy, sending: ChangePairs) -> Tripped | None:
    """Count profiles that lose a known or remembered value that is not the default; paused ones do not count."""
    hit = _profiles((p, c) for p, c in sending if _loses(c))
    total, rule = sum(planned.status is not TargetStatus.PAUSED for planned in plan.targets), policy.bulk
    percent = 100 * len(hit) / total if total else 0.0
    if not (len(hit) > rule.never_above or (len(hit) > rule.profiles and percent > rule.percent)):
        return None
    summary = (
        f"{len(hit)} of {total} profiles ({percent:.0f} %) would lose a value that is live or was last sent; "
        f"the limits are {count(rule.profiles, 'profile')} and {rule.percent} %, and never more than {rule.never_above}"
    )
    return Tripped(gate="bulk", rule=Rule.ASK, summary=summary, hint=_hint("bulk", Rule.ASK), profiles=hit)


def _loses(change: Change) -> bool:
    """True if a live value would be lost, or the last sent one if nothing can be read back."""
    if change.before_value is None or change.action is Action.SET:
        return False
    return is_worth_keeping(change.field, change.before_value)


def _first_contact(change: Change) -> bool:
    """True if no vouched record of the field exists, and its live value is unknown, in doubt or worth keeping."""
    if not isinstance(change.before, Known):
        return change.before_value is None or change.by_memory
    if change.before.doubt:
        return True
    if change.by_memory and is_same(change.before.value, change.after):
        return False
    return (ORIGINS[change.origin].first_contact or change.by_memory) and _loses(change)


def _met_first(policy: Policy, hits: ChangePairs) -> Tripped | None:
    seen = {isinstance(change.before, Known) and not change.before.doubt for _, change in hits}
    words = {
        True: "replace live values that this tool did not write",
        False: "be sent, and the current value cannot be read",
    }
    what = " or ".join(words[known] for known in (True, False) if known in seen)
    alone = sum(change.by_memory for _, change in hits)
    told = f"; {alone} by memory, for which no mark vouches" if alone else ""
    return _listed("first-contact", policy.first_contact, hits, f"would {what}{told}")


def _listed(gate: str, rule: Rule, hits: ChangePairs, what: str) -> Tripped | None:
    if not hits:
        return None
    profiles = _profiles(hits)
    fields = ", ".join(sorted({change.field for _, change in hits}))
    summary = f"{fields} of {count(len(profiles), 'profile')} {what}"
    return Tripped(gate=gate, rule=rule, summary=summary, hint=_hint(gate, rule), profiles=profiles)


def _same_value(policy: Policy, sending: ChangePairs) -> Tripped | None:
    """Find one value for profiles that each had their own: mostly a default that was meant for other profiles."""
    alike: dict[tuple[str, Value], list[tuple[TargetPlan, Change]]] = {}
    for planned, change in sending:
        if _loses(change) and not is_empty(change.after):
            alike.setdefault((change.field, change.after), []).append((planned, change))
    hits = [found for found in alike.values() if len({change.before_value for _, change in found}) > 1]
    if not hits:
        return None
    said = sorted(
        f"{found[0][1].field} of {count(len(found), 'profile')} that differ would become {brief(found[0][1].after)}"
        for found in hits
    )
    more = [f"and {len(said) - _MOST_VALUES} more like these"] if len(said) > _MOST_VALUES else []
    return Tripped(
        gate="same-value",
        rule=policy.same_value,
        summary="; ".join((*said[:_MOST_VALUES], *more)),
        hint=_hint("same-value", policy.same_value),
        profiles=_profiles(hit for found in hits for hit in found),
    )


_GONE = {
    "file": "without a file any more: live stays as it is, for removing a file clears nothing",
    "moved": "moved to another account or number: the old one keeps what it shows",
    Mode.OBSERVE.value: "only observed from now on: no apply sends their values any more",
    Mode.PAUSED.value: "paused from now on: neither plan nor drift looks at them any more",
}


def _removed(plan: Plan, policy: Policy) -> Tripped | None:
    gone = tuple(sorted(one.profile or one.key[-1] for one in plan.released if one.unwatched))
    if not gone:
        return None
    there = {planned.target.profile for planned in plan.targets}
    number = Counter(
        one.mode.value if not one.whole else "moved" if one.profile in there else "file"
        for one in plan.released
        if one.unwatched
    )
    said = [f"{count(number[why], 'profile')} {words}" for why, words in _GONE.items() if number[why]]
    summary = "; ".join(said)
    hint = _hint("removed", policy.removed)
    return Tripped(gate="removed", rule=policy.removed, summary=summary, hint=hint, profiles=gone)


def _empty(plan: Plan, policy: Policy) -> Tripped | None:
    if plan.targets and not all(planned.status is TargetStatus.PAUSED for planned in plan.targets):
        return None
    why = "every selected profile is paused" if plan.targets else "no profile is selected"
    hint = "name files or folders under profiles/, or set `policy: {empty: allow}` where an empty run is meant"
    return Tripped(gate="empty", rule=policy.empty, summary=why, hint=hint)


def _profiles(hits: Iterable[tuple[TargetPlan, Change]]) -> tuple[str, ...]:
    return tuple(sorted({planned.target.profile for planned, _ in hits}))


def _hint(gate: str, rule: Rule) -> str:
    """Say what opens or silences the gate; `--allow` does not open a denied gate, and a warning needs none."""
    setting = "raise the limits under `policy: {bulk: …}`" if gate == "bulk" else f"set `policy: {{{gate}: allow}}`"
    begin = {
        Rule.ALLOW: "to let every run pass",
        Rule.WARN: "it stops nothing; to hear no more of it",
        Rule.ASK: f"--allow {gate} lets this one run pass; to let every run pass",
        Rule.DENY: f"--allow {gate} does not open it; to let every run pass",
    }
    return f"{begin[rule]}, {setting} in profiles/reconciler.yaml"
