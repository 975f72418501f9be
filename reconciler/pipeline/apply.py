"""keep: what a run does, into the ledger: its intents before the first byte, then what became of each, in batches.

applying: what the files ask for → sent, read back, recorded. Nothing that can write exists before it is decided.

Only one run at a time may write: it holds the lease from its intents to its last outcome. One that finds nothing to
send holds none, and stores once that its commit was applied. What could not be recorded is never lost in silence: the
intents are open until somebody finds out, and what is known of them is saved in a file.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.fields import Webhook
from reconciler.core.memory.lease import LEASE_LENGTH, Lease
from reconciler.core.memory.records import LedgerEntry, Stamp, record_intent
from reconciler.core.memory.runs import Outcome, RunRecord
from reconciler.core.planning.plan import Plan
from reconciler.core.reports import ApplyReport
from reconciler.core.safety.decision import Approval, Decision, decide
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import SANDBOX
from reconciler.effects.apply import Recording, apply
from reconciler.effects.git.checkout import BranchTip
from reconciler.effects.git.clone import edited_paths
from reconciler.effects.git.process import Git
from reconciler.effects.ledger import EntryKey, Ledger, Snapshot, upon
from reconciler.effects.ledger.intents import (
    Begun,
    Closed,
    Opening,
    begin_intents,
    close_intents,
    lease_notice,
    mine,
    save_recovery,
)
from reconciler.effects.outcomes import Applied, Work
from reconciler.effects.secrets import require
from reconciler.effects.world import Context, Interrupted, Stop, run_in_thread
from reconciler.pipeline.planning import PlanningResult, Scope, Seen, ignore_progress, make_stamps, run_planning

# The lease is renewed when a third of it has passed, so that one commit that fails does not lose it.
RENEW_SECONDS = LEASE_LENGTH.total_seconds() / 3
# How long the last commit may take after a signal, in seconds: with what is landing it stays below seven.
FLUSH_SECONDS = 2.0
_NOBODY = Lease(run="", machine="", process=0, until="")


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
        self._begun = Begun(Snapshot("", {}), _NOBODY)
        self._wake, self._over = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._first = False

    async def begin(
        self, work: Sequence[Work], noticed: Sequence[LedgerEntry], *, known: Snapshot, whole: bool = False
    ) -> None:
        """Take the lease and store every intent; nothing may be sent before. Raises EnvironmentProblem, Interrupted.

        `noticed` is what looking adds to the ledger as it was `known` when the plan was made. A `whole` run saw
        everything that there is to send, and so says something of its commit also where that is nothing.
        """
        seen = upon(known, noticed)
        for one in work:
            one.previous = seen.get(one.target.key) or known.entries.get(one.target.key)
        self._order = [one.target.key for one in work]
        intended = {one.target.key: _intended(one, self.stamp()) for one in work if one.changes}
        if not intended:
            # Nobody need be held up where nothing is sent.
            looked = partial(lease_notice, self._ledger, seen, known=known, note=self.record.run)
            self._begun = Begun(await asyncio.to_thread(looked), _NOBODY)
            self._first = whole and _is_first(self.record, known.last)
            return
        opening = Opening(known, {**seen, **intended}, self.record)
        begun = await self._stop.land(begin_intents(self._ledger, opening, context=self._context))
        if begun is None:
            self._ledger.hurry(0)
            raise Interrupted(self._stop.signal)
        self._begun = begun

    @property
    def _holds(self) -> bool:
        """Whether a lease was ever taken: where nothing is sent there is none, and at most the record is stored."""
        return self._begun.lease != _NOBODY

    def refused(self, work: Work) -> str:
        """Say why nothing of a target may be sent now, or nothing."""
        if not work.changes:
            return ""
        if work.target.key in self._begun.overtaken:
            return "another run recorded something of it since it was planned; plan again"
        end = self._begun.lease.ends()
        if end is None or self._context.now() >= end:
            return "this run could not keep its hold on the ledger, and another one may be writing; plan again"
        return ""

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
        while not end.done():
            if self._stop.asked:
                self._ledger.hurry(FLUSH_SECONDS)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(end)
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
        outcomes = tuple(self._done[key] for key in self._order if key in self._done)
        ended = {"finished": self.stamp().at, "outcomes": outcomes, "interrupted": self._stop.name}
        self.record = self.record.model_copy(update=ended)
        if self._holds or self._first:
            await self._store(self._begun.lease.ended)
        if self.problem:
            self.problem = save_recovery(self._context, self.record, self._pending, why=self.problem)

    async def _storing(self) -> None:
        """Store outcomes as they come, some together; where none come, renew the lease."""
        while not self._over.is_set():
            await _within(self._renew, self._wake)
            await _within(self._ledger.gather, self._over)
            self._wake.clear()
            if not self._over.is_set():
                self.record = self.record.model_copy(update={"outcomes": tuple(self._done.values())})
                await self._store(mine(self.record.run, self._context))

    async def _store(self, lease: Lease) -> None:
        """Store what is pending; where that fails it stays pending, and the run goes on."""
        taken, self._pending = self._pending, []
        closed = await asyncio.to_thread(self._closed, taken, lease=lease)
        if isinstance(closed, EnvironmentProblem):
            self._pending = taken + self._pending
            self.problem = str(closed)
            return
        self.problem = ""
        self._begun = Begun(closed.known, lease if closed.held else lease.ended, self._begun.overtaken)

    def _closed(self, entries: Sequence[LedgerEntry], *, lease: Lease) -> Closed | EnvironmentProblem:
        """Return the ledger after, or why it failed: that it does is no exception here, the run goes on."""
        try:
            return close_intents(self._ledger, self.record, entries=entries, lease=lease, known=self._begun.known)
        except EnvironmentProblem as problem:
            return problem


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for `event`, but no longer than `seconds`."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _is_first(record: RunRecord, last: RunRecord | None) -> bool:
    """Say whether a run is the first at its commit, as far as anybody remembers; edited files are of no commit."""
    known = last is not None and not last.edited and last.commit == record.commit
    return bool(record.commit) and not record.edited and not known


def _intended(work: Work, stamp: Stamp) -> LedgerEntry:
    """Return a target's entry with an open intent for everything that is about to be sent."""
    entry = work.previous or LedgerEntry(key=work.target.key)
    intents = (record_intent(change, previous=entry.get(change.field), stamp=stamp) for change in work.changes)
    return entry.with_records(tuple(intents), profile=work.target.profile)


