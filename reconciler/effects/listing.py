"""read_roster: (one account's access) → its whole list of numbers, or why it could not be read.

as_listed: (the access, profiles, how many numbers there are at least) → each profile with its line, as pages come in.

The list is read only where it costs fewer calls than asking about each number, and no further than to the last number
that is wanted. Nothing tells how long it is before its end. The profiles of the account are the least that it can hold.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from reconciler.core.provider import CallFailed, Exchange, Failure, FailureKind, Reply, RosterPage
from reconciler.core.roster import NumberFacts, Roster
from reconciler.core.target import Desired
from reconciler.effects.bulk import WHOLE_ACCOUNT, proven, reads_in_batches, reads_in_list, refuse
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.client import ReadClient

_PAGES = 1000
_ENDLESS = Failure(kind=FailureKind.GARBAGE, summary=f"the list of numbers has more than {_PAGES} pages")


async def read_roster(access: AccountAccess) -> Roster | Failure | None:
    """Return the account's list of numbers, or why it could not be read; None if it has none."""
    found: dict[str, NumberFacts] | None = None
    async with aclosing(_pages(access, {})) as pages:
        async for page in pages:
            if isinstance(page, Failure):
                return page
            found = {**(found or {}), **page.numbers}
    return found


async def _pages(access: AccountAccess, wanted: Mapping[str, Desired]) -> AsyncGenerator[RosterPage | Failure]:
    """Yield the pages of the list, if there is one. A failure is the last of them.

    They hold the profiles of `wanted` numbers, by address, where the account may be read so and the list shows them.
    """
    after, read = "", 0
    async with ReadClient(access) as looking:
        while exchange := access.provider.roster(after):
            page = await _page(looking, exchange, after, wanted)
            yield page
            if isinstance(page, Failure):
                return
            after, read = page.after, read + 1
            if not after:
                return
            if read == _PAGES:
                yield _ENDLESS
                return


async def _page(
    looking: ReadClient, bare: Exchange[RosterPage], after: str, wanted: Mapping[str, Desired]
) -> RosterPage | Failure:
    """Read one page, with profiles if they can be had. That they are refused costs one call more, once."""
    access = looking.access
    if wanted and reads_in_list(access):
        page = await _driven(looking, access.provider.roster(after, profiles=True) or bare)
        if isinstance(page, RosterPage):
            return await proven(looking, page, wanted, access.bulk)
        if page.kind in WHOLE_ACCOUNT:
            return page
        refuse(access, page.cause.text(hint=False))
    return await _driven(looking, bare)


async def _driven(looking: ReadClient, exchange: Exchange[RosterPage]) -> RosterPage | Failure:
    try:
        return await looking.drive(exchange)
    except CallFailed as failed:
        return failed.failure


@dataclass(frozen=True, slots=True)
class Listed:
    """A profile, and what the list says of its number; None where it was not listed.

    `profile` is the reply that a read of its profile would get, if the list has it. With a `failure`, no call of its
    account succeeds.
    """

    desired: Desired
    facts: NumberFacts | None = None
    profile: Reply | None = None
    failure: Failure | None = None


async def as_listed(access: AccountAccess, profiles: Sequence[Desired], *, numbers: int) -> AsyncIterator[Listed]:
    """Yield every profile once: those on a page of the list as that page comes in, and the others after it.

    The account has at least so many `numbers`. A list that is longer is given up after as many pages as profiles.
    """
    missing = {one.target.address: one for one in profiles}
    size = access.provider.traits.roster_page
    # Pages that are still to come, as far as is known.
    left = -(-numbers // size) if size else len(missing)
    read, failure = 0, None
    async with aclosing(_pages(access, missing)) as pages:
        # What a number costs more alone than on a page: its node, and its profile where the page shows that too.
        while read < len(profiles) and len(missing) * (2 if access.bulk.proven else 1) > max(1, left - read):
            page = await anext(pages, None)
            if page is None or isinstance(page, Failure):
                failure = page if page is not None and page.kind in WHOLE_ACCOUNT else None
                break
            read += 1
            for address, facts in page.numbers.items():
                if address in missing:
                    yield Listed(missing.pop(address), facts, page.profiles.get(address))
    for one in missing.values():
        yield Listed(one, failure=failure)


async def in_batches(
    access: AccountAccess, lines: AsyncIterator[Listed], *, numbers: int
) -> AsyncIterator[tuple[Listed, ...]]:
    """Yield the profiles that are read together as one item, and each other one alone."""
    waiting: list[Listed] = []
    async for line in lines:
        alone = line.profile is not None or line.failure is not None or not reads_in_batches(access, numbers)
        if alone:
            yield (line,)
            continue
        waiting.append(line)
        if len(waiting) == access.provider.traits.reads_together:
            yield tuple(waiting)
            waiting = []
    if waiting:
        yield tuple(waiting)
