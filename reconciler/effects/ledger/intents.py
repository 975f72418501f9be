"""The life of a run's intents: stored before anything is sent, closed by the outcomes.

begin_intents: (a ledger, what a run is about to do) → the lease is held and every intent is stored.
lease_notice: (a ledger, what a read adds) → it is stored, unless another run recorded something since.
close_intents: (a ledger, the outcomes of a run's intents) → they are stored, unless the ledger knows better by now.

Of two runs, one waits, and gives up if the other is still writing after a while. A run that renews its lease is alive.
A run that does not has died, and its lease ends by itself, at once if its process is known to be gone.

While a run holds its lease, no other run writes to a provider. Records that others stored meanwhile come from reads,
and the run's own outcome outranks them. A run that lost its lease, or ended long ago, may have been followed by another
write. Then only outcomes that the ledger still waits for are stored.
"""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.lease import LEASE_LENGTH, SKEW, Lease, place, remaining
from reconciler.core.memory.records import FieldRecord, LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.spending import AccountRecord
from reconciler.effects.ledger import (
    Batch,
    EntryKey,
    Ledger,
    Snapshot,
    changed_entries,
    commit_upon,
    complete,
)
from reconciler.effects.world import Context

# Seconds between one check of another run's lease and the next.
_POLL_SECONDS = 1.0
# How long to wait for runs that are alive: long enough to see the death of one that had just renewed its lease.
_LONGEST = 2 * (LEASE_LENGTH + SKEW)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a run is about to do: every target's entry with its intents, each made from the one in `known`.

    `accounts` are what its planning took of the allowances. The run may be of a `shard`.
    """

    known: Snapshot
    entries: Mapping[EntryKey, LedgerEntry]
    record: RunRecord
    accounts: tuple[AccountRecord, ...] = ()
    shard: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The ledger now, the held lease, and the targets about which another run recorded something in between."""

    known: Snapshot
    lease: Lease
    overtaken: frozenset[EntryKey] = frozenset()


def mine(run: str, context: Context, *, shard: str = "") -> Lease:
    """Return the lease of `run` in this process, from now on."""
    until = (context.now().astimezone(UTC) + LEASE_LENGTH).isoformat(timespec="seconds")
    return Lease(run=run, machine=_here(), process=os.getpid(), until=until, shard=shard)


# For a system that tells neither its boot nor its process namespace.
_NONCE = secrets.token_hex(8)
_BOOT, _NAMESPACE = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")


def _here() -> str:
    """Return the place of this process."""
    try:
        boot, namespace = _BOOT.read_text(encoding="ascii").strip(), _NAMESPACE.readlink().name
    except (OSError, ValueError):
        boot = namespace = ""
    return place(platform.node(), boot, namespace.strip("pid:[]"), nonce=_NONCE)


async def begin_intents(ledger: Ledger, opening: Opening, *, context: Context) -> Begun:
    """Take the lease and store the intents. Raises EnvironmentProblem if other runs keep writing."""
    known = opening.known
    waiting: Lease | None = None
    began = last_sign = context.monotonic()
    while True:
        patience = LEASE_LENGTH + SKEW - timedelta(seconds=context.monotonic() - last_sign)
        spent = waiting if patience <= timedelta(0) else None
        found = await asyncio.to_thread(_try, ledger, opening, known, context=context, spent=spent)
        if isinstance(found, Begun):
            return found
        if waiting is None or not found.is_of(waiting):
            context.warn(f"Waiting for run {found.run}, which is writing")
        if found != waiting:
            # A run that has just begun, or renewed its lease, cannot be called dead yet.
            waiting, last_sign = found, context.monotonic()
        if context.monotonic() - began > _LONGEST.total_seconds():
            raise EnvironmentProblem(f"run {found.run} on {found.host} is writing; try again when it has ended")
        with context.progress.waiting(f"run {found.run}, which is writing", clock=context.monotonic):
            await context.sleep(max(_POLL_SECONDS, ledger.gather))
        known = await asyncio.to_thread(ledger.read)


