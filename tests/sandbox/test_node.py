from __future__ import annotations

import base64
import json
import re
from typing import Any

import httpx
import pytest

from reconciler.sandbox.meta_nodes import display
from reconciler.sandbox.world import Number, World

PHONE = "106540352242922"
NODE = f"/v23.0/{PHONE}"
WABA = "114503234599312"


def read(client: httpx.Client, fields: str = "") -> dict[str, Any]:
    reply = client.get(NODE, params={"fields": fields} if fields else {})
    assert reply.status_code == 200, reply.text
    assert isinstance(reply.json(), dict)
    return dict(reply.json())


def set_webhook(client: httpx.Client, **configuration: Any) -> httpx.Response:
    return client.post(NODE, json={"webhook_configuration": configuration})


def webhooks(client: httpx.Client) -> dict[str, str]:
    return dict(read(client, "webhook_configuration")["webhook_configuration"])


def test_a_node_shows_its_default_fields(client: httpx.Client, world: World) -> None:
    world.register("meta", PHONE, number="+16315555555")
    assert read(client) == {
        "id": PHONE,
        "display_phone_number": "+1 631-555-5555",
        "verified_name": "Sandbox Business",
        "quality_rating": "GREEN",
    }


def test_a_node_shows_what_is_asked_for_and_its_id(client: httpx.Client) -> None:
    shown = read(client, "is_on_biz_app,platform_type,status,username,country_code")
    assert list(shown.items()) == [
        ("is_on_biz_app", False),
        ("platform_type", "CLOUD_API"),
        ("status", "CONNECTED"),
        ("id", PHONE),
    ]


def test_a_node_shows_what_was_recorded(client: httpx.Client, world: World) -> None:
    """Byte for byte a reply that was recorded in October 2024; a certificate was asked for and is absent."""
    world.register("meta", "107878721936019", number="+15550934873", verified_name="Test Number")
    client.get("/v23.0/107878721936019")
    world.edit("meta", "107878721936019", account_mode="SANDBOX", code_verification_status="NOT_VERIFIED")
    world.edit("meta", "107878721936019", name_status="AVAILABLE_WITHOUT_REVIEW", status="DISCONNECTED")
    fields = (
        "id,is_official_business_account,display_phone_number,verified_name,account_mode,quality_rating,certificate,"
        "code_verification_status,eligibility_for_api_business_global_search,is_pin_enabled,name_status,"
        "new_name_status,status,search_visibility,messaging_limit_tier"
    )
    assert client.get("/v23.0/107878721936019", params={"fields": fields}).text == (
        '{"id":"107878721936019","is_official_business_account":false,"display_phone_number":"+1 555-093-4873",'
        '"verified_name":"Test Number","account_mode":"SANDBOX","quality_rating":"GREEN",'
        '"code_verification_status":"NOT_VERIFIED",'
        '"eligibility_for_api_business_global_search":"NON_ELIGIBLE_VERIFIED_LEVEL","is_pin_enabled":true,'
        '"name_status":"AVAILABLE_WITHOUT_REVIEW","new_name_status":"NONE","status":"DISCONNECTED",'
        '"search_visibility":"NON_VISIBLE","messaging_limit_tier":"TIER_250"}'
    )


def test_a_field_that_meta_documents_is_absent_until_it_has_a_value(client: httpx.Client, world: World) -> None:
    fields = (
        "conversational_automation,throughput,quality_score,health_status,last_onboarded_time,is_preverified_number,"
        "new_certificate,new_display_name,whatsapp_business_manager_messaging_limit"
    )
    assert read(client, fields) == {"throughput": {"level": "STANDARD"}, "id": PHONE}
    world.edit("meta", PHONE, quality_score={"score": "GREEN"}, is_preverified_number=True)
    assert list(read(client, fields)) == ["throughput", "quality_score", "is_preverified_number", "id"]


@pytest.mark.parametrize("fields", ["moustache", "id,beard"])
def test_what_a_node_does_not_have_is_refused(client: httpx.Client, fields: str) -> None:
    error = client.get(NODE, params={"fields": fields}).json()["error"]
    assert error["code"] == 100
    assert re.search(r"nonexisting field \((moustache|beard)\)", error["message"])


