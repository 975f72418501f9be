"""What an apply does with each difference of a plan, and the plan in numbers by that.

treatment: (a change, consent) → what an apply does with it. Plans, applies, drift, pages and exit codes all ask here.
treated, with_treatment: the differences of a plan, by what an apply does with them.
summarize: (a plan, consent) → the plan in numbers: what an apply sends, what it leaves, and what needs no change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.explanations import ORIGINS
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.settings import OnFinding, Policy
from reconciler.core.target import Change, Origin


class Treatment(StrEnum):
    """What an apply does with a difference. The values are the words of every document and page."""

    SENT = "will be sent"
    LEFT_ALONE = "left alone"
    FOR_A_PERSON = "left for a person"
    OBSERVED = "observed"
    BLOCKED = "cannot be written"


# An apply could send these, and does not without more consent.
LEFT = (Treatment.LEFT_ALONE, Treatment.FOR_A_PERSON)

ChangePairs: TypeAlias = Sequence[tuple[TargetPlan, Change]]

_DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Consent:
    """What lets apply send a change that the files did not ask for.

    `policy` are the settings, and `allowed` the names after `--allow`. `answered` are the origins that a person at the
    terminal said yes to.
    """

    policy: Policy = _DEFAULT_POLICY
    allowed: frozenset[str] = frozenset()
    answered: frozenset[Origin] = frozenset()


# The settings as they are where nothing is set, and nothing else.
NO_CONSENT = Consent()


def treatment(change: Change, consent: Consent) -> Treatment:
    """Return what an apply does with a change of a profile that it may write.

    Only `--allow` sends a difference that people accepted in drift-ignore.yaml.
    """
    meaning = ORIGINS[change.origin]
    if not meaning.setting or change.origin in consent.allowed:
        return Treatment.SENT
    overwrites = change.origin in consent.answered or getattr(consent.policy, meaning.setting) is OnFinding.OVERWRITE
    return Treatment.SENT if overwrites and not change.acknowledged else left_as(change)


def left_as(change: Change) -> Treatment:
    """Return how a change is left that is not sent. Drift and accepted differences need no person."""
    meaning = ORIGINS[change.origin]
    alone = change.acknowledged or (meaning.setting and not meaning.review)
    return Treatment.LEFT_ALONE if alone else Treatment.FOR_A_PERSON


def treated(planned: TargetPlan, change: Change, consent: Consent) -> Treatment:
    """Return what an apply does with a difference of `planned`."""
    match planned.status:
        case TargetStatus.OBSERVED:
            return Treatment.OBSERVED
        case TargetStatus.BLOCKED:
            return Treatment.BLOCKED
        case _:
            return treatment(change, consent)


def with_treatment(plan: Plan, consent: Consent, *wanted: Treatment) -> tuple[tuple[TargetPlan, Change], ...]:
    """Return the differences that an apply treats in one of the `wanted` ways, in the order of the plan."""
    found = ((planned, change) for planned in plan.targets for change in planned.differences)
    return tuple(pair for pair in found if treated(*pair, consent) in wanted)


@dataclass(frozen=True, slots=True)
class Summary:
    """The plan in numbers.

    The first three are differences, by what an apply does with them. All others are profiles. `changed` are those of
    which something will be sent, `left` those whose differences are all left. Of the profiles without a difference,
    `in_sync` were seen to be so, and `assumed` cannot be read back or were not read. Of `not_as_sent` profiles the
    provider keeps a field otherwise than it was sent. `unverified` were read and are still not certain, and `unmanaged`
    manage nothing. `not_read` were left out, because reading them would change nothing; they may have drifted.
    """

    will_be_sent: int
    left_alone: int
    left_for_a_person: int
    profiles: int
    changed: int
    left: int
    in_sync: int
    assumed: int
    not_as_sent: int
    unverified: int
    unmanaged: int
    observed: int
    paused: int
    blocked: int
    unreadable: int
    not_read: int


def summarize(plan: Plan, consent: Consent) -> Summary:
    """Count the differences by what an apply does with them, and the profiles by what planning them came to."""
    number = Counter(treated(p, change, consent) for p in plan.targets for change in p.differences)
    changed = {p.target.key for p, _ in with_treatment(plan, consent, Treatment.SENT)}
    status = Counter(planned.status for planned in plan.targets)
    differing = {planned.target.key for planned in plan.targets if planned.changes}
    calm = [p for p in plan.targets if p.status is TargetStatus.PLANNED and p.complete and not p.changes]
    managed = [planned for planned in calm if planned.unchanged]
    in_sync = sum(planned.certain for planned in managed)
    assumed = sum(planned.assumed for planned in managed)
    not_as_sent = sum(bool(planned.not_as_sent) for planned in managed)
    return Summary(
        will_be_sent=number[Treatment.SENT],
        left_alone=number[Treatment.LEFT_ALONE],
        left_for_a_person=number[Treatment.FOR_A_PERSON],
        profiles=len(plan.targets),
        changed=len(changed),
        left=len(differing - changed),
        in_sync=in_sync,
        assumed=assumed,
        not_as_sent=not_as_sent,
        unverified=len(managed) - in_sync - assumed - not_as_sent,
        unmanaged=len(calm) - len(managed),
        observed=status[TargetStatus.OBSERVED],
        paused=status[TargetStatus.PAUSED],
        blocked=status[TargetStatus.BLOCKED],
        unreadable=sum(not p.complete and p.status is not TargetStatus.BLOCKED for p in plan.targets),
        not_read=status[TargetStatus.NOT_READ],
    )
