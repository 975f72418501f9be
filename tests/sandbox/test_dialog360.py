"""360dialog as it answers ordinary keys; its magic keys are in test_dialog360_keys.py."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from reconciler.sandbox.application import create_app
from reconciler.sandbox.world import Number, World

KEY = "sandbox-493012345678"
ADDRESS = "+493012345678"
PROFILE = "/whatsapp_business_profile"
WEBHOOK = "/v1/configs/webhook"
ALL = "about,address,description,email,profile_picture_url,websites,vertical"
DEFAULT_ABOUT = "Hey there! I am using WhatsApp."
Mount = Callable[[Starlette], httpx.Client]


@pytest.fixture
def client(app: Starlette, mount: Mount) -> Iterator[httpx.Client]:
    """Make a client that talks to 360dialog with one number's key."""
    with mount(app) as made:
        made.base_url = httpx.URL("https://waba-v2.360dialog.io")
        del made.headers["Authorization"]
        made.headers["D360-API-KEY"] = KEY
        yield made


def read(client: httpx.Client, fields: str = ALL) -> dict[str, Any]:
    reply = client.get(PROFILE, params={"fields": fields})
    assert reply.status_code == 200, reply.text
    [profile] = reply.json()["data"]
    return dict(profile)


def write(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post(PROFILE, json={"messaging_product": "whatsapp"} | fields)


def refusal(text: str, *details: str, status: int = 400) -> dict[str, Any]:
    told = {"success": False, "http_code": status, "developer_message": text, "details": list(details)}
    return {"meta": told}


# -- the profile ------------------------------------------------------------------------------------------------------


def test_an_untouched_number_shows_its_default_about_and_no_industry(client: httpx.Client, world: World) -> None:
    reply = client.get(PROFILE, params={"fields": ALL})
    shown = {"about": DEFAULT_ABOUT, "vertical": "UNDEFINED", "messaging_product": "whatsapp"}
    assert (reply.status_code, reply.json()) == (200, {"data": [shown]})
    assert world.state("360dialog", ADDRESS) == {"about": DEFAULT_ABOUT, "number": ADDRESS}


def test_a_written_profile_is_read_back_as_graph_shows_it(client: httpx.Client, world: World) -> None:
    sent = {
        "about": "A very cool business",
        "address": "123, Main Street",
        "description": "This is a description",
        "email": "testing@gmail.com",
        "websites": ["https://www.google.com"],
        "vertical": "EDU",
    }
    written = write(client, **sent)
    assert (written.status_code, written.text) == (200, '{"success":true}')
    assert client.get(PROFILE, params={"fields": ALL}).text == (
        r'{"data":[{"about":"A very cool business","address":"123, Main Street",'
        r'"description":"This is a description","email":"testing\u0040gmail.com",'
        r'"websites":["https:\/\/www.google.com\/"],"vertical":"EDU","messaging_product":"whatsapp"}]}'
    )
    assert world.state("360dialog", ADDRESS) == {"number": ADDRESS, **sent}


def test_a_write_changes_what_it_names_and_clears_what_is_empty(client: httpx.Client) -> None:
    write(client, description="Bread", email="a@b.example", websites=["https://e.example/"])
    assert write(client, description="Rolls", email="", websites=[]).json() == {"success": True}
    assert read(client) == {
        "about": DEFAULT_ABOUT,
        "description": "Rolls",
        "vertical": "UNDEFINED",
        "messaging_product": "whatsapp",
    }


def test_only_the_fields_asked_for_are_shown(client: httpx.Client) -> None:
    assert read(client, "vertical") == {"vertical": "UNDEFINED", "messaging_product": "whatsapp"}
    assert client.get(PROFILE).json() == {"data": [{"messaging_product": "whatsapp"}]}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"messaging_product": "pigeon"}, 400, "(#100) The parameter messaging_product is required and must be whats"),
        ({"about": ""}, 500, "(#131000) Something went wrong"),
        ({"about": "a" * 140}, 400, "(#100) Param about must be a maximum of 139 characters"),
        ({"description": "a" * 513}, 400, "(#100) Param description must be a maximum of 512 characters"),
        ({"websites": ["e.example"]}, 400, "(#100) Param websites[0] must be a valid URL that starts with http"),
        ({"vertical": ""}, 400, "(#100) Param vertical must be one of {OTHER, AUTO, "),
        ({"vertical": "UNDEFINED"}, 400, "(#100) Param vertical must be one of {OTHER, AUTO, "),
    ],
)
def test_what_graph_refuses_is_passed_through(
    client: httpx.Client, world: World, body: dict[str, Any], status: int, message: str
) -> None:
    reply = write(client, address="Elsewhere", **body)
    error = reply.json()["error"]
    assert (reply.status_code, error.pop("message")[: len(message)]) == (status, message)
    assert error.pop("fbtrace_id").startswith("A")
    assert error == {"type": "OAuthException", "code": {400: 100, 500: 131000}[status]}
    assert world.state("360dialog", ADDRESS) == {"about": DEFAULT_ABOUT, "number": ADDRESS}, "nothing was changed"


