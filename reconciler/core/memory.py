"""remembered: (a planned target, what was read) → records of the fields that were found in sync.

Looking adds to the memory too: a field that is as desired is recorded whether or not it was ever sent, so that a later
move of the live value is known to be drift. An intent that a crash left open is closed as soon as the live value says
what became of it, or a later move would be taken for its trace. Only what says something new is returned.
"""

from __future__ import annotations

from reconciler.core.ledger import FieldRecord, LedgerEntry, Stamp, record_seen, settle
from reconciler.core.origin import SameReason
from reconciler.core.plan import TargetPlan
from reconciler.core.target import Desired, DesiredField, Known, Live, LiveField, Observed

_SEEN = frozenset({SameReason.IN_SYNC, SameReason.ALREADY_LIVE, SameReason.ECHO})


def remembered(
    desired: Desired, planned: TargetPlan, live: Live | None, *, entry: LedgerEntry | None, stamp: Stamp
) -> tuple[FieldRecord, ...]:
    """Return a record for each field of `planned` that was read, found in sync, and not yet remembered so."""
    if not isinstance(live, Observed):
        return ()
    in_sync = {
        unchanged.field
        for unchanged in planned.unchanged
        if unchanged.reason in _SEEN
        or (unchanged.reason is SameReason.LOOKS_THE_SAME and _sent(entry, unchanged.field))
    }
    found = (
        _record(
            field,
            live.get(field.name),
            known=entry.memory(field.name) if entry is not None else None,
            stamp=stamp if field.name in in_sync else None,
        )
        for field in desired.fields
    )
    return tuple(record for record in found if record is not None)


def _record(
    field: DesiredField, live: LiveField, *, known: FieldRecord | None, stamp: Stamp | None
) -> FieldRecord | None:
    """Return what is new of one field; `stamp` is given where it was found in sync."""
    if not isinstance(live, Known):
        return None
    if stamp is not None:
        record = record_seen(field.name, field.value, shown=live.value, stamp=stamp)
        # Looking shows no secret: what is known of those that were sent stays.
        record = record.model_copy(update={"mark": known.mark if known is not None else ""})
        return None if _says_so(known, record) else record
    settled = settle(known, live) if known is not None else None
    return settled if settled != known else None


def _sent(entry: LedgerEntry | None, name: str) -> bool:
    """Only a picture that we sent can come to be "in sync" by looking; one that only looks the same never does."""
    known = entry.memory(name) if entry is not None else None
    return known is not None and known.sent is not None


def _says_so(known: FieldRecord | None, record: FieldRecord) -> bool:
    """Say whether `known` differs from `record` in nothing but who wrote it when."""
    return known is not None and known.model_copy(update={"stamp": record.stamp}) == record
