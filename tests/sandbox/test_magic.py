from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from reconciler.sandbox import graph
from reconciler.sandbox.meta_nodes import QUIRKS
from reconciler.sandbox.world import World

ALL = "about,address,description,email,profile_picture_url,websites,vertical"
ORDINARY = "106540352242922"


def profile(phone: str) -> str:
    return f"/v23.0/{phone}/whatsapp_business_profile"


def read(client: httpx.Client, phone: str) -> dict[str, Any]:
    [shown] = client.get(profile(phone), params={"fields": ALL}).json()["data"]
    return dict(shown)


def write(client: httpx.Client, phone: str, **fields: Any) -> httpx.Response:
    return client.post(profile(phone), json={"messaging_product": "whatsapp", **fields})


def error(reply: httpx.Response) -> tuple[int, int, int | None, str]:
    said = reply.json()["error"]
    return reply.status_code, said["code"], said.get("error_subcode"), said["type"]


def answers_everywhere(client: httpx.Client, phone: str) -> list[httpx.Response]:
    webhook = {"webhook_configuration": {"override_callback_uri": ""}}
    return [
        client.get(profile(phone), params={"fields": "about"}),
        client.post(profile(phone), json={"messaging_product": "whatsapp"}),
        client.get(f"/v23.0/{phone}"),
        client.post(f"/v23.0/{phone}", json=webhook),
    ]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("", (401, 190, None)),
        ("Bearer", (401, 190, None)),
        ("Basic c2VzYW1l", (401, 190, None)),
        (f"Bearer {graph.INVALID_TOKEN}", (401, 190, 467)),
        (f"OAuth {graph.EXPIRED_TOKEN}", (401, 190, 463)),
        (f"Bearer {graph.FORBIDDEN_TOKEN}", (403, 200, 1349174)),
    ],
)
def test_a_token_that_opens_nothing(client: httpx.Client, token: str, expected: tuple[int, int, int | None]) -> None:
    client.headers["Authorization"] = token
    for reply in [
        *answers_everywhere(client, ORDINARY),
        client.post("/v23.0/app/uploads"),
        client.get("/v23.0/1/phone_numbers"),
    ]:
        assert error(reply)[:3] == expected


def test_a_token_in_the_query(client: httpx.Client) -> None:
    del client.headers["Authorization"]
    assert client.get(f"/v23.0/{ORDINARY}?access_token=sesame").status_code == 200
    assert error(client.get(f"/v23.0/{ORDINARY}?access_token={graph.EXPIRED_TOKEN}"))[:3] == (401, 190, 463)


def test_an_unknown_object_says_what_was_recorded(client: httpx.Client) -> None:
    """The message, word for word, of October 2024."""
    phone = "100000000000033"
    replies = answers_everywhere(client, phone)
    assert {error(reply) for reply in replies} == {(400, 100, 33, "GraphMethodException")}
    assert replies[0].json()["error"]["message"] == (
        f"Unsupported get request. Object with ID '{phone}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api"
    )
    assert replies[1].json()["error"]["message"].startswith("Unsupported post request.")


def test_an_unknown_object_is_no_account_and_in_none(client: httpx.Client, world: World) -> None:
    world.register("meta", "100000000000033", number="+493012", group="7")
    assert error(client.get("/v23.0/100000000000033/phone_numbers"))[:3] == (400, 100, 33)
    assert client.get("/v23.0/7/phone_numbers").json() == {"data": []}


def test_an_unregistered_number_has_a_node_and_no_profile(client: httpx.Client) -> None:
    phone = "100000000000100"
    for reply in answers_everywhere(client, phone)[:2]:
        assert error(reply)[:2] == (400, 100)
        assert "nonexisting field (whatsapp_business_profile)" in reply.json()["error"]["message"]
    node = client.get(f"/v23.0/{phone}?fields=platform_type,status").json()
    assert (node["platform_type"], node["status"]) == ("NOT_APPLICABLE", "PENDING")


