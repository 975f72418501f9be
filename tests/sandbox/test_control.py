from __future__ import annotations

import hashlib
import json
from urllib.parse import parse_qsl

import httpx
import pytest

from reconciler.sandbox.world import World

PROFILE = "/v23.0/1/whatsapp_business_profile"


def test_the_journal_tells_what_was_asked_and_answered(client: httpx.Client, now: list[float]) -> None:
    body = {"messaging_product": "whatsapp", "about": "\N{CROISSANT}"}
    client.post(PROFILE, json=body, headers={"User-Agent": "me"})
    client.get("/v23.0/x?fields=a%2Cb")
    client.get("/nowhere")
    wrote, asked, lost = client.get("/_sandbox/requests").json()["requests"]
    headers = wrote.pop("headers")
    assert wrote == {
        "seq": 1,
        "at": now[0],
        "method": "POST",
        "origin": "https://graph.facebook.com",
        "path": PROFILE,
        "credential": "sha256:" + hashlib.sha256(b"sesame").hexdigest()[:12],
        "body": body,
        "provider": "meta",
        "address": "1",
        "faults": [],
        "status": 200,
    }
    assert (headers["content-type"], headers["user-agent"]) == ("application/json", "me")
    assert (asked["path"], asked["body"], asked["status"]) == ("/v23.0/x?fields=a%2Cb", None, 400)
    assert (lost["provider"], lost["status"]) == ("", 400)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("/1", ("meta", "1")),
        ("/v23.0/200000000000000", ("meta", "")),
        ("https://waba-v2.360dialog.io/1", ("", "")),
    ],
)
def test_the_journal_names_a_number_only_where_one_was_meant(
    client: httpx.Client, url: str, meant: tuple[str, str]
) -> None:
    client.get(url)
    [entry] = client.get("/_sandbox/requests").json()["requests"]
    assert (entry["provider"], entry["address"]) == meant


def test_the_journal_keeps_no_secret(client: httpx.Client) -> None:
    secret = "sesame-open"
    told = {"token": secret, "access_token": secret, "list": [{"verify_token": secret, "headers": {"X-Key": secret}}]}
    client.post(f"{PROFILE}?access_token={secret}&fields=about", json=told)
    for header in ("Authorization", "D360-API-KEY", "api-key"):
        client.get(PROFILE, headers={"Authorization": "", header: secret})
    client.get(f"{PROFILE}?access_token={secret}", headers={"Authorization": ""})
    text = client.get("/_sandbox/requests").text
    assert secret not in text
    first, *rest = json.loads(text)["requests"]
    assert first["path"].endswith("&fields=about")
    assert first["body"]["token"] == first["body"]["list"][0]["headers"]["X-Key"]
    mark = "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:12]
    assert [entry["credential"] for entry in rest] == [mark] * 4
    del client.headers["Authorization"]
    client.get(PROFILE)
    assert client.get("/_sandbox/requests").json()["requests"][-1]["credential"] is None


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("verify_token", "sesame-open", '"MARK"'),
        ("webhook_configuration", '{"verify_token": "sesame-open"}', '{"verify_token": "MARK"}'),
        ("webhook_configuration[verify_token]", "sesame-open", '"MARK"'),
        ("token[]", "sesame-open", '"MARK"'),
        ("webhook", '{"headers": {"X-Key": "sesame-open"}}', '{"headers": {"X-Key": "MARK"}}'),
    ],
)
def test_the_journal_keeps_no_secret_of_any_form(client: httpx.Client, name: str, value: str, told: str) -> None:
    for way in ({"params": {name: value, "x": "a b"}}, {"data": {name: value}}, {"files": {name: (None, value)}}):
        client.post(PROFILE, **way)
    query, form, parts = client.get("/_sandbox/requests").json()["requests"]
    assert "sesame-open" not in json.dumps([query, form, parts])
    expected = json.loads(told.replace("MARK", "sha256:" + hashlib.sha256(b"sesame-open").hexdigest()[:12]))
    sent = dict(parse_qsl(query["path"].partition("?")[2]))
    assert sent == {name: expected if isinstance(expected, str) else json.dumps(expected), "x": "a b"}
    expected = [expected] if name.endswith("[]") else expected
    assert form["body"] == parts["body"] == {name.removesuffix("[]"): expected}


def test_the_journal_tells_a_file_by_its_hash(client: httpx.Client) -> None:
    client.post(PROFILE, files=[("about", (None, "Bread")), ("file", ("p.png", b"\xff", "image/png"))])
    [entry] = client.get("/_sandbox/requests").json()["requests"]
    assert entry["body"] == {
        "about": "Bread",
        "file": {"length": 1, "sha256": hashlib.sha256(b"\xff").hexdigest()},
    }


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("headers", {"X-Key": "sesame"}),
        ("Headers", {"X-Key": ["sesame"]}),
        ("headers", "X-Key: sesame"),
        ("headers", '{"X-Key": "sesame"}'),
        ("headers", ["X-Key: sesame"]),
        ("headers", [{"X-Key": "sesame"}]),
    ],
)
def test_the_journal_keeps_no_header_of_a_webhook(client: httpx.Client, name: str, headers: object) -> None:
    """However wrongly it is written."""
    client.post(PROFILE, json={name: headers})
    assert "sesame" not in client.get("/_sandbox/requests").text


