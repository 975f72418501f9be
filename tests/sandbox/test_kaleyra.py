from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest

from reconciler.sandbox.kaleyra import CATEGORIES, FIELDS, INVALID_KEY, QUIRKS
from reconciler.sandbox.world import World

SID = "HXIN1700000071US"
NUMBER = "+919876543210"
FULL: dict[str, Any] = {
    "address": '567, "john", 2nd Phase, Bangalore.',
    "incoming_url": "https://hooks.example/in?key=1",
    "display_image": "https://pictures.example/logo.png",
    "business_description": "Brief description about the Company",
    "business_category": "Hotel and Lodging",
    "website": "http://www.tested.example",
    "contact_email": "a@b.example",
    "about": "Today we tested \N{CROISSANT}",
}
SUCCESS = {"status": 200, "message": "WA Phone number update successfully.", "data": [], "error": {}}
"""As documented."""


@pytest.fixture
def kaleyra(client: httpx.Client) -> httpx.Client:
    """Talk to Kaleyra, with a key that opens everything."""
    del client.headers["Authorization"]
    client.headers["api-key"] = "sesame"
    client.base_url = httpx.URL("https://api.in.kaleyra.io/v1/")
    return client


def write(kaleyra: httpx.Client, sid: str = SID, **fields: Any) -> httpx.Response:
    return kaleyra.put(f"{sid}/whatsapp/number", json={"wa_number": NUMBER, **fields})


def refusal(parameter: str, message: str, code: str = "E413", kind: str = "VALIDATION_ERROR") -> dict[str, Any]:
    return {"error": {"code": code, "type": kind, "parameter": parameter, "message": message, "reference": ""}}


EMPTY_IMAGE = refusal("display_image", "display_image cannot be empty", code="E962")


def kept(world: World, sid: str = SID) -> dict[str, Any]:
    return world.state("kaleyra", f"{sid}/{NUMBER}")


def test_everything_that_is_sent_is_kept_under_its_own_name(kaleyra: httpx.Client, world: World) -> None:
    assert tuple(FULL) == FIELDS
    reply = write(kaleyra, **FULL)
    assert (reply.status_code, list(reply.json().items())) == (200, list(SUCCESS.items()))
    assert kept(world) == FULL


def test_only_what_is_sent_changes(kaleyra: httpx.Client, world: World) -> None:
    write(kaleyra, **FULL)
    assert write(kaleyra, about="New", website="https://new.example").json() == SUCCESS
    assert kept(world) == {**FULL, "about": "New", "website": "https://new.example"}


def test_each_account_and_number_is_one_of_its_own(kaleyra: httpx.Client, world: World) -> None:
    write(kaleyra, about="first")
    write(kaleyra, "HXEU1", about="second")
    write(kaleyra, wa_number="+4930123456", about="third")
    addresses = (f"{SID}/{NUMBER}", f"HXEU1/{NUMBER}", f"{SID}/+4930123456")
    assert [world.state("kaleyra", address) for address in addresses] == [
        {"about": "first"},
        {"about": "second"},
        {"about": "third"},
    ]


def test_the_record_is_seen_and_edited_through_the_controls(kaleyra: httpx.Client, world: World) -> None:
    write(kaleyra, about="ours")
    url = f"https://sandbox.example/_sandbox/numbers/kaleyra/{SID}/{NUMBER}"
    assert kaleyra.get(url).json() == {"about": "ours"}
    assert kaleyra.put(url, json={"about": "theirs"}).json() == {"about": "theirs"} == kept(world)
    write(kaleyra, about="ours")
    assert kept(world) == {"about": "ours"}


def test_nothing_can_be_read(kaleyra: httpx.Client) -> None:
    assert kaleyra.get(f"{SID}/whatsapp/number").status_code == 405
    assert kaleyra.post(f"{SID}/whatsapp/number", json={}).status_code == 405


def test_an_unknown_name_is_ignored(kaleyra: httpx.Client, world: World) -> None:
    """The documentation's own misspellings are none of the API's names."""
    assert write(kaleyra, about="x", business_catregory="Other", incomming_url="https://a.example").json() == SUCCESS
    assert kept(world) == {"about": "x"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"about":"x"}',
        b'{"about":"x","wa_number":""}',
        b'{"about":"x","wa_number":null}',
    ],
)
def test_without_a_number_nothing_is_done(kaleyra: httpx.Client, world: World, body: bytes) -> None:
    reply = kaleyra.put(f"{SID}/whatsapp/number", content=body)
    assert (reply.status_code, reply.json()) == (
        200,
        refusal("wa_number", "wa_number field is required and cannot be empty."),
    )
    assert [entry["address"] for entry in world.journal()] == [""]


