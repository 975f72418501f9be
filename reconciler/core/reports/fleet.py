"""The report of `list`: each profile in one row, with its last apply and what is known of its drift.

listed_profiles: (a plan, the profiles, the ledger's entries, its runs) → a row for each profile.

Without a look at the providers the ledger stands in for live. Then a row says what the files and the ledger know, and
never that nothing was changed elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reconciler.core.basics import Reason
from reconciler.core.explanations import ORIGINS, DriftSection
from reconciler.core.fields import Mode
from reconciler.core.memory.records import LedgerEntry, Stamp
from reconciler.core.memory.runs import FieldStatus, RunRecord
from reconciler.core.planning.base import TargetKey
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.cards import Card, Thumbnail
from reconciler.core.reports.timeline import NO_TIME, Timeline
from reconciler.core.roster import NO_BUSINESS, Business
from reconciler.core.safety.gates import Tripped, empty_reasons, plan_reasons
from reconciler.core.target import Change, Desired, Known, Placed, Target

# The provider took the value: a last apply is one that came to any of these.
_TAKEN = frozenset({FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED, FieldStatus.ALTERED})
# A look at the provider did not tell whether these are in sync.
_NOT_TOLD = frozenset({SameReason.ASSUMED, SameReason.CANNOT_TELL})


class Standing(StrEnum):
    """How a field that is not in sync stands. The values are the keys of the document."""

    DRIFTED = "drifted"  # changed elsewhere, or only observed and different
    UNRECORDED = "unrecorded"  # different, and no record says since when
    ALTERED = "not_as_sent"  # live otherwise than it was sent
    WAITING = "to_send"  # the next apply sends it
    ACCEPTED = "accepted"  # different, and people accepted that
    ASSUMED = "assumed"  # the provider was asked, and did not tell whether it is in sync


class Condition(StrEnum):
    """The most important fact about a profile, in the order in which people should look."""

    UNREAD = "could not be read"
    DIFFERS = "changed elsewhere"
    WAITING = "to be sent"
    ACCEPTED = "accepted"
    ASSUMED = "assumed"
    NOT_KNOWN = "not known"
    NONE_KNOWN = "no drift known"
    IN_SYNC = "in sync"
    PAUSED = "paused"


_CONDITIONS = {
    Condition.DIFFERS: {Standing.DRIFTED, Standing.UNRECORDED, Standing.ALTERED},
    Condition.WAITING: {Standing.WAITING},
    Condition.ACCEPTED: {Standing.ACCEPTED},
    Condition.ASSUMED: {Standing.ASSUMED},
}


@dataclass(frozen=True, slots=True)
class ListedProfile(Placed):
    """One profile: where it goes, the `last` run that sent to it, and how many fields stand how.

    `known` says that the ledger remembers a value of it. `looked` says that its provider was asked. `unread` says why
    something of it could not be read; empty if all was. Without a look, `business` tells nothing.
    """

    target: Target
    mode: Mode
    file: str = ""
    last: Stamp | None = None
    known: bool = False
    looked: bool = False
    unread: str = ""
    business: Business = NO_BUSINESS
    fields: Mapping[Standing, int] = field(default_factory=dict)
    line: int = 0

    @property
    def condition(self) -> Condition:
        """The most important fact about it."""
        if self.mode is Mode.PAUSED:
            return Condition.PAUSED
        if self.unread:
            return Condition.UNREAD
        found = next((one for one, standings in _CONDITIONS.items() if standings & set(self.fields)), None)
        if found is not None:
            return found
        if self.looked:
            return Condition.IN_SYNC
        return Condition.NONE_KNOWN if self.known else Condition.NOT_KNOWN


@dataclass(frozen=True, slots=True)
class ListReport:
    """The profiles in the order of their names, and the plan that they are read from. `live`: providers were asked."""

    profiles: tuple[ListedProfile, ...]
    plan: Plan
    live: bool = False
    tripped: tuple[Tripped, ...] = ()

    @property
    def reasons(self) -> frozenset[Reason]:
        """An empty list is a stop, as an empty plan is; what could not be read makes a look incomplete."""
        found = plan_reasons(self.plan) if self.live else plan_reasons(replace(self.plan, targets=()))
        return frozenset(found | (set() if self.profiles else empty_reasons(self.tripped)))


@dataclass(frozen=True, slots=True)
class FleetReport:
    """The same with a card for each row, small pictures by the SHA-256 of the large ones, and what applies did."""

    report: ListReport
    cards: tuple[Card, ...] = ()
    thumbnails: Mapping[str, Thumbnail] = field(default_factory=dict)
    timeline: Timeline = NO_TIME

    @property
    def reasons(self) -> frozenset[Reason]:
        """A page ends as its list does."""
        return self.report.reasons


def listed_profiles(
    plan: Plan, desired: Sequence[Desired], entries: Mapping[TargetKey, LedgerEntry], runs: Iterable[RunRecord]
) -> tuple[ListedProfile, ...]:
    """Return a row for each target of `plan`; `runs` are the newest first."""
    modes, last = {one.target.key: one.mode for one in desired}, _last_runs(runs)
    return tuple(
        ListedProfile(
            planned.target,
            modes[key],
            file=planned.file,
            line=planned.line,
            last=last.get(key),
            known=key in entries and entries[key].managed,
            looked=not planned.offline and planned.status is not TargetStatus.PAUSED,
            unread="; ".join(dict.fromkeys(_unread(planned))),
            business=planned.business,
            fields=Counter(_standings(planned)),
        )
        for planned in plan.targets
        for key in (planned.target.key,)
    )


def _standings(planned: TargetPlan) -> Iterator[Standing]:
    """Yield how each field stands that is not in sync."""
    yield from (Standing.ALTERED for _ in planned.not_as_sent)
    if not planned.offline:
        yield from (Standing.ASSUMED for one in planned.unchanged if one.reason in _NOT_TOLD)
    observed = planned.status is TargetStatus.OBSERVED
    # An observed profile is never sent, so without a look there is nothing that it could differ from.
    yield from (_standing(change, observed=observed) for change in planned.differences if planned.seen or not observed)


def _standing(change: Change, *, observed: bool) -> Standing:
    section = ORIGINS[change.origin].section
    # Memory that may be forged hides no drift.
    in_doubt = change.by_memory and isinstance(change.before, Known)
    if change.acknowledged:
        return Standing.ACCEPTED
    if observed or in_doubt or section is DriftSection.MOVED:
        return Standing.DRIFTED
    return Standing.UNRECORDED if section is DriftSection.UNKNOWN_SINCE else Standing.WAITING


def _unread(planned: TargetPlan) -> Iterator[str]:
    """Yield why something of a target could not be read."""
    if planned.status is TargetStatus.UNREADABLE:
        yield planned.reason
    yield from (field.reason for field in planned.unreadable)


def _last_runs(runs: Iterable[RunRecord]) -> dict[TargetKey, Stamp]:
    """Return the newest run that sent something to each target."""
    found: dict[TargetKey, Stamp] = {}
    for run in runs:
        for outcome in run.outcomes:
            if any(field.status in _TAKEN for field in outcome.fields):
                found.setdefault(outcome.target.key, Stamp(at=run.started, run=run.run, commit=run.commit))
    return found
