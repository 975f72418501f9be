"""planning: (a scope) → what was read, and the plan. The runs plan, show, apply and drift begin with it.

One journey, in eight steps: `read_base` → `read_files` → `choose_profiles` → `open_accounts` → `read_memory` →
`leave_unread` → `read_live` → `make_plan`. Each step takes what the steps before it returned. No step sends anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC

from reconciler.core.basics import Diagnostic, InvalidInput, count, notice
from reconciler.core.planning.acknowledged import acknowledge
from reconciler.core.planning.identity import identified
from reconciler.core.planning.noticed import skipped_accounts
from reconciler.core.planning.plan import Plan, PlanInputs, plan
from reconciler.core.planning.unread import need_not_read
from reconciler.core.progress import RUN_OVER, Stage
from reconciler.core.reading.duplicates import bind_profiles
from reconciler.core.reading.selection import filtered, narrowed, select
from reconciler.core.settings import OnFinding
from reconciler.core.shards import Shard, ShardUse
from reconciler.core.target import Desired, Live, Observed, Unreadable
from reconciler.effects.base import BaseReading, read_base_revision
from reconciler.effects.credentials import shared, unset
from reconciler.effects.fetch import fetch
from reconciler.effects.files.repository import Repository
from reconciler.effects.git.clone import known_commit_of
from reconciler.effects.http.accounts import (
    CALLS_TO_READ,
    AccountAccess,
    CallsMade,
    all_for_writing,
    awaited,
    connect_accounts,
    forecast,
    half_for_reading,
    remembered_calls,
)
from reconciler.effects.secrets import marks
from reconciler.effects.world import Context
from reconciler.pipeline.ledger import Memory, open_ledger, read_memory
from reconciler.pipeline.readings import (
    ChosenProfiles,
    KeepPicture,
    LiveReading,
    PlanningResult,
    Readings,
    Scope,
    ignore_picture,
)
from reconciler.providers import provider_traits, providers


async def run_planning(
    context: Context,
    scope: Scope,
    *,
    read_only: bool,
    remembers: bool = False,
    keep_picture: KeepPicture = ignore_picture,
) -> PlanningResult:
    """Plan what `scope` names. Raises InvalidInput, and EnvironmentProblem where a store cannot be used.

    A `read_only` run prefers the credential that an account keeps for reading. One that `remembers` writes in the
    ledger afterwards. `keep_picture` is called with the bytes of each picture.
    """
    base = await read_base(context, scope.base)
    files = read_files(context, base)
    profiles = await choose_profiles(context, scope, files)
    ledger = open_ledger(context, files.settings, profiles.desired, requested=scope.ledger, remembers=remembers)
    accounts = open_accounts(context, files, profiles, read_only=read_only, until=scope.until)
    # Memory first: what another run sends in between is then newer than memory, and never older.
    needed, based = not profiles.no_calls, scope.base is not None
    memory = await read_memory(context, ledger, base=base, files=files, needed=needed, based=based)
    profiles = leave_unread(context, scope, profiles, base=base, memory=memory, read_only=read_only)
    accounts = remembered_calls(accounts, memory.snapshot.accounts)
    accounts = awaited(accounts, profiles.called, calls_each=CALLS_TO_READ)
    reading = accounts if read_only else half_for_reading(accounts, context.monotonic())
    live = await read_live(context, profiles, reading, files, keep_picture=keep_picture)
    calls = _calls_made(profiles, accounts, live)
    if any(isinstance(seen, Observed) and seen.opened is not None for seen in live.targets.values()):
        judged = identified(files.desired, live.targets, memory.snapshot.entries, traits=provider_traits())
        live = replace(live, targets=judged)
    readings = Readings(base, files, profiles, memory, live)
    use = ShardUse.TO_MERGE if not remembers else ShardUse.TO_LOOK if read_only else ShardUse.TO_APPLY
    made = make_plan(context, scope, readings, head=await known_commit_of(context), use=use)
    return PlanningResult(readings, all_for_writing(accounts), ledger, made, calls)


def _calls_made(profiles: ChosenProfiles, accounts: Mapping[str, AccountAccess], live: LiveReading) -> CallsMade:
    """Return what the ledger is to know of the reading, with the addresses that it did not come to."""
    calls = CallsMade(accounts)
    for name in accounts:
        mine = [one.target for one in profiles.asked if one.target.account == name]
        over = [one for one in mine if _not_come_to(live.targets.get(one.key))]
        calls.look(name, read=(one.address for one in mine), unread=(one.address for one in over))
    return calls


def _not_come_to(live: Live | None) -> bool:
    return isinstance(live, Unreadable) and live.cause is not None and live.cause.message == RUN_OVER


async def read_base(context: Context, revision: str | None) -> BaseReading:
    """Return what the files asked for at `revision`, which may have to be fetched; None reads nothing."""
    return await read_base_revision(context, providers(), revision)


def read_files(context: Context, base: BaseReading) -> Repository:
    """Read the repository, its settings held to `base`; raises InvalidInput where any file has an error."""
    files = base.read_now(context, providers())
    files.sound()
    return files


async def choose_profiles(context: Context, scope: Scope, files: Repository) -> ChosenProfiles:
    """Return the profiles that `scope` means; raises InvalidInput where a path or a filter means none."""
    accounts, traits = files.settings.accounts, provider_traits()
    since = await read_base(context, scope.changed_since)
    meant = files.desired if scope.everything else _selected(files, scope)
    every, fields = since.moved(meant), scope.filters.fields
    moved = every if scope.shard is None else tuple(one for one in every if scope.shard.holds(one.target.key))
    planned = tuple(narrowed(one, fields) for one in moved) if fields else moved
    desired = bind_profiles(planned, accounts, traits=traits)
    skips = scope.offline_fallback and not scope.offline
    places = unset(desired, accounts, traits=traits, context=context) if skips else {}
    asked = () if scope.offline else tuple(one for one in desired if one.target.key not in places)
    no_calls = not asked and (scope.offline or bool(places))
    shared = every if scope.shard is not None else ()
    return ChosenProfiles(desired, asked, places, since.said_of(meant), no_calls, meant=shared)


def _selected(files: Repository, scope: Scope) -> tuple[Desired, ...]:
    desired, filters, accounts = files.desired, scope.filters, files.settings.accounts
    if scope.only is not None:
        return tuple(one for one in desired if one.target.profile in scope.only)
    chosen = select([one.target.profile for one in desired], scope.paths, filters.exclude, files.tables)
    passing = filtered(desired, filters, accounts=accounts, providers=provider_traits())
    if wrong := tuple(item for item in (*chosen, *passing) if isinstance(item, Diagnostic)):
        raise InvalidInput(wrong)
    meant = frozenset(chosen)
    return tuple(one for one in passing if isinstance(one, Desired) and one.target.profile in meant)


def open_accounts(
    context: Context, files: Repository, profiles: ChosenProfiles, *, read_only: bool, until: float | None = None
) -> Mapping[str, AccountAccess]:
    """Return the access to each account; raises InvalidInput where a credential is missing, or is two profiles'."""
    if profiles.no_calls:
        return {}
    if together := shared(files.desired, files.settings.accounts, provider_traits(), context):
        raise InvalidInput(together)
    asked = profiles.asked
    return connect_accounts(files.settings, asked, providers(), context=context, read_only=read_only, until=until)


