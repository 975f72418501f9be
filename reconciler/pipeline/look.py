"""look: load, resolve, select, fetch and plan: what every command begins with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from reconciler.core.change import Change
from reconciler.core.decide import Decision, held
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.errors import EnvironmentProblem, InvalidInput
from reconciler.core.gates import gates
from reconciler.core.ledger import LedgerEntry, Stamp
from reconciler.core.memory import remembered
from reconciler.core.outcome import FieldOutcome, FieldStatus
from reconciler.core.plan import Plan, plan
from reconciler.core.report import PlanReport
from reconciler.core.select import select
from reconciler.core.settings import Settings
from reconciler.core.target import SANDBOX, Desired, Live, Target
from reconciler.core.traits import Traits
from reconciler.effects.context import Context
from reconciler.effects.credentials import shared
from reconciler.effects.fate import Work
from reconciler.effects.fetch import Key, fetch
from reconciler.effects.git import head
from reconciler.effects.http import Line
from reconciler.effects.ledger import Ledger, Snapshot, remember
from reconciler.effects.ledger.sqlite import NAME, SqliteLedger
from reconciler.effects.lines import lines
from reconciler.effects.marks import marks
from reconciler.effects.repository import read_repository
from reconciler.providers import providers

Seen = Callable[[Target], None]


def unseen(_: Target) -> None:
    """Tell nobody that a profile was read."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What planning read, and the plan."""

    settings: Settings
    desired: tuple[Desired, ...]
    live: Mapping[Key, Live]
    snapshot: Snapshot
    lines: Mapping[str, Line]
    plan: Plan
    ledger: Ledger
    read_at: float
    marks: Mapping[Key, str]

    @property
    def entries(self) -> Mapping[Key, LedgerEntry]:
        """What is remembered, by target."""
        return self.snapshot.entries

    @property
    def report(self) -> PlanReport:
        """The plan, with the gates that sending all of it would trip."""
        tripped = gates(self.plan, self.settings.policy, sending=self.plan.changes)
        return PlanReport(plan=self.plan, tripped=tripped, held=held(self.plan, self.settings.policy))

    @property
    def workers(self) -> dict[str, int]:
        """How many calls each account may have in flight."""
        return {name: account.concurrency for name, account in self.settings.accounts.items()}

    def _recall(self, key: Key) -> LedgerEntry | None:
        return self.ledger.entry(key)

    def remember_seen(self, stamp: Stamp) -> Snapshot:
        """Record the fields that were found in sync; return the ledger as it is then."""
        found = [
            LedgerEntry(key=one.target.key, records=records)
            for one, planned in zip(self.desired, self.plan.targets, strict=True)
            if (
                records := remembered(
                    one, planned, self.live.get(one.target.key), entry=self.entries.get(one.target.key), stamp=stamp
                )
            )
        ]
        return remember(self.ledger, found, note=stamp.run, known=self.snapshot)

    def work(self, decision: Decision) -> list[Work]:
        """Return what is to be done at each target that has a change, sent or left alone."""
        sending: dict[Key, list[Change]] = {}
        left: dict[Key, list[FieldOutcome]] = {}
        for planned, change in decision.sending:
            sending.setdefault(planned.target.key, []).append(change)
        for planned, change, why in decision.left:
            outcome = FieldOutcome(field=change.field, status=FieldStatus.LEFT_ALONE, detail=why)
            left.setdefault(planned.target.key, []).append(outcome)
        return [
            Work(
                one,
                tuple(sending.get(one.target.key, ())),
                left=tuple(left.get(one.target.key, ())),
                read_at=self.read_at,
                previous=self.entries.get(one.target.key),
                mark=self.marks.get(one.target.key, ""),
                recall=partial(self._recall, one.target.key),
            )
            for one in self.desired
            if one.target.key in sending or one.target.key in left
        ]


def tables() -> dict[str, Traits]:
    """Return every provider's table, by name."""
    return {name: provider.traits for name, provider in providers().items()}


async def look(
    context: Context,
    paths: Sequence[str],
    *,
    looking: bool,
    ledger: str = "",
    remembers: bool = False,
    resend: Collection[str] = (),
    seen: Seen = unseen,
) -> Looked:
    """Load, resolve, select, fetch and plan."""
    repository = read_repository(context, providers())
    settings = repository.sound()
    desired = _selected(repository.desired, paths)
    memory = store(context, settings, desired, requested=ledger, remembers=remembers)
    together = shared(repository.desired, settings.accounts, tables(), context)
    if together:
        raise InvalidInput(together)
    ways = lines(settings, desired, providers(), context=context, looking=looking)
    workers = {name: account.concurrency for name, account in settings.accounts.items()}
    context.talk(f"Reading {len(desired)} profile{'' if len(desired) == 1 else 's'}")
    read_at = context.monotonic()
    # Memory first: what another run sends in between is then newer than memory, and never older.
    snapshot = memory.read()
    live = await fetch(desired, ways, workers=workers, seen=seen)
    marked = marks(desired, context)
    made = plan(desired, live, snapshot.entries, marks=marked, diagnostics=repository.diagnostics, resend=resend)
    return Looked(settings, desired, live, snapshot, ways, made, memory, read_at, marked)


def _selected(desired: Sequence[Desired], paths: Sequence[str]) -> tuple[Desired, ...]:
    chosen = select([one.target.profile for one in desired], paths)
    wrong = tuple(item for item in chosen if isinstance(item, Diagnostic))
    if wrong:
        raise InvalidInput(wrong)
    meant = frozenset(chosen)
    return tuple(one for one in desired if one.target.profile in meant)


def store(
    context: Context, settings: Settings, desired: Sequence[Desired], *, requested: str, remembers: bool
) -> Ledger:
    """Return the store; a machine that is thrown away must not silently be the memory of real numbers."""
    real = any(one.target.endpoint != SANDBOX for one in desired)
    if remembers and real and not requested and context.environ.get("CI") == "true" and settings.ledger == "local":
        raise EnvironmentProblem(
            "the local ledger would be thrown away with this CI machine; say --ledger local if its folder is kept"
        )
    return SqliteLedger(context.memory / NAME)


def stamps(context: Context) -> Callable[[], Stamp]:
    """Return the maker of this run's stamps: one run and one commit, the time as it goes."""
    started = context.now().strftime("%Y%m%dT%H%M%S")
    run = context.environ.get("GITHUB_RUN_ID") or f"local-{started}"
    commit = head(context.root)
    return lambda: Stamp(at=context.timestamp(), run=run, commit=commit)
