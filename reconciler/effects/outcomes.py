"""What became of each change, by its reply and by what is live.

summed_up, skipped, found_there: (what was sent, the replies, what is live) → outcomes, and records for the ledger.
doubted: (an outcome, who else wrote) → the outcome, unknown where it was told by a live value.

An outcome that cannot be known is unknown: only a reply, or the live value itself, makes a change applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.basics import Reason
from reconciler.core.comparing.kinds import is_identical, is_same
from reconciler.core.comparing.spellings import is_benign, live_instead, shown_as
from reconciler.core.fields import Value, Webhook
from reconciler.core.memory.records import (
    FieldRecord,
    LedgerEntry,
    RecordState,
    Stamp,
    has_arrived,
    record_intent,
    record_seen,
    record_withdrawn,
    record_written,
)
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.provider import Failure
from reconciler.core.target import Change, Desired, Known, Live, LiveField, Observed, Target, Unreadable, WriteOnly

_THERE = "nothing was sent: it shows already what the file asks for"


@dataclass(slots=True)
class Work:
    """One target's changes on their way: what was decided, and how far it has come."""

    desired: Desired
    changes: tuple[Change, ...]
    left: tuple[FieldOutcome, ...] = ()
    read_at: float = 0.0
    previous: LedgerEntry | None = None
    # No key of the ledger is here, so that no mark can tell a forged record from a true one.
    keyless: bool = False
    # The mark of the webhook's secrets, if there is a key for it.
    mark: str = ""
    acknowledged: set[str] = field(default_factory=set)
    in_flight: set[str] = field(default_factory=set)
    failures: dict[str, Failure] = field(default_factory=dict)
    done: Outcome | None = None

    @property
    def sendable(self) -> Desired:
        """What may travel at all: nothing that this run leaves alone."""
        apart = {outcome.field for outcome in self.left}
        fields = tuple(field for field in self.desired.fields if field.name not in apart)
        return replace(self.desired, fields=fields)

    @property
    def target(self) -> Target:
        """The target of the changes."""
        return self.desired.target


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of one target, and what the ledger should remember of it."""

    outcome: Outcome
    records: tuple[FieldRecord, ...] = ()


def summed_up(work: Work, live: Live, stamp: Stamp, *, why: str) -> Applied:
    """Return the outcome of every change, by its reply and the live value; `why` is for changes that were not sent."""
    settled = [_settled(work, change, live, stamp, why=why) for change in work.changes]
    fields = (*work.left, *(outcome for outcome, _ in settled))
    records = tuple(record for _, record in settled)
    return Applied(Outcome(target=work.target, fields=fields, reasons=_reasons(fields)), records)


def _reasons(fields: Sequence[FieldOutcome]) -> tuple[Reason, ...]:
    kinds = {field.status for field in fields}
    unsure = kinds & {FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED, FieldStatus.ALTERED}
    failed = kinds & {FieldStatus.FAILED, FieldStatus.NOT_SENT}
    return tuple(reason for reason, holds in ((Reason.PARTLY, failed), (Reason.INCOMPLETE, unsure)) if holds)


_READ_BACK = (FieldStatus.APPLIED, FieldStatus.ALTERED, FieldStatus.UNCONVERGED)


def doubted(outcome: Outcome, writers: Mapping[str, str]) -> Outcome:
    """Return the outcome where other runs wrote fields too: what was read back of them may be another run's value.

    `writers` are the fields with the run that wrote them.
    """
    fields = tuple(
        replace(
            one, status=FieldStatus.UNKNOWN, detail=f"run {writers[one.field]} wrote it too; what is live may be its"
        )
        if one.field in writers and one.status in _READ_BACK
        else one
        for one in outcome.fields
    )
    return outcome if fields == outcome.fields else replace(outcome, fields=fields, reasons=_reasons(fields))


def skipped(work: Work, why: str, reason: Reason, *, stamp: Stamp) -> Applied:
    """Return the outcome of a target to which nothing was sent, with the reason."""
    fields = tuple(FieldOutcome.of(change, FieldStatus.NOT_SENT, detail=why) for change in work.changes)
    reasons = (reason,) if fields else ()
    outcome = Outcome(target=work.target, fields=(*work.left, *fields), detail=why, skipped=True, reasons=reasons)
    return Applied(outcome, tuple(_withdrawn(work, change, stamp, why=why) for change in work.changes))


def found_there(work: Work, live: Live, remembered: LedgerEntry | None, stamp: Stamp) -> Applied | None:
    """Return the outcome of a target that shows everything before this run sent anything; None for any other target.

    Of a value that cannot be read back, or holds a secret, the ledger must know that another run has sent it. This run
    calls none of it applied.
    """
    if not isinstance(live, Observed) or live.blocked or not work.changes:
        return None
    shown = {change.field: live.get(change.field) for change in work.changes}
    if not all(_is_there(work, change, shown[change.field], remembered) for change in work.changes):
        return None
    records = (
        record_seen(change.field, change.after, shown=now.value, stamp=stamp)
        if isinstance(now := shown[change.field], Known)
        else _withdrawn(work, change, stamp, why=_THERE)
        for change in work.changes
    )
    return Applied(
        Outcome(target=work.target, fields=work.left, detail=_THERE, reasons=_reasons(work.left)), tuple(records)
    )


def _is_there(work: Work, change: Change, shown: LiveField, remembered: LedgerEntry | None) -> bool:
    match shown:
        case Known(value=value) if not isinstance(change.after, Webhook):
            return is_same(value, change.after) or is_benign(change.field, value, change.after)
        case Known() | WriteOnly():
            record = remembered.memory(change.field) if remembered is not None else None
            return record is not None and record != _previous(work, change) and _sent_by_another(record, change, work)
        case _:
            return False


def _sent_by_another(record: FieldRecord, change: Change, work: Work) -> bool:
    """True if a record that is new since the plan says that this very value was sent, with these secrets."""
    closed = record.intent is None and record.state is RecordState.SETTLED and record.vouched
    sent = record.sent is not None and is_identical(record.sent, change.after)
    return closed and sent and (change.field != "webhook" or record.mark == work.mark)


def _withdrawn(work: Work, change: Change, stamp: Stamp, *, why: str) -> FieldRecord:
    return record_withdrawn(change, previous=_previous(work, change), stamp=stamp, why=why)


def _settled(work: Work, change: Change, live: Live, stamp: Stamp, *, why: str) -> tuple[FieldOutcome, FieldRecord]:
    """Return the outcome of one change, by its reply and the present live value."""
    shown = live.get(change.field) if isinstance(live, Observed) else Unreadable(reason=live.reason)
    previous = _previous(work, change)
    failure = work.failures.get(change.field)
    if change.field in work.acknowledged:
        record = _written(work, change, shown, stamp)
        return _acknowledged(change, record, shown), record
    if failure is None:
        first = next((f"{name} was not taken" for name in work.failures), why)
        return FieldOutcome.of(change, FieldStatus.NOT_SENT, detail=first), _withdrawn(work, change, stamp, why=first)
    cause = failure.cause
    if failure.did_nothing:
        failed = FieldOutcome.of(change, FieldStatus.FAILED, detail=cause.text(), cause=cause)
        return failed, _withdrawn(work, change, stamp, why=cause.text())
    if isinstance(shown, Known) and has_arrived(change.field, shown.value, change.after, change.before_value):
        record = _written(work, change, shown, stamp)
        form = _form(change, shown.value)
        seen = f"the live value shows it{f', {form}' if form else ''}"
        detail = f"the reply was lost ({cause.text(hint=False)}); {seen}"
        return FieldOutcome.of(change, FieldStatus.APPLIED, detail=detail, cause=cause), record
    record = record_intent(change, previous=previous, stamp=stamp)
    return FieldOutcome.of(change, FieldStatus.UNKNOWN, detail=cause.text(), cause=cause), record


def _written(work: Work, change: Change, shown: LiveField, stamp: Stamp) -> FieldRecord:
    previous = _previous(work, change)
    record = record_written(change, shown, previous=previous, stamp=stamp, keyless=work.keyless)
    return replace(record, mark=work.mark) if record.field == "webhook" else record


def _acknowledged(change: Change, record: FieldRecord, shown: LiveField) -> FieldOutcome:
    match record.state:
        case RecordState.SETTLED if isinstance(shown, WriteOnly):
            detail = "it cannot be read back"
            return FieldOutcome.of(change, FieldStatus.ACKNOWLEDGED, detail=detail)
        case RecordState.SETTLED if record.shown is not None and record.altered:
            detail = live_instead(change.after, record.shown)
            return FieldOutcome.of(change, FieldStatus.ALTERED, detail=detail)
        case RecordState.SETTLED:
            detail = _form(change, record.shown) if record.shown is not None else ""
            return FieldOutcome.of(change, FieldStatus.APPLIED, detail=detail)
        case RecordState.UNCONVERGED:
            detail = "acknowledged, but the live value is still the one from before"
            return FieldOutcome.of(change, FieldStatus.UNCONVERGED, detail=detail)
        case RecordState.IGNORED:
            detail = "acknowledged again, and again without effect: the provider does not take this value"
            return FieldOutcome.of(change, FieldStatus.UNCONVERGED, detail=detail)
        case RecordState.UNSETTLED | RecordState.RELEASED:
            why = shown.reason if isinstance(shown, Unreadable) else ""
            detail = f"acknowledged, and could not be read back: {why}"
            return FieldOutcome.of(change, FieldStatus.UNKNOWN, detail=detail)


def _form(change: Change, shown: Value) -> str:
    """Say how the provider spells what was sent, if it spells it otherwise."""
    return "" if is_same(shown, change.after) else shown_as(change.field, change.after, shown)


def _previous(work: Work, change: Change) -> FieldRecord | None:
    return work.previous.get(change.field) if work.previous is not None else None
