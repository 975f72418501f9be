"""What a Node SDK sent when it was recorded gets the replies that it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox.world import World

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "node_sdk_requests.json").read_text(encoding="utf-8"))
REQUESTS: dict[str, dict[str, Any]] = {request["call"]: request for request in RECORDED["requests"]}
PHONE = "106540352242922"
OTHER = "106540352242923"
WABA = "114503234599312"

PROFILE = {"about": "Hey there! I am using WhatsApp.", "vertical": "UNDEFINED", "messaging_product": "whatsapp"}
NUMBER = {"id": PHONE, "display_phone_number": "+1 631-555-5555", "verified_name": "Sandbox Business"}
ACCOUNT = {"id": WABA, "name": "Sandbox Business Account", "timezone_id": "138"}

NEEDS: dict[str, Any] = {
    "new Client() businessProfile.getBusinessProfile": {"data": [PROFILE]},
    "businessProfile.getBusinessProfile": {"data": [PROFILE]},
    "businessProfile.getBusinessProfile without fields": {"data": [{"messaging_product": "whatsapp"}]},
    "businessProfile.updateBusinessProfile": {"success": True},
    "phoneNumbers.getPhoneNumber": NUMBER,
    "phoneNumbers.getPhoneNumber with fields": {
        **NUMBER,
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "webhook_configuration": {"application": "https://app.example.com/webhook"},
    },
    "phoneNumbers.getPhoneNumber with an edge": {"id": PHONE, "whatsapp_business_profile": PROFILE},
    "phoneNumbers.listPhoneNumbers": {"data": [NUMBER, {"id": OTHER}], "paging": {"cursors": {}}},
    "phoneNumbers.listPhoneNumbers sorted and filtered": {
        "data": [{"id": OTHER, "is_official_business_account": False}, {"id": PHONE}]
    },
    "phoneNumbers.updatePhoneNumber": {"error": {"code": 3}},
    "whatsappBusinessAccount.get": ACCOUNT,
    "whatsappBusinessAccount.get with fields": ACCOUNT,
    "media.upload": {"error": {"code": 100, "error_subcode": 33}},
    "subscribedApps.listSubscriptions": {"error": {"code": 100}},
}
"""Of each reply, what the SDK's types promise to those who call it; of a refusal, its code."""


@pytest.fixture
def client(client: httpx.Client, world: World) -> httpx.Client:
    """Give a client of the account that the SDK was recorded with."""
    for address, number in ((PHONE, "+16315555555"), (OTHER, "+16315555556")):
        world.register("meta", address, number=number, group=WABA)
    client.headers.clear()
    return client


def replay(client: httpx.Client, recorded: dict[str, Any]) -> httpx.Response:
    """Send a recorded request as it was sent."""
    method, target, _ = recorded["request_line"].split(" ")
    headers = {**RECORDED["headers"], **recorded.get("headers", {})}
    request = client.build_request(method, target, headers=headers, content=recorded.get("body", "").encode())
    assert request.url.raw_path.decode() == target
    return client.send(request)


def lacks(needed: Any, found: Any, *, at: str = "") -> list[str]:
    """List the places where what is found has not what is needed."""
    if isinstance(needed, dict) and isinstance(found, dict):
        return [gap for name, value in needed.items() for gap in lacks(value, found.get(name), at=f"{at}/{name}")]
    if isinstance(needed, list) and isinstance(found, list) and len(needed) == len(found):
        return [gap for i, value in enumerate(needed) for gap in lacks(value, found[i], at=f"{at}/{i}")]
    return [] if needed == found else [f"{at}: {found!r}"]


@pytest.mark.parametrize("call", REQUESTS)
def test_a_recorded_call_gets_what_it_needs(client: httpx.Client, call: str) -> None:
    reply = replay(client, REQUESTS[call])
    assert reply.headers["content-type"].startswith("application/json")
    assert (reply.status_code >= 400) is ("error" in NEEDS[call])
    assert lacks(NEEDS[call], reply.json()) == []


def test_a_recorded_write_is_read_back(client: httpx.Client) -> None:
    replay(client, REQUESTS["businessProfile.updateBusinessProfile"])
    sent = json.loads(REQUESTS["businessProfile.updateBusinessProfile"]["body"])
    [shown] = replay(client, REQUESTS["businessProfile.getBusinessProfile"]).json()["data"]
    assert shown == {**sent, "websites": ["https://bakery.example/", "https://shop.bakery.example/a"]}
