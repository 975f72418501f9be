from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from reconciler.sandbox.world import World

PHONE = "106540352242922"
PROFILE = f"/v23.0/{PHONE}/whatsapp_business_profile"
ALL = "about,address,description,email,profile_picture_url,websites,vertical"


def read(client: httpx.Client, fields: str = ALL) -> dict[str, Any]:
    reply = client.get(PROFILE, params={"fields": fields})
    assert reply.status_code == 200, reply.text
    [profile] = reply.json()["data"]
    assert isinstance(profile, dict)
    return profile


def write(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post(PROFILE, json={"messaging_product": "whatsapp", **fields})


def test_an_untouched_number_shows_its_default_about_and_no_industry(client: httpx.Client) -> None:
    assert read(client) == {
        "about": "Hey there! I am using WhatsApp.",
        "vertical": "UNDEFINED",
        "messaging_product": "whatsapp",
    }


def test_a_full_profile_is_shown_as_recorded(client: httpx.Client) -> None:
    """Byte for byte the body that was recorded in October 2024, from the form that was recorded the day before."""
    write(client, about="A very cool business")
    form = (
        "address=123%2C+Main+Street%2C+New+York%2C+NY%2C+10001&description=This+is+a+description"
        "&email=testing%40gmail.com&messaging_product=whatsapp&vertical=EDU&websites%5B%5D=https%3A%2F%2Fwww.google.com"
    )
    written = client.post(PROFILE, content=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert written.json() == {"success": True}
    assert client.get(PROFILE, params={"fields": ALL}).text == (
        r'{"data":[{"about":"A very cool business","address":"123, Main Street, New York, NY, 10001",'
        r'"description":"This is a description","email":"testing\u0040gmail.com",'
        r'"websites":["https:\/\/www.google.com\/"],"vertical":"EDU","messaging_product":"whatsapp"}]}'
    )


def test_only_requested_fields_are_shown_in_the_fixed_order(client: httpx.Client) -> None:
    assert read(client, "vertical") == {"vertical": "UNDEFINED", "messaging_product": "whatsapp"}
    assert list(read(client, "messaging_product,vertical, about,email")) == ["about", "vertical", "messaging_product"]


def test_without_fields_only_the_product_is_shown(client: httpx.Client) -> None:
    assert client.get(PROFILE).json() == {"data": [{"messaging_product": "whatsapp"}]}


def test_an_unknown_field_is_refused(client: httpx.Client) -> None:
    reply = client.get(PROFILE, params={"fields": "about,moustache"})
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == 100
    assert reply.json()["error"]["message"].startswith("(#100) Tried accessing nonexisting field (moustache)")


def test_success_carries_the_recorded_headers(client: httpx.Client, world: World) -> None:
    world.register("meta", PHONE, group="114503234599312")
    reply = client.get(PROFILE.replace("v23.0", "v20.0"), params={"fields": "about"})
    assert re.fullmatch('"[0-9a-f]{40}"', reply.headers["ETag"])
    assert reply.headers["Cache-Control"] == "private, no-cache, no-store, must-revalidate"
    assert reply.headers["Facebook-Api-Version"] == "v20.0"
    assert reply.headers["X-Fb-Request-Id"]
    assert reply.headers["X-Fb-Trace-Id"]
    use = {"type": "whatsapp_business_management", "call_count": 1, "total_cputime": 1, "total_time": 1}
    assert json.loads(reply.headers["X-Business-Use-Case-Usage"]) == {
        "114503234599312": [{**use, "estimated_time_to_regain_access": 0}]
    }


def test_errors_carry_the_recorded_headers(client: httpx.Client) -> None:
    reply = client.get(PROFILE, params={"fields": 'ä"\n'})
    assert reply.headers["WWW-Authenticate"] == (
        'OAuth "Facebook Platform" "invalid_request" "(#100) Tried accessing nonexisting field (?\')"'
    )
    assert reply.headers["Cache-Control"] == "no-store"
    assert json.loads(reply.headers["X-App-Usage"]) == {"call_count": 0, "total_cputime": 0, "total_time": 0}
    assert reply.json()["error"]["fbtrace_id"].startswith("A")


def test_the_same_reply_has_the_same_etag(client: httpx.Client) -> None:
    first, second = (client.get(PROFILE, params={"fields": "about"}).headers["ETag"] for _ in range(2))
    write(client, about="Something else")
    third = client.get(PROFILE, params={"fields": "about"}).headers["ETag"]
    assert first == second != third


def test_a_write_changes_what_it_names_and_nothing_else(client: httpx.Client) -> None:
    write(client, description="Bread", email="a@b.example", vertical="RETAIL")
    assert write(client, description="Rolls").json() == {"success": True}
    shown = read(client)
    assert (shown["description"], shown["email"], shown["vertical"]) == ("Rolls", "a@b.example", "RETAIL")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("about", "a" * 139),
        ("address", "a" * 256),
        ("description", "\N{CROISSANT}" * 512),
        ("email", "a" * 118 + "@b.example"),
        ("websites", ["https://e.example/" + "a" * 238, "HTTP://e.example/?q#f"]),
        ("vertical", "MATRIMONY_SERVICE"),
        ("description", 'Line\nbreak, "quotes", \\/ and \N{LATIN SMALL LETTER A}\N{COMBINING DIAERESIS}'),
    ],
)
def test_what_fits_is_kept_as_it_was_sent(client: httpx.Client, field: str, value: Any) -> None:
    assert write(client, **{field: value}).json() == {"success": True}
    assert read(client)[field] == value


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("about", "a" * 140, "Param about must be a maximum of 139 characters"),
        ("address", "a" * 257, "Param address must be a maximum of 256 characters"),
        ("description", "a" * 513, "Param description must be a maximum of 512 characters"),
        ("description", None, "Param description must be a string"),
        ("email", "a" * 119 + "@b.example", "Param email must be a maximum of 128 characters"),
        ("email", "nobody", "Param email must be a valid email address"),
        ("email", 7, "Param email must be a string"),
        ("websites", "https://e.example", "Param websites must be an array of strings"),
        ("websites", [7], "Param websites must be an array of strings"),
        ("websites", ["https://e.example"] * 3, "Param websites must have at most 2 elements"),
        ("websites", ["https://e.example", "e.example"], "Param websites[1] must be a valid URL that starts with http"),
        ("websites", ["ftp://e.example"], "Param websites[0] must be a valid URL that starts with http"),
        ("websites", ["https://e.example/" + "a" * 239], "Param websites[0] must be a maximum of 256 characters"),
        ("vertical", "", "Param vertical must be one of {OTHER, AUTO, BEAUTY, APPAREL, "),
        ("vertical", "UNDEFINED", "Param vertical must be one of {OTHER, AUTO, "),
        ("vertical", "NOT_A_BIZ", "Param vertical must be one of {OTHER, AUTO, "),
        ("vertical", ["AUTO"], "Param vertical must be one of {OTHER, AUTO, "),
    ],
)
def test_what_does_not_fit_is_refused(client: httpx.Client, field: str, value: Any, message: str) -> None:
    before = read(client)
    reply = write(client, **{"address": "Somewhere else", field: value})
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert (error["code"], error["type"]) == (100, "OAuthException")
    assert error["message"].startswith(f"(#100) {message}")
    assert read(client) == before, "one bad field fails the whole call"


