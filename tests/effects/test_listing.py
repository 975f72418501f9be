"""The list of an account's numbers: how far it is read, and what is asked number by number instead."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from reconciler.core.provider import Failure, FailureKind
from reconciler.core.target import Desired, Known, Observed
from reconciler.effects.fetch import fetch
from reconciler.effects.listing import Listed, as_listed, read_roster
from tests.support import desired, target
from tests.support.effects import by_path, error, line, node, profile
from tests.support.sockets import Act, Heard, Script, Server, reply

WABA = "102290129340398"
Page = Sequence[int] | Act


def address(index: int) -> str:
    return str(106540352242000 + index)


def wanted(*indexes: int) -> list[Desired]:
    return [desired(to=replace(target(f"n{index}"), address=address(index)), about="Hi") for index in indexes]


def account(*pages: Page) -> Script:
    """Answer with the page that `after` leads to; a page is the numbers that it lists, or what befalls it."""

    def script(heard: Heard) -> Act:
        asked = parse_qs(heard.target.partition("?")[2])
        index = int(asked.get("after", ["0"])[0])
        page = pages[index]
        if not isinstance(page, Sequence):
            return page
        rows = [node() | {"id": address(number)} for number in page]
        more = {"next": "https://x", "cursors": {"after": str(index + 1)}} if index + 1 < len(pages) else {}
        return reply({"data": rows, "paging": more})

    return script


def told(profiles: Sequence[Desired], numbers: int, *pages: Page) -> tuple[list[Listed], int]:
    """Return what is told of each profile, and how many calls that took."""

    async def run(origin: str) -> list[Listed]:
        return [one async for one in as_listed(line(origin, waba_id=WABA), profiles, numbers=numbers)]

    with Server(account(*pages)) as server:
        return asyncio.run(run(server.origin)), len(server.heard)


@pytest.mark.parametrize(
    ("numbers", "pages", "calls", "alone"),
    [
        # One number's own node is never dearer than a page.
        (1, [[1]], 0, 1),
        # Fewer are wanted than the list has pages.
        (10_000, [[1, 2, 3]] * 3, 0, 3),
        # All that are wanted are found on the first page, and it is not read further.
        (3, [[1, 2, 3, 7], [8], [9]], 1, 0),
        (300, [[9], [1, 2, 3], [8]], 0, 3),
        # What is left costs no more than the rest of the list.
        (200, [[1, 2], [3], [4]], 1, 1),
        (200, [[9], [1, 2], [3]], 2, 1),
        # The list ends, and a number is not on it.
        (3, [[1]], 1, 2),
        # The list is longer than the files tell, and holds none of them.
        (3, [[7], [8], [9], [10], [1, 2, 3]], 3, 3),
    ],
)
def test_the_list_is_read_as_far_as_it_pays(numbers: int, pages: list[Page], calls: int, alone: int) -> None:
    profiles = wanted(1, 2, 3) if numbers > 1 else wanted(1)
    found, made = told(profiles, numbers, *pages)
    assert made == calls
    assert sum(one.facts is None for one in found) == alone
    assert sorted(one.desired.target.profile for one in found) == [one.target.profile for one in profiles]
    assert all(one.failure is None for one in found)


def test_the_numbers_of_a_list_that_ends_in_an_outage_are_said_to_be_unread() -> None:
    found, calls = told(wanted(1, 2, 3), 3, [1], reply(error(190), 401))
    assert calls == 2
    assert [one.facts is not None for one in found] == [True, False, False]
    assert [one.failure.kind for one in found if one.failure is not None] == [FailureKind.UNAUTHORISED] * 2


def test_the_numbers_of_a_list_that_is_refused_are_asked_themselves() -> None:
    found, _ = told(wanted(1, 2), 2, reply(error(100), 400))
    assert [(one.facts, one.failure) for one in found] == [(None, None)] * 2


def test_profiles_are_read_while_pages_come_in() -> None:
    """The second page is held back until the profile of a number on the first page was asked for."""
    asked = threading.Event()
    pages = account([1, 2], [3, 4])

    def script(heard: Heard) -> Act:
        if "whatsapp_business_profile?" in heard.target:
            asked.set()
            return reply(profile(about="Hi"))
        if "after=" in heard.target:
            assert asked.wait(60), "no profile of the first page was read"
        return pages(heard)

    profiles = wanted(1, 2, 3, 4)
    with Server(script) as server:
        found = asyncio.run(fetch(profiles, {"bakery": line(server.origin, waba_id=WABA)}, workers={"bakery": 2}))
    assert all(isinstance(one, Observed) and one.get("about") == Known(value="Hi") for one in found.values())


def test_a_whole_list_is_all_of_its_pages() -> None:
    with Server(account([1, 2], [3])) as server:
        found = asyncio.run(read_roster(line(server.origin, waba_id=WABA)))
    assert isinstance(found, dict)
    assert list(found) == [address(1), address(2), address(3)]


def test_half_a_list_is_none() -> None:
    with Server(account([1, 2], reply(error(100, "Wrong"), 400))) as server:
        found = asyncio.run(read_roster(line(server.origin, waba_id=WABA)))
    assert isinstance(found, Failure)
    assert found.summary == "Wrong"


def test_a_list_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.effects.listing._PAGES", 3)
    same = reply({"data": [], "paging": {"next": "x", "cursors": {"after": "same"}}})
    with Server(by_path({"phone_numbers": same})) as server:
        found = asyncio.run(read_roster(line(server.origin, waba_id=WABA)))
    assert len(server.heard) == 3
    assert found == Failure(kind=FailureKind.GARBAGE, summary="the list of numbers has more than 1000 pages")
