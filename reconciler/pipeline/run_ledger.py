"""run_ledger: what a run does → the ledger: its intents before the first byte, then what became of each, in batches.

make_stamps: (the world) → the run that this is and the commit that is checked out, for whatever is remembered.
keep_entries: (the ledger, what a run that sends nothing learnt) → it is stored, or why it could not be.

Only one run at a time may write: it holds the lease from its intents to its last outcome. A run that finds nothing to
send takes no lease, and stores once that its commit was applied. A record that could not be stored is never lost in
silence. The intents stay open until a later run finds out, and what is known of them is saved in a file.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.lease import LEASE_LENGTH, Lease
from reconciler.core.memory.records import LedgerEntry, Stamp, record_intent
from reconciler.core.memory.runs import Outcome, RunRecord
from reconciler.core.memory.spending import AccountRecord
from reconciler.core.progress import stopping
from reconciler.core.shards import Shard
from reconciler.effects.git.clone import checked_out
from reconciler.effects.http.accounts import CallsMade
from reconciler.effects.ledger import EntryKey, Ledger, Snapshot, upon
from reconciler.effects.ledger.intents import Begun, Closed, Opening, begin_intents, close_intents, lease_notice, mine
from reconciler.effects.ledger.recovery import save_recovery
from reconciler.effects.outcomes import Applied, Work, doubted
from reconciler.effects.signals import Interrupted, Stop, run_in_thread
from reconciler.effects.world import Context

# The lease is renewed when a third of it has passed, so that one commit that fails does not lose it.
RENEW_SECONDS = LEASE_LENGTH.total_seconds() / 3
# How long the last commit may take after a signal, in seconds: with what is landing it stays below seven.
FLUSH_SECONDS = 2.0
NOTHING_SENT = "Stopping: nothing was sent yet. Press again not to wait for the ledger."
_NO_LEASE = Lease(run="", machine="", process=0, until="")


class RunLedger:
    """One run's hold on the ledger. Inside its `async with`, outcomes are stored and the lease is renewed beside it."""

    def __init__(
        self,
        ledger: Ledger,
        record: RunRecord,
        *,
        context: Context,
        stamp: Callable[[], Stamp],
        stop: Stop,
        renew: float = RENEW_SECONDS,
    ) -> None:
        self.record = record
        self.problem = ""
        self._ledger = ledger
        self._context = context
        self.stamp = stamp
        self._stop = stop
        self._renew = renew
        self._order: list[EntryKey] = []
        self._done: dict[EntryKey, Outcome] = {}
        self._pending: list[LedgerEntry] = []
        self._begun = Begun(Snapshot("", {}), _NO_LEASE)
        self._wake, self._over = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._first = False
        self._calls = CallsMade()

    async def begin(
        self,
        work: Sequence[Work],
        noticed: Sequence[LedgerEntry],
        *,
        known: Snapshot,
        whole: bool = False,
        shard: str = "",
        calls: CallsMade | None = None,
    ) -> None:
        """Take the lease and store every intent; nothing may be sent before. Raises EnvironmentProblem, Interrupted.

        `noticed` is what planning adds to the ledger, which was `known` when the plan was made. A `whole` run saw
        everything that there is to send, so its commit is recorded even where nothing is sent. The lease is of `shard`
        alone, as 3/8; "" is of all. `calls` is what the run's calls take of the allowances.
        """
        self._calls = calls or self._calls
        seen = upon(known, noticed)
        for one in work:
            one.previous = seen.get(one.target.key) or known.entries.get(one.target.key)
        self._order = [one.target.key for one in work]
        intended = {one.target.key: _intended(one, self.stamp()) for one in work if one.changes}
        if not intended:
            # A run that sends nothing need hold up no other run.
            made = self._calls.take()
            store = partial(lease_notice, self._ledger, seen, known=known, note=self.record.run, accounts=made)
            self._begun = Begun(await asyncio.to_thread(store), _NO_LEASE)
            self._first = whole and _is_first(self.record, known.last)
            return
        opening = Opening(known, {**seen, **intended}, self.record, self._calls.take(), shard)
        begun = await self._stop.land(begin_intents(self._ledger, opening, context=self._context), lambda: NOTHING_SENT)
        if begun is None:
            self._ledger.hurry(0)
            raise Interrupted(self._stop.signal)
        self._begun = begun
        self._context.log(f"Run {self.record.run} holds the ledger; profiles about to be written: {len(intended)}")

    @property
    def _holds(self) -> bool:
        """Whether a lease was ever taken: where nothing is sent there is none, and at most the record is stored."""
        return self._begun.lease != _NO_LEASE

    def refused(self, work: Work) -> str:
        """Return why nothing of a target may be sent now, or ""."""
        if not work.changes:
            return ""
        if work.target.key in self._begun.overtaken:
            return "another run recorded something of it since it was planned; plan again"
        end = self._begun.lease.ends()
        if end is None or self._context.now() >= end:
            return "this run could not keep its hold on the ledger, and another one may be writing; plan again"
        return ""

    def remembered(self, work: Work) -> LedgerEntry | None:
        """Return a target's entry as this run knows it by now, which other runs may have written."""
        return self._begun.known.entries.get(work.target.key)

    def keep(self, applied: Applied) -> None:
        """Take what became of one target; it is stored soon."""
        target = applied.outcome.target
        self._done[target.key] = applied.outcome
        if applied.records and target.key not in self._begun.overtaken:
            self._pending.append(LedgerEntry(key=target.key, profile=target.profile, records=applied.records))
        self._wake.set()

    async def __aenter__(self) -> Self:
        if self._holds:
            self._task = asyncio.create_task(self._storing())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run's hold on the ledger. A signal that comes meanwhile makes it hurry, and loses nothing."""
        end = asyncio.ensure_future(self._end())
        self._stop.words = lambda: stopping(0)
        while not end.done():
            if self._stop.asked:
                self._ledger.hurry(FLUSH_SECONDS)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(end)
        self._stop.words = str
        end.result()
        if problem is not None and self.problem:
            # There will be no report to say it.
            self._context.warn(self.problem)

    async def _end(self) -> None:
        """Store what is left, and give the lease back; what cannot be stored is saved in a file."""
        self._over.set()
        self._wake.set()
        if self._task is not None:
            await self._task
        self.record = replace(self.record, finished=self.stamp().at, interrupted=self._stop.name)
        self.record = replace(self.record, outcomes=self._outcomes())
        if self._holds or self._first:
            await self._store(self._begun.lease.ended)
        if self._outcomes() != self.record.outcomes:
            # Another run took over. What the record said was read back may be the other run's.
            self.record = replace(self.record, outcomes=self._outcomes())
            await self._store(self._begun.lease.ended)
        if self.problem:
            self.problem = save_recovery(self._context, self.record, self._pending, why=self.problem)

    def _outcomes(self) -> tuple[Outcome, ...]:
        return tuple(self._done[key] for key in self._order if key in self._done)

    async def _storing(self) -> None:
        """Store outcomes as they come, some together; where none come, renew the lease."""
        while not self._over.is_set():
            await _within(self._renew, self._wake)
            await _within(self._ledger.gather, self._over)
            self._wake.clear()
            if not self._over.is_set():
                self.record = replace(self.record, outcomes=tuple(self._done.values()))
                await self._store(mine(self.record.run, self._context, shard=self._begun.lease.shard))

    async def _store(self, lease: Lease) -> None:
        """Store what is pending; where that fails it stays pending, and the run goes on."""
        taken, self._pending = self._pending, []
        made = self._calls.take()
        closed = await asyncio.to_thread(self._closed, taken, made, lease=lease)
        if isinstance(closed, EnvironmentProblem):
            self._pending = taken + self._pending
            self._calls.put_back(made)
            self.problem = str(closed)
            return
        self.problem = ""
        self._begun = Begun(closed.known, lease if closed.held else lease.ended, self._begun.overtaken)
        if not closed.held:
            self._done = {
                key: doubted(outcome, _other_writers(closed.known.entries.get(key), self.record))
                for key, outcome in self._done.items()
            }

    def _closed(
        self, entries: Sequence[LedgerEntry], made: tuple[AccountRecord, ...], *, lease: Lease
    ) -> Closed | EnvironmentProblem:
        """Return the ledger after, or why it failed: a failure is no exception here, the run goes on."""
        known = self._begun.known
        try:
            return close_intents(self._ledger, self.record, entries=entries, lease=lease, known=known, accounts=made)
        except EnvironmentProblem as problem:
            return problem


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for `event`, but no longer than `seconds`."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _other_writers(entry: LedgerEntry | None, record: RunRecord) -> dict[str, str]:
    """Return the fields of a target that another run has written, or is about to, since the run of `record` began."""
    stamps = ((one.field, one.tried or one.stamp) for one in (entry.records if entry is not None else ()))
    return {name: stamp.run for name, stamp in stamps if stamp.run != record.run and stamp.at >= record.started}


