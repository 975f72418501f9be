"""fetch: (desired profiles, accounts) → what every target shows now.

examine: (one account's access, its profiles) → what each number answers. One small read each, and no write.
probe: (addresses of webhooks) → what each answers to a call that holds no secret.

A read that fails is an `Unreadable` with its reason, never an absence: nothing may be planned from an outage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from reconciler.core.basics import Cause
from reconciler.core.fields import Mode, Value
from reconciler.core.progress import Stage
from reconciler.core.provider import CallFailed, Exchange, Failure, FailureKind, Reply
from reconciler.core.roster import NumberFacts, Roster
from reconciler.core.target import Desired, Known, Linked, Live, LiveField, Observed, Target, Unreadable
from reconciler.effects.bulk import bulk_abilities, played, read_together
from reconciler.effects.credentials import by_account
from reconciler.effects.files.picture_ends import trimmed
from reconciler.effects.files.pictures import read_picture
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.plain_client import exchanged
from reconciler.effects.http.retries import Asker, Hosts, Purpose
from reconciler.effects.listing import Listed, as_listed, in_batches, read_roster
from reconciler.effects.workers import run_fed, run_workers
from reconciler.effects.world import Context

FetchKey = tuple[str, str, str]


async def fetch(
    desired: Sequence[Desired],
    accounts: Mapping[str, AccountAccess],
    *,
    workers: Mapping[str, int],
    progress: Callable[[Target], None] = lambda _: None,
    keep_picture: Callable[[Target, bytes], None] = lambda _, __: None,
    numbers: Mapping[str, int] = MappingProxyType({}),
) -> dict[FetchKey, Live]:
    """Read every target that is not paused; `progress` is called after each. Accounts are read side by side.

    `keep_picture` is given the bytes of every picture that was read. `numbers` says for an account how many numbers it
    has at least, where these are more than are read.
    """
    found: dict[FetchKey, Live] = {}

    async def account(name: str, mine: Sequence[Desired]) -> None:
        access, least = accounts[name], max(len(mine), numbers.get(name, 0))

        async def read(looking: ReadClient, lines: tuple[Listed, ...]) -> None:
            for line, shown in zip(lines, await _in_bulk(looking, lines), strict=True):
                target = line.desired.target
                if line.failure is not None:
                    found[target.key] = Unreadable.of(line.failure.cause)
                else:
                    found[target.key] = live = await read_target(
                        looking, line.desired, line.facts, shown=shown, keep_picture=partial(keep_picture, target)
                    )
                    _forget(access, line.desired, live)
                progress(target)

        for some in _in_turn(mine, access.first):
            feed = in_batches(access, as_listed(access, some, numbers=least), numbers=len(some))
            await run_fed(feed, read, workers=workers[name], tool=lambda: ReadClient(access))

    async with asyncio.TaskGroup() as group:
        for name, mine in by_account(one for one in desired if one.mode is not Mode.PAUSED).items():
            group.create_task(account(name, mine))
    return found


def _in_turn(profiles: Sequence[Desired], first: Sequence[str]) -> Iterator[Sequence[Desired]]:
    """Yield the profiles that the last look did not come to, in their order, and then the others."""
    order = {address: at for at, address in enumerate(first)}
    waited = [one for one in profiles if one.target.address in order]
    if waited:
        yield sorted(waited, key=lambda one: order[one.target.address])
    if len(waited) < len(profiles):
        yield [one for one in profiles if one.target.address not in order] if waited else profiles


async def read_target(
    looking: ReadClient,
    desired: Desired,
    facts: NumberFacts | None = None,
    *,
    again: Collection[str] = (),
    shown: Live | None = None,
    keep_picture: Callable[[bytes], None] = lambda _: None,
) -> Live:
    """Read one target, with its picture if that is managed. With `again`, only these fields are read once more.

    What this run knows of the number itself is not asked again, but for a field that is part of it. What is `shown`
    already, with many other numbers, is not read.
    """
    if why := looking.access.absent.get(desired.target.profile):
        # Each number has places of its own for it; that it is not there is one cause.
        hint = "each number has places of its own for it: `-v` and the JSON name them"
        return Unreadable(reason=why, cause=Cause(why.partition(":")[0], hint=hint))
    managed = set(again) or {field.name for field in desired.fields}
    if not looking.access.provider.traits.in_facts.isdisjoint(again):
        looking.access.opened.pop(desired.target.profile, None)
    try:
        live = shown or await _read(looking, desired, facts, wanted=managed)
    except CallFailed as failed:
        return Unreadable.of(failed.failure.cause)
    if isinstance(live, Unreadable):
        return live
    wanted = {field.name: field.value for field in desired.fields}
    fields = {
        name: await _downloaded(looking, one, keep_picture)
        if isinstance(one, Linked)
        else _shared(one, wanted.get(name))
        for name, one in live.fields.items()
        if name in managed
    }
    return replace(live, fields=fields)


async def _in_bulk(looking: ReadClient, lines: Sequence[Listed]) -> Sequence[Live | None]:
    """Return what the list or a batch shows of each profile; None for one that is to be read alone."""
    access = looking.access

    def exchange(line: Listed) -> Exchange[Live]:
        wanted = {field.name for field in line.desired.fields}
        return _told(access, line.desired, line.facts, wanted=wanted)

    if len(lines) > 1:
        return await read_together(looking, [exchange(line) for line in lines])
    return [played(exchange(one), one.profile, looking) if one.profile is not None else None for one in lines]


def _told(
    access: AccountAccess, desired: Desired, facts: NumberFacts | None, *, wanted: Collection[str]
) -> Exchange[Live]:
    """Read `wanted` of one number. What is told of the number itself is asked before, once for a run."""
    target = desired.target
    known = facts or access.opened.get(target.profile)
    identify = access.provider.identify(target) if wanted and known is None else None
    if identify is not None:
        known = yield from identify
    if known is not None:
        access.opened[target.profile] = known
    live = yield from access.provider.read(target, known, wanted=wanted)
    # The facts about the business come with the number itself, and cost no call.
    return live if known is None or isinstance(live, Unreadable) else replace(live, business=known.business)


async def _read(looking: ReadClient, desired: Desired, facts: NumberFacts | None, *, wanted: Collection[str]) -> Live:
    return await looking.drive(_told(looking.access, desired, facts, wanted=wanted), target=desired.target)


def _forget(access: AccountAccess, desired: Desired, live: Live) -> None:
    """Forget what was told of a number that shows exactly what its file has: nothing is sent there."""
    if isinstance(live, Observed):
        shown = {name: one.value for name, one in live.fields.items() if isinstance(one, Known)}
        if all(shown.get(field.name) == field.value for field in desired.fields):
            access.opened.pop(desired.target.profile, None)


def _shared(live: LiveField, wanted: Value | None) -> LiveField:
    """Return what is live with the file's own value where both are equal: a fleet in sync holds each value once."""
    if wanted is None or not isinstance(live, Known) or live.value != wanted:
        return live
    return Known(wanted, live.doubt)