def test_a_number_on_the_business_app(client: httpx.Client) -> None:
    node = client.get("/v23.0/100000000000700?fields=is_on_biz_app,platform_type").json()
    assert (node["is_on_biz_app"], node["platform_type"]) == (True, "CLOUD_API")


def test_a_number_that_is_always_throttled(client: httpx.Client, world: World) -> None:
    world.register("meta", "100000000080008", group="7")
    for reply in answers_everywhere(client, "100000000080008"):
        assert error(reply)[:2] == (400, 80008)
        [use] = json.loads(reply.headers["X-Business-Use-Case-Usage"])["7"]
        assert (use["call_count"], use["estimated_time_to_regain_access"]) == (100, 2)


def test_a_number_whose_app_is_throttled_once(client: httpx.Client) -> None:
    first, *rest = answers_everywhere(client, "100000000000004")
    assert error(first)[:3] == (403, 4, 2446079)
    assert first.json()["error"]["is_transient"] is True
    assert [reply.status_code for reply in rest] == [200, 200, 200]


def test_a_forbidden_number(client: httpx.Client) -> None:
    assert {error(reply)[:2] for reply in answers_everywhere(client, "100000000000010")} == {(403, 10)}


def test_a_number_that_swallows_writes(client: httpx.Client) -> None:
    phone = "100000000000701"
    assert write(client, phone, about="Something else").json() == {"success": True}
    assert read(client, phone)["about"] == "Hey there! I am using WhatsApp."
    assert write(client, phone, about="").status_code == 500, "what is wrong is refused all the same"


def test_a_slow_number_shows_a_write_at_the_third_read(client: httpx.Client) -> None:
    phone = "100000000000702"
    write(client, phone, address="Main Street")
    assert [read(client, phone).get("address") for _ in range(4)] == [None, None, "Main Street", "Main Street"]


def test_a_number_whose_picture_is_never_kept(client: httpx.Client, png: bytes) -> None:
    phone = "100000000000703"
    session = client.post(f"/v23.0/app/uploads?file_length={len(png)}&file_type=image/png").json()["id"]
    handle = client.post(f"/v23.0/{session}", content=png, headers={"file_offset": "0"}).json()["h"]
    assert write(client, phone, profile_picture_handle=handle, about="New").json() == {"success": True}
    assert read(client, phone) == {"about": "New", "vertical": "UNDEFINED", "messaging_product": "whatsapp"}


def test_a_number_that_answers_garbage(client: httpx.Client) -> None:
    for reply in answers_everywhere(client, "100000000000502"):
        assert reply.status_code == 502
        assert reply.text.startswith("<html>")


def test_a_number_whose_profile_is_nested(client: httpx.Client) -> None:
    assert read(client, "100000000000704")["business_profile"]["messaging_product"] == "whatsapp"


def test_every_magic_id_is_memorable() -> None:
    assert all(len(phone) == 15 and phone.startswith("10000000") for phone in QUIRKS)


def test_a_reason_may_stand_only_in_the_texts_for_people(client: httpx.Client) -> None:
    reply = write(client, "100000000000256", description="x")
    said = reply.json()["error"]
    assert error(reply) == (400, 100, None, "OAuthException")
    assert (said["message"], said["error_user_title"]) == ("(#100) Invalid parameter", "Description is too long")
    assert "256 characters" in said["error_user_msg"]
    body = {"messaging_product": "whatsapp", "description": "x"}
    assert client.post(f"{profile('100000000000256')}/", json=body).is_error
    assert "description" not in read(client, "100000000000256")


@pytest.mark.parametrize(
    ("phone", "expected"),
    [("100000000002635", (400, 2635, None)), ("100000000133010", (400, 133010, 2593006))],
)
def test_refusals_that_are_known_by_their_code(
    client: httpx.Client, phone: str, expected: tuple[int, int, int | None]
) -> None:
    assert {error(reply)[:3] for reply in answers_everywhere(client, phone)} == {expected}


# An app that demands a proof of its secret


def proof(secret: str, token: str) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def demanded(reply: httpx.Response) -> str:
    assert error(reply) == (400, 100, None, "GraphMethodException")
    return str(reply.json()["error"]["message"])


