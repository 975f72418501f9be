"""readings: what a run is about, and everything that it read, as the values that its steps hand on.

Scope: what a command is about. Readings: what the steps of `planning` returned. PlanningResult: those, and the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.basics import Diagnostic
from reconciler.core.fields import Mode, SecretRef
from reconciler.core.memory.records import LedgerEntry, Stamp
from reconciler.core.planning.noticed import noticed_entry
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.treatment import Consent
from reconciler.core.reading.selection import NO_FILTERS, Filters
from reconciler.core.safety.gates import PlanReport, report_plan
from reconciler.core.settings import Settings
from reconciler.core.shards import Shard
from reconciler.core.target import Desired, Live, Target
from reconciler.effects.base import BaseReading
from reconciler.effects.fetch import FetchKey
from reconciler.effects.files.repository import Repository
from reconciler.effects.http.accounts import AccountAccess, CallsMade
from reconciler.effects.ledger import Ledger, Snapshot
from reconciler.pipeline.ledger import Memory

KeepPicture = Callable[[Target, bytes], None]


def ignore_picture(_: Target, __: bytes) -> None:
    """Keep no picture that was read."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a command is about: what `paths` mean and `filters` let pass, or exactly the profiles that `only` names.

    `base` is the revision that changes are explained by and the settings are held to. A profile that asks for what it
    asked for at `changed_since` is not planned. `offline` calls no provider, and needs no credential.
    `offline_fallback` skips only the profiles whose credential is not set. The fields `resend` are changes even where
    nothing differs. `ledger` names the store where it is not the settings' own. `unread` are the profiles that an
    approved plan did not read; without such a plan, the base tells what need not be read. With `every_value`, each
    profile is read. No call begins that would end after the monotonic time `until`. Of what is meant,
    a run of a `shard` plans the part that is of it.
    """

    paths: Sequence[str] = ()
    only: frozenset[str] | None = None
    ledger: str = ""
    base: str | None = None
    changed_since: str | None = None
    offline: bool = False
    offline_fallback: bool = False
    resend: Collection[str] = ()
    filters: Filters = NO_FILTERS
    unread: frozenset[str] | None = None
    every_value: bool = False
    until: float | None = None
    shard: Shard | None = None

    @property
    def everything(self) -> bool:
        """Whether every field of every profile is meant, by this run or by it and the other shards together."""
        return self.filters == NO_FILTERS and not self.paths and self.only is None

    @property
    def part(self) -> str:
        """The shard as it is written, "" for a run of all."""
        return str(self.shard) if self.shard is not None else ""


@dataclass(frozen=True, slots=True)
class ChosenProfiles:
    """The profiles of one run: all that are planned, and those of them that are `asked` about at their provider.

    `places` are where the credential of a skipped profile may be set. `diagnostics` say how `changed_since` chose.
    `no_calls` is True where no provider is called: every profile is offline, or skipped. The targets `unread` are not
    read, because reading them would change nothing.
    """

    desired: tuple[Desired, ...]
    asked: tuple[Desired, ...]
    places: Mapping[FetchKey, Sequence[SecretRef]]
    diagnostics: tuple[Diagnostic, ...]
    no_calls: bool
    unread: frozenset[FetchKey] = frozenset()
    # The profiles of all shards, if the run is of one.
    meant: tuple[Desired, ...] = ()

    @property
    def called(self) -> tuple[Target, ...]:
        """The targets that cost calls: a paused one is asked about, and no provider is."""
        return tuple(one.target for one in self.asked if one.mode is not Mode.PAUSED)


@dataclass(frozen=True, slots=True)
class LiveReading:
    """What each target shows.

    `read_at` is the monotonic time before the first read, in seconds. `marks` stand for the secrets in webhooks.
    `diagnostics` name the accounts that do not let many numbers be read at once.
    """

    targets: Mapping[FetchKey, Live]
    read_at: float
    marks: Mapping[FetchKey, tuple[str, ...]]
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything that a plan is made from, in the order in which it was read."""

    base: BaseReading
    files: Repository
    profiles: ChosenProfiles
    memory: Memory
    live: LiveReading


@dataclass(frozen=True, slots=True)
class PlanningResult:
    """What planning read, and the plan; with the `accounts` and the `ledger` that apply goes on with.

    `calls` is what the ledger is to know of the calls that were made.
    """

    readings: Readings
    accounts: Mapping[str, AccountAccess]
    ledger: Ledger
    plan: Plan
    calls: CallsMade = field(default_factory=CallsMade)

    @property
    def settings(self) -> Settings:
        """The settings that count: held to the base and to the last apply."""
        return self.readings.memory.settings

    @property
    def desired(self) -> tuple[Desired, ...]:
        """The profiles that were planned."""
        return self.readings.profiles.desired

    @property
    def snapshot(self) -> Snapshot:
        """The ledger as it was when the plan was made."""
        return self.readings.memory.snapshot

    @property
    def whole(self) -> bool:
        """Whether every field of every profile of the repository was planned, and could be read."""
        return self.plan.complete and not (self.plan.fields or self.missing(self.readings.files.names))

    @property
    def report(self) -> PlanReport:
        """The plan as an apply without options would have it."""
        return self.report_for(frozenset())

    def report_for(self, allowed: frozenset[str]) -> PlanReport:
        """Return the plan as an apply that lets `allowed` pass would have it, with the gates that it would trip."""
        found = report_plan(self.plan, Consent(self.settings.policy, allowed))
        # The gates of one part do not tell which gates the whole trips.
        return replace(found, tripped=(), further=()) if self.plan.shard else found

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those of `names` that are of no planned profile."""
        found = {one.target.profile for one in self.desired}
        return tuple(name for name in names if name not in found)

    def noticed(self, stamp: Stamp) -> list[LedgerEntry]:
        """Return what reading adds to the ledger: fields that were found in sync, and what became of old intents."""
        live, entries, keyless = self.readings.live.targets, self.snapshot.entries, self.snapshot.keyless
        found = (
            noticed_entry(one, planned, live.get(key), entry=entries.get(key), stamp=stamp, keyless=keyless)
            for one, planned in zip(self.desired, self.plan.targets, strict=True)
            for key in (one.target.key,)
        )
        return [entry for entry in found if entry is not None]