def test_an_unknown_field_is_refused_by_graph(client: httpx.Client) -> None:
    reply = client.get(PROFILE, params={"fields": "moustache"})
    error = reply.json()["error"]
    assert (reply.status_code, error["message"]) == (400, "(#100) Tried accessing nonexisting field (moustache)")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_object_is_refused_by_graph(client: httpx.Client, body: bytes) -> None:
    reply = client.post(PROFILE, content=body, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)


def test_graphs_own_headers_are_not_passed_through(client: httpx.Client) -> None:
    for reply in (client.get(PROFILE, params={"fields": "about"}), write(client, vertical="")):
        assert set(reply.headers) == {"content-length", "content-type"}
        assert reply.headers["Content-Type"] == "application/json"


def test_each_key_is_a_number_of_its_own(client: httpx.Client, world: World) -> None:
    write(client, about="One")
    client.headers["D360-API-KEY"] = "sandbox-493000000000"
    assert read(client, "about")["about"] == DEFAULT_ABOUT
    assert world.state("360dialog", ADDRESS)["about"] == "One"


def test_a_registered_number_keeps_what_was_registered(path: Path, world: World, mount: Mount) -> None:
    app = create_app(path, numbers=[Number("360dialog", ADDRESS, ADDRESS, "bakery")])
    client = mount(app)
    client.headers["D360-API-KEY"] = KEY
    assert read(client, "about")["about"] == DEFAULT_ABOUT
    assert world.state("360dialog", ADDRESS) == {"about": DEFAULT_ABOUT, "number": ADDRESS, "group": "bakery"}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"/106540352242922{PROFILE}", 404),
        (f"{PROFILE}/", 404),
        (f"{WEBHOOK}/", 404),
        ("/uploads", 405),
        (f"/v23.0/106540352242922{PROFILE}", 401),
    ],
)
def test_a_path_has_neither_version_nor_id_nor_a_slash_too_many(client: httpx.Client, target: str, status: int) -> None:
    """With a version it is Meta's, which knows no such key."""
    assert client.get(target).status_code == status


# -- pictures ---------------------------------------------------------------------------------------------------------


def opened(client: httpx.Client, length: int) -> str:
    reply = client.post("/uploads", params={"file_length": str(length), "file_type": "image/png"})
    assert list(reply.json()) == ["id"], reply.text
    return f"/{reply.json()['id']}"


def send(client: httpx.Client, session: str, content: bytes, *, offset: int = 0, **headers: str) -> httpx.Response:
    return client.post(session, content=content, headers={"file_offset": str(offset), **headers})


def test_a_picture_is_uploaded_set_and_served(client: httpx.Client, world: World, png: bytes) -> None:
    session = opened(client, len(png))
    assert session.startswith("/upload:MT")
    assert "?sig=" in session, "the id carries a query of its own"
    uploaded = send(client, session, png).json()
    assert list(uploaded) == ["h"]
    assert uploaded["h"].startswith("4::aW")
    assert write(client, profile_picture_handle=uploaded["h"]).json() == {"success": True}
    urls = [read(client, "profile_picture_url")["profile_picture_url"] for _ in range(2)]
    assert urls[0] != urls[1]
    assert all(url.startswith("https://pps.whatsapp.net/v/t61.24694-24/") for url in urls)
    served = [client.get(url, headers={"D360-API-KEY": ""}) for url in urls]
    assert [reply.headers["Content-Type"] for reply in served] == ["image/jpeg"] * 2
    assert served[0].content == served[1].content != png
    assert world.state("360dialog", ADDRESS)["picture"].endswith("_n.jpg")


def test_a_handle_works_for_every_key(client: httpx.Client, world: World, png: bytes) -> None:
    handle = send(client, opened(client, len(png)), png).json()["h"]
    client.headers["D360-API-KEY"] = "sandbox-493000000000"
    assert write(client, profile_picture_handle=handle).json() == {"success": True}
    assert "picture" in world.state("360dialog", "+493000000000")
    assert "picture" not in world.state("360dialog", ADDRESS)


