"""The ledger's records: what was last sent for each field, what it then showed, and how each run changes that.

Memory, never truth: for a readable field the live value always wins. `sent` means acknowledged by the provider; a value
whose fate is unknown is an `intent` beside it. `shown` is recorded only from a read-back that equals what was sent or
has moved away from what was there before, so a write that the provider swallowed is never taken for its echo.
"""

from __future__ import annotations

from enum import StrEnum

from reconciler.core.change import Change
from reconciler.core.equality import identical, same
from reconciler.core.model import Model
from reconciler.core.target import Known, LiveField, Unreadable, WriteOnly
from reconciler.core.value import Value

GIVE_UP_AFTER = 2


class RecordState(StrEnum):
    """What is known about the last write of a field."""

    SETTLED = "settled"
    UNCONVERGED = "unconverged"
    IGNORED = "ignored"
    UNSETTLED = "unsettled"


class Stamp(Model):
    """When (ISO 8601, UTC), by which run and at which commit something was recorded."""

    at: str
    run: str
    commit: str = ""


class FieldRecord(Model):
    """One field's memory. `before` and `attempts` belong to a write that has not shown any effect yet.

    `stamp` says who found out what is `sent`, `tried` who sent the `intent`. `mark` is of the secrets that were sent
    with it, where there was a key to make one.
    """

    field: str
    state: RecordState
    stamp: Stamp
    sent: Value | None = None
    shown: Value | None = None
    intent: Value | None = None
    tried: Stamp | None = None
    before: Value | None = None
    attempts: int = 0
    mark: str = ""


class LedgerEntry(Model):
    """The memory of one target, keyed by provider, endpoint and address."""

    key: tuple[str, str, str]
    records: tuple[FieldRecord, ...] = ()

    def get(self, name: str) -> FieldRecord | None:
        """Return the record of field `name`, if there is one."""
        return next((record for record in self.records if record.field == name), None)

    def with_records(self, records: tuple[FieldRecord, ...]) -> LedgerEntry:
        """Return the entry with `records` in place of those of the same fields."""
        merged = {record.field: record for record in (*self.records, *records)}
        return LedgerEntry(key=self.key, records=tuple(merged[name] for name in sorted(merged)))


def record_seen(name: str, desired: Value, *, shown: Value, stamp: Stamp) -> FieldRecord:
    """Record a field whose live value was read and found in sync, whether or not it was ever sent."""
    return FieldRecord(field=name, state=RecordState.SETTLED, sent=desired, shown=shown, stamp=stamp)


def record_written(change: Change, shown: LiveField, *, previous: FieldRecord | None, stamp: Stamp) -> FieldRecord:
    """Record an acknowledged write by what was read back after it."""
    fresh = FieldRecord(field=change.field, state=RecordState.SETTLED, sent=change.after, stamp=stamp)
    match shown:
        case WriteOnly():
            return fresh
        case Known(value=value):
            stuck = (
                not same(value, change.after) and isinstance(change.before, Known) and same(value, change.before.value)
            )
            return _stuck(fresh, value, previous) if stuck else fresh.model_copy(update={"shown": value})
        case Unreadable():
            return record_unknown(change, previous=previous, stamp=stamp)
        case _:
            raise AssertionError("a link is made a value before it is recorded")


def _stuck(fresh: FieldRecord, value: Value, previous: FieldRecord | None) -> FieldRecord:
    """The provider took the value and still shows the old one; the second time, it is known not to take it."""
    again = previous is not None and not_converged(previous) and identical(previous.sent or "", fresh.sent or "")
    attempts = 1 + (previous.attempts if previous is not None and again else 0)
    state = RecordState.IGNORED if attempts >= GIVE_UP_AFTER else RecordState.UNCONVERGED
    return fresh.model_copy(update={"state": state, "before": value, "attempts": attempts})


def record_unknown(change: Change, *, previous: FieldRecord | None, stamp: Stamp) -> FieldRecord:
    """Record a write of which nobody knows whether it happened: what was known before stays, the intent is open."""
    known = previous or FieldRecord(field=change.field, state=RecordState.UNSETTLED, stamp=stamp)
    return known.model_copy(update={"state": RecordState.UNSETTLED, "intent": change.after, "tried": stamp})


def not_converged(record: FieldRecord) -> bool:
    """Say whether the last write of the field was acknowledged and never showed."""
    return record.state in (RecordState.UNCONVERGED, RecordState.IGNORED)


def settle(record: FieldRecord, live: LiveField) -> FieldRecord:
    """Close an open intent where the live value says what became of it; else return the record as it is."""
    if record.intent is None or not isinstance(live, Known):
        return record
    if arrived(live.value, record.intent, record.shown):
        update = {"sent": record.intent, "shown": live.value, "stamp": record.tried or record.stamp}
    elif any(known is not None and same(live.value, known) for known in (record.shown, record.sent)):
        update = {}
    else:
        return record
    closed = {"intent": None, "tried": None, "state": RecordState.SETTLED, "before": None, "attempts": 0}
    return record.model_copy(update={**update, **closed})


def arrived(live: Value, intent: Value, shown: Value | None) -> bool:
    """Say whether live is what was intended; a new picture can look like the one that is still there, byte for byte."""
    still_there = shown is not None and identical(live, shown)
    return same(live, intent) and (identical(live, intent) or not still_there)