async def _downloaded(looking: ReadClient, link: Linked, keep_picture: Callable[[bytes], None]) -> LiveField:
    """Make a link to a picture the picture itself: its URL changes on every read and is never compared (fact M-14)."""
    content = await looking.picture(link.url)
    if isinstance(content, Failure):
        return Unreadable.of(content.cause)
    # Bytes behind the picture are not part of it, and `import` must not write them into a file.
    content = trimmed(content)
    picture = read_picture(content)
    if isinstance(picture, str):
        return Unreadable(reason=picture)
    keep_picture(content)
    return Known(value=picture)


# One field is enough to see that a number answers.
_ENOUGH = frozenset({"about"})


@dataclass(slots=True)
class Examined:
    """The replies: each profile's read or why it failed, and the account's list if it has one.

    `bulk` says how many of them can be read at once. `dates` are the servers' times.
    """

    found: dict[str, Live | Failure] = field(default_factory=dict)
    roster: Roster | None = None
    refused: Failure | None = None
    bulk: tuple[str, ...] = ()
    dates: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """True if any call succeeded."""
        return self.roster is not None or any(isinstance(one, Observed) for one in self.found.values())

    @property
    def failure(self) -> Failure | None:
        """The first call that was refused for its credential, else the first that failed at all."""
        failures = [one for one in (self.refused, *self.found.values()) if isinstance(one, Failure)]
        return next((one for one in failures if one.refuses_credential), next(iter(failures), None))


async def examine(access: AccountAccess, profiles: Sequence[Desired], *, workers: int, bulk: bool) -> Examined:
    """Ask for the account's list, if it has one, and for one field of each of `profiles`; `bulk` tries many at once."""
    examined = Examined()
    roster = await read_roster(access)
    if isinstance(roster, Failure):
        examined.refused = roster
        return examined
    examined.roster = roster

    async def read(looking: ReadClient, one: Desired) -> None:
        facts = (examined.roster or {}).get(one.target.address)
        examined.found[one.target.profile] = await _examined(looking, one, facts)
        examined.dates += filter(None, [looking.served_at])

    context = access.context
    with context.progress.stage(Stage.CHECKING, len(profiles), clock=context.monotonic) as advance:

        async def checked(looking: ReadClient, one: Desired) -> None:
            await read(looking, one)
            advance()

        await run_workers(profiles, checked, workers=workers, tool=lambda: ReadClient(access))
    # A refused credential is told once: another call would only repeat it.
    if bulk and examined.accepted:
        examined.bulk = await bulk_abilities(access, profiles)
    return examined


async def _examined(looking: ReadClient, one: Desired, facts: NumberFacts | None) -> Live | Failure:
    try:
        return await _read(looking, one, facts, wanted=_ENOUGH)
    except CallFailed as failed:
        return failed.failure


# So many addresses are asked side by side, and so many bytes of a reply are read.
_PROBES = 8
_PROBE_CAP = 64 * 1024


async def probe(urls: Sequence[str], context: Context) -> dict[str, Reply | Failure]:
    """Ask each address of a webhook once. No credential and no header of a file travels; no redirect is followed."""
    import httpx

    found: dict[str, Reply | Failure] = {}
    hosts = Hosts(context, of="addresses")

    async def ask(_: None, url: str) -> None:
        try:
            # A name and a password in the address would be sent as a header.
            bare = httpx.URL(url).copy_with(userinfo=b"")
        except (httpx.InvalidURL, UnicodeError):
            found[url] = Failure(kind=FailureKind.UNREACHABLE, summary="the address cannot be called", sent=False)
            return
        origin = str(bare.copy_with(path="/", query=None, fragment=None)).rstrip("/")
        async with Connection(origin, (), chunk=context.patience.chunk).client() as client:
            request = client.build_request("GET", bare)
            send = partial(exchanged, client, request, cap=_PROBE_CAP, deadline=context.patience.request)
            found[url] = await hosts.ask(bare.netloc.decode(), Asker(str(bare.path), Purpose.READ), send)

    await run_workers(urls, ask, workers=_PROBES, tool=nullcontext)
    return found
