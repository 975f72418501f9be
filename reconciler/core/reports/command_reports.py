"""One result object for each command. Text, JSON and the exit code all come from it, so they cannot disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.basics import Diagnostic, Reason, Severity
from reconciler.core.explanations import ORIGINS, DriftSection, origins_of
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import FieldStatus, Outcome, RunRecord
from reconciler.core.planning.field_plan import UnchangedField
from reconciler.core.planning.origin import CERTAIN, SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import NO_CONSENT, Consent, Summary, summarize
from reconciler.core.reading.acknowledgements import Acknowledgement
from reconciler.core.safety.approval import Unapproved
from reconciler.core.safety.gates import Tripped, empty_reasons, plan_reasons
from reconciler.core.target import Change, Desired, Known, Live, Target, Unknown


@dataclass(frozen=True, slots=True)
class ValidateReport:
    """The result of a check without the network. `files` are those of the selected sound profiles, each once."""

    profiles: int
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[str, ...] = ()

    @property
    def reasons(self) -> frozenset[Reason]:
        """An error stops, a warning does not, and an empty selection is never a success."""
        if any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics):
            return frozenset({Reason.ERROR})
        return frozenset() if self.profiles else frozenset({Reason.STOPPED})


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """A plan and its outcomes. `stopped` says why nothing was written, if so.

    For an apply of an approved plan, `unapproved` are the changes that it does not hold, and `gone` its profiles that
    the files no longer have. `superseded` is the commit that replaces this one. `stale` says why this commit is not to
    be applied although no other replaces it. `consent` is what let changes be sent, a person's answers included.
    `waiting` is what a run of a part of its plan left for the next one, and why.
    """

    plan: Plan
    consent: Consent = NO_CONSENT
    tripped: tuple[Tripped, ...] = ()
    superseded: str = ""
    stale: str = ""
    outcomes: tuple[Outcome, ...] = ()
    stopped: str = ""
    record: RunRecord | None = None
    unrecorded: str = ""
    signal: int = 0
    unapproved: tuple[Unapproved, ...] = ()
    gone: tuple[str, ...] = ()
    waiting: tuple[tuple[TargetPlan, Change, str], ...] = ()

    @property
    def summary(self) -> Summary:
        """The plan in numbers."""
        return summarize(self.plan, self.consent)

    @property
    def came_to(self) -> dict[FieldStatus, int]:
        """How many changes came to each status."""
        found = Counter(field.status for outcome in self.outcomes for field in outcome.fields)
        return {status: found[status] for status in FieldStatus}

    @property
    def reasons(self) -> frozenset[Reason]:
        """All that keeps the run from simply being done."""
        found = plan_reasons(self.plan) | {reason for outcome in self.outcomes for reason in outcome.reasons}
        stopped = self.stopped or self.unapproved or _any(self.outcomes, FieldStatus.FOR_A_PERSON)
        found |= {Reason.STOPPED} if stopped else set()
        found |= {Reason.STALE} if self.stale else set()
        found |= {Reason.INCOMPLETE} if self.unrecorded else set()
        found |= {Reason.INCOMPLETE} if self.plan.not_as_sent else set()
        # If nothing at all was written, "partly applied" would say too much.
        if Reason.PARTLY in found and _any(self.outcomes, FieldStatus.FAILED) and not _wrote(self.outcomes):
            found = (found - {Reason.PARTLY}) | {Reason.ERROR}
        return frozenset(found)

    @property
    def only_altered(self) -> bool:
        """True if nothing is in doubt, so that a run is incomplete only because a field is not as it was sent."""
        unsure = _any(self.outcomes, FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED)
        return self.plan.complete and not (unsure or self.unrecorded)


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What moved although the files did not, and separately the other differences.

    `consent` is what an apply without options would have: the settings.
    `adopted` are the fields that were written into the files on request, `not_adopted` those that were not, and why.
    `unasked` are targets that are not in the plan: no credential for them is here, so their provider was not asked.
    `narrowed` says that not every field of every profile was meant, whatever the shard.
    Of `remembered` targets the ledger held something; None if it was not read. `no_apply` says that it held no trace of
    any apply: it is new, or it was lost. `accepted` are the entries that were written on request, None if none was.
    """

    plan: Plan
    consent: Consent = NO_CONSENT
    unasked: tuple[Target, ...] = ()
    narrowed: bool = False
    remembered: int | None = None
    no_apply: bool = False
    tripped: tuple[Tripped, ...] = ()
    unrecorded: str = ""
    adopted: tuple[Authored, ...] = ()
    not_adopted: tuple[LeftOut, ...] = ()
    accepted: tuple[Acknowledgement, ...] | None = None

    @property
    def summary(self) -> Summary:
        """The plan in numbers."""
        return summarize(self.plan, self.consent)

    @property
    def drifted(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Changed elsewhere: a person should look at them."""
        return _open(self._with(DriftSection.MOVED))

    @property
    def observed(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Differences of profiles that are only observed."""
        return _open(pair for pair in self._watched() if not _unseen(pair[1]))

    @property
    def unknown_since(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Different, and no record says since when."""
        found = self._with(DriftSection.UNKNOWN_SINCE)
        return _open(pair for pair in found if not _unseen(pair[1]))

    @property
    def newly_managed(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Different, and never sent as far as is remembered: the next apply sends it."""
        found = self._with(DriftSection.NEW)
        return _open(pair for pair in found if not (_unseen(pair[1]) or _in_doubt(pair[1])))

    @property
    def by_memory(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Different, and only memory that may be forged says that it waits for an apply: it may be drift."""
        found = self._with(DriftSection.NEW, DriftSection.PENDING)
        return tuple(pair for pair in found if _in_doubt(pair[1]))

    @property
    def unexplained(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Different, and no memory tells whether it is drift; without a trace of any apply, that is so of new ones."""
        return (*self.unknown_since, *self.by_memory, *(self.newly_managed if self.no_apply else ()))

    @property
    def blindly_new(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Managed fields that cannot be read back, where the ledger holds no trace of any apply either."""
        return tuple(pair for pair in self._with(*DriftSection) if self.no_apply and _unseen(pair[1]))

    @property
    def without_memory(self) -> bool:
        """True if something is in doubt because the ledger holds no trace of any apply."""
        return self.no_apply and bool(self.unexplained or self.blindly_new)

    @property
    def acknowledged(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Different, and accepted for now: still shown, and not drift."""
        return tuple(pair for pair in (*self._with(*DriftSection), *self._watched()) if pair[1].acknowledged)

    @property
    def never_sent(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Cannot be read back and was never sent: whether it differs is not known."""
        return tuple(pair for pair in (*self._with(*DriftSection), *self._watched()) if _unseen(pair[1]))

    @property
    def assumed(self) -> tuple[tuple[TargetPlan, UnchangedField], ...]:
        """Cannot be read back, and was last sent as the file has it: in sync as far as can be known."""
        return tuple((p, f) for p in self.plan.targets for f in p.unchanged if f.reason is SameReason.ASSUMED)

    @property
    def not_as_sent(self) -> tuple[tuple[TargetPlan, UnchangedField], ...]:
        """Sent and taken, and something else is live: a person should look at them."""
        return tuple((planned, field) for planned in self.plan.targets for field in planned.not_as_sent)

    @property
    def shown_otherwise(self) -> tuple[tuple[TargetPlan, UnchangedField], ...]:
        """In sync by memory alone: the provider spells what was sent in a form of its own."""
        return tuple((p, f) for p in self.plan.targets for f in p.unchanged if f.reason in CERTAIN and f.note)

    @property
    def pending(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Asked for by the files and not applied yet: not drift."""
        return tuple(pair for pair in self._with(DriftSection.PENDING) if not _in_doubt(pair[1]))

    @property
    def reasons(self) -> frozenset[Reason]:
        """What a person should look at counts for `--detailed-exitcode`; what waits for an apply does not."""
        found = plan_reasons(self.plan)
        told = self.drifted or self.observed or self.unexplained or self.not_as_sent
        found |= {Reason.CHANGES} if told else set()
        found |= {Reason.INCOMPLETE} if self.blindly_new else set()
        # If nothing can be read back, no drift can be seen: that must not look like "no drift".
        found |= {Reason.INCOMPLETE} if not self.sees_anything else set()
        found |= {Reason.INCOMPLETE} if self._left_out else set()
        found |= {Reason.ERROR} if any(one.failed for one in self.not_adopted) else set()
        return frozenset(found | empty_reasons(self.tripped))

    @property
    def sees_anything(self) -> bool:
        """True if any profile that should have been read could show drift at all."""
        looked = [
            p for p in self.plan.targets if p.status is not TargetStatus.PAUSED and (p.differences or p.unchanged)
        ]
        return any(planned.seen for planned in looked) if looked else not self.unasked

    @property
    def _left_out(self) -> bool:
        """True if a difference cannot be adopted; one that people accepted was not to be, and a failure is an error."""
        accepted = {(planned.target.profile, change.field) for planned, change in self.acknowledged}
        return any(not one.failed and (one.profile, one.field) not in accepted for one in self.not_adopted)

    def _with(self, *sections: DriftSection) -> tuple[tuple[TargetPlan, Change], ...]:
        managed = (p for p in self.plan.targets if p.status in (TargetStatus.PLANNED, TargetStatus.BLOCKED))
        origins = origins_of(*sections)
        return tuple((p, change) for p in managed for change in p.differences if change.origin in origins)

    def _watched(self) -> tuple[tuple[TargetPlan, Change], ...]:
        watched = (p for p in self.plan.targets if p.status is TargetStatus.OBSERVED)
        return tuple((planned, change) for planned in watched for change in planned.differences)


def _open(found: Iterable[tuple[TargetPlan, Change]]) -> tuple[tuple[TargetPlan, Change], ...]:
    """Return the differences that are not accepted."""
    return tuple(pair for pair in found if not pair[1].acknowledged)


def _in_doubt(change: Change) -> bool:
    """True if a live value may have moved, although memory says otherwise: that memory may be forged."""
    return change.by_memory and isinstance(change.before, Known) and not change.acknowledged


def _unseen(change: Change) -> bool:
    """True if nothing at all is known of the value that a change would replace."""
    return isinstance(change.before, Unknown) and ORIGINS[change.origin].first_contact


@dataclass(frozen=True, slots=True)
class ShowReport:
    """One profile: desired, live and remembered, side by side."""

    desired: Desired
    live: Live | None
    entry: LedgerEntry | None
    planned: TargetPlan

    @property
    def reasons(self) -> frozenset[Reason]:
        """Showing a profile that could not be read is incomplete."""
        return frozenset({Reason.INCOMPLETE} if not self.planned.complete else ())


def _wrote(outcomes: Iterable[Outcome]) -> bool:
    """True if a field was written or may have been: an unknown outcome is not "nothing"."""
    taken = (FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED, FieldStatus.ALTERED)
    return _any(outcomes, *taken, FieldStatus.UNCONVERGED, FieldStatus.UNKNOWN)


def _any(outcomes: Iterable[Outcome], *statuses: FieldStatus) -> bool:
    return any(field.status in statuses for outcome in outcomes for field in outcome.fields)