@pytest.mark.parametrize(
    "number", ["919876543210", "+0123456789", "+12", "+1234567890123456", "+49 301234", 4930123456]
)
def test_a_number_is_in_e164(kaleyra: httpx.Client, world: World, number: object) -> None:
    reply = write(kaleyra, wa_number=number, about="x")
    assert reply.json() == refusal("wa_number", "wa_number must be a phone number in E164 format.")
    assert [entry["address"] for entry in world.journal()] == [""]


def test_at_least_one_field_is_sent(kaleyra: httpx.Client) -> None:
    assert write(kaleyra).json() == refusal("", "at least one field to update is required.")


@pytest.mark.parametrize("image", ["", None])
def test_an_empty_picture_is_refused(kaleyra: httpx.Client, world: World, image: object) -> None:
    reply = write(kaleyra, about="x", display_image=image)
    assert (reply.status_code, reply.json()) == (200, EMPTY_IMAGE)
    assert kept(world) == {}, "one bad field fails it all"


@pytest.mark.parametrize("name", sorted({*FIELDS} - {"display_image", "business_category"}))
def test_an_empty_text_is_kept_as_it_was_sent(kaleyra: httpx.Client, world: World, name: str) -> None:
    write(kaleyra, **FULL)
    assert write(kaleyra, **{name: ""}).json() == SUCCESS
    assert kept(world) == {**FULL, name: ""}


@pytest.mark.parametrize("category", [*CATEGORIES, "beauty, spa, AND SALON"])
def test_a_category_is_a_whole_name_in_any_case(kaleyra: httpx.Client, world: World, category: str) -> None:
    assert len({*CATEGORIES}) == 17
    assert write(kaleyra, business_category=category).json() == SUCCESS
    assert kept(world) == {"business_category": category}


@pytest.mark.parametrize("name", ["address", "business_description"])
def test_a_text_that_just_fits(kaleyra: httpx.Client, world: World, name: str) -> None:
    text = "\N{CROISSANT}" * 256
    assert write(kaleyra, **{name: text}).json() == SUCCESS
    assert kept(world) == {name: text}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("address", "a" * 257, "address must not have more than 256 characters."),
        ("business_description", "a" * 257, "business_description must not have more than 256 characters."),
        ("business_category", "Hotel", "business_category is not one of the accepted categories."),
        ("business_category", "Beauty, Spa and Salon", "business_category is not one of the accepted categories."),
        ("business_category", "", "business_category is not one of the accepted categories."),
        ("website", "www.example.com", "website must be a URL."),
        ("website", ["https://a.example"], "website must be a string."),
        ("incoming_url", "hooks.example", "incoming_url must be a URL."),
        ("display_image", "logo.png", "display_image must be a URL."),
        ("display_image", ["https://a.example/logo.png"], "display_image must be a string."),
        ("contact_email", "nobody", "contact_email must be an email address."),
        ("about", None, "about must be a string."),
        ("about", 7, "about must be a string."),
    ],
)
def test_a_bad_value_fails_it_all(kaleyra: httpx.Client, world: World, name: str, value: object, message: str) -> None:
    write(kaleyra, **FULL)
    reply = write(kaleyra, **{**FULL, "address": "New", name: value})
    assert (reply.status_code, reply.json()) == (200, refusal(name, message))
    assert kept(world) == FULL


@pytest.mark.parametrize("key", ["", INVALID_KEY])
def test_a_key_that_opens_nothing(kaleyra: httpx.Client, world: World, key: str) -> None:
    kaleyra.headers["api-key"] = key
    for sid in (SID, "SANDBOX400", "SANDBOX502"):
        reply = write(kaleyra, sid, about="x")
        expected = refusal("", "Incorrect SID or API Key.", code="RBC001", kind="AUTHENTICATION_ERROR")
        assert (reply.status_code, reply.json()) == (401, expected)
        assert kept(world, sid) == {}


def test_a_key_is_sent_in_its_header_only(kaleyra: httpx.Client) -> None:
    del kaleyra.headers["api-key"]
    kaleyra.headers["Authorization"] = "Bearer sesame"
    assert write(kaleyra, about="x").status_code == 401


def test_a_sid_has_letters_and_digits_only(kaleyra: httpx.Client, world: World) -> None:
    reply = write(kaleyra, "HX-1", about="x")
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "RBC001")
    assert [entry["address"] for entry in world.journal()] == [""]


def test_an_account_that_says_failure_with_400(kaleyra: httpx.Client, world: World) -> None:
    reply = write(kaleyra, "SANDBOX400", display_image="")
    assert (reply.status_code, reply.json()) == (400, EMPTY_IMAGE)
    reply = write(kaleyra, "SANDBOX400", about="x")
    assert (reply.status_code, reply.json()) == (200, SUCCESS)
    assert kept(world, "SANDBOX400") == {"about": "x"}


