"""The list of an account's numbers at Meta: all of it, or none."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.provider import Failure, FailureKind, NumberFacts, Read, Reply
from reconciler.core.settings import Account
from reconciler.providers.meta import NODE_FIELDS, Meta, MetaOptions
from tests.support import NUMBER
from tests.support.exchange import Played, play, reply


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


def pages(*answers: Reply) -> Played[Any]:
    exchange = meta(waba_id="102290129340398").roster()
    assert exchange is not None
    return play(exchange, *answers)


def test_the_roster_follows_cursors_and_never_the_link_of_a_reply() -> None:
    """The link of the next page is the provider's to choose; where the token goes is not."""
    played = pages(listed("1", "2", after="QVFI", more=True), listed("3"))
    path, fields = "/v23.0/102290129340398/phone_numbers", ("fields", NODE_FIELDS)
    assert played.calls == (
        Read(path, (fields, ("limit", "100"))),
        Read(path, (fields, ("limit", "100"), ("after", "QVFI"))),
    )
    assert played.result == {
        address: NumberFacts(number=NUMBER, keys={"phone_number_id": address}) for address in ("1", "2", "3")
    }


@pytest.mark.parametrize("paging", [None, [], {}, {"next": ""}, {"cursors": {"after": "a"}}])
def test_the_roster_ends_where_no_next_page_is_given(paging: Any) -> None:
    played = pages(reply({"data": [{"id": "1"}], "paging": paging}))
    assert played.result == {"1": NumberFacts(number="", keys={"phone_number_id": "1"})}


def half(summary: str) -> Failure:
    return Failure(kind=FailureKind.GARBAGE, summary=summary)


@pytest.mark.parametrize(
    "cursors", [None, 1, [], {}, *({"after": after} for after in (None, 7, "", "a\r\nb", "a b", "ä", "a" * 4001))]
)
def test_half_a_roster_is_none(cursors: Any) -> None:
    """The numbers of the other half would be asked one by one as if they were unlisted, or never be imported."""
    first, cut_off = listed("1", after="QVFI", more=True), {"next": "x", "cursors": cursors}
    played = pages(first, reply({"data": [{"id": "2"}], "paging": cut_off}))
    assert played.result is None
    assert played.failure == half("the list of numbers goes on, and the reply does not say where")


@pytest.mark.parametrize("row", [None, 5, {"id": 7}, {}])
def test_rows_that_are_no_numbers_are_passed_over(row: Any) -> None:
    assert pages(reply({"data": [row]})).result == {}


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, {"data": "x"}])
def test_a_reply_without_a_list_is_no_roster(body: Any) -> None:
    for before in ([], [listed("1", after="QVFI", more=True)]):
        assert pages(*before, reply(body)).failure == half("the reply holds no list of numbers")


def test_a_roster_that_never_ends_is_left_after_a_thousand_pages() -> None:
    played = pages(*[listed("1", after="same", more=True)] * 1000)
    assert len(played.calls) == 1000
    assert (played.result, played.failure) == (None, half("the list of numbers has more than 1000 pages"))
