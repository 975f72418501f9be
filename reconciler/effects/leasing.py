"""begin: (a ledger, what a run is about to do) → the lease is held and every intent stored, or why it may not begin.

Of two runs one waits, and stops when the other is still writing after a while. One that renews its lease is alive; one
that does not has died, and its lease ends by itself, at once where its process is known to be gone.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.memory.lease import LEASE_LENGTH, SKEW, Lease, remaining
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.effects.context import Context
from reconciler.effects.ledger import Batch, Committed, EntryKey, Ledger, Snapshot, after

# Between one look at another run's lease and the next, in seconds.
_POLL_SECONDS = 1.0
# How long to wait for runs that are alive: long enough to see one die that had just renewed its lease.
_LONGEST = 2 * (LEASE_LENGTH + SKEW)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a run is about to do: every target's entry with its intents, each made from the one in `known`."""

    known: Snapshot
    entries: Mapping[EntryKey, LedgerEntry]
    record: RunRecord


@dataclass(frozen=True, slots=True)
class Begun:
    """The ledger now, the lease that is held, and the targets of which another run recorded something in between."""

    known: Snapshot
    lease: Lease
    overtaken: frozenset[EntryKey] = frozenset()


def mine(run: str, context: Context) -> Lease:
    """Return the lease of `run` in this process, from now on."""
    until = (context.now().astimezone(UTC) + LEASE_LENGTH).isoformat(timespec="seconds")
    return Lease(run=run, machine=platform.node(), process=os.getpid(), until=until)


async def begin_intents(ledger: Ledger, opening: Opening, *, context: Context) -> Begun:
    """Take the lease and store what is about to be done. Raises EnvironmentProblem where others keep writing."""
    known, waiting = opening.known, None
    began = last_sign = context.monotonic()
    while True:
        patience = LEASE_LENGTH + SKEW - timedelta(seconds=context.monotonic() - last_sign)
        found = await asyncio.to_thread(_try, ledger, opening, known, context=context, patience=patience)
        if isinstance(found, Begun):
            return found
        if waiting is None or not found.is_of(waiting):
            context.tell(f"Waiting for run {found.run}, which is writing")
        if found != waiting:
            # Of a run that has just begun, or renewed its lease, nobody can say that it has died.
            waiting, last_sign = found, context.monotonic()
        if context.monotonic() - began > _LONGEST.total_seconds():
            raise EnvironmentProblem(f"run {found.run} on {found.machine} is writing; try again when it has ended")
        await context.sleep(max(_POLL_SECONDS, ledger.gather))
        known = await asyncio.to_thread(ledger.read)


def _try(ledger: Ledger, opening: Opening, known: Snapshot, *, context: Context, patience: timedelta) -> Begun | Lease:
    """Begin, or return the lease of whoever writes. What others recorded since the plan was made is not touched."""
    lease, before = mine(opening.record.run, context), known
    while True:
        if before.lease is not None and _holds_up(before.lease, lease, context, patience=patience):
            return before.lease
        overtaken, fresh = _fresh(opening.entries, before, known=opening.known)
        batch = Batch(opening.record.run, fresh, lease=lease, record=opening.record)
        answer = ledger.commit(batch, version=before.version)
        if isinstance(answer, Committed):
            return Begun(after(before, batch, version=answer.version), lease, overtaken)
        before = ledger.read()
        if before.lease == lease:
            # The reply was lost, and all of it is stored: nobody else takes a lease in this process's name.
            return Begun(before, lease, overtaken)


def lease_notice(ledger: Ledger, entries: Mapping[EntryKey, LedgerEntry], *, known: Snapshot, note: str) -> Snapshot:
    """Store what looking adds to the entries that were `known`; where somebody recorded something since, that stays."""
    before = known
    while True:
        _, fresh = _fresh(entries, before, known=known)
        if not fresh:
            return before
        batch = Batch(note, fresh)
        answer = ledger.commit(batch, version=before.version)
        if isinstance(answer, Committed):
            return after(before, batch, version=answer.version)
        before = ledger.read()


def _fresh(
    entries: Mapping[EntryKey, LedgerEntry], before: Snapshot, *, known: Snapshot
) -> tuple[frozenset[EntryKey], tuple[LedgerEntry, ...]]:
    """Return the targets of which somebody recorded something since they were `known`, and what is new of the rest."""
    overtaken = frozenset(key for key in entries if before.entries.get(key) != known.entries.get(key))
    news = ((key, entry) for key, entry in entries.items() if entry != before.entries.get(key))
    return overtaken, tuple(entry for key, entry in news if key not in overtaken)


def _holds_up(lease: Lease, wanted: Lease, context: Context, *, patience: timedelta) -> bool:
    """Say whether somebody else may still be writing; a run that is started again takes its own lease over."""
    if wanted.follows(lease) or patience <= timedelta(0):
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