def test_the_refusal_of_an_industry_quotes_it(client: httpx.Client) -> None:
    message = write(client, vertical="UNDEFINED").json()["error"]["message"]
    assert message.endswith(', OTC_DRUGS, MATRIMONY_SERVICE} - got "UNDEFINED"')


def test_an_empty_about_looks_like_a_passing_failure(client: httpx.Client) -> None:
    reply = write(client, about="", address="Somewhere else")
    assert reply.status_code == 500
    assert (reply.json()["error"]["code"], reply.json()["error"]["message"]) == (
        131000,
        "(#131000) Something went wrong",
    )
    assert "address" not in read(client)


@pytest.mark.parametrize(
    ("field", "value", "empty"),
    [
        ("address", "Main Street", ""),
        ("description", "Bread", ""),
        ("email", "a@b.example", ""),
        ("websites", ["https://e.example/"], []),
        ("websites", ["https://e.example/"], ""),
    ],
)
def test_a_cleared_field_is_absent(client: httpx.Client, field: str, value: Any, empty: Any) -> None:
    write(client, **{field: value})
    assert read(client)[field] == value
    assert write(client, **{field: empty}).json() == {"success": True}
    assert field not in read(client)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("https://www.luckyshrub.com", "https://www.luckyshrub.com/"),
        ("https://e.example?q=1", "https://e.example/?q=1"),
        ("https://e.example#f", "https://e.example/#f"),
        ("https://e.example/shop", "https://e.example/shop"),
        ("HTTPS://E.example:443", "HTTPS://E.example:443/"),
    ],
)
def test_an_empty_path_is_read_back_as_a_slash(client: httpx.Client, world: World, sent: str, shown: str) -> None:
    write(client, websites=[sent])
    assert read(client)["websites"] == [shown]
    assert world.state("meta", PHONE)["websites"] == [sent]