def leave_unread(
    context: Context, scope: Scope, profiles: ChosenProfiles, *, base: BaseReading, memory: Memory, read_only: bool
) -> ChosenProfiles:
    """Leave out the profiles whose reading would change nothing: neither their files nor their records moved.

    Without a key of the ledger, a forged record could keep a value from being sent. So it counts only where a
    `read_only` run sends nothing.
    """
    before, names = base.base, scope.unread
    overwrites = memory.settings.policy.on_drift is OnFinding.OVERWRITE
    if scope.every_value or overwrites or (before is None and not names):
        return profiles

    def unmoved(one: Desired) -> bool:
        return one.target.profile in names if names is not None else before is not None and before.unmoved(one)

    readable = [one for one in profiles.asked if provider_traits()[one.target.provider].readable]
    unread = need_not_read(
        readable,
        memory.snapshot.entries,
        unmoved=unmoved,
        marks=marks(readable, context),
        resend=scope.resend,
        unvouched=memory.snapshot.keyless and read_only,
    )
    asked = tuple(one for one in profiles.asked if one.target.key not in unread)
    return replace(profiles, asked=asked, unread=unread)


async def read_live(
    context: Context,
    profiles: ChosenProfiles,
    accounts: Mapping[str, AccountAccess],
    files: Repository,
    *,
    keep_picture: KeepPicture,
) -> LiveReading:
    """Read every profile that is asked about; a failed read is a value too."""
    if profiles.unread:
        context.log(f"{len(profiles.unread)} not read: unchanged since the base, and applied")
    read_at = context.monotonic()
    workers = {name: account.concurrency for name, account in files.settings.accounts.items()}
    numbers = Counter(one.target.account for one in files.desired)
    takes = forecast(accounts, profiles.called, workers=workers, calls_each=CALLS_TO_READ)
    if takes.waits:
        context.warn(f"{Stage.READING} {count(len(profiles.called), 'profile')}: {takes.text}")
    with context.progress.stage(
        Stage.READING, len(profiles.called), clock=context.monotonic, note=takes.text
    ) as advance:
        targets = await fetch(
            profiles.asked,
            accounts,
            workers=workers,
            progress=lambda _: advance(),
            keep_picture=keep_picture,
            numbers=numbers,
        )
    refused = tuple(_refused(name, access.bulk.refused) for name, access in accounts.items() if access.bulk.refused)
    return LiveReading(targets, read_at, {} if profiles.no_calls else marks(profiles.asked, context), refused)


