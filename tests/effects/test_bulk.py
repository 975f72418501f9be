"""What proves the form of profiles in a list, and what is made of replies that many numbers share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.fields import Picture
from reconciler.core.provider import CallFailed, Exchange, Failure, FailureKind, Read, Write
from reconciler.core.target import Known, Live, Observed, Unreadable
from reconciler.core.traits import BulkRead
from reconciler.effects.bulk import bulk_abilities, played, read_together
from reconciler.effects.fetch import fetch
from reconciler.effects.http.accounts import AccountAccess, BulkReading
from reconciler.effects.http.client import ReadClient
from reconciler.providers.kaleyra import PROVIDER as KALEYRA
from tests.effects.test_listing import address, wanted
from tests.support import desired
from tests.support.effects import error, line, looking, node, profile
from tests.support.exchange import reply as answer
from tests.support.sockets import Act, Heard, Script, Server, reply

WABA = "102290129340398"
SHOWN = {"about": "Hi", "vertical": "UNDEFINED", "messaging_product": "whatsapp"}
ALONE = reply(profile(about="Hi", vertical="UNDEFINED"))


def access(origin: str) -> AccountAccess:
    return replace(line(origin, waba_id=WABA), bulk=BulkReading(BulkRead.AUTO))


def server(shown: Mapping[int, Any], alone: Act = ALONE, *, page: Act | None = None) -> Script:
    """Answer for an account whose list shows these profiles; None stands for a row without one."""

    def script(heard: Heard) -> Act:
        if "phone_numbers" in heard.target:
            if page is not None and "whatsapp_business_profile" in heard.target:
                return page
            rows = [
                node(id=address(n)) | ({"whatsapp_business_profile": one} if one else {}) for n, one in shown.items()
            ]
            return reply({"data": rows})
        return alone if "whatsapp_business_profile" in heard.target else reply(node())

    return script


def read(script: Script, number: int = 3) -> tuple[list[Live], AccountAccess, int]:
    with Server(script) as served:
        to, profiles = access(served.origin), wanted(*range(1, number + 1))
        found = asyncio.run(fetch(profiles, {"bakery": to}, workers={"bakery": 1}))
    return [found[one.target.key] for one in profiles], to, len(served.heard)


def shows(live: Live) -> object:
    return live.get("about") if isinstance(live, Observed) else live


def test_one_read_proves_the_form_and_the_others_are_not_made() -> None:
    found, to, calls = read(server({1: SHOWN, 2: SHOWN, 3: SHOWN}))
    assert (calls, to.bulk.proven, to.bulk.refused) == (2, True, "")
    assert [shows(one) for one in found] == [Known(value="Hi")] * 3


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (SHOWN | {"about": "Other"}, "its list shows another profile of n1 than a read of it alone"),
        (None, "its list of numbers holds no profiles in a form that is known"),
        ({"id": "7"}, "its list of numbers holds no profiles in a form that is known"),
    ],
)
def test_a_list_that_shows_something_else_is_not_relied_upon(first: Any, why: str) -> None:
    found, to, _ = read(server({1: first, 2: SHOWN | {"about": "Other"}, 3: SHOWN}))
    assert (to.bulk.refused, to.bulk.proven) == (why, False)
    assert [shows(one) for one in found] == [Known(value="Hi")] * 3


def test_every_field_that_is_managed_is_proven() -> None:
    """The texts are the same; the list has lost a link of the one number, which its own read shows."""
    listed: dict[str, Any] = SHOWN | {"websites": []}
    alone = reply(profile(about="Hi", vertical="UNDEFINED", websites=["https://a.example/"]))
    with Server(server({1: listed, 2: listed}, alone)) as served:
        to = access(served.origin)
        managed = [desired(to=one.target, about="Hi", websites=("https://a.example/",)) for one in wanted(1, 2)]
        asyncio.run(fetch(managed, {"bakery": to}, workers={"bakery": 1}))
    assert to.bulk.refused == "its list shows another profile of n1 than a read of it alone"


def test_a_link_to_a_picture_is_another_one_on_each_read_and_proves_the_form_all_the_same() -> None:
    listed, alone = (SHOWN | {"profile_picture_url": f"https://pictures.example/{n}"} for n in range(2))
    picture = Picture("0" * 64, "image/png", 1, 640, 640, grid="", file="logo.png")
    with Server(server({1: listed, 2: listed}, reply(profile(**alone)))) as served:
        to = access(served.origin)
        managed = [desired(to=one.target, about="Hi", picture=picture) for one in wanted(1, 2)]
        asyncio.run(fetch(managed, {"bakery": to}, workers={"bakery": 1}))
    assert (to.bulk.refused, to.bulk.proven) == ("", True)


def test_a_number_whose_row_has_no_profile_is_read_alone() -> None:
    found, _, calls = read(server({1: SHOWN, 2: None, 3: SHOWN}))
    assert (calls, [shows(one) for one in found]) == (3, [Known(value="Hi")] * 3)


def test_a_profile_of_a_list_that_holds_a_credential_is_unreadable_too() -> None:
    with Server(server({1: SHOWN, 2: SHOWN | {"about": "a-secret-of-the-run"}})) as served:
        to = access(served.origin)
        to.context.secrets.add("a-secret-of-the-run", "META_TOKEN")
        found = asyncio.run(fetch(wanted(1, 2), {"bakery": to}, workers={"bakery": 1}))
    assert to.bulk.proven
    assert shows(found[wanted(2)[0].target.key]) == Unreadable("holds META_TOKEN")


def test_a_read_that_fails_proves_nothing_and_refuses_nothing() -> None:
    found, to, _ = read(server({1: SHOWN, 2: SHOWN, 3: SHOWN}, reply(error(100), 400)))
    assert (to.bulk.refused, to.bulk.proven) == ("", False)
    assert all(isinstance(one, Unreadable) for one in found)


def test_a_number_of_another_file_proves_nothing() -> None:
    """What is not read at all says nothing of how it is shown."""
    script = server({1: SHOWN, 2: SHOWN}, page=reply({"data": [node("+49 89 5550000", id=address(1))]}))
    assert read(script, 2)[1].bulk.proven is False
    empty = server({}, page=reply({"data": [node(id=address(9)) | {"whatsapp_business_profile": SHOWN}]}))
    found, to, _ = read(empty, 2)
    assert (to.bulk.refused, [shows(one) for one in found]) == ("", [Known(value="Hi")] * 2)


def test_an_outage_is_no_refusal() -> None:
    found, to, _ = read(server({}, page=reply(error(190), 401)), 2)
    assert to.bulk.refused == ""
    assert all(isinstance(one, Unreadable) for one in found)


def given(*calls: Any, result: Any = "done") -> Exchange[Any]:
    waiting = list(calls)
    while waiting:
        yield waiting.pop(0)
    return result


def failing() -> Exchange[Any]:
    yield Read("/v23.0/1")
    raise CallFailed(Failure(kind=FailureKind.GARBAGE, summary="no"))


READ = Read("/v23.0/1")


@pytest.mark.parametrize(
    ("exchange", "result"),
    [
        (given(), "done"),
        (given(READ), "done"),
        (given(READ, READ), None),
        (given(Write("POST", "/v23.0/1")), None),
        (failing(), None),
    ],
)
def test_an_exchange_is_played_with_one_reply(exchange: Exchange[Any], result: Any) -> None:
    async def play(mine: ReadClient) -> Any:
        return played(exchange, answer({}), mine)

    assert looking(line("http://127.0.0.1:9"), play) == result


def together(act: Act, *exchanges: Exchange[Any], refused: str = "") -> tuple[list[Any], str, int]:
    async def run(mine: ReadClient) -> list[Any]:
        return await read_together(mine, exchanges)

    with Server(lambda _: act) as served:
        to = access(served.origin)
        to.bulk.refused = refused
        return looking(to, run), to.bulk.refused, len(served.heard)


OK = {"code": 200, "body": "{}"}


def test_reads_that_are_put_together_are_answered_each_for_itself() -> None:
    items = [OK, None, {"code": 400, "body": '{"error": {"code": 100, "message": "No."}}'}]
    found = together(reply(items), given(READ), given(READ), given(READ), given(result="known"))
    assert found == (["done", None, None, "known"], "", 1)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (reply(error(100), 400), "No. [100]"),
        (reply([]), "the reply to a batch does not answer each of its reads"),
        # What fails for every number is said by the reads of each.
        (reply(error(190), 401), ""),
    ],
)
def test_a_batch_that_is_refused_leaves_its_reads_to_be_made_alone(act: Act, why: str) -> None:
    assert together(act, given(READ), given(READ)) == ([None, None], why, 1)


def test_no_batch_is_made_after_a_refusal_and_none_where_the_provider_has_none() -> None:
    assert together(reply([OK]), given(READ), refused="before") == ([None], "before", 0)
    assert KALEYRA.together(KALEYRA.__new__(KALEYRA), (READ,)) is None


def abilities(script: Script, number: int) -> tuple[str, ...]:
    with Server(script) as served:
        return asyncio.run(bulk_abilities(access(served.origin), wanted(*range(1, number + 1))))


def test_what_cannot_be_told_is_said_to_be_so() -> None:
    assert abilities(server({}), 0) == ()
    told, _ = abilities(server({9: SHOWN}), 2)
    assert told == "profiles in its list: cannot be told from the first page"
    told, _ = abilities(server({1: {"id": "1"}}), 2)
    assert told == "profiles in its list: refused (its list of numbers holds no profiles in a form that is known)"


@pytest.mark.parametrize(
    ("second", "told"),
    [(OK, "answered, 50 in a call"), (None, "cannot be told, as no read in it succeeded")],
    ids=["one succeeds", "none does"],
)
def test_a_batch_whose_reads_all_fail_is_not_called_answered(second: Any, told: str) -> None:
    items = [{"code": 400, "body": '{"error": {"code": 100, "message": "No."}}'}, second]
    assert abilities(lambda _: reply(items), 2)[1] == f"a batch of reads: {told}"


def test_every_reply_of_a_batch_is_without_a_credential() -> None:
    text = {"code": 200, "body": "{}"}
    found, _, _ = together(reply([text]), given(READ, result=Unreadable(reason="EAAG-very-secret")))
    assert isinstance(found[0], Unreadable)
    assert "EAAG" not in found[0].reason
