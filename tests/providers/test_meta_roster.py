"""The list of an account's numbers at Meta, page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.provider import Failure, FailureKind, Read, Reply, RosterPage
from reconciler.core.roster import Business, NumberFacts
from reconciler.core.settings import Account
from reconciler.providers.meta import NODE_FIELDS, Meta, MetaOptions
from tests.support import NUMBER
from tests.support.exchange import Played, play, reply

FIELDS = f"{NODE_FIELDS},verified_name,name_status,quality_rating,messaging_limit_tier"


def meta(**options: Any) -> Meta:
    made = MetaOptions(**options)
    return Meta(Account(name="a", provider="meta", endpoint="sandbox", concurrency=1, credentials={}, options=made))


def test_without_a_business_account_id_there_is_no_roster() -> None:
    assert meta().roster() is None


def listed(*addresses: str, after: str = "", more: bool = False) -> Reply:
    paging: dict[str, Any] = {"cursors": {"after": after}} if after else {}
    paging |= {"next": "https://evil.example/v23.0/next?access_token=x"} if more else {}
    rows = [{"id": address, "display_phone_number": "+49 30 12345678"} for address in addresses]
    return reply({"data": rows, "paging": paging})


def page(answer: Reply, after: str = "") -> Played[Any]:
    exchange = meta(waba_id="102290129340398").roster(after)
    assert exchange is not None
    return play(exchange, answer)


def facts(address: str, number: str = NUMBER) -> NumberFacts:
    return NumberFacts(number=number, keys={"phone_number_id": address})


def test_the_roster_follows_cursors_and_never_the_link_of_a_reply() -> None:
    """The link of the next page is the provider's to choose; where the token goes is not."""
    first, last = page(listed("1", "2", after="QVFI", more=True)), page(listed("3"), "QVFI")
    path, fields = "/v23.0/102290129340398/phone_numbers", ("fields", FIELDS)
    assert first.calls == (Read(path, (fields, ("limit", "100"))),)
    assert last.calls == (Read(path, (fields, ("limit", "100"), ("after", "QVFI"))),)
    assert first.result == RosterPage({one: facts(one) for one in ("1", "2")}, after="QVFI")
    assert last.result == RosterPage({"3": facts("3")})


@pytest.mark.parametrize("paging", [None, [], {}, {"next": ""}, {"cursors": {"after": "a"}}])
def test_the_roster_ends_where_no_next_page_is_given(paging: Any) -> None:
    played = page(reply({"data": [{"id": "1"}], "paging": paging}))
    assert played.result == RosterPage({"1": facts("1", number="")})


def half(summary: str) -> Failure:
    return Failure(kind=FailureKind.GARBAGE, summary=summary)


@pytest.mark.parametrize(
    "cursors", [None, 1, [], {}, *({"after": after} for after in (None, 7, "", "a\r\nb", "a b", "ä", "a" * 4001))]
)
def test_half_a_roster_is_none(cursors: Any) -> None:
    """The numbers of the other half would be asked one by one as if they were unlisted, or never be imported."""
    played = page(reply({"data": [{"id": "2"}], "paging": {"next": "x", "cursors": cursors}}), "QVFI")
    assert played.result is None
    assert played.failure == half("the list of numbers goes on, and the reply does not say where")


@pytest.mark.parametrize("row", [None, 5, {"id": 7}, {}])
def test_rows_that_are_no_numbers_are_passed_over(row: Any) -> None:
    assert page(reply({"data": [row]})).result == RosterPage({})


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, {"data": "x"}])
def test_a_reply_without_a_list_is_no_roster(body: Any) -> None:
    assert page(reply(body)).failure == half("the reply holds no list of numbers")


NAMED = {"verified_name": "Goldcrust Berlin", "name_status": "APPROVED", "quality_rating": "GREEN"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({**NAMED, "messaging_limit_tier": "TIER_1K"}, Business("Goldcrust Berlin", "APPROVED", "GREEN", "TIER_1K")),
        (NAMED, Business("Goldcrust Berlin", "APPROVED", "GREEN")),
        ({}, Business()),
        # What is no text tells nothing.
        (dict.fromkeys((*NAMED, "messaging_limit_tier"), 7), Business()),
        ({**NAMED, "verified_name": {"name": "x"}}, Business("", "APPROVED", "GREEN")),
    ],
)
def test_the_list_tells_the_business_behind_a_number(row: dict[str, Any], told: Business) -> None:
    played = page(reply({"data": [{"id": "1", "display_phone_number": "+49 30 12345678", **row}]}))
    assert played.result == RosterPage({"1": replace(facts("1"), business=told)})


def refusal(reason: str, kind: FailureKind = FailureKind.REJECTED) -> Failure:
    return Failure(kind=kind, summary="(#100) no", reason=reason)


UNNAMED = Read("/v23.0/102290129340398/phone_numbers", (("fields", NODE_FIELDS), ("limit", "100")))


def test_a_list_that_refuses_what_is_told_of_a_business_is_read_without_it() -> None:
    exchange = meta(waba_id="102290129340398").roster()
    assert exchange is not None
    played = play(exchange, refusal("Tried accessing nonexisting field (messaging_limit_tier)"), listed("1"))
    assert played.calls[1:] == (UNNAMED,)
    assert played.result == RosterPage({"1": facts("1")})


@pytest.mark.parametrize(
    "why",
    [
        refusal("Tried accessing nonexisting field (is_on_biz_app)"),
        refusal("verified_name", FailureKind.UNAUTHORISED),
        refusal("quality_rating", FailureKind.THROTTLED),
    ],
)
def test_any_other_failure_of_the_list_is_its_failure(why: Failure) -> None:
    exchange = meta(waba_id="102290129340398").roster()
    assert exchange is not None
    assert play(exchange, why).failure == why


def test_a_list_with_profiles_keeps_them_where_it_refuses_the_business() -> None:
    exchange = meta(waba_id="102290129340398").roster(profiles=True)
    assert exchange is not None
    played = play(exchange, refusal("Tried accessing nonexisting field (verified_name)"), listed("1"))
    first, second = (dict(call.query)["fields"] for call in played.calls if isinstance(call, Read))
    assert (first.startswith(FIELDS), second.startswith(f"{NODE_FIELDS},whatsapp_business_profile{{")) == (True, True)