def _try(ledger: Ledger, opening: Opening, known: Snapshot, *, context: Context, spent: Lease | None) -> Begun | Lease:
    """Begin, or return the lease of the run that writes. Records that others stored since the plan stay untouched.

    `spent` is the lease that was waited for long enough. Another run may have taken its place in this very moment.
    """
    lease, before = mine(opening.record.run, context, shard=opening.shard), known
    while True:
        others = (one for one in before.leases if one.excludes(lease) and one != spent)
        if (held := next((one for one in others if _holds_up(one, lease, context)), None)) is not None:
            return held
        overtaken, fresh = _fresh(opening.entries, before, known=opening.known)
        batch = Batch(opening.record.run, fresh, lease=lease, record=opening.record, accounts=opening.accounts)
        before, stored = commit_upon(ledger, batch, before)
        # No other run takes a lease in this process's name: where it stands, all of the batch does.
        if stored or lease in before.leases:
            return Begun(before, lease, overtaken)


def lease_notice(
    ledger: Ledger,
    entries: Mapping[EntryKey, LedgerEntry],
    *,
    known: Snapshot,
    note: str,
    accounts: tuple[AccountRecord, ...] = (),
) -> Snapshot:
    """Store what a read adds to the entries that were `known`, except to those that another run changed since.

    `accounts` are what it took of the allowances, and are added to what others took.
    """
    before = known
    while True:
        _, fresh = _fresh(entries, before, known=known)
        batch = Batch(note, fresh, accounts=accounts)
        if not (fresh or complete(batch, before).accounts != _kept(before, accounts)):
            return before
        before, stored = commit_upon(ledger, batch, before)
        if stored:
            return before


def _kept(known: Snapshot, news: Sequence[AccountRecord]) -> tuple[AccountRecord | None, ...]:
    """Return what is kept already of each account in `news`."""
    return tuple(known.accounts.get(key) for key in dict.fromkeys(one.key for one in news))


def _fresh(
    entries: Mapping[EntryKey, LedgerEntry], before: Snapshot, *, known: Snapshot
) -> tuple[frozenset[EntryKey], tuple[LedgerEntry, ...]]:
    """Return the targets whose entry changed since it was `known`, and the changed entries of the other targets."""
    overtaken = frozenset(key for key in entries if before.entries.get(key) != known.entries.get(key))
    news = ((key, entry) for key, entry in entries.items() if entry != before.entries.get(key))
    return overtaken, tuple(entry for key, entry in news if key not in overtaken)


def _holds_up(lease: Lease, wanted: Lease, context: Context) -> bool:
    """True if another run may still be writing; a restarted run takes its own lease over."""
    if wanted.follows(lease):
        return False
    here = lease.machine == wanted.machine
    return remaining(lease, context.now()) > timedelta(0) and not (here and _gone(lease.process))


def _gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


@dataclass(frozen=True, slots=True)
class Closed:
    """The ledger now, whether the lease was still this run's, and how many fields' records were stored."""

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
    accounts: tuple[AccountRecord, ...] = (),
) -> Closed:
    """Store `record` and the outcomes of its run's intents; `lease` renews or gives back the lease that it holds.

    `accounts` are what the run took of the allowances.
    """
    before = known or ledger.read()
    while True:
        held = lease is not None and before.held_by(lease)
        there = before.entries
        found = entries if held else [_awaited(entry, there.get(entry.key), record=record) for entry in entries]
        changed = changed_entries(before, (entry for entry in found if entry.records))
        batch = Batch(record.run, changed, lease=lease if held else None, record=record, accounts=accounts)
        before, stored = commit_upon(ledger, batch, before)
        if stored:
            return Closed(before, held, sum(len(entry.records) for entry in found))


def _awaited(entry: LedgerEntry, there: LedgerEntry | None, *, record: RunRecord) -> LedgerEntry:
    """Return the records of `entry` that the ledger still waits for: the run's own intent is open there."""
    waiting = {one.field for one in (there.records if there is not None else ()) if _tried(one, record)}
    records = tuple(one for one in entry.records if one.field in waiting)
    return LedgerEntry(key=entry.key, profile=entry.profile, records=records)


def _tried(one: FieldRecord, record: RunRecord) -> bool:
    """True if an intent is of this very run; a run that is started again under its number is another one."""
    if one.intent is None or one.tried is None or one.tried.run != record.run:
        return False
    return record.started <= one.tried.at and (not record.finished or one.tried.at <= record.finished)
