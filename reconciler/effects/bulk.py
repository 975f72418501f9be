"""Many numbers in one call, where an account may be read so, and until its provider refuses that.

reads_in_list, reads_in_batches: (an account's access) → whether its list shows profiles, or reads are put together.
refuse: (the access, why) → from now on its numbers are read one by one.
bulk_abilities: (the access, profiles) → what `doctor` says of each way.
played: (an exchange that needs one reply, that reply) → its result, or None where it needs another one.
proven: (a page that holds profiles) → the page, without them unless one of them is what its own read shows.
read_together: (exchanges that only read) → their results, None for each that is to be read alone.

Neither way is relied upon. What a bulk reply lacks, or has in a form that is not documented, is read alone. So no
profile is taken for empty, or for in sync, because a reply left it out. Facts M-27 and M-28 in APIS.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from reconciler.core.provider import CallFailed, Exchange, FailureKind, Read, Reply, RosterPage
from reconciler.core.target import Desired, Linked, Live, Observed
from reconciler.core.traits import BulkRead
from reconciler.effects.http.accounts import AccountAccess, BulkReading
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.guarded import guarded

_T = TypeVar("_T")
# A failure of one of these kinds fails for every number of its account, however it is read.
WHOLE_ACCOUNT = frozenset({FailureKind.UNAUTHORISED, FailureKind.THROTTLED, FailureKind.UNREACHABLE})
# With at least so many numbers, a batch is tried if the account leaves the choice.
LARGE = 50


def reads_in_list(access: AccountAccess) -> bool:
    """Return whether the numbers' profiles are asked for in the account's list."""
    wanted = access.bulk.mode in (BulkRead.AUTO, BulkRead.EXPAND)
    return wanted and access.provider.traits.lists_profiles and not access.bulk.refused


def reads_in_batches(access: AccountAccess, numbers: int) -> bool:
    """Return whether the reads of so many `numbers` are put together."""
    wanted = access.bulk.mode is BulkRead.BATCH or (access.bulk.mode is BulkRead.AUTO and numbers >= LARGE)
    return wanted and numbers > 1 and access.provider.traits.reads_together > 0 and not access.bulk.refused


def refuse(access: AccountAccess, why: str) -> None:
    """Read the account's numbers one by one from now on."""
    access.bulk.refused = access.bulk.refused or why


@dataclass(slots=True)
class _Driven(Generic[_T]):
    """An exchange on its way: the read that it waits for, and its result once it has one."""

    exchange: Exchange[_T]
    call: Read | None = None
    result: _T | None = None

    def step(self, reply: Reply | None) -> None:
        """Go on with `reply`; None begins. What fails, or asks for anything but a read, ends without a result."""
        self.call = None
        try:
            call = next(self.exchange) if reply is None else self.exchange.send(reply)
        except StopIteration as done:
            self.result = done.value
        except CallFailed:
            return
        else:
            self.call = call if isinstance(call, Read) else None


def played(exchange: Exchange[_T], reply: Reply, looking: ReadClient) -> _T | None:
    """Return the result of an exchange that makes one read and gets `reply`; None if it makes another one or fails."""
    one = _Driven(exchange)
    one.step(None)
    if one.call is not None:
        one.step(reply)
    exchange.close()
    return guarded(one.result, looking.access.context.secrets.matcher)


async def proven(looking: ReadClient, page: RosterPage, wanted: Mapping[str, Desired], bulk: BulkReading) -> RosterPage:
    """Return the page with its profiles if the first of them that is wanted is what a read of it alone shows.

    One read proves the form for the account and the run. No document tells the form that a profile has in a list.
    """
    access = looking.access
    if bulk.proven:
        return page
    bare = replace(page, profiles={})
    address = next((one for one in page.numbers if one in wanted), None)
    if address is None:
        return bare
    if address not in page.profiles:
        bulk.refused = "its list of numbers holds no profiles in a form that is known"
        return bare
    one = wanted[address]
    fields = {field.name for field in one.fields} - access.provider.traits.in_facts or {"about"}

    def read() -> Exchange[Live]:
        return access.provider.read(one.target, page.numbers[address], wanted=fields)

    try:
        alone = await looking.drive(read(), target=one.target)
    except CallFailed:
        # It tells nothing: the profile is read again, and its failure is its own.
        return bare
    if not isinstance(alone, Observed):
        return bare
    listed = played(read(), page.profiles[address], looking)
    if not isinstance(listed, Observed) or _form(listed) != _form(alone):
        bulk.refused = f"its list shows another profile of {one.target.profile} than a read of it alone"
        return bare
    bulk.proven = True
    return page


