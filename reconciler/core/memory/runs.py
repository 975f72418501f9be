"""What happened: one outcome for each target, and the record of the run.

exit_code: the reasons of a run → the code the process ends with. Frozen; scripts and workflows depend on it.
history: the records of runs → what was sent to one profile when, by which run and at which commit.

| code | meaning |
|---|---|
| 0 | done: nothing pending, everything applied, superseded, or drift left alone by policy |
| 1 | error |
| 2 | changes or drift, only with `--detailed-exitcode` |
| 3 | stopped by a gate or by something unreviewed |
| 4 | stale: with `--require-tip`, this commit is not to be applied, and none has taken its place |
| 5 | partly applied |
| 6 | incomplete: something could not be read, verified or recorded |
| 64 | usage |
| 130, 143 | interrupted, terminated |
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.core.fields import to_json
from reconciler.core.memory.records import FieldRecord, LedgerEntry
from reconciler.core.target import Change, Target


class FieldStatus(StrEnum):
    """What became of one change: only what was read back is applied, what cannot be is acknowledged."""

    APPLIED = "applied"
    ACKNOWLEDGED = "acknowledged"
    UNCONVERGED = "not converged"
    UNKNOWN = "unknown"
    FAILED = "failed"
    NOT_SENT = "not sent"
    LEFT_ALONE = "left alone"


@dataclass(frozen=True, slots=True)
class FieldOutcome:
    """One change and what became of it; `detail` says why.

    `before` and `after` are the values as JSON; `before_is` says how `before` is known: known, assumed or unknown.
    """

    field: str
    status: FieldStatus
    detail: str = ""
    before: Any = None
    before_is: str = ""
    after: Any = None

    @classmethod
    def of(cls, change: Change, status: FieldStatus, *, detail: str = "") -> FieldOutcome:
        """Return what became of `change`."""
        before = change.before_value
        return cls(
            field=change.field,
            status=status,
            detail=detail,
            before=to_json(before) if before is not None else None,
            before_is=type(change.before).__name__.lower(),
            after=to_json(change.after),
        )


class Status(StrEnum):
    """What became of one target: what cannot be read back is never called applied."""

    APPLIED = "applied"
    ACKNOWLEDGED = "acknowledged"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why a run does not simply end with 0; `exits` turns them into a code."""

    ERROR = "error"
    STALE = "stale"
    STOPPED = "stopped"
    PARTLY = "partly applied"
    INCOMPLETE = "incomplete"
    CHANGES = "changes"


_DONE = frozenset({FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One target's outcome. `reasons` are what it adds to the exit code."""

    target: Target
    fields: tuple[FieldOutcome, ...] = ()
    detail: str = ""
    skipped: bool = False
    reasons: tuple[Reason, ...] = ()

    @property
    def status(self) -> Status:
        """Sum the fields up; a target with nothing to send is unchanged."""
        kinds = {field.status for field in self.fields} - {FieldStatus.LEFT_ALONE}
        if self.skipped or (self.fields and kinds <= {FieldStatus.NOT_SENT}):
            return Status.SKIPPED
        if not kinds:
            return Status.UNCHANGED
        if kinds <= _DONE:
            return Status.ACKNOWLEDGED if FieldStatus.ACKNOWLEDGED in kinds else Status.APPLIED
        if kinds & {FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED}:
            return Status.UNKNOWN
        return Status.PARTIAL if kinds & _DONE else Status.FAILED


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What one apply did, for people and for later runs. Times are ISO 8601 in UTC.

    `edited`: what was sent came from files that were not those of `commit`.
    """

    run: str
    commit: str
    started: str
    finished: str
    digest: str
    outcomes: tuple[Outcome, ...]
    interrupted: str = ""
    edited: bool = False


USAGE = 64

# In the order in which they win; interruption and usage errors are decided before there are reasons.
_CODES = (
    (Reason.ERROR, 1),
    (Reason.STALE, 4),
    (Reason.STOPPED, 3),
    (Reason.PARTLY, 5),
    (Reason.INCOMPLETE, 6),
    (Reason.CHANGES, 2),
)


def exit_code(reasons: Collection[Reason], *, signal: int = 0) -> int:
    """Return 128 + `signal` when one came, else the code of the first reason in the order above; 0 when none holds."""
    if signal:
        return 128 + signal
    return next((code for reason, code in _CODES if reason in reasons), 0)


def reason_of(code: int) -> Reason:
    """Return the reason that a run ends with `code` for; an error where none of them has it."""
    return next((reason for reason, known in _CODES if known == code), Reason.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """What one run did to the profile. `finished` is empty where the run ended without saying so.

    `edited`: what was sent came from files that were not those of `commit`.
    """

    run: str
    commit: str
    started: str
    finished: str
    interrupted: str
    edited: bool = False
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """One profile's past, the newest first, and what is still open: sent, with nobody knowing whether it arrived."""

    profile: str
    events: tuple[HistoryEvent, ...] = ()
    open: tuple[FieldRecord, ...] = ()

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
    """Return what was done to the targets `keys`, and to whatever was called `profile` when it was done."""
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
    mine = (entry for entry in entries if entry.key in known or entry.profile == profile)
    unsettled = tuple(record for entry in mine for record in entry.records if record.intent is not None)
    return HistoryReport(profile=profile, events=events, open=unsettled)
