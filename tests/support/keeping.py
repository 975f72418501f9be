"""A ledger with scripted events, and its world: for tests of taking a lease, keeping it and losing it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import Value
from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import FieldRecord, LedgerEntry, Stamp, record_intent
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, OutcomeStatus, RunRecord
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.effects.ledger import Answer, Batch, Committed, Ledger, Snapshot, Unsure
from reconciler.effects.outcomes import Applied, Work
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context
from reconciler.pipeline.run_ledger import RENEW_SECONDS, RunLedger
from reconciler.sandbox.world import World
from tests.support import change, desired, entry, record, target
from tests.support.fleet import Clock, Fleet
from tests.support.stores import commit, local, run_record

FULL = "the disk is full"
SENT = record(sent="New", shown="New")
Event = Callable[[], None]


def nothing() -> None:
    """Let nothing happen."""


def full() -> None:
    """Let a commit fail."""
    raise EnvironmentProblem(FULL)


@dataclass
class Eventful:
    """The local ledger below `root`. Before each commit the next event happens; of the next `lost` no reply comes."""

    root: Path
    events: list[Event] = field(default_factory=list)
    lost: int = 0
    commits: int = 0
    hurried: list[float] = field(default_factory=list)
    gather: float = 0.0

    @property
    def store(self) -> Ledger:
        """The ledger itself, as everybody else sees it."""
        return local(self.root)

    def read(self) -> Snapshot:
        """Return what the ledger says."""
        return self.store.read()

    def commit(self, batch: Batch, *, version: str) -> Answer:
        """Commit after the next event; a reply that is lost is found out by reading."""
        self.commits += 1
        if self.events:
            self.events.pop(0)()
        answer = self.store.commit(batch, version=version)
        if self.lost and isinstance(answer, Committed):
            self.lost -= 1
            return Unsure(answer.version)
        return answer

    def runs(self) -> tuple[RunRecord, ...]:
        """Return what every run said of itself."""
        return self.store.runs()

    def keep(self, version: str) -> str:
        """Keep what is there."""
        return self.store.keep(version)

    def hurry(self, seconds: float) -> None:
        """Note that it was to hurry."""
        self.hurried.append(seconds)

    def write(self, *entries: LedgerEntry, lease: Lease | None = None) -> None:
        """Commit as another run."""
        commit(self.store, batch=Batch("somebody else", entries, lease=lease))


@dataclass
class Surroundings:
    """A world whose time passes only in sleep, during which the next event happens; `said` is what people are told."""

    root: Path
    clock: Clock = field(default_factory=Clock)
    events: list[Event] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def context(self) -> Context:
        """These surroundings, as a run knows them."""
        return Context(
            root=self.root,
            environ={},
            now=self.clock.now,
            monotonic=lambda: self.clock.seconds,
            sleep=self._sleep,
            log=self.said.append,
        )

    async def _sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        if self.events:
            self.events.pop(0)()


def number(address: str, *records: FieldRecord) -> LedgerEntry:
    """Return the entry of the number `address`."""
    return entry(*records, to=target(address=address))


def stamped(run: str = "12", *, at: str = "2026-08-02T12:00:00Z") -> Stamp:
    """Return a stamp of a run."""
    return Stamp(at=at, run=run, commit="c" * 40)


def ended(run: str = "12", *, started: str = "2026-08-02T12:00:00Z") -> RunRecord:
    """Return the record of a run that took ten minutes."""
    return run_record(run, started=started, finished="2026-08-02T12:10:00Z")


def at_first_write(monkeypatch: pytest.MonkeyPatch, do: Event) -> None:
    """Let `do` happen when the first write arrives at the sandbox, before anything is made of it."""
    record, left = World.record, [do]

    def spied(self: World, entry: Mapping[str, Any]) -> int:
        if entry["method"] != "GET" and left:
            left.pop()()
        return record(self, entry)

    monkeypatch.setattr(World, "record", spied)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that another thread or task brings about."""
    while not holds():  # noqa: ASYNC110 - what is waited for is a file, and has no event
        await asyncio.sleep(0)


def keeper(
    ledger: Eventful,
    world: Surroundings,
    *,
    stop: Stop | None = None,
    record: RunRecord | None = None,
    renew: float = RENEW_SECONDS,
) -> RunLedger:
    """Return the hold of run 12 on `ledger`."""
    held, stop = record or run_record(), stop or Stop()
    return RunLedger(ledger, held, context=world.context, stamp=stamped, stop=stop, renew=renew)


def work(address: str, *, left: bool = False) -> Work:
    """Return the work at one number, whose about is sent or `left` alone."""
    about = change()
    alone = (FieldOutcome.of(about, FieldStatus.LEFT_ALONE, detail="drift"),) if left else ()
    return Work(desired(to=target(address=address), about="New"), () if left else (about,), left=alone)


def applied(one: Work) -> Applied:
    """Return what a target's work becomes where everything arrives."""
    fields = tuple(FieldOutcome.of(about, FieldStatus.APPLIED) for about in one.changes)
    return Applied(Outcome(target=one.target, fields=fields), (SENT,))


def intent(address: str, *, run: str = "12", previous: FieldRecord | None = None) -> LedgerEntry:
    """Return the entry of a number to which `run` is about to send an about."""
    return number(address, record_intent(change(), previous=previous, stamp=stamped(run)))


def kept(
    mine: RunLedger,
    ledger: Eventful,
    *works: Work,
    noticed: tuple[LedgerEntry, ...] = (),
    during: Callable[[], Awaitable[None]] | None = None,
    whole: bool = False,
    shard: str = "",
) -> None:
    """Begin `works` of a `shard`, or with "" of all, and let something happen `during` the run."""

    async def run() -> None:
        await mine.begin(works, noticed, known=ledger.read(), whole=whole, shard=shard)
        async with mine:
            if during is not None:
                await during()

    asyncio.run(run())


def records(ledger: Eventful, address: str) -> tuple[FieldRecord, ...]:
    """Return what is remembered of the number `address`."""
    return ledger.read().entries[number(address).key].records


def intents(fleet: Fleet) -> dict[str, dict[str, Value]]:
    """Return every open intent, by the number's address."""
    return _told(fleet, lambda one: one.intent)


def sent(fleet: Fleet) -> dict[str, dict[str, Value]]:
    """Return what is remembered as sent, by the number's address."""
    return _told(fleet, lambda one: one.sent)


def _told(fleet: Fleet, what: Callable[[FieldRecord], Value | None]) -> dict[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {}
    for entry_ in fleet.entries().values():
        for one in entry_.records:
            if (value := what(one)) is not None:
                found.setdefault(entry_.key[2], {})[one.field] = value
    return found


def statuses(report: ApplyReport) -> dict[str, OutcomeStatus]:
    """Return what became of each profile."""
    return {outcome.target.profile: outcome.status for outcome in report.outcomes}