DEMAND = "API calls from the server require an appsecret_proof argument"
RIGHT = proof(graph.DEMANDING_APP, graph.DEMANDING_TOKEN)


def test_an_app_that_demands_a_proof_refuses_every_call_without(client: httpx.Client) -> None:
    client.headers["Authorization"] = f"Bearer {graph.DEMANDING_TOKEN}"
    replies = [
        *answers_everywhere(client, ORDINARY),
        client.get("/v23.0/200000000000000/phone_numbers"),
        client.post("/v23.0/app/uploads", params={"file_length": 1, "file_type": "image/png"}),
    ]
    assert {demanded(reply) for reply in replies} == {DEMAND}


def test_the_proof_is_taken_from_the_query_and_from_the_body(client: httpx.Client) -> None:
    client.headers["Authorization"] = f"Bearer {graph.DEMANDING_TOKEN}"
    query = {"appsecret_proof": RIGHT}
    assert client.get(profile(ORDINARY), params={"fields": "about", **query}).status_code == 200
    assert write(client, ORDINARY, about="Hi", **query).json() == {"success": True}
    form = {"messaging_product": "whatsapp", "about": "Ho", **query}
    assert client.post(profile(ORDINARY), data=form).json() == {"success": True}


@pytest.mark.parametrize(
    "wrong",
    [
        *(RIGHT.upper(), RIGHT[:-1], "ö", proof("another secret", graph.DEMANDING_TOKEN)),
        proof(graph.DEMANDING_APP, "another token"),
    ],
)
def test_a_wrong_proof_is_refused(client: httpx.Client, wrong: str) -> None:
    client.headers["Authorization"] = f"Bearer {graph.DEMANDING_TOKEN}"
    reply = client.get(profile(ORDINARY), params={"fields": "about", "appsecret_proof": wrong})
    assert demanded(reply) == "Invalid appsecret_proof provided in the API argument"


@pytest.mark.parametrize("body", [b"\x89PNG", b"[]", b'{"appsecret_proof": 5}', b""])
def test_a_body_without_a_proof_is_none(client: httpx.Client, body: bytes) -> None:
    client.headers["Authorization"] = f"Bearer {graph.DEMANDING_TOKEN}"
    assert demanded(client.post(profile(ORDINARY), content=body)) == DEMAND


def test_the_app_of_any_token_can_be_made_to_demand_one(client: httpx.Client, world: World) -> None:
    token = client.headers["Authorization"].partition(" ")[2]
    world.faults([{"kind": "proof", "provider": "meta", "secret": "hush"}])
    assert demanded(client.get(f"/v23.0/{ORDINARY}")) == DEMAND
    assert client.get(f"/v23.0/{ORDINARY}?appsecret_proof={proof('hush', token)}").status_code == 200


@pytest.mark.parametrize("token", ["sesame", graph.DEMANDING_TOKEN])
def test_a_fault_that_names_no_secret_demands_a_proof_as_well(client: httpx.Client, world: World, token: str) -> None:
    client.headers["Authorization"] = f"Bearer {token}"
    world.faults([{"kind": "proof", "provider": "meta"}])
    assert demanded(client.get(f"/v23.0/{ORDINARY}")) == DEMAND
    right = proof(graph.DEMANDING_APP, token)
    assert client.get(f"/v23.0/{ORDINARY}?appsecret_proof={right}").status_code == 200


def test_no_proof_is_written_down_or_handed_on(client: httpx.Client, world: World) -> None:
    """A link to the next page holds neither token nor proof."""
    for address in ("300000000000001", "300000000000002"):
        client.get(f"/v23.0/{address}")
    query = {"appsecret_proof": RIGHT, "limit": "1"}
    listed = client.get("/v23.0/200000000000000/phone_numbers", params=query).json()
    write(client, ORDINARY, about="Hi", appsecret_proof=RIGHT)
    assert "appsecret_proof" not in listed["paging"]["next"]
    assert RIGHT not in json.dumps(world.journal())
    assert [entry["path"] for entry in world.journal()][2].startswith("/v23.0/200000000000000/phone_numbers?appsec")
