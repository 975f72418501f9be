"""What happened: one outcome for each target, and the record of the run."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from reconciler.core.change import Change
from reconciler.core.model import Model
from reconciler.core.target import Target
from reconciler.core.value import to_json


class FieldStatus(StrEnum):
    """What became of one change: only what was read back is applied, what cannot be is acknowledged."""

    APPLIED = "applied"
    ACKNOWLEDGED = "acknowledged"
    UNCONVERGED = "not converged"
    UNKNOWN = "unknown"
    FAILED = "failed"
    NOT_SENT = "not sent"
    LEFT_ALONE = "left alone"


class FieldOutcome(Model):
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


class Outcome(Model):
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


class RunRecord(Model):
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