def test_the_journal_keeps_no_header_of_a_webhook_in_a_form(client: httpx.Client) -> None:
    client.post(PROFILE, data={"headers": '{"X-Key": "sesame"}'})
    assert "sesame" not in client.get("/_sandbox/requests").text


def test_bytes_are_journaled_by_length_and_hash(client: httpx.Client) -> None:
    client.post("/v23.0/upload:x", content=b"\x89PNG\xff", headers={"file_offset": "0"})
    [entry] = client.get("/_sandbox/requests").json()["requests"]
    assert entry["body"] == {"length": 5, "sha256": hashlib.sha256(b"\x89PNG\xff").hexdigest()}
    assert entry["headers"]["file_offset"] == "0"


def test_a_form_is_journaled_as_its_fields(client: httpx.Client) -> None:
    client.post(
        PROFILE,
        content="about=x&websites[]=a&websites[]=b",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    [entry] = client.get("/_sandbox/requests").json()["requests"]
    assert entry["body"] == {"about": "x", "websites": ["a", "b"]}


def test_the_journal_can_be_forgotten(client: httpx.Client) -> None:
    client.get(PROFILE)
    client.get(PROFILE)
    assert client.delete("/_sandbox/requests").json() == {"forgotten": 2}
    assert client.get("/_sandbox/requests").json() == {"requests": []}
    client.get(PROFILE)
    assert [entry["seq"] for entry in client.get("/_sandbox/requests").json()["requests"]] == [3]


def test_a_number_is_seen_and_edited_behind_the_tools_back(client: httpx.Client) -> None:
    url = "/_sandbox/numbers/meta/1"
    assert client.get(url).json() == {}
    client.post(PROFILE, json={"messaging_product": "whatsapp", "about": "New", "email": "a@b.example"})
    assert client.get(url).json()["about"] == "New"
    edited = client.put(url, json={"about": "Edited", "email": None, "is_on_biz_app": True}).json()
    assert edited == client.get(url).json()
    assert (edited["about"], edited["is_on_biz_app"], "email" in edited) == ("Edited", True, False)
    assert client.get(f"{PROFILE}?fields=about,email").json()["data"][0]["about"] == "Edited"
    assert client.get("/v23.0/1?fields=is_on_biz_app").json()["is_on_biz_app"] is True


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("+493012345678", "+493012345678"),
        ("%2B493012345678", "+493012345678"),
        ("key:0123456789ab", "key:0123456789ab"),
        ("12/+493012345678", "12/+493012345678"),
        ("12%2F+493012345678", "12/+493012345678"),
    ],
)
def test_an_address_may_hold_what_paths_hold(client: httpx.Client, world: World, written: str, address: str) -> None:
    url = f"/_sandbox/numbers/somebody/{written}"
    assert client.put(url, json={"about": "Edited"}).json() == {"about": "Edited"} == client.get(url).json()
    assert world.state("somebody", address) == {"about": "Edited"}


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_nobody_is_at_no_address(client: httpx.Client, world: World, method: str) -> None:
    """What a shell sends whose variable is not set must not make a number."""
    reply = client.request(method, "/_sandbox/numbers/meta/", json={"about": "Edited"})
    assert (reply.status_code, reply.json()) == (400, {"error": "the address is missing"})
    assert world.members("meta", "") == []


@pytest.mark.parametrize("body", ["", "{", "[]", "7"])
def test_an_edit_is_an_object(client: httpx.Client, body: str) -> None:
    assert client.put("/_sandbox/numbers/meta/1", content=body).status_code == 400


def test_faults_are_seen_replaced_and_cleared(client: httpx.Client, world: World) -> None:
    url = "/_sandbox/faults"
    asked = [{"kind": "swallow", "times": 2}, {"kind": "latency", "seconds": 0}]
    assert client.put(url, json=asked).json() == asked
    assert client.get(url).json() == asked == world.faults()
    assert client.put(url, json=asked[:1]).json() == asked[:1]
    assert client.delete(url).json() == [] == client.get(url).json()


@pytest.mark.parametrize("body", ["", "{", "{}", "[7]", '[{"kind":"gremlin"}]'])
def test_faults_are_an_array_of_faults(client: httpx.Client, world: World, body: str) -> None:
    world.faults([{"kind": "swallow"}])
    reply = client.put("/_sandbox/faults", content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert world.faults() == [{"kind": "swallow"}]


def test_the_controls_are_not_journaled(client: httpx.Client) -> None:
    client.get("/_sandbox/faults")
    client.get("/_sandbox/nowhere")
    assert client.get("/_sandbox/requests").json() == {"requests": []}