@pytest.mark.parametrize(
    ("sid", "kind", "body"),
    [
        ("SANDBOX429", (429, "text/plain"), "Too Many Requests."),
        (
            "SANDBOX500",
            (500, "application/json"),
            refusal("", "Server Error, unable to process your request", code="E13001", kind="SERVER_ERROR"),
        ),
        (
            "SANDBOX502",
            (502, "text/html"),
            "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
        ),
        ("SANDBOX962", (200, "application/json"), {**SUCCESS, **EMPTY_IMAGE}),
    ],
)
def test_an_account_that_does_nothing(
    kaleyra: httpx.Client, world: World, sid: str, kind: tuple[int, str], body: object
) -> None:
    for fields in ({"about": "x"}, {"display_image": ""}):
        reply = write(kaleyra, sid, **fields)
        assert (reply.status_code, reply.headers["Content-Type"].partition(";")[0]) == kind
        assert (reply.text if isinstance(body, str) else reply.json()) == body
    assert kept(world, sid) == {}


@pytest.mark.parametrize(
    ("sid", "status", "text"), [("SANDBOX200", 200, ""), ("SANDBOX202", 202, '{"status":"accepted","data":null}')]
)
def test_an_account_whose_success_is_hard_to_tell(
    kaleyra: httpx.Client, world: World, sid: str, status: int, text: str
) -> None:
    reply = write(kaleyra, sid, about="x")
    assert (reply.status_code, reply.text) == (status, text)
    assert kept(world, sid) == {"about": "x"}
    assert write(kaleyra, sid, display_image="").json()["error"]["code"] == "E962", "what is wrong is refused"


def test_an_account_that_spells_its_success_as_text(kaleyra: httpx.Client, world: World) -> None:
    assert write(kaleyra, "SANDBOX100", about="x").json() == SUCCESS | {"status": "200"}
    assert kept(world, "SANDBOX100") == {"about": "x"}


def test_an_account_that_says_its_code_outside_of_the_error(kaleyra: httpx.Client, world: World) -> None:
    reply = write(kaleyra, "SANDBOX001", about="x")
    assert (reply.status_code, reply.json()["code"], reply.json()["error"]) == (200, "RBC001", {})
    assert kept(world, "SANDBOX001") == {}


def test_an_account_that_swallows_writes(kaleyra: httpx.Client, world: World) -> None:
    assert write(kaleyra, "SANDBOX701", about="x").json() == SUCCESS
    assert kept(world, "SANDBOX701") == {}
    assert write(kaleyra, "SANDBOX701", about=7).json()["error"]["code"] == "E413", "what is wrong is refused"


def test_every_magic_sid_is_memorable() -> None:
    assert all(sid.startswith("SANDBOX") and sid[7:].isdigit() for sid in QUIRKS)


def test_faults_find_a_number_by_its_address(kaleyra: httpx.Client, world: World) -> None:
    here: dict[str, Any] = {"provider": "kaleyra", "address": f"{SID}/{NUMBER}", "times": 1}
    world.faults([{"kind": "reply", "status": 503, **here}, {"kind": "swallow", **here}])
    assert write(kaleyra, "HXEU1", about="x").json() == SUCCESS
    assert write(kaleyra, about="lost").status_code == 503
    assert write(kaleyra, about="swallowed").json() == SUCCESS
    assert kept(world) == {}
    assert write(kaleyra, about="kept").json() == SUCCESS
    assert kept(world) == {"about": "kept"}
    assert [entry["faults"] for entry in world.journal()] == [[], ["reply"], ["swallow"], []]


def test_a_refused_write_uses_no_swallow_up(kaleyra: httpx.Client, world: World) -> None:
    world.faults([{"kind": "swallow", "times": 1}, {"kind": "stale", "times": 1}])
    write(kaleyra, display_image="")
    assert len(world.faults()) == 2
    write(kaleyra, about="x")
    assert world.faults() == [{"kind": "stale", "times": 1}], "there is nobody to hide a write from"


def test_the_journal_tells_what_was_written_and_no_key(kaleyra: httpx.Client, world: World) -> None:
    key = "Axxxx-very-secret"
    kaleyra.headers["api-key"] = key
    write(kaleyra, **FULL)
    [entry] = world.journal()
    assert {name: entry[name] for name in ("path", "credential", "body", "provider", "address", "status")} == {
        "path": f"/v1/{SID}/whatsapp/number",
        "credential": "sha256:" + hashlib.sha256(key.encode()).hexdigest()[:12],
        "body": {"wa_number": NUMBER, **FULL},
        "provider": "kaleyra",
        "address": f"{SID}/{NUMBER}",
        "status": 200,
    }
    assert key not in json.dumps([entry, kept(world)])
