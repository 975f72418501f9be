"""The ledger's port: read a consistent snapshot, commit a batch against the version that was read.

record_entries, store_batch: (a ledger, records) → the snapshot after they are stored over what is there.

The answer to a commit is `Committed`, `Conflict` (another run committed since; nothing was written), or `Unsure` (the
answer was lost: read again before going on). The ledger is memory, never truth, and holds no credential.

Stores live here, and the life of an intent in them. How a record is written down belongs to `core/memory/stored.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import Outcome, RunRecord, new_outcomes
from reconciler.core.memory.spending import AccountKey, AccountRecord, with_accounts
from reconciler.core.memory.upkeep import SetAside

EntryKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every entry at one version, the lease at that time, and the record of the last run that wrote.

    `lease` is that of a run of all profiles; `shards` are those of runs of a part, which write side by side.

    `aside` is what the store holds and no run can use. It stops no run: the rest of the memory counts.
    `keyless` says that no key was there to tell the store's marks from forged ones: all of its memory is unvouched.
    `doubt` says why none of it is vouched for where that is not for the want of a key.
    `form` is what a store says of its own form, for people.
    `accounts` holds what the accounts' calls took of their allowances.
    """

    version: str
    entries: Mapping[EntryKey, LedgerEntry]
    lease: Lease | None = None
    last: RunRecord | None = None
    aside: tuple[SetAside, ...] = ()
    keyless: bool = field(default=False, compare=False)
    doubt: str = field(default="", compare=False)
    form: str = field(default="", compare=False)
    accounts: Mapping[AccountKey, AccountRecord] = field(default_factory=dict)
    shards: tuple[Lease, ...] = ()

    @property
    def leases(self) -> tuple[Lease, ...]:
        """Every lease that is held: that of a run of all, or those of runs of shards."""
        return ((self.lease,) if self.lease is not None else ()) + self.shards

    def held_by(self, lease: Lease) -> bool:
        """Return whether `lease` is still its run's: neither given back nor taken by another one."""
        return any(one.is_of(lease) for one in self.leases)

    @property
    def knows_an_apply(self) -> bool:
        """True if there is memory of an apply: of one that wrote, or of a value that one was asked for.

        Where a key is here, only memory counts that it vouches for.
        """
        every = (one for entry in self.entries.values() for one in entry.records)
        asked = any(one.asked and (one.vouched or self.keyless) for one in every)
        wrote = self.last is not None and (self.last.vouched or self.keyless)
        return bool(self.entries) and (wrote or asked)


_OUTCOMES_A_PIECE = 1000


@dataclass(frozen=True, slots=True)
class RecordPieces:
    """A run's record as a store keeps it: its head, and its outcomes by how many of the run's there are before them.

    `anew` says that they are all there are, and take the place of those that are stored.
    """

    head: RunRecord
    parts: Mapping[int, RunRecord]
    anew: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit stores, all or none: entries whole, a lease taken, renewed or given back, a run's record so far.

    A part that is None stays as it is. `removed` is taken out: what is set aside, or a last run that does not count.
    `outcomes` are those of the record that no earlier batch of its run has stored; None is all of them. `note` names
    the run, for people. `accounts` are records of accounts: what a run adds, until `complete` puts what is kept there.
    The `lease` takes the place of those that are `displaced`: dead ones, which it could not stand beside.
    """

    note: str
    entries: tuple[LedgerEntry, ...] = ()
    lease: Lease | None = None
    record: RunRecord | None = None
    removed: tuple[SetAside, ...] = ()
    outcomes: tuple[Outcome, ...] | None = None
    accounts: tuple[AccountRecord, ...] = ()
    displaced: tuple[Lease, ...] = ()

    def pieces(self, record: RunRecord) -> RecordPieces:
        """Return the record in pieces of a bounded size, for a store that adds outcomes to those that are there."""
        if record.finished and len(record.outcomes) <= _OUTCOMES_A_PIECE:
            return RecordPieces(record, {}, anew=True)
        fresh = self.fresh(record)
        before = len(record.outcomes) - len(fresh)
        parts = {
            before + at: replace(record, outcomes=fresh[at : at + _OUTCOMES_A_PIECE])
            for at in range(0, len(fresh), _OUTCOMES_A_PIECE)
        }
        return RecordPieces(replace(record, outcomes=()), parts, anew=not before)

    def fresh(self, record: RunRecord) -> tuple[Outcome, ...]:
        """Return the outcomes to store with the record: all of them at the end of a run, else what is new.

        Each batch with all of them would take the square of a fleet.
        """
        return record.outcomes if record.finished or self.outcomes is None else self.outcomes


def complete(batch: Batch, known: Snapshot) -> Batch:
    """Return `batch` as it is stored upon what is `known`: the new outcomes of its record, and accounts whole."""
    outcomes = new_outcomes(batch.record, known.last) if batch.record is not None else batch.outcomes
    accounts = tuple(with_accounts(known.accounts, batch.accounts).values())
    taken = batch.lease if batch.lease is not None and batch.lease.until else None
    gone = tuple(one for one in known.leases if taken is not None and one.excludes(taken) and one.shard != taken.shard)
    return replace(batch, outcomes=outcomes, accounts=accounts, displaced=gone)


@dataclass(frozen=True, slots=True)
class Committed:
    """The batch is stored, and this is the version now."""

    version: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another run committed since that version was read; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """The reply was lost: read a snapshot to find out. If it has this `version`, the batch is stored."""

    version: str


Answer = Committed | Conflict | Unsure


class Ledger(Protocol):
    """A store. All its methods may block for a while, and raise EnvironmentProblem if it cannot be used at all.

    `gather` is for how many seconds outcomes are gathered into one batch: the dearer a commit, the longer.
    """

    gather: float

    def read(self) -> Snapshot:
        """Return everything, as of one moment."""

    def commit(self, batch: Batch, *, version: str) -> Answer:
        """Store `batch` if the store is still at `version`."""

    def runs(self) -> tuple[RunRecord, ...]:
        """Return the record of each run that wrote, the newest first; a crashed run's is the last that it stored."""

    def keep(self, version: str) -> str:
        """Keep what the store holds at `version`, and return where people find it after the next commit."""

    def hurry(self, seconds: float) -> None:
        """Let nothing, not even what another thread has begun, take longer than this from now on."""


