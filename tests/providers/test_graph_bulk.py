"""Many numbers in one reply: what stands there in a documented form, and what is left to be read alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.core.provider import FailureKind, Read, ReadMany, Reply, RosterPage
from reconciler.providers.meta import NODE_FIELDS, PROVIDER
from reconciler.providers.shared.graph import PROFILE_FIELDS, profile_of
from tests.providers.test_meta_roster import facts, meta
from tests.support.exchange import Played, play, reply

WABA = "102290129340398"
SHOWN = {"about": "Hi", "vertical": "UNDEFINED", "messaging_product": "whatsapp"}
READS = (Read("/v23.0/1/whatsapp_business_profile", (("fields", "about"),)), Read("/v23.0/2"))


def page(profile: Any) -> Played[RosterPage]:
    exchange = meta(waba_id=WABA).roster(profiles=True)
    assert exchange is not None
    row = {"id": "1", "display_phone_number": "+49 30 12345678", "whatsapp_business_profile": profile}
    return play(exchange, reply({"data": [row]}))


@pytest.mark.parametrize("shape", [SHOWN, {"data": [SHOWN]}])
def test_a_profile_in_the_list_is_what_a_read_of_it_would_answer(shape: Any) -> None:
    played = page(shape)
    business = "verified_name,name_status,quality_rating,messaging_limit_tier"
    fields = f"{NODE_FIELDS},{business},whatsapp_business_profile{{{PROFILE_FIELDS}}}"
    assert played.calls == (Read(f"/v23.0/{WABA}/phone_numbers", (("fields", fields), ("limit", "100"))),)
    assert played.result is not None
    assert played.result.numbers == {"1": facts("1")}
    assert profile_of(played.result.profiles["1"]) == profile_of(reply({"data": [SHOWN]}))


@pytest.mark.parametrize(
    "shape",
    [None, "x", [], {}, {"data": []}, {"data": [SHOWN, SHOWN]}, {"data": "x"}, {"data": [7]}, {"id": "7"}, [SHOWN]],
)
def test_what_is_no_profile_in_a_known_form_is_not_taken_for_an_empty_one(shape: Any) -> None:
    played = page(shape)
    assert played.result == RosterPage({"1": facts("1")})


def together(body: Any) -> Played[tuple[Reply | None, ...]]:
    return play(meta().together(READS), reply(body))


def test_a_batch_is_the_replies_to_its_reads() -> None:
    items = [{"code": 200, "body": json.dumps({"data": [SHOWN]})}, {"code": 400, "body": "{}"}]
    played = together(items)
    assert played.calls == (ReadMany("/v23.0", READS),)
    assert played.result is not None
    assert [one.status for one in played.result if one is not None] == [200, 400]
    assert played.result[0] == reply({"data": [SHOWN]})


@pytest.mark.parametrize("item", [None, 7, {}, {"code": "200", "body": "x"}, {"code": 200, "body": None}])
def test_an_item_that_was_not_finished_has_no_reply(item: Any) -> None:
    assert together([item, {"code": 200, "body": "{}"}]).result == (None, Reply(200, {}, b"{}"))


@pytest.mark.parametrize("body", [{}, [], [None], "x", None, [None] * 3])
def test_a_reply_that_does_not_answer_each_read_is_none(body: Any) -> None:
    failure = together(body).failure
    assert failure is not None
    assert failure.kind is FailureKind.GARBAGE


def test_a_list_is_no_reply_to_anything_but_a_batch() -> None:
    assert meta().failure(reply([None])) is not None
    assert PROVIDER.traits.reads_together == 50
