"""A batch: the one POST that a client which only looks can render."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, cast
from urllib.parse import parse_qs

import pytest

from reconciler.core.provider import Failure, Read, ReadMany, Write
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.allowance import Pace
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.sending import WriteClient
from tests.support.effects import TOKEN, line, look, one
from tests.support.sockets import Server, each, reply

READS = (Read("/v23.0/1/edge", (("fields", "a,b{c}"),)), Read("/v23.0/2"))
ANSWERED = each(reply([None, None]))


def test_reads_travel_as_items_with_the_credential_and_nothing_else() -> None:
    with Server(ANSWERED) as server:
        look(line(server.origin), ReadMany("/v23.0", READS))
    (heard,) = server.heard
    form = {name: value for name, (value,) in parse_qs(heard.body.decode()).items()}
    items = json.loads(form.pop("batch"))
    assert items == [
        {"method": "GET", "relative_url": "1/edge?fields=a,b{c}"},
        {"method": "GET", "relative_url": "2"},
    ]
    assert form == {"include_headers": "false", "access_token": TOKEN}
    assert (heard.method, heard.target) == ("POST", "/v23.0")
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"


def test_what_is_smuggled_into_a_batch_is_a_get_all_the_same() -> None:
    hostile = cast("Any", Write("POST", "/v23.0/1", {"about": "Hacked"}, query=(("about", "Hacked"),)))
    with Server(ANSWERED) as server:
        look(line(server.origin), ReadMany("/v23.0", (hostile,)))
    (item,) = json.loads(parse_qs(server.heard[0].body.decode())["batch"][0])
    assert (item["method"], set(item)) == ("GET", {"method", "relative_url"})


@pytest.mark.parametrize("path", ["/v24.0/1", "/v23.0", "https://evil.example/1", "/v23.01/1"])
def test_an_item_stays_below_the_path_of_its_batch(path: str) -> None:
    with Server(ANSWERED) as server, pytest.raises(ValueError, match="leads away from"):
        look(line(server.origin), ReadMany("/v23.0", (Read(path),)))
    assert server.heard == []


@pytest.mark.parametrize("kind", [ReadClient, WriteClient])
def test_each_item_takes_a_call_of_the_allowance(kind: type[ReadClient], monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    turn = Pace.turn

    async def counted(pace: Pace, patience: float, *, calls: int = 1, latest: float = math.inf) -> Failure | None:
        taken.append(calls)
        return await turn(pace, patience, calls=calls, latest=latest)

    async def driven(to: AccountAccess) -> None:
        async with kind(to) as client:
            await client.drive(one(ReadMany("/v23.0", READS)))
            await client.drive(one(READS[1]))

    monkeypatch.setattr(Pace, "turn", counted)
    with Server(each(reply([None, None]), reply({}))) as server:
        asyncio.run(driven(line(server.origin)))
    assert taken == [len(READS), 1]
