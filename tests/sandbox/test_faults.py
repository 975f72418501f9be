from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from reconciler.sandbox.faults import KINDS, BadFaultError, Fault
from reconciler.sandbox.world import World

PROFILE = "/v23.0/1/whatsapp_business_profile?fields=about,address"


def about(client: httpx.Client, path: str = PROFILE) -> str:
    return str(client.get(path).json()["data"][0]["about"])


def write(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post(PROFILE, json={"messaging_product": "whatsapp", **fields})


def test_a_reply_takes_the_place_of_the_providers(client: httpx.Client, world: World) -> None:
    reply = {"kind": "reply", "status": 503, "body": {"error": {"code": 2}}, "headers": {"Retry-After": "3"}}
    world.faults([{**reply, "times": 2}])
    for _ in range(2):
        answer = write(client, about="New")
        assert (answer.status_code, answer.json()) == (503, {"error": {"code": 2}})
        assert answer.headers["Retry-After"] == "3"
    assert about(client) == "Hey there! I am using WhatsApp."
    assert world.faults() == []


def test_a_reply_may_be_any_text(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "reply", "status": 200, "body": "<p>hello"}])
    assert client.get(PROFILE).text == client.get(PROFILE).text == "<p>hello"


def test_latency_is_waited_for(client: httpx.Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    world.faults([{"kind": "latency", "seconds": 2.5, "times": 1}, {"kind": "latency"}])
    assert about(client)
    assert about(client)
    assert waited == [2.5, 0.1]


def test_a_request_given_up_while_it_waits_is_in_the_journal(
    app: Starlette, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.faults([{"kind": "latency", "seconds": 3600}])

    async def give_up() -> None:
        waiting = asyncio.Event()

        async def sleep(_: float) -> None:
            waiting.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(asyncio, "sleep", sleep)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://g") as client:
            task = asyncio.create_task(client.get("/v23.0/1"))
            await waiting.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(give_up())
    assert [entry["status"] for entry in world.journal()] == [None]


def test_a_swallowed_write_succeeds_and_changes_nothing(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "swallow", "times": 1}])
    assert about(client)
    assert write(client, about="Lost").json() == {"success": True}
    assert about(client) == "Hey there! I am using WhatsApp."
    write(client, about="Kept")
    assert about(client) == "Kept"


def test_slow_consistency(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "stale", "reads": 3, "times": 1}])
    write(client, about="New")
    assert [about(client) == "New" for _ in range(4)] == [False, False, False, True]


def test_the_usage_header_can_be_raised(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "usage", "percent": 97, "minutes": 4}])
    [[use]] = json.loads(client.get(PROFILE).headers["X-Business-Use-Case-Usage"]).values()
    assert (use["call_count"], use["total_cputime"], use["estimated_time_to_regain_access"]) == (97, 97, 4)


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"provider": "meta"}, True),
        ({"provider": "kaleyra"}, False),
        ({"address": "1"}, True),
        ({"address": "2"}, False),
        ({"method": "GET"}, True),
        ({"method": "POST"}, False),
        ({"path": "fields=about"}, True),
        ({"path": "upload:"}, False),
        ({"provider": "meta", "address": "1", "method": "GET", "path": "profile"}, True),
        ({"provider": "meta", "address": "1", "method": "GET", "path": "nothing"}, False),
    ],
)
def test_a_fault_hits_the_requests_that_match(
    client: httpx.Client, world: World, match: dict[str, str], *, hit: bool
) -> None:
    world.faults([{"kind": "reply", "status": 418, **match}])
    assert (client.get(PROFILE).status_code == 418) is hit


def test_socket_faults_are_passed_over_in_process(client: httpx.Client, world: World) -> None:
    asked = [{"kind": "reset", "times": 1}, {"kind": "hang", "times": 1}]
    world.faults(asked)
    assert about(client)
    assert world.faults() == asked


def test_faults_do_not_touch_the_controls(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "reply", "status": 418}])
    assert client.get("/_sandbox/faults").status_code == 200


def test_the_journal_names_the_faults(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "swallow"}, {"kind": "usage"}])
    write(client, about="x")
    assert world.journal()[-1]["faults"] == ["swallow", "usage"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({}, "needs a kind"),
        ({"kind": "gremlin"}, "unknown kind 'gremlin': use one of drip, dropped"),
        ({"kind": "hang", "moustache": 1, "beard": 2}, "unknown keys: beard, moustache"),
        ({"kind": "hang", "when": "never"}, "when is 'never'"),
        ({"kind": "hang", "times": 0}, "times must be at least 1"),
        ({"kind": "hang", "times": "often"}, "times cannot be 'often'"),
        ({"kind": "reply", "headers": []}, "headers cannot be"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(world: World, fault: dict[str, Any], message: str) -> None:
    with pytest.raises(BadFaultError, match=message):
        world.faults([{"kind": "drip"}, fault])
    assert world.faults() == [], "all or nothing"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_fault_survives_its_own_data(kind: str) -> None:
    fault = Fault(kind=kind, provider="meta", times=3, body={"a": [1]}, headers={"X": "y"}, when="before")
    assert Fault.parse(json.loads(json.dumps(fault.as_data()))) == fault


def test_a_fault_that_another_request_used_up_is_no_fault(world: World) -> None:
    world.faults([{"kind": "swallow", "times": 1}])
    [(key, fault)] = world.standing()
    assert [world.use_up(key, fault=fault) for _ in range(2)] == [True, False]
