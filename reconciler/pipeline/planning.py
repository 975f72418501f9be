"""stamping: (the world) → the run that this is and the commit that is checked out, for whatever is remembered.

look: load, resolve, select, fetch and plan: what every command begins with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial

from reconciler.core.basics import Diagnostic
from reconciler.core.errors import EnvironmentProblem, InvalidInput
from reconciler.core.fields import SecretRef
from reconciler.core.memory.records import LedgerEntry, Stamp, release
from reconciler.core.memory.runs import FieldOutcome, FieldStatus
from reconciler.core.planning.acknowledged import acknowledge
from reconciler.core.planning.base import BaseRevision
from reconciler.core.planning.noticed import remembered, skipped_accounts
from reconciler.core.planning.plan import Inputs, Plan, plan
from reconciler.core.reading.resolve import Sources
from reconciler.core.reading.selection import bind_profiles, select
from reconciler.core.safety.decision import Decision, held
from reconciler.core.safety.gates import PlanReport, gates
from reconciler.core.settings import Settings
from reconciler.core.target import SANDBOX, Change, Desired, Live, Target
from reconciler.core.traits import Traits
from reconciler.effects.fetch import FetchKey, fetch
from reconciler.effects.files.repository import Repository, read_repository
from reconciler.effects.git.clone import head
from reconciler.effects.git.process import Git
from reconciler.effects.http.accounts import connect_accounts
from reconciler.effects.http.client import AccountAccess
from reconciler.effects.ledger import Ledger, Snapshot
from reconciler.effects.ledger.choose import choose_ledger
from reconciler.effects.outcomes import Work
from reconciler.effects.secrets import marks, shared, unset
from reconciler.effects.world import Context, run_in_thread
from reconciler.pipeline.memory import read_base, read_memory
from reconciler.providers import providers


async def checked_out(context: Context, *, git: Git | None = None) -> str:
    """Return the commit that is checked out, or an empty text; where git hangs, a signal does not wait for it."""
    asked = git or Git()
    return await run_in_thread(partial(head, context.root, git=asked), hurry=asked.hurry)


async def make_stamps(context: Context) -> Callable[[], Stamp]:
    """Return the maker of this run's stamps: one run and one commit, the time as it goes."""
    # To the millisecond: two runs of one name would be taken for one.
    started = context.now().strftime("%Y%m%dT%H%M%S.%f")[:-3]
    run = context.ci.run_name or f"local-{started}"
    commit = await checked_out(context)
    return lambda: Stamp(at=context.timestamp(), run=run, commit=commit)


Places = Mapping[FetchKey, Sequence[SecretRef]]
Seen = Callable[[Target], None]
Served = Callable[[Target, bytes], None]


def ignore_progress(_: Target) -> None:
    """Tell nobody that a profile was read."""


def ignore_picture(_: Target, __: bytes) -> None:
    """Keep no picture that was read."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a command is about: what `paths` mean, or exactly the profiles that `only` names.

    `base` is the revision that changes are explained by and the settings are held to; of what is as it was at
    `changed_since` nothing is planned. `offline` asks nobody, and for no credential; `offline_fallback` asks nobody
    about those alone whose credential is not set. The fields `resend` are changes even where nothing differs. `ledger`
    names the store where it is not the settings' own.
    """

    paths: Sequence[str] = ()
    only: Collection[str] | None = None
    ledger: str = ""
    base: str | None = None
    changed_since: str | None = None
    offline: bool = False
    offline_fallback: bool = False
    resend: Collection[str] = ()

    @property
    def everything(self) -> bool:
        """Whether every profile is meant."""
        return not self.paths and self.only is None


@dataclass(frozen=True, slots=True)
class PlanningResult:
    """What planning read, and the plan."""

    settings: Settings
    desired: tuple[Desired, ...]
    live: Mapping[FetchKey, Live]
    snapshot: Snapshot
    accounts: Mapping[str, AccountAccess]
    plan: Plan
    ledger: Ledger
    read_at: float
    marks: Mapping[FetchKey, str]
    sources: Sources

    @property
    def entries(self) -> Mapping[FetchKey, LedgerEntry]:
        """What is remembered, by target."""
        return self.snapshot.entries

    @property
    def whole(self) -> bool:
        """Whether all profiles that there are were looked at, and could be read."""
        return self.plan.complete and not self.missing(self.sources.profiles)

    @property
    def report(self) -> PlanReport:
        """The plan, with the gates that sending all of it would trip."""
        tripped = gates(self.plan, self.settings.policy, sending=self.plan.changes)
        return PlanReport(plan=self.plan, tripped=tripped, held=held(self.plan, self.settings.policy))

    @property
    def workers(self) -> dict[str, int]:
        """How many calls each account may have in flight."""
        return _workers(self.settings)

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those of `names` that are of no profile that was looked at."""
        found = {one.target.profile for one in self.desired}
        return tuple(name for name in names if name not in found)

    def noticed(self, stamp: Stamp) -> list[LedgerEntry]:
        """Return what looking adds to the ledger: fields that were found in sync, and what became of old intents."""
        return [
            LedgerEntry(key=one.target.key, profile=one.target.profile, records=records)
            for one, planned in zip(self.desired, self.plan.targets, strict=True)
            if (
                records := remembered(
                    one, planned, self.live.get(one.target.key), entry=self.entries.get(one.target.key), stamp=stamp
                )
            )
        ]

    def let_go(self) -> list[LedgerEntry]:
        """Return what an apply makes of the memory of what nobody manages any more."""
        return [
            LedgerEntry(key=released.key, records=records)
            for released in self.plan.released
            if (entry := self.entries.get(released.key)) is not None and (records := release(entry, released.fields))
        ]

    def work(self, decision: Decision) -> list[Work]:
        """Return what is to be done at each target that has a change, sent or left alone."""
        sending: dict[FetchKey, list[Change]] = {}
        left: dict[FetchKey, list[FieldOutcome]] = {}
        for planned, change in decision.sending:
            sending.setdefault(planned.target.key, []).append(change)
        for planned, change, why in decision.left:
            outcome = FieldOutcome.of(change, FieldStatus.LEFT_ALONE, detail=why)
            left.setdefault(planned.target.key, []).append(outcome)
        return [
            Work(
                one,
                tuple(sending.get(one.target.key, ())),
                left=tuple(left.get(one.target.key, ())),
                read_at=self.read_at,
                previous=self.entries.get(one.target.key),
                mark=self.marks.get(one.target.key, ""),
            )
            for one in self.desired
            if one.target.key in sending or one.target.key in left
        ]


def tables() -> dict[str, Traits]:
    """Return every provider's table, by name."""
    return {name: provider.traits for name, provider in providers().items()}


