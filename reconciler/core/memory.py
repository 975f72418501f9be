"""remembered: (a planned target, what was read) → records of the fields that were found in sync.

Looking adds to the memory too: a field that is as desired is recorded whether or not it was ever sent, so that a later
move of the live value is known to be drift. Only what says something new is returned.
"""

from __future__ import annotations

from reconciler.core.ledger import FieldRecord, LedgerEntry, Stamp, record_seen
from reconciler.core.origin import SameReason
from reconciler.core.plan import TargetPlan
from reconciler.core.target import Desired, Known, Live, Observed

_SEEN = frozenset({SameReason.IN_SYNC, SameReason.ALREADY_LIVE, SameReason.LOOKS_THE_SAME})


def remembered(
    desired: Desired, planned: TargetPlan, live: Live | None, *, entry: LedgerEntry | None, stamp: Stamp
) -> tuple[FieldRecord, ...]:
    """Return a record for each field of `planned` that was read, found in sync, and not yet remembered so."""
    if not isinstance(live, Observed):
        return ()
    found: list[FieldRecord] = []
    for unchanged in planned.unchanged:
        field, shown = desired.get(unchanged.field), live.get(unchanged.field)
        if field is None or unchanged.reason not in _SEEN or not isinstance(shown, Known):
            continue
        record = record_seen(unchanged.field, field.value, shown=shown.value, stamp=stamp)
        if not _says_so(entry.get(unchanged.field) if entry is not None else None, record):
            found.append(record)
    return tuple(found)


def _says_so(known: FieldRecord | None, record: FieldRecord) -> bool:
    """Say whether `known` differs from `record` in nothing but who wrote it when."""
    return known is not None and known.model_copy(update={"stamp": record.stamp}) == record
