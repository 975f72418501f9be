"""An account's own node, and the list of its numbers as it is filtered and sorted."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from reconciler.sandbox.meta_nodes import QUIRKS
from reconciler.sandbox.world import World

WABA = "114503234599312"
ACCOUNT = f"/v23.0/{WABA}"
NUMBERS = f"{ACCOUNT}/phone_numbers"


def refusal(reply: httpx.Response) -> tuple[int, int, str]:
    error = reply.json()["error"]
    return reply.status_code, error["code"], error["message"]


@pytest.fixture
def fleet(world: World) -> None:
    """Register three numbers in the account, each with its own mode, limit, mark and day of onboarding."""
    rows: tuple[dict[str, Any], ...] = (
        {"account_mode": "LIVE", "messaging_limit_tier": "TIER_1K", "last_onboarded_time": "2026-03-01T00:00:00+0000"},
        {"account_mode": "SANDBOX", "is_official_business_account": True},
        {"account_mode": "LIVE", "last_onboarded_time": "2026-02-01T00:00:00+0000"},
    )
    for at, fields in enumerate(rows, start=1):
        world.register("meta", str(at), group=WABA)
        world.edit("meta", str(at), **fields)


@pytest.mark.usefixtures("fleet")
def test_an_account_shows_its_own_node_and_no_number_of_its_id_appears(client: httpx.Client, world: World) -> None:
    assert client.get(ACCOUNT).json() == {
        "id": WABA,
        "name": "Sandbox Business Account",
        "timezone_id": "138",
        "message_template_namespace": client.get(f"{ACCOUNT}/").json()["message_template_namespace"],
    }
    assert world.state("meta", WABA) == {}
    assert [shown["id"] for shown in client.get(NUMBERS).json()["data"]] == ["1", "2", "3"]


def test_an_account_answers_what_was_recorded(client: httpx.Client) -> None:
    """The fields asked for, in their order, and the two that are absent: recorded in February 2026."""
    asked = "id,name,timezone_id,message_template_namespace,account_review_status,business_verification_status,country"
    reply = client.get(ACCOUNT, params={"fields": f"{asked},ownership_type,primary_business_location"})
    shown = reply.json()
    assert list(shown) == [*asked.split(",")[:-1], "ownership_type"]
    assert (shown["business_verification_status"], shown["ownership_type"]) == ("not_verified", "SELF")
    assert WABA in json.loads(reply.headers["X-Business-Use-Case-Usage"])
    assert list(client.get(ACCOUNT, params={"fields": "name"}).json()) == ["name", "id"]


@pytest.mark.parametrize("first", ["", "/phone_numbers", "?fields=name,timezone_id", "?fields=currency"])
def test_what_is_asked_first_tells_an_account_from_a_number(client: httpx.Client, world: World, first: str) -> None:
    client.get(f"{ACCOUNT}{first}")
    assert ("display_phone_number" in client.get(ACCOUNT).json()) is (first == "")
    assert bool(world.state("meta", WABA)) is (first == "")


@pytest.mark.parametrize("first", ["?fields=name", "/phone_numbers"])
@pytest.mark.parametrize("phone", QUIRKS)
def test_a_magic_id_is_never_an_account(client: httpx.Client, phone: str, first: str) -> None:
    assert client.get(f"/v23.0/{phone}{first}").is_error
    assert "Sandbox Business Account" not in client.get(f"/v23.0/{phone}").text


def test_a_write_makes_no_account_of_a_number(client: httpx.Client) -> None:
    webhook = {"webhook_configuration": {"override_callback_uri": ""}}
    assert client.post(ACCOUNT, params={"fields": "name"}, json=webhook).json() == {"success": True}


def test_a_profile_that_is_asked_for_a_field_of_accounts_is_still_a_numbers(client: httpx.Client) -> None:
    profile = f"{ACCOUNT}/whatsapp_business_profile"
    assert refusal(client.get(profile, params={"fields": "name"}))[2].endswith("nonexisting field (name)")
    assert client.get(profile, params={"fields": "about"}).status_code == 200


def test_the_account_of_every_number_without_one_is_an_account(client: httpx.Client, world: World) -> None:
    assert client.get("/v23.0/200000000000000").json()["name"] == "Sandbox Business Account"
    assert client.get("/v23.0/1?fields=id").json() == {"id": "1"}
    assert world.state("meta", "200000000000000") == {}


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("method", "target", "told"),
    [
        ("GET", f"{ACCOUNT}?fields=display_phone_number", (400, 100, "nonexisting field (display_phone_number)")),
        ("GET", f"{ACCOUNT}/whatsapp_business_profile", (400, 100, "nonexisting field (whatsapp_business_profile)")),
        ("POST", f"{ACCOUNT}/whatsapp_business_profile/", (400, 100, "nonexisting field (whatsapp_business_profile)")),
        ("POST", ACCOUNT, (500, 3, "(#3) Application does not have the capability to make this API call.")),
        ("GET", "/v23.0/1/phone_numbers", (400, 100, "nonexisting field (phone_numbers)")),
    ],
)
def test_an_account_is_no_number_and_a_number_no_account(
    client: httpx.Client, world: World, method: str, target: str, told: tuple[int, int, str]
) -> None:
    client.get("/v23.0/1")
    status, code, message = refusal(client.request(method, target))
    assert (status, code) == told[:2]
    assert message.endswith(told[2])
    assert world.state("meta", WABA) == {}


def condition(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": "EQUAL", "value": value}


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        ([], ["1", "2", "3"]),
        ([condition("account_mode", "LIVE")], ["1", "3"]),
        ([condition("messaging_limit_tier", "TIER_250")], ["2", "3"]),
        ([condition("is_official_business_account", True)], ["2"]),
        ([condition("is_official_business_account", "false")], ["1", "3"]),
        ([condition("account_mode", "LIVE"), condition("messaging_limit_tier", "TIER_1K")], ["1"]),
        ([condition("account_mode", ["LIVE"])], []),
    ],
)
def test_a_listing_is_filtered_as_documented(client: httpx.Client, conditions: list[Any], left: list[str]) -> None:
    listed = client.get(NUMBERS, params={"filtering": json.dumps(conditions), "fields": "id"}).json()
    assert [shown["id"] for shown in listed["data"]] == left


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("creation_time.asc", ["1", "2", "3"]),
        ("creation_time.desc", ["3", "2", "1"]),
        ("last_onboarded_time.asc", ["2", "3", "1"]),
        ("last_onboarded_time.desc", ["1", "3", "2"]),
    ],
)
def test_a_listing_is_sorted_as_documented_over_its_pages(client: httpx.Client, sort: str, order: list[str]) -> None:
    url, met = f"{NUMBERS}?sort={sort}&limit=2&fields=id", []
    while url:
        page = client.get(url).json()
        met += [shown["id"] for shown in page["data"]]
        url = page["paging"].get("next", "")
    assert met == order


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"filtering": "{"}, "Invalid parameter: filtering must be valid JSON"),
        ({"filtering": "{}"}, "(#100) Param filtering must be an array of objects"),
        ({"filtering": "[7]"}, "(#100) Param filtering must be an array of objects"),
        ({"filtering": '[{"field": "status"}]'}, "(#100) Param filtering[0][field] must be one of {account_mode, "),
        ({"filtering": '[{"field": []}]'}, "(#100) Param filtering[0][field] must be one of {account_mode, "),
        (
            {"filtering": '[{"field": "account_mode", "operator": "IN"}]'},
            '(#100) Param filtering[0][operator] must be one of {EQUAL} - got "IN"',
        ),
        (
            {"filtering": '[{"field": "account_mode", "operator": "EQUAL"}]'},
            "(#100) Param filtering[0][value] is required",
        ),
        ({"sort": "name.asc"}, "(#100) Param sort must be one of {creation_time.asc, "),
        ({"sort": ""}, "(#100) Param sort must be one of {creation_time.asc, "),
    ],
)
def test_what_is_not_documented_of_a_listing_is_refused(
    client: httpx.Client, query: dict[str, str], message: str
) -> None:
    status, code, told = refusal(client.get(NUMBERS, params=query))
    assert (status, code) == (400, 100)
    assert told.startswith(message)
