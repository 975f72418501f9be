"""A host that hangs, under a whole read or a whole apply: how often it is asked, and what is said of it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest

from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.provider import Usage
from reconciler.core.target import Desired, Known, Live, LiveField, Observed, Unreadable
from reconciler.effects.apply import Recording, apply
from reconciler.effects.fetch import fetch, probe
from reconciler.effects.http import connection
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.retries import Hosts
from reconciler.effects.one_target import SETTLING
from reconciler.effects.outcomes import Work
from reconciler.effects.signals import Stop
from reconciler.effects.world import Patience
from tests.support import STAMP, change, desired, picture, target
from tests.support.effects import Clock, line, node, profile

HOST = "graph.facebook.com"
PICTURES = "pictures.fbcdn.net"
REQUEST = Patience().request
NAMES = ("berlin", "munich", "cologne", "bremen")

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def address(name: str) -> str:
    return f"10654035224200{NAMES.index(name)}"


def wanted(name: str, *, with_picture: bool = False) -> Desired:
    to = target(name, address=address(name))
    return desired(to=to, about="New", picture=picture()) if with_picture else desired(to=to, about="New")


class Hanging:
    """Meta in this process, with an `about` that never moves: a request in which one of `parts` stands hangs.

    A hang takes the whole time of a request, on a clock where nothing else takes any.
    """

    def __init__(self, *parts: str) -> None:
        self.parts = parts
        self.clock = Clock()
        self.seen: list[str] = []
        self.said: list[str] = []
        context = dataclasses.replace(self.clock.context(), warnings=self.said.append)
        way = line(f"https://{HOST}", context=context)
        meta = Connection(f"https://{HOST}", (PICTURES,), sandbox=self.answer)
        self.way: AccountAccess = dataclasses.replace(way, connection=meta, hosts=Hosts(context))
        self.began = self.clock.now

    async def answer(self, scope: Mapping[str, Any], _: Receive, send: Send) -> None:
        """Answer one request, or let it hang."""
        asked = f"{scope['method']} {dict(scope['headers'])[b'host'].decode()}{scope['path']}"
        self.seen.append(asked)
        if any(part in asked for part in self.parts):
            await self.clock.sleep(REQUEST)
            raise httpx.ReadTimeout("")
        shown = profile(about="", profile_picture_url=f"https://{PICTURES}/p.png?oe=1")
        body: dict[str, Any] = {"success": True} if "POST" in asked else shown if "profile" in asked else node()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    def asked(self, part: str) -> int:
        """Return how many requests had `part` in their method, host and path."""
        return sum(part in one for one in self.seen)

    @property
    def requests(self) -> float:
        """How many times the whole time of a request has passed; what else was waited for is short."""
        return (self.clock.now - self.began) // REQUEST

    def read(self, *profiles: Desired, workers: int = 1) -> dict[str, Live]:
        """Read `profiles`."""
        found = asyncio.run(fetch(profiles, {"bakery": self.way}, workers={"bakery": workers}))
        return {one.target.profile: found[one.target.key] for one in profiles}

    def apply(self, *profiles: Desired) -> dict[str, FieldOutcome]:
        """Send "New" as the `about` of `profiles`, and return what became of it."""
        works = [Work(one, (change(),), read_at=float("inf")) for one in profiles]

        async def run() -> tuple[Outcome, ...]:
            keeping = Recording(lambda: STAMP, lambda _: None)
            return await apply(works, {"bakery": self.way}, workers={"bakery": 1}, recording=keeping, stop=Stop())

        outcomes = asyncio.run(run())
        return {one.target.profile: one.fields[0] for one in outcomes}


def given_up(host: str, what: str = "calls", of: str = "profiles") -> str:
    return f"{host} is given up for this run: {what} for two {of} timed out, and none succeeded between"


def reasons(found: Mapping[str, Live]) -> list[str]:
    return [one.reason if isinstance(one, Unreadable) else "" for one in found.values()]


def test_a_host_that_hangs_for_two_profiles_is_asked_for_no_other() -> None:
    hanging = Hanging("GET")
    found = hanging.read(*map(wanted, NAMES))
    # Berlin twice, Munich once; what it did before was 4 attempts for each.
    assert (len(hanging.seen), hanging.requests) == (3, 3)
    assert hanging.said == [given_up(HOST)]
    stopped = f"{HOST} cannot be reached: it stopped answering (check the network and the endpoint)"
    late = f"{given_up(HOST)} (run again when it answers)"
    assert reasons(found) == [stopped, stopped, late, late]


def test_workers_that_hang_together_end_together() -> None:
    hanging = Hanging("GET")
    found = hanging.read(*(wanted(name) for name in NAMES), workers=4)
    assert len(hanging.seen) <= len(NAMES) + 1
    assert all(isinstance(one, Unreadable) for one in found.values())
    assert hanging.said == [given_up(HOST)]


def test_a_call_that_is_not_made_waits_for_no_turn() -> None:
    """At 30 calls a minute, the profiles of a host that is given up would take half an hour."""
    hanging = Hanging("GET")
    hanging.read(*map(wanted, NAMES[:2]))
    hanging.way.pace.learn(Usage(percent=100, regain_after=30))
    before = hanging.clock.now
    hanging.read(*map(wanted, NAMES[2:]))
    assert hanging.clock.now == before


def test_one_number_that_hangs_takes_nothing_from_the_others() -> None:
    hanging = Hanging(address("munich"))
    found = hanging.read(*map(wanted, NAMES))
    assert [isinstance(one, Observed) for one in found.values()] == [True, False, True, True]
    assert (hanging.asked(address("munich")), hanging.requests, hanging.said) == (2, 2, [])


def test_a_picture_host_that_hangs_for_two_profiles_leaves_the_other_fields_known() -> None:
    hanging = Hanging(PICTURES)
    found = hanging.read(*(wanted(name, with_picture=True) for name in NAMES))
    assert (hanging.asked(PICTURES), hanging.requests) == (3, 3)
    assert hanging.said == [given_up(PICTURES, "pictures")]
    assert [_field(one, "about") for one in found.values()] == [Known(value="")] * 4
    assert all(isinstance(_field(one, "picture"), Unreadable) for one in found.values())


def _field(live: Live, name: str) -> LiveField:
    assert isinstance(live, Observed)
    return live.get(name)


def test_a_read_back_that_hangs_ends_as_unknown() -> None:
    hanging = Hanging("GET")
    (found,) = hanging.apply(wanted("berlin")).values()
    assert (found.status, hanging.requests) == (FieldStatus.UNKNOWN, 2)
    why = f"{HOST} timed out 2 times here, and is not asked again in this run"
    assert found.detail == f"acknowledged, and could not be read back: {why} (run again when it answers)"


def test_a_picture_that_was_not_sent_is_not_read_back() -> None:
    """The profile is read until the settling time is over, and a picture that would hang costs nothing."""
    hanging = Hanging(PICTURES)
    (found,) = hanging.apply(wanted("berlin", with_picture=True)).values()
    assert found.status is FieldStatus.UNCONVERGED
    assert (hanging.asked("business_profile"), hanging.asked(PICTURES)) == (2 + len(SETTLING), 0)


@pytest.mark.parametrize(
    ("part", "statuses", "requests"),
    [
        # A write that hangs may have acted, also where its next attempt is not made; where none was made, it did not.
        ("", [FieldStatus.UNKNOWN] * 2 + [FieldStatus.FAILED] * 2, 5),
        ("POST", [FieldStatus.UNKNOWN] * 4, 8),
        (f"POST {HOST}/v23.0/{address('berlin')}", [FieldStatus.UNKNOWN] + [FieldStatus.UNCONVERGED] * 3, 2),
    ],
    ids=["everything", "every write", "one write"],
)
def test_what_was_sent_to_a_host_that_hangs_is_unknown_and_what_was_not_has_failed(
    part: str, statuses: Sequence[FieldStatus], requests: int
) -> None:
    hanging = Hanging(part)
    found = hanging.apply(*map(wanted, NAMES))
    assert ([one.status for one in found.values()], hanging.requests) == (statuses, requests)


def test_the_addresses_of_a_host_that_hangs_are_not_all_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Hanging("hook.example")
    monkeypatch.setattr(connection, "_verifying", lambda _: httpx.ASGITransport(app=hanging.answer))
    found = asyncio.run(probe([f"https://hook.example/{at}" for at in range(50)], hanging.way.context))
    # Eight are asked at a time.
    assert 8 <= len(hanging.seen) <= 10
    assert (len(found), hanging.said) == (50, [given_up("hook.example", of="addresses")])