def test_websites_may_be_an_array_written_as_a_string(client: httpx.Client) -> None:
    write(client, websites='[\n  "https://a.example/",\n  "https://b.example/"\n]')
    assert read(client)["websites"] == ["https://a.example/", "https://b.example/"]


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '"x"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(client: httpx.Client, body: str | bytes) -> None:
    reply = client.post(PROFILE, content=body, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize("body", [{"about": "x"}, {"about": "x", "messaging_product": "pigeon"}])
def test_the_messaging_product_is_required(client: httpx.Client, body: dict[str, str]) -> None:
    reply = client.post(PROFILE, json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)
    assert "messaging_product" in reply.json()["error"]["message"]


def test_names_that_are_no_fields_are_ignored(client: httpx.Client) -> None:
    assert write(client, profile_picture_url="https://e.example/p.jpg").json() == {"success": True}
    assert "profile_picture_url" not in read(client)


@pytest.mark.parametrize("phone", ["abc", "12a", "-1", "1.5"])
def test_an_id_is_made_of_digits(client: httpx.Client, phone: str) -> None:
    reply = client.get(f"/v23.0/{phone}/whatsapp_business_profile", params={"fields": "about"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize("version", ["v23", "23.0", "vx.y", "latest"])
def test_a_version_is_made_as_graph_makes_them(client: httpx.Client, version: str) -> None:
    reply = client.get(f"/{version}/{PHONE}/whatsapp_business_profile")
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 2500)


def test_a_path_without_a_version_is_answered_in_the_oldest(client: httpx.Client) -> None:
    """So says Meta's page on versions, and so calls a client whose address of the API loses the version."""
    body = {"messaging_product": "whatsapp", "description": "Bread"}
    assert client.post(PROFILE.removeprefix("/v23.0"), json=body).json() == {"success": True}
    for target in (PROFILE, f"/v23.0/{PHONE}", "/v23.0/7/phone_numbers/"):
        old, reply = (client.get(at, params={"fields": ""}) for at in (target.removeprefix("/v23.0"), target))
        assert (old.text, old.headers["Facebook-Api-Version"]) == (reply.text, "v23.0")


def test_there_is_no_way_to_delete_a_profile(client: httpx.Client) -> None:
    write(client, description="Bread")
    assert client.delete(PROFILE).json()["error"]["error_subcode"] == 33
    assert read(client)["description"] == "Bread"


def test_a_path_may_end_in_a_slash(client: httpx.Client) -> None:
    body = {"messaging_product": "whatsapp", "description": "Bread"}
    assert client.post(f"{PROFILE}/", json=body, follow_redirects=False).json() == {"success": True}
    assert client.get(f"{PROFILE}/?fields=description").text == client.get(f"{PROFILE}?fields=description").text


def test_a_profile_has_no_id(client: httpx.Client) -> None:
    """Meta's OpenAPI lists what the edge shows, and no id is among it."""
    error = client.get(PROFILE, params={"fields": "id,about"}).json()["error"]
    assert (error["code"], error["message"]) == (100, "(#100) Tried accessing nonexisting field (id)")


WANTED = [("messaging_product", "whatsapp"), ("about", "Brötchen\nund Brot"), ("email", "a@b.example")]
SITES = ["https://a.example/", "https://b.example/"]
LISTS = {
    "a name with brackets": [("websites[]", site) for site in SITES],
    "an array as text": [("websites", json.dumps(SITES))],
}


@pytest.mark.parametrize("sites", LISTS.values(), ids=list(LISTS))
@pytest.mark.parametrize("way", ["form", "several parts", "query", "query beside a body"])
def test_a_write_has_its_parameters_in_every_way(client: httpx.Client, way: str, sites: list[tuple[str, str]]) -> None:
    pairs = [*WANTED, *sites]
    sent: dict[str, dict[str, Any]] = {
        "form": {"content": urlencode(pairs), "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        "several parts": {"files": [(name, (None, value)) for name, value in pairs]},
        "query": {"params": pairs},
        "query beside a body": {"params": [("about", "of the query"), *sites], "json": dict(WANTED)},
    }
    reply = client.post(PROFILE, **sent[way])
    assert reply.json() == {"success": True}
    shown = read(client)
    assert [shown["about"], shown["email"], shown["websites"]] == [WANTED[1][1], WANTED[2][1], SITES]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"messaging_product=whatsapp"),
        ("multipart/form-data; boundary=x", b"messaging_product=whatsapp"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="about"\r\n\r\nBread'),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="about"\r\n\r\n\xff\r\n--x--\r\n',
        ),
        ("application/x-www-form-urlencoded", b"about=\xff"),
        ("text/plain", b"messaging_product=whatsapp"),
    ],
)
def test_a_body_that_is_not_what_its_header_says_is_refused(client: httpx.Client, kind: str, body: bytes) -> None:
    reply = client.post(PROFILE, content=body, headers={"Content-Type": kind})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)
    assert "neither JSON nor a form" in reply.json()["error"]["message"]


@pytest.mark.parametrize("field", ["about", "profile_picture_handle"])
def test_a_file_is_no_value_of_a_field(client: httpx.Client, field: str) -> None:
    files = {field: ("p.png", b"\xff", "image/png")}
    assert client.post(PROFILE, data={"messaging_product": "whatsapp"}, files=files).json()["error"]["code"] == 100
