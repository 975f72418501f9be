"""What happened: one outcome for each target, and the record of the run.

history: (a profile, its targets, the runs' records) → what was sent to it when, by which run and at which commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import Any

from reconciler.core.basics import Cause, Reason
from reconciler.core.comparing.kinds import to_json
from reconciler.core.memory.records import Asked, FieldRecord, LedgerEntry
from reconciler.core.target import Change, Target


class FieldStatus(StrEnum):
    """What one change came to: applied if it was read back, acknowledged if it cannot be.

    Altered: the provider took it, and something else than a spelling of it is live.
    """

    APPLIED = "applied"
    ACKNOWLEDGED = "acknowledged"
    ALTERED = "altered"
    UNCONVERGED = "not converged"
    UNKNOWN = "unknown"
    FAILED = "failed"
    NOT_SENT = "not sent"
    LEFT_ALONE = "left alone"
    FOR_A_PERSON = "left for a person"


@dataclass(frozen=True, slots=True)
class FieldOutcome:
    """One change and its status; `detail` says why, and `cause` holds its parts if a call failed.

    `before` and `after` are the values as JSON; `before_is` says how `before` is known: known, assumed or unknown.
    """

    field: str
    status: FieldStatus
    detail: str = ""
    before: Any = None
    before_is: str = ""
    after: Any = None
    cause: Cause | None = None

    @classmethod
    def of(cls, change: Change, status: FieldStatus, *, detail: str = "", cause: Cause | None = None) -> FieldOutcome:
        """Return the outcome of `change`."""
        before = change.before_value
        return cls(
            field=change.field,
            status=status,
            detail=detail,
            before=to_json(before) if before is not None else None,
            before_is=type(change.before).__name__.lower(),
            after=to_json(change.after),
            cause=cause,
        )


class OutcomeStatus(StrEnum):
    """What one target came to: a target that cannot be read back is never called applied."""

    APPLIED = "applied"
    ACKNOWLEDGED = "acknowledged"
    ALTERED = "altered"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


_DONE = frozenset({FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED})
_TAKEN = _DONE | {FieldStatus.ALTERED}
# The run was not meant to send such a field.
NOT_TO_SEND = frozenset({FieldStatus.LEFT_ALONE, FieldStatus.FOR_A_PERSON})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One target's outcome; `reasons` are its part of the exit code."""

    target: Target
    fields: tuple[FieldOutcome, ...] = ()
    detail: str = ""
    skipped: bool = False
    reasons: tuple[Reason, ...] = ()

    @property
    def status(self) -> OutcomeStatus:
        """Sum the fields up; a target with nothing to send is unchanged."""
        kinds = {field.status for field in self.fields} - NOT_TO_SEND
        if self.skipped or (self.fields and kinds <= {FieldStatus.NOT_SENT}):
            return OutcomeStatus.SKIPPED
        if not kinds:
            return OutcomeStatus.UNCHANGED
        if kinds <= _DONE:
            return OutcomeStatus.ACKNOWLEDGED if FieldStatus.ACKNOWLEDGED in kinds else OutcomeStatus.APPLIED
        if kinds & {FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED}:
            return OutcomeStatus.UNKNOWN
        if kinds <= _TAKEN:
            return OutcomeStatus.ALTERED
        return OutcomeStatus.PARTIAL if kinds & _TAKEN else OutcomeStatus.FAILED


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What one apply did, for people and for later runs. Times are ISO 8601 in UTC.

    `edited`: the sent values came from files that differ from those of `commit`. `vouched` is for the reader of a store
    to say, as of a field's record.
    """

    run: str
    commit: str
    started: str
    finished: str
    digest: str
    outcomes: tuple[Outcome, ...]
    interrupted: str = ""
    edited: bool = False
    vouched: bool = field(default=True, compare=False)


def new_outcomes(record: RunRecord, known: RunRecord | None) -> tuple[Outcome, ...]:
    """Return the outcomes of `record` that are not in what is `known` of the same run: a store adds no others."""
    if known is None or (known.run, known.started) != (record.run, record.started):
        return record.outcomes
    there = {outcome.target.key: outcome for outcome in known.outcomes}
    return tuple(outcome for outcome in record.outcomes if there.get(outcome.target.key) != outcome)


def with_outcomes(record: RunRecord, others: Iterable[RunRecord]) -> RunRecord:
    """Return a run's record with the outcomes of its batches; a file of another run's is left over, and is no part.

    Where the record is vouched for, each of its batches is.
    """
    true = (one for one in others if one.vouched or not record.vouched)
    mine = (one.outcomes for one in true if (one.run, one.started) == (record.run, record.started))
    # At its end a run writes all of them once more, and in its own order.
    found: dict[tuple[str, str, str], Outcome] = {}
    for outcome in chain(record.outcomes, *mine):
        found.setdefault(outcome.target.key, outcome)
    return replace(record, outcomes=tuple(found.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """What one run did to the profile. `finished` is empty if the run never recorded its end.

    `edited`: the sent values came from files that differ from those of `commit`.
    """

    run: str
    commit: str
    started: str
    finished: str
    interrupted: str
    edited: bool = False
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AskedField:
    """One field's value that the files asked for and that was not sent."""

    field: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """One profile's past, the newest first, and what is not done.

    `open` are intents: sent, without knowing whether they arrived. `asked` is what the files asked for and no run sent.
    """

    profile: str
    events: tuple[HistoryEvent, ...] = ()
    open: tuple[FieldRecord, ...] = ()
    asked: tuple[AskedField, ...] = ()

    @property
    def reasons(self) -> frozenset[Reason]:
        """A past that is looked at is done."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class RunsReport:
    """Every run that wrote, the newest first."""

    runs: tuple[RunRecord, ...]

    @property
    def reasons(self) -> frozenset[Reason]:
        """A past that is looked at is done."""
        return frozenset()


def history(
    profile: str, keys: Iterable[tuple[str, str, str]], *, runs: Iterable[RunRecord], entries: Iterable[LedgerEntry]
) -> HistoryReport:
    """Return what was done to the targets `keys`, and to any target that was called `profile` at that time."""
    known = frozenset(keys)
    events = tuple(
        HistoryEvent(
            run=record.run,
            commit=record.commit,
            started=record.started,
            finished=record.finished,
            interrupted=record.interrupted,
            edited=record.edited,
            outcome=outcome,
        )
        for record in runs
        for outcome in record.outcomes
        if outcome.target.key in known or outcome.target.profile == profile
    )
    mine = [record for entry in entries if entry.key in known or entry.profile == profile for record in entry.records]
    unsettled = tuple(record for record in mine if record.intent is not None)
    asked = tuple(AskedField(record.field, record.asked) for record in mine if record.asked is not None)
    return HistoryReport(profile=profile, events=events, open=unsettled, asked=asked)