def _is_first(record: RunRecord, last: RunRecord | None) -> bool:
    """Return whether the ledger knows no earlier run at this commit; edited files are of no commit."""
    known = last is not None and not last.edited and last.commit == record.commit
    return bool(record.commit) and not record.edited and not known


def _intended(work: Work, stamp: Stamp) -> LedgerEntry:
    """Return a target's entry with an open intent for everything that is about to be sent."""
    entry = work.previous or LedgerEntry(key=work.target.key)
    intents = (record_intent(change, previous=entry.get(change.field), stamp=stamp) for change in work.changes)
    return entry.with_records(tuple(intents), profile=work.target.profile)


async def make_stamps(context: Context, shard: Shard | None = None) -> Callable[[], Stamp]:
    """Return the maker of this run's stamps: one run and one commit, the time as it goes.

    Jobs of several shards have one workflow run, so each run's name says of which shard it is.
    """
    # To the millisecond: two runs of one name would be taken for one.
    started = context.now().strftime("%Y%m%dT%H%M%S.%f")[:-3]
    run = context.ci.run_name or f"local-{started}"
    run = f"{run}-{shard.name}" if shard is not None else run
    commit = await checked_out(context)
    return lambda: Stamp(at=context.timestamp(), run=run, commit=commit)


async def keep_entries(
    ledger: Ledger,
    known: Snapshot,
    news: Sequence[LedgerEntry],
    *,
    run: str,
    accounts: tuple[AccountRecord, ...] = (),
) -> str:
    """Store `news` upon what was `known`, without a lease; return the problem if that fails, or "".

    `accounts` are what the run's calls took of the allowances, and what it found at them.
    """
    store = partial(lease_notice, ledger, upon(known, news), known=known, note=run, accounts=accounts)
    try:
        await run_in_thread(store, hurry=ledger.hurry)
    except EnvironmentProblem as problem:
        return str(problem)
    return ""