def _refused(account: str, why: str) -> Diagnostic:
    hint = "its numbers were read one by one, which takes more calls; to try nothing else, write `bulk_read: single`"
    return notice("bulk-read", f"account {account} does not let many numbers be read at once: {why}", hint=hint)


def make_plan(context: Context, scope: Scope, readings: Readings, *, head: str, use: ShardUse) -> Plan:
    """Return the plan of everything that was read; `head` is the commit that is checked out.

    `use` is what the plan of a shard is made for.
    """
    base, files, profiles = readings.base.base, readings.files, readings.profiles
    changed_credentials = base.accessed(profiles.desired) if base is not None else ()
    skipped = skipped_accounts(profiles.desired, profiles.places, shard=scope.part) if profiles.places else ()
    of_files = (*files.diagnostics, *changed_credentials, *skipped)
    inputs = PlanInputs(
        profiles.desired,
        readings.live.targets,
        readings.memory.snapshot.entries,
        diagnostics=(*of_files, *profiles.diagnostics, *readings.memory.diagnostics, *readings.live.diagnostics),
        marks=readings.live.marks,
        resend=scope.resend,
        keyless=readings.memory.snapshot.keyless,
        base=base,
        head=head,
        offline=scope.offline,
        skipped=profiles.places,
        unread=profiles.unread,
        all_profiles=files.desired if scope.everything else None,
        fields=scope.filters.fields,
    )
    made, accepted = plan(inputs), files.acknowledgements
    made = made if scope.shard is None else _part(made, scope, readings, scope.shard, use=use)
    return acknowledge(made, accepted, today=context.now().astimezone(UTC).date()) if accepted else made


def _part(made: Plan, scope: Scope, readings: Readings, shard: Shard, *, use: ShardUse) -> Plan:
    """Return the plan of one shard, with what it shares with the others."""
    from reconciler.core.planning.shard_plans import selection_digest, shard_notice
    from reconciler.version import version_line

    meant, filters = readings.profiles.meant, scope.filters
    words = {"resend": sorted(scope.resend), "fields": list(filters.fields), "paths": list(scope.paths)}
    said = shard_notice(shard, profiles=len(made.targets), of=len(meant), use=use)
    return replace(
        made,
        diagnostics=(said, *made.diagnostics),
        released=tuple(one for one in made.released if shard.holds(one.key)),
        shard=str(shard),
        selection=selection_digest(readings.files.sources.settings_document.data, meant, words),
        program=version_line(),
    )
