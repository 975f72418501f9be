"""close: (a ledger, what became of a run's intents) → it is stored, wherever nobody knows better by now.

While a run holds its lease nobody else writes to a provider: what others recorded meanwhile they only saw, and the
run's own word stands above it. Once it holds it no longer, or is long over, another run may have sent something since:
then only that goes in which the ledger still waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import FieldRecord, LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.effects.ledger import Batch, Committed, EntryKey, Ledger, Snapshot, Unsure, after


@dataclass(frozen=True, slots=True)
class Closed:
    """The ledger now, whether the lease was still this run's, and how many fields' records went in."""

    known: Snapshot
    held: bool
    fields: int


def close_intents(
    ledger: Ledger,
    record: RunRecord,
    *,
    entries: Sequence[LedgerEntry],
    lease: Lease | None = None,
    known: Snapshot | None = None,
) -> Closed:
    """Store `record`, and what became of its run's intents; `lease` renews or gives back the one that it holds."""
    before = known or ledger.read()
    while True:
        held = lease is not None and before.lease is not None and before.lease.is_of(lease)
        there = before.entries
        found = entries if held else [_awaited(entry, there.get(entry.key), record=record) for entry in entries]
        batch = Batch(record.run, _over(found, there), lease=lease if held else None, record=record)
        answer = ledger.commit(batch, version=before.version)
        fields = sum(len(entry.records) for entry in found)
        if isinstance(answer, Committed):
            return Closed(after(before, batch, version=answer.version), held, fields)
        before = ledger.read()
        if answer == Unsure(before.version):
            return Closed(before, held, fields)


def _awaited(entry: LedgerEntry, there: LedgerEntry | None, *, record: RunRecord) -> LedgerEntry:
    """Return what of `entry` the ledger still waits for: the run's own intent is open there."""
    waiting = {one.field for one in (there.records if there is not None else ()) if _tried(one, record)}
    records = tuple(one for one in entry.records if one.field in waiting)
    return LedgerEntry(key=entry.key, profile=entry.profile, records=records)


def _tried(one: FieldRecord, record: RunRecord) -> bool:
    """Say whether an intent is of this very run: one that is started again under its number is another."""
    if one.intent is None or one.tried is None or one.tried.run != record.run:
        return False
    return record.started <= one.tried.at and (not record.finished or one.tried.at <= record.finished)


def _over(found: Iterable[LedgerEntry], there: Mapping[EntryKey, LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """Return the entries that change, whole."""
    merged: dict[EntryKey, LedgerEntry] = {}
    for entry in found:
        if entry.records:
            old = merged.get(entry.key) or there.get(entry.key) or LedgerEntry(key=entry.key)
            merged[entry.key] = old.with_records(entry.records, profile=entry.profile)
    return tuple(entry for entry in merged.values() if entry != there.get(entry.key))
