"""read_roster: (one account's access) → its whole list of numbers, or why it could not be read.

as_listed: (the access, profiles, how many numbers there are at least) → each profile with its line, as pages come in.

The list is read only where it costs fewer calls than asking about each number, and no further than to the last number
that is wanted. Nothing tells how long it is before its end. The profiles of the account are the least that it can hold.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from reconciler.core.provider import CallFailed, Failure, FailureKind, NumberFacts, Roster, RosterPage
from reconciler.core.target import Desired
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.client import ReadClient

_PAGES = 1000
_ENDLESS = Failure(kind=FailureKind.GARBAGE, summary=f"the list of numbers has more than {_PAGES} pages")
# A failure of one of these kinds fails for every number of its account.
_WHOLE_ACCOUNT = frozenset({FailureKind.UNAUTHORISED, FailureKind.THROTTLED, FailureKind.UNREACHABLE})


async def read_roster(access: AccountAccess) -> Roster | Failure | None:
    """Return the account's list of numbers, or why it could not be read; None if it has none."""
    found: dict[str, NumberFacts] | None = None
    async with aclosing(_pages(access)) as pages:
        async for page in pages:
            if isinstance(page, Failure):
                return page
            found = {**(found or {}), **page.numbers}
    return found


async def _pages(access: AccountAccess) -> AsyncGenerator[RosterPage | Failure]:
    """Yield the pages of the list, if there is one. A failure is the last of them."""
    after, read = "", 0
    async with ReadClient(access) as looking:
        while exchange := access.provider.roster(after):
            try:
                page = await looking.drive(exchange)
            except CallFailed as failed:
                yield failed.failure
                return
            yield page
            after, read = page.after, read + 1
            if not after:
                return
            if read == _PAGES:
                yield _ENDLESS
                return


@dataclass(frozen=True, slots=True)
class Listed:
    """A profile, and what the list says of its number; None where it was not listed.

    With a `failure`, no call of its account succeeds.
    """

    desired: Desired
    facts: NumberFacts | None = None
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
    async with aclosing(_pages(access)) as pages:
        while read < len(profiles) and len(missing) > max(1, left - read):
            page = await anext(pages, None)
            if page is None or isinstance(page, Failure):
                failure = page if page is not None and page.kind in _WHOLE_ACCOUNT else None
                break
            read += 1
            for address, facts in page.numbers.items():
                if address in missing:
                    yield Listed(missing.pop(address), facts)
    for one in missing.values():
        yield Listed(one, failure=failure)