def test_over_plain_http_a_picture_is_on_the_same_origin(client: httpx.Client, png: bytes) -> None:
    write(client, profile_picture_handle=send(client, opened(client, len(png)), png).json()["h"])
    client.base_url = httpx.URL("http://127.0.0.1:8080")
    url = read(client, "profile_picture_url")["profile_picture_url"]
    assert url.startswith("http://127.0.0.1:8080/v/t61.24694-24/")
    assert client.get(url).status_code == 200


def test_an_upload_that_was_cut_is_resumed(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "upload_cut", "bytes": 4, "times": 1, "address": ADDRESS}])
    session = opened(client, 6)
    cut = send(client, session, b"abcdef")
    assert (cut.status_code, cut.json()["error"]["code"]) == (500, 2)
    assert client.get(session).json() == {"id": session.removeprefix("/"), "file_offset": 4}
    assert send(client, session, b"ef").json()["error"]["code"] == 100, "the offset is where the session stands"
    assert send(client, session, b"ef", offset=4).json()["h"]


def test_a_file_name_is_welcome(client: httpx.Client) -> None:
    assert client.post("/uploads?file_length=3&file_type=image/png&file_name=p.png").json()["id"]


@pytest.mark.parametrize(
    "query", ["", "file_length=3", "file_length=x&file_type=image/png", "file_length=3&file_type=a"]
)
def test_a_session_needs_a_length_and_a_type(client: httpx.Client, query: str) -> None:
    reply = client.post(f"/uploads?{query}")
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)


def test_an_unknown_session_is_refused_by_graph(client: httpx.Client) -> None:
    for reply in (send(client, "/upload:x?sig=y", b"abc"), client.get("/upload:x?sig=y")):
        assert (reply.status_code, reply.json()["error"]["error_subcode"]) == (400, 33)


def test_an_upload_carries_no_authorization(client: httpx.Client) -> None:
    session = opened(client, 3)
    replies = [
        client.post("/uploads?file_length=3&file_type=image/png", headers={"Authorization": "OAuth sesame"}),
        send(client, session, b"abc", Authorization="OAuth sesame"),
        client.get(session, headers={"Authorization": f"Bearer {KEY}"}),
    ]
    for reply in replies:
        error = reply.json()["error"]
        assert error.pop("fbtrace_id")
        assert (reply.status_code, error) == (
            401,
            {"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190},
        )
    assert client.get(session).json()["file_offset"] == 0
    assert client.get(PROFILE, headers={"Authorization": "Bearer x"}).status_code == 200, "elsewhere it does not matter"


# -- the webhook ------------------------------------------------------------------------------------------------------


def test_a_webhook_is_set_and_read_with_its_headers_in_clear(client: httpx.Client, world: World) -> None:
    hook = {"url": "https://hook.example.com/in_box:1?a=b", "headers": {"Authorization": "Basic open-sesame"}}
    for reply in (client.post(WEBHOOK, json=hook), client.get(WEBHOOK)):
        assert (reply.status_code, reply.json()) == (200, hook)
    assert world.state("360dialog", ADDRESS) == {
        "about": DEFAULT_ABOUT,
        "number": ADDRESS,
        "webhook": hook["url"],
        "webhook_headers": hook["headers"],
    }


def test_a_webhook_takes_the_place_of_the_older_one_and_of_its_headers(client: httpx.Client, world: World) -> None:
    client.post(WEBHOOK, json={"url": "https://one.example.com", "headers": {"X-Key": "sesame"}})
    two = {"url": "https://two.example.com", "headers": {}}
    assert client.post(WEBHOOK, json={"url": two["url"]}).json() == two == client.get(WEBHOOK).json()
    assert "webhook_headers" not in world.state("360dialog", ADDRESS)


def test_a_webhook_that_is_not_set_is_an_empty_object(client: httpx.Client) -> None:
    reply = client.get(WEBHOOK)
    assert (reply.status_code, reply.json()) == (200, {})


def test_a_webhook_edited_behind_the_tools_back_is_read(client: httpx.Client, world: World) -> None:
    world.edit("360dialog", ADDRESS, webhook="https://edited.example.com")
    assert client.get(WEBHOOK).json() == {"url": "https://edited.example.com", "headers": {}}


INVALID_URL, NO_HTTPS = "Invalid webhook URL", "url must be an https URL"
NO_UNDERSCORE = "an underscore in the host is not supported"


@pytest.mark.parametrize(
    ("body", "message", "detail"),
    [
        ({}, INVALID_URL, NO_HTTPS),
        ({"url": None}, INVALID_URL, NO_HTTPS),
        ({"url": ""}, INVALID_URL, NO_HTTPS),
        ({"url": "http://hook.example.com"}, INVALID_URL, NO_HTTPS),
        ({"url": "https:///path"}, INVALID_URL, NO_HTTPS),
        ({"url": "https://user@/path"}, INVALID_URL, NO_HTTPS),
        ({"url": "https://hook.example.com/a b"}, INVALID_URL, NO_HTTPS),
        ({"url": "https://your_webhook.example.com"}, INVALID_URL, NO_UNDERSCORE),
        ({"url": "https://user:pass@a_b.example.com?q"}, INVALID_URL, NO_UNDERSCORE),
        ({"url": "https://hook.example.com:3000/x"}, INVALID_URL, "a port is not supported"),
        ({"headers": "X-Key: sesame"}, "Invalid webhook headers", "headers must be an object of strings"),
        ({"headers": {"X-Key": 7}}, "Invalid webhook headers", "headers must be an object of strings"),
        ({"headers": None}, "Invalid webhook headers", "headers must be an object of strings"),
        ([], "Invalid request body", "the body must be a JSON object"),
    ],
)
def test_a_wrong_webhook_is_refused_in_360dialogs_own_shape(
    client: httpx.Client, world: World, body: Any, message: str, detail: str
) -> None:
    before = {"url": "https://one.example.com", "headers": {"X-Key": "sesame"}}
    client.post(WEBHOOK, json=before)
    if isinstance(body, dict) and "headers" in body:
        body = {"url": "https://two.example.com", **body}
    reply = client.post(WEBHOOK, json=body)
    assert (reply.status_code, reply.json()) == (400, refusal(message, detail))
    assert client.get(WEBHOOK).json() == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"url=https://hook.example.com"])