async def run_planning(
    context: Context,
    scope: Scope,
    *,
    looking: bool,
    remembers: bool = False,
    seen: Seen = ignore_progress,
    served: Served = ignore_picture,
) -> PlanningResult:
    """Load, resolve, select, fetch and plan. `served` is given the bytes of every picture that was read."""
    was = await read_base(context, scope.base)
    repository = read_repository(context, providers(), base_policy=was.base_policy, said=was.diagnostics)
    settings = repository.sound()
    since = await read_base(context, scope.changed_since)
    meant = _selected(repository.desired, scope)
    desired = bind_profiles(since.moved(meant), settings.accounts, traits=tables())
    asked, places = _asked(desired, scope, settings=settings, context=context)
    nobody = not asked and (scope.offline or bool(places))
    memory = open_ledger(context, settings, desired, requested=scope.ledger, remembers=remembers)
    ways = {} if nobody else _ways(repository, asked, context, looking=looking)
    read_at = context.monotonic()
    # Memory first: what another run sends in between is then newer than memory, and never older.
    past = await read_memory(
        context, memory, repository=repository, was=was, held=scope.base is not None, needed=not nobody
    )
    live = await fetch(asked, ways, workers=_workers(settings), seen=seen, served=served)
    marked = {} if nobody else marks(asked, context)
    inputs = Inputs(
        desired,
        live,
        past.snapshot.entries,
        marks=marked,
        diagnostics=(*_told(repository, was.base, desired, places=places), *since.said_of(meant), *past.diagnostics),
        resend=scope.resend,
        base=was.base,
        head=await checked_out(context),
        offline=scope.offline,
        skipped=places,
        all_profiles=repository.desired if scope.everything else None,
    )
    made = acknowledge(plan(inputs), repository.acknowledgements, today=context.now().astimezone(UTC).date())
    return PlanningResult(
        past.settings, desired, live, past.snapshot, ways, made, memory, read_at, marked, repository.sources
    )


def _asked(
    desired: tuple[Desired, ...], scope: Scope, *, settings: Settings, context: Context
) -> tuple[tuple[Desired, ...], Places]:
    """Return the profiles that somebody is asked about, and where the credential of others may be that is not set."""
    if scope.offline:
        return (), {}
    places = unset(desired, settings.accounts, traits=tables(), context=context) if scope.offline_fallback else {}
    return tuple(one for one in desired if one.target.key not in places), places


def _told(
    repository: Repository, base: BaseRevision | None, desired: Sequence[Desired], *, places: Places
) -> Iterator[Diagnostic]:
    """Yield what is to be known of the files, and of the credentials that they name."""
    yield from repository.diagnostics
    if base is not None:
        yield from base.rekeyed(desired)
    yield from skipped_accounts(desired, places)


def _workers(settings: Settings) -> dict[str, int]:
    return {name: account.concurrency for name, account in settings.accounts.items()}


def _ways(
    repository: Repository, desired: Sequence[Desired], context: Context, *, looking: bool
) -> Mapping[str, AccountAccess]:
    """Return the way to each account; raises InvalidInput where a credential is missing, or is two profiles'."""
    together = shared(repository.desired, repository.settings.accounts, tables(), context)
    if together:
        raise InvalidInput(together)
    found = connect_accounts(repository.settings, desired, providers(), context=context, looking=looking)
    context.log(f"Reading {len(desired)} profile{'' if len(desired) == 1 else 's'}")
    return found


def _selected(desired: Sequence[Desired], scope: Scope) -> tuple[Desired, ...]:
    if scope.only is not None:
        return tuple(one for one in desired if one.target.profile in scope.only)
    chosen = select([one.target.profile for one in desired], scope.paths)
    wrong = tuple(item for item in chosen if isinstance(item, Diagnostic))
    if wrong:
        raise InvalidInput(wrong)
    meant = frozenset(chosen)
    return tuple(one for one in desired if one.target.profile in meant)


def open_ledger(
    context: Context, settings: Settings, desired: Sequence[Desired], *, requested: str, remembers: bool
) -> Ledger:
    """Return the store; a machine that is thrown away must not silently be the memory of real numbers."""
    real = any(one.target.endpoint != SANDBOX for one in desired)
    if remembers and real and not requested and context.ci.is_ci and settings.ledger == "local":
        raise EnvironmentProblem(
            "the local ledger would be thrown away with this CI machine; say --ledger local if its folder is kept"
        )
    return choose_ledger(context, settings, requested=requested)