def _form(live: Observed) -> list[object]:
    """Return the fields of a number; the link to a picture is another one on each read."""
    return [(name, "a link" if isinstance(one, Linked) else one) for name, one in live.fields.items()]


async def read_together(looking: ReadClient, exchanges: Sequence[Exchange[_T]]) -> list[_T | None]:
    """Drive exchanges that only read, each time all their calls in one request; None for each that fails in any way."""
    access = looking.access
    driven = [_Driven(exchange) for exchange in exchanges]
    for one in driven:
        one.step(None)
    while waiting := [(one, one.call) for one in driven if one.call is not None]:
        replies = await _replies(looking, tuple(call for _, call in waiting))
        for (one, _), reply in zip(waiting, replies, strict=True):
            one.call = None
            if _succeeded(access, reply):
                one.step(reply)
    for exchange in exchanges:
        exchange.close()
    return [guarded(one.result, access.context.secrets.matcher) for one in driven]


def _succeeded(access: AccountAccess, reply: Reply | None) -> bool:
    return reply is not None and access.provider.failure(reply) is None


async def _replies(looking: ReadClient, reads: tuple[Read, ...]) -> Sequence[Reply | None]:
    """Return the replies to `reads`, None for those without one. A refusal of the whole request ends the batches."""
    nothing = [None] * len(reads)
    exchange = looking.access.provider.together(reads)
    if exchange is None or looking.access.bulk.refused:
        return nothing
    try:
        return await looking.drive(exchange)
    except CallFailed as failed:
        if failed.failure.kind not in WHOLE_ACCOUNT:
            refuse(looking.access, failed.failure.cause.text(hint=False))
        return nothing


async def bulk_abilities(access: AccountAccess, profiles: Sequence[Desired]) -> tuple[str, ...]:
    """Try each way to read several of `profiles` at once, whatever the account asks for, and say what came of it."""
    traits, known = access.provider.traits, {one.target.address: one for one in profiles}
    found: list[str] = []
    async with ReadClient(access) as looking:
        if traits.lists_profiles and known and (exchange := access.provider.roster(profiles=True)):
            found.append(f"profiles in its list: {await _tried_list(looking, exchange, known)}")
        if traits.reads_together and known:
            found.append(f"a batch of reads: {await _tried_batch(looking, profiles)}")
    return tuple(found)


async def _tried_list(looking: ReadClient, exchange: Exchange[RosterPage], known: Mapping[str, Desired]) -> str:
    trial = BulkReading(BulkRead.EXPAND)
    try:
        await proven(looking, await looking.drive(exchange), known, trial)
    except CallFailed as failed:
        return f"refused ({failed.failure.cause.text(hint=False)})"
    if trial.proven:
        return f"answered, {looking.access.provider.traits.roster_page} in a call"
    return f"refused ({trial.refused})" if trial.refused else "cannot be told from the first page"


async def _tried_batch(looking: ReadClient, profiles: Sequence[Desired]) -> str:
    access = looking.access
    first = [_Driven(access.provider.read(one.target, None, wanted={"about"})) for one in profiles[:2]]
    for one in first:
        one.step(None)
        one.exchange.close()
    exchange = access.provider.together(tuple(one.call for one in first if one.call is not None))
    if exchange is None:
        return "not known"
    try:
        replies = await looking.drive(exchange)
    except CallFailed as failed:
        return f"refused ({failed.failure.cause.text(hint=False)})"
    if not any(_succeeded(access, reply) for reply in replies):
        return "cannot be told, as no read in it succeeded"
    return f"answered, {access.provider.traits.reads_together} in a call"