def test_a_webhook_is_json(client: httpx.Client, body: bytes) -> None:
    reply = client.post(WEBHOOK, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (reply.status_code, reply.json()) == (
        400,
        refusal("Invalid request body", "the body must be a JSON object"),
    )


@pytest.mark.parametrize("url", ["https://hook.example.com", "HTTPS://u:p@hook.example.com/a_b?c:1", "https://h?q"])
def test_a_webhook_may_be_any_https_url_else(client: httpx.Client, url: str) -> None:
    assert client.post(WEBHOOK, json={"url": url}).json() == {"url": url, "headers": {}}


# -- which number a key opens ------------------------------------------------------------------------------------------

HEALTH = "/health_status"
ASKED = "id,display_phone_number,is_on_biz_app"


def health(client: httpx.Client, fields: str = "", *, word: str = "") -> httpx.Response:
    key = f"sandbox-{word}-493012345678" if word else KEY
    return client.get(HEALTH, params={"fields": fields} if fields else {}, headers={"D360-API-KEY": key})


def test_the_health_status_names_the_number_that_the_key_opens(client: httpx.Client) -> None:
    plain = health(client).json()["health_status"]
    ids = {one["entity_type"]: one["id"] for one in plain["entities"]}
    assert set(ids) == {"PHONE_NUMBER", "WABA"}
    assert re.fullmatch("1[0-9]{14}", ids["PHONE_NUMBER"])
    shown = health(client, ASKED)
    number = {"id": ids["PHONE_NUMBER"], "display_phone_number": "+49 30 12345678", "is_on_biz_app": False}
    assert (shown.status_code, shown.json()) == (200, number)
    assert health(client, "id").json() == {"id": ids["PHONE_NUMBER"]}


def test_another_key_opens_a_number_with_another_id(client: httpx.Client, world: World) -> None:
    one = health(client, "id").json()
    client.headers["D360-API-KEY"] = other = "sandbox-494012345678"
    assert client.get(HEALTH, params={"fields": "id"}).json() != one
    world.edit("360dialog", f"+{other[8:]}", phone_number_id="106540352242922", is_on_biz_app=True)
    assert client.get(HEALTH, params={"fields": ASKED}).json() == {
        "id": "106540352242922",
        "display_phone_number": "+49 40 12345678",
        "is_on_biz_app": True,
    }


def test_a_key_without_a_number_in_it_opens_one_that_shows_none(client: httpx.Client) -> None:
    client.headers["D360-API-KEY"] = "aBcDeF_AK"
    assert set(client.get(HEALTH, params={"fields": ASKED}).json()) == {"id", "is_on_biz_app"}


@pytest.mark.parametrize(
    ("word", "fields", "status"),
    [
        *(("", "about", 400), ("id-only", ASKED, 400), ("id-only", "id", 200), ("id-only", "", 200)),
        *(("plain-health", ASKED, 400), ("plain-health", "id", 400), ("plain-health", "", 200)),
        *(("no-health", ASKED, 403), ("no-health", "id", 403), ("no-health", "", 403)),
    ],
)
def test_what_the_health_status_does_not_tell_is_refused(
    client: httpx.Client, word: str, fields: str, status: int
) -> None:
    assert health(client, fields, word=word).status_code == status


def test_a_number_on_the_business_app(client: httpx.Client) -> None:
    assert health(client, ASKED, word="on-app").json()["is_on_biz_app"] is True


@pytest.mark.parametrize(
    ("word", "unset", "wrapped"),
    [("empty-webhook", (200, {"url": "", "headers": {}}), False), ("nested-webhook", (200, {}), True)],
)
def test_other_forms_of_a_webhook(client: httpx.Client, word: str, unset: tuple[int, Any], wrapped: bool) -> None:
    client.headers["D360-API-KEY"] = f"sandbox-{word}-493012345678"
    reply = client.get(WEBHOOK)
    assert (reply.status_code, reply.json()) == unset
    hook = {"url": "https://hook.example.com", "headers": {}}
    client.post(WEBHOOK, json=hook)
    assert client.get(WEBHOOK).json() == ({"webhook": hook} if wrapped else hook)


# -- journal and faults -----------------------------------------------------------------------------------------------


def test_the_journal_holds_no_key_and_no_header_value(client: httpx.Client, world: World) -> None:
    client.headers["D360-API-KEY"] = key = "aBcDeF_AK"
    mark = hashlib.sha256(key.encode()).hexdigest()[:12]
    hook = {"url": "https://hook.example.com", "headers": {"Authorization": "Basic open-sesame", "X-Key": "sesame"}}
    client.post(WEBHOOK, json=hook)
    assert client.get(WEBHOOK).json() == hook
    wrote, asked = journal = world.journal()
    text = json.dumps(journal)
    assert key not in text
    assert "sesame" not in text
    assert [entry["credential"] for entry in journal] == [f"sha256:{mark}"] * 2
    assert (wrote["provider"], wrote["address"], wrote["path"]) == ("360dialog", f"key:{mark}", WEBHOOK)
    assert wrote["body"]["url"] == hook["url"]
    assert list(wrote["body"]["headers"]) == ["Authorization", "X-Key"]
    assert asked["body"] is None
    assert world.state("360dialog", f"key:{mark}")["webhook_headers"] == hook["headers"]


def test_faults_find_a_number_by_its_address(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "reply", "status": 418, "provider": "360dialog", "address": ADDRESS}])
    assert client.get(PROFILE).status_code == client.get(WEBHOOK).status_code == 418
    assert client.post("/uploads").status_code == client.get("/upload:x").status_code == 418
    assert client.get(PROFILE, headers={"D360-API-KEY": "sandbox-1"}).status_code == 200


def test_swallowed_and_stale_writes(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "swallow", "address": ADDRESS, "times": 2}])
    hook = {"url": "https://hook.example.com", "headers": {}}
    assert write(client, about="New").json() == {"success": True}
    assert client.post(WEBHOOK, json=hook).json() == hook
    assert (read(client, "about")["about"], client.get(WEBHOOK).json()) == (DEFAULT_ABOUT, {})
    world.faults([{"kind": "stale", "reads": 1, "times": 2}])
    write(client, about="New")
    client.post(WEBHOOK, json=hook)
    assert [read(client, "about")["about"] for _ in range(2)] == [DEFAULT_ABOUT, "New"]
    assert [client.get(WEBHOOK).json() for _ in range(2)] == [{}, hook]


def test_the_other_providers_paths_are_their_own(client: httpx.Client, world: World) -> None:
    client.get("/v23.0/106540352242922/whatsapp_business_profile")
    client.post("/v23.0/app/uploads")
    client.get("/v23.0/upload:x")
    client.put("/v1/HXAP1/whatsapp/number")
    client.post("/app/api/v2/update-profile")
    client.post("/api/v2/update-profile")
    assert "360dialog" not in {entry["provider"] for entry in world.journal()}