@pytest.mark.parametrize(
    "number", ["+493012345678", "+16315555555", "+35312345678", "+79161234567", "+4712", "+1", "+49"]
)
def test_a_displayed_number_has_the_digits_of_the_number(number: str) -> None:
    assert "+" + re.sub(r"\D", "", display(number)) == number
    assert display("+493012345678") == "+49 30 12345678"


@pytest.mark.parametrize("number", ["+526641633345", "+5216641633345"])
def test_a_mexican_number_is_displayed_as_whatsapp_has_it(number: str) -> None:
    assert display(number) == "+52 1 664 163 3345"


def test_a_number_without_a_number_displays_none(client: httpx.Client, world: World) -> None:
    read(client)
    world.edit("meta", PHONE, number=None, group=None)
    assert "display_phone_number" not in read(client)


def test_a_webhook_is_shown_only_while_it_is_set(client: httpx.Client, world: World) -> None:
    application = {"application": "https://app.example.com/webhook"}
    assert webhooks(client) == application
    assert set_webhook(client, override_callback_uri="https://h.example/in", verify_token="sesame-open").json() == {
        "success": True
    }
    assert webhooks(client) == {"phone_number": "https://h.example/in", **application}
    assert set_webhook(client, override_callback_uri="").json() == {"success": True}
    assert webhooks(client) == application
    assert not {"webhook", "webhook_verify_token"} & set(world.state("meta", PHONE))


def test_a_wabas_webhook_is_shown_when_there_is_one(client: httpx.Client, world: World) -> None:
    read(client)
    world.edit("meta", PHONE, webhook_account="https://w.example/in")
    assert list(webhooks(client)) == ["whatsapp_business_account", "application"]


def test_a_verify_token_is_never_shown_and_never_kept(client: httpx.Client, world: World) -> None:
    set_webhook(client, override_callback_uri="https://h.example/in", verify_token="sesame-open")
    assert "sesame-open" not in json.dumps(
        [world.state("meta", PHONE), world.journal(), read(client, "webhook_configuration")]
    )
    first = world.state("meta", PHONE)["webhook_verify_token"]
    set_webhook(client, override_callback_uri="https://h.example/in", verify_token="another")
    assert world.state("meta", PHONE)["webhook_verify_token"] != first


def test_a_form_carries_the_configuration_as_json(client: httpx.Client, world: World) -> None:
    wanted = json.dumps({"override_callback_uri": "https://h.example/in", "verify_token": "sesame-open"})
    assert client.post(NODE, data={"webhook_configuration": wanted, "x": "{no json"}).json() == {"success": True}
    assert webhooks(client)["phone_number"] == "https://h.example/in"
    assert "sesame-open" not in json.dumps(world.journal())


@pytest.mark.parametrize("way", ["json", "params", "data", "files"])
def test_a_webhook_is_set_in_every_way(client: httpx.Client, world: World, way: str) -> None:
    wanted = {"override_callback_uri": "https://h.example/in", "verify_token": "sesame-open"}
    sent: Any = {"webhook_configuration": wanted if way == "json" else json.dumps(wanted)}
    if way == "files":
        sent = {name: (None, value) for name, value in sent.items()}
    assert client.post(f"{NODE}/", **{way: sent}).json() == {"success": True}
    assert webhooks(client)["phone_number"] == "https://h.example/in"
    assert "sesame-open" not in json.dumps(world.journal())