def record_entries(
    ledger: Ledger, entries: Sequence[LedgerEntry], *, note: str, known: Snapshot | None = None
) -> Snapshot:
    """Store the records of `entries` over the present ones, however often other runs commit in between.

    Returns the snapshot after. Records of other fields and of other targets are kept. A caller that records repeatedly
    passes the last returned snapshot as `known`: reading takes longer the larger the store is.
    """
    return store_batch(ledger, Batch(note, tuple(entries)), known=known)


def store_batch(ledger: Ledger, batch: Batch, *, known: Snapshot | None = None) -> Snapshot:
    """Store a whole batch as `record_entries` stores entries: the records in its entries replace the present ones."""
    before = known or ledger.read()
    while True:
        changed = changed_entries(before, batch.entries)
        record = batch.record if batch.record != before.last else None
        fresh = Batch(batch.note, changed, lease=_new_lease(batch.lease, before), record=record)
        if not (changed or fresh.lease or fresh.record):
            return before
        before, stored = commit_upon(ledger, fresh, before)
        if stored:
            return before


def commit_upon(ledger: Ledger, batch: Batch, before: Snapshot) -> tuple[Snapshot, bool]:
    """Store `batch` upon what was known `before`. Return what the store holds then, and whether the batch is in it.

    If another run was first, nothing is stored. If the reply was lost, the store itself says which it is.
    """
    answer = ledger.commit(complete(batch, before), version=before.version)
    if isinstance(answer, Committed):
        return after(before, batch, version=answer.version), True
    now = ledger.read()
    return now, answer == Unsure(now.version)


def after(before: Snapshot, batch: Batch, *, version: str) -> Snapshot:
    """Return the snapshot that a committed batch makes of `before`; what is set aside is looked at by the next read."""
    entries = {**before.entries, **{entry.key: entry for entry in batch.entries}}
    leases = _leases_after(before, batch.lease)
    held = next((one for one in leases if not one.shard), None)
    last = before.last if batch.record is None else batch.record
    accounts = {**before.accounts, **with_accounts(before.accounts, batch.accounts)}
    shards = tuple(one for one in leases if one.shard)
    whole = replace(before, version=version, entries=entries, lease=held, last=last)
    return replace(whole, accounts=accounts, shards=shards)


def _leases_after(before: Snapshot, lease: Lease | None) -> list[Lease]:
    """Return the leases after `lease` was stored, in the order of their shards; None leaves them as they are."""
    if lease is None:
        return list(before.leases)
    kept = [one for one in before.leases if one.shard != lease.shard and not (lease.until and one.excludes(lease))]
    return sorted(kept + [lease] * bool(lease.until), key=lambda one: one.shard)


def _new_lease(wanted: Lease | None, before: Snapshot) -> Lease | None:
    """Return the lease to store: None if it is stored already, or if ending it is not this run's right."""
    if wanted is None or wanted in before.leases:
        return None
    return wanted if before.held_by(wanted) or wanted.until else None


def changed_entries(known: Snapshot, news: Iterable[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """Return the whole entry of each target that the news change."""
    return tuple(entry for entry in upon(known, news).values() if entry != known.entries.get(entry.key))


def upon(known: Snapshot, news: Iterable[LedgerEntry]) -> dict[EntryKey, LedgerEntry]:
    """Return the whole entry of each target in `news`: the known records, with the news in them."""
    found: dict[EntryKey, LedgerEntry] = {}
    for one in news:
        entry = found.get(one.key) or known.entries.get(one.key) or LedgerEntry(key=one.key)
        found[one.key] = entry.with_news(one)
    return found