async def apply_run(
    context: Context,
    scope: Scope,
    *,
    approval: Approval,
    stop: Stop,
    tip: str = "",
    show: Callable[[PlanReport], None] = lambda _: None,
    seen: Seen = ignore_progress,
) -> ApplyReport:
    """Plan, decide, and send what was decided.

    With an approved plan the run is of exactly the profiles that it names. With `tip`, a branch, nothing is written
    unless its newest commit is the one that is checked out.
    """
    started, stamp = context.timestamp(), await make_stamps(context)
    git = Git()
    standing = await run_in_thread(partial(BranchTip, context, tip, git=git), hurry=git.hurry) if tip else None
    if standing is not None and (standing.superseded or standing.stale):
        superseded = standing.commit if standing.superseded else ""
        return ApplyReport(plan=Plan(targets=()), superseded=superseded, stale=standing.stale)
    meant = scope if approval.profiles is None else replace(scope, only=approval.profiles)
    looked = await run_planning(context, meant, looking=False, remembers=True, seen=seen)
    if standing is not None and (why := await _strayed(standing, looked.snapshot.last)):
        return ApplyReport(plan=looked.plan, stale=why)
    show(looked.report.model_copy(update={"allowed": tuple(sorted(approval.allowed))}))
    decision = decide(looked.plan, looked.settings.policy, approval=approval)
    report = ApplyReport(plan=looked.plan, tripped=decision.tripped, gone=looked.missing(meant.only or ()))
    if decision.stopped:
        return report.model_copy(update={"stopped": decision.stopped, "unapproved": decision.unapproved})
    _require_webhook_secrets(decision, context)
    record = await _record(context, stamp(), started=started, digest=looked.plan.digest)
    keeper = RunLedger(looked.ledger, record, context=context, stamp=stamp, stop=stop)
    # Rules are held to the last apply only where they are held to a base: without one, a commit need not be remembered.
    whole = scope.base is not None and looked.whole
    outcomes = await _written(looked, decision, keeper, stop=stop, whole=whole)
    done = {"outcomes": outcomes, "record": keeper.record, "unrecorded": keeper.problem, "signal": stop.signal}
    return report.model_copy(update=done)


async def _record(context: Context, first: Stamp, *, started: str, digest: str) -> RunRecord:
    """Return the record of a run that begins, and say in it whether its files are those of its commit."""
    files = await asyncio.to_thread(edited_paths, context.root, context.profiles.name) if first.commit else ()
    return RunRecord(
        run=first.run,
        commit=first.commit,
        started=started,
        finished="",
        digest=digest,
        outcomes=(),
        edited=bool(files),
    )


async def _strayed(standing: BranchTip, last: RunRecord | None) -> str:
    """Return why nothing may be written after the run that wrote last, or nothing."""
    if last is None or await run_in_thread(partial(standing.went_before, last.commit), hurry=standing.hurry):
        return ""
    return (
        f"the last apply was of commit {last.commit[:12] or 'unknown'}, which did not come before this one; "
        "where that is meant, apply once without --require-tip"
    )


async def _written(
    looked: PlanningResult, decision: Decision, keeper: RunLedger, *, stop: Stop, whole: bool
) -> tuple[Outcome, ...]:
    """Send what was decided, with the ledger held from before the first byte to the last outcome."""
    work = looked.work(decision)
    noticed = [*looked.noticed(keeper.stamp()), *looked.let_go()]
    await keeper.begin(work, noticed, known=looked.snapshot, whole=whole)
    async with keeper:
        return await apply(
            work,
            looked.accounts,
            workers=looked.workers,
            recording=Recording(keeper.stamp, keeper.keep, keeper.refused),
            stop=stop,
        )


def _require_webhook_secrets(decision: Decision, context: Context) -> None:
    """Name every missing token of a webhook that is to be sent, before the first write."""
    real = ((p.target.profile, c.after) for p, c in decision.sending if p.target.endpoint != SANDBOX)
    webhooks = ((name, value) for name, value in real if isinstance(value, Webhook) and value.url)
    require(((ref, f"the webhook of {name}") for name, hook in webhooks for ref in hook.secrets), context)