@pytest.mark.parametrize(
    "setting",
    [
        {"connection_status": "CONNECTED"},
        {"webhook_url": "https://h.example/in"},
        {"whatsapp_business_api_data": {"pin": "123456"}},
        {"pin": "123456"},
        {"search_visibility": "HIDDEN"},
        {"new_display_name": "Bakery", "messaging_product": "whatsapp"},
        {"username": "bakery"},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_a_setting_that_is_not_imitated_is_refused_and_nothing_is_done(
    client: httpx.Client, setting: dict[str, Any]
) -> None:
    """Also beside a webhook: a client must never believe that the setting was taken."""
    webhook = {"webhook_configuration": {"override_callback_uri": "https://h.example/in"}}
    for body in (setting, {**webhook, **setting}):
        reply = client.post(NODE, json=body)
        assert (reply.status_code, reply.json()["error"]["code"]) == (500, 3)
        assert reply.json()["error"]["message"].startswith("(#3) Application does not have the capability")
    assert "phone_number" not in webhooks(client)


@pytest.mark.parametrize(
    "configuration",
    [
        None,
        7,
        "{no json",
        {},
        {"override_callback_uri": None},
        {"override_callback_uri": "http://h.example/in"},
        {"override_callback_uri": "https://"},
        {"override_callback_uri": "https://h.example/" + "a" * 183},
    ],
)
def test_a_webhook_that_does_not_fit_is_refused(client: httpx.Client, configuration: Any) -> None:
    reply = client.post(NODE, json={"webhook_configuration": configuration})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)
    assert "phone_number" not in webhooks(client)


def test_the_longest_webhook_fits(client: httpx.Client) -> None:
    longest = "https://h.example/" + "a" * 182
    assert set_webhook(client, override_callback_uri=longest).json() == {"success": True}
    assert webhooks(client)["phone_number"] == longest


def fill(world: World, count: int) -> list[str]:
    addresses = [str(3000000 + i) for i in range(count)]
    for i, address in enumerate(addresses):
        number = Number("meta", address, f"+4930{1000 + i}", WABA)
        world.register(number.provider, number.address, number=number.number, group=number.group)
    return addresses


def test_a_waba_lists_its_numbers(client: httpx.Client, world: World) -> None:
    fill(world, 1)
    world.register("meta", "5", number="+493099", group="another")
    reply = client.get(f"/v23.0/{WABA}/phone_numbers")
    assert reply.json()["data"] == [
        {
            "id": "3000000",
            "display_phone_number": "+49 30 1000",
            "verified_name": "Sandbox Business",
            "status": "CONNECTED",
            "quality_rating": "GREEN",
        }
    ]
    assert WABA in json.loads(reply.headers["X-Business-Use-Case-Usage"])
    assert "next" not in reply.json()["paging"]
    assert "previous" not in reply.json()["paging"]


def test_an_empty_waba_lists_nothing(client: httpx.Client) -> None:
    assert client.get(f"/v23.0/{WABA}/phone_numbers").json() == {"data": []}


def test_following_next_meets_every_number_once(client: httpx.Client, world: World) -> None:
    addresses = fill(world, 57)
    met: list[str] = []
    sizes: list[int] = []
    url = f"/v23.0/{WABA}/phone_numbers?fields=id,is_on_biz_app"
    while url:
        page = client.get(url).json()
        assert all(set(shown) == {"id", "is_on_biz_app"} for shown in page["data"])
        met += [shown["id"] for shown in page["data"]]
        sizes.append(len(page["data"]))
        url = page["paging"].get("next", "")
        assert not url or url.startswith("https://graph.facebook.com/v23.0/"), "next is a full URL"
    assert (met, sizes) == (addresses, [25, 25, 7])


def test_previous_leads_back(client: httpx.Client, world: World) -> None:
    addresses = fill(world, 5)
    second = client.get(client.get(f"/v23.0/{WABA}/phone_numbers?limit=2").json()["paging"]["next"]).json()
    assert [shown["id"] for shown in second["data"]] == addresses[2:4]
    back = client.get(second["paging"]["previous"]).json()
    assert [shown["id"] for shown in back["data"]] == addresses[:2]
    assert base64.b64decode(back["paging"]["cursors"]["after"]).decode() == addresses[1]


def test_links_do_not_repeat_a_token(client: httpx.Client, world: World) -> None:
    fill(world, 2)
    url = f"/v23.0/{WABA}/phone_numbers?limit=1&access_token=sesame-open"
    assert "sesame-open" not in client.get(url).text


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "after=!", "after=Nw==", "before=_"],
)
def test_a_listing_that_cannot_be_made_is_refused(client: httpx.Client, world: World, query: str) -> None:
    fill(world, 1)
    reply = client.get(f"/v23.0/{WABA}/phone_numbers?{query}")
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)


def test_numbers_without_a_waba_are_in_the_default_one(client: httpx.Client, world: World) -> None:
    world.register("meta", "1", number="+493012")
    client.get("/v23.0/2")
    listed = client.get("/v23.0/200000000000000/phone_numbers?limit=100").json()["data"]
    assert {shown["id"] for shown in listed} == {"1", "2"}
