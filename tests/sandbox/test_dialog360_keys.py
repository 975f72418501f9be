"""360dialog's keys: those that open nothing, and the magic ones."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from reconciler.sandbox.dialog360_keys import QUIRKS
from reconciler.sandbox.world import World

DIGITS = "493012345678"
ADDRESS = f"+{DIGITS}"
PROFILE = "/whatsapp_business_profile"
WEBHOOK = "/v1/configs/webhook"
DEFAULT_ABOUT = "Hey there! I am using WhatsApp."
HOOK = {"url": "https://hook.example.com", "headers": {"X-Key": "sesame"}}
UNPAID = (
    "Could not send message due to lack of payment. Messaging can resume once overdue invoices towards 360Dialog are "
    "settled. Please reach out to our integration partner."
)
Mount = Callable[[Starlette], httpx.Client]


@pytest.fixture
def client(app: Starlette, mount: Mount) -> Iterator[httpx.Client]:
    """Make a client that has no key yet."""
    with mount(app) as made:
        made.base_url = httpx.URL("https://waba-v2.360dialog.io")
        del made.headers["Authorization"]
        yield made


def about(client: httpx.Client, key: str = f"sandbox-{DIGITS}") -> str | None:
    reply = client.get(PROFILE, params={"fields": "about"}, headers={"D360-API-KEY": key})
    assert reply.status_code == 200, reply.text
    found: str | None = reply.json()["data"][0].get("about")
    return found


def write(client: httpx.Client, key: str, **fields: Any) -> httpx.Response:
    return client.post(PROFILE, json={"messaging_product": "whatsapp", **fields}, headers={"D360-API-KEY": key})


def answers_everywhere(client: httpx.Client, key: str) -> list[httpx.Response]:
    """Ask for everything that there is."""
    headers = {b"D360-API-KEY": key.encode("latin-1")}
    return [
        client.get(PROFILE, params={"fields": "about"}, headers=headers),
        client.post(PROFILE, json={"messaging_product": "whatsapp", "about": "New"}, headers=headers),
        client.post("/uploads?file_length=3&file_type=image/png", headers=headers),
        client.post("/upload:x?sig=y", content=b"abc", headers={**headers, b"file_offset": b"0"}),
        client.get("/upload:x?sig=y", headers=headers),
        client.post(WEBHOOK, json=HOOK, headers=headers),
        client.get(WEBHOOK, headers=headers),
    ]


def brief(text: str) -> dict[str, Any]:
    return {"error": text}


def detailed(status: int, text: str) -> dict[str, Any]:
    return {"meta": {"success": False, "http_code": status, "developer_message": text, "details": []}}


@pytest.mark.parametrize("key", ["", " ", "two words", "Bearer sesame", "\N{LATIN SMALL LETTER A WITH DIAERESIS}"])
def test_what_cannot_be_a_key_opens_nothing(client: httpx.Client, world: World, key: str) -> None:
    for reply in answers_everywhere(client, key):
        assert (reply.status_code, reply.json()) == (401, brief("Invalid api_key"))
    assert {(entry["provider"], entry["address"]) for entry in world.journal()} == {("360dialog", "")}


def test_without_the_header_nothing_opens(client: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer sesame"}, {"api-key": "sesame"}):
        reply = client.get(PROFILE, headers=headers)
        assert (reply.status_code, reply.json()) == (401, brief("Invalid api_key"))


@pytest.mark.parametrize(
    ("word", "status", "body"),
    [
        ("revoked", 401, brief("Invalid api_key")),
        ("disabled", 400, detailed(400, "Your WhatsApp for Business API has been disabled")),
        ("throttled", 400, brief("You have exceeded the endpoint rate limit.")),
        ("blocked", 403, brief("The endpoint is blocked")),
        ("unpaid", 400, detailed(400, UNPAID)),
        ("broken", 500, brief("Internal server error")),
        ("unavailable", 502, brief("WhatsApp for Business API not available")),
    ],
)
def test_a_key_that_is_always_refused(
    client: httpx.Client, world: World, word: str, status: int, body: dict[str, Any]
) -> None:
    for _ in range(2):
        for reply in answers_everywhere(client, f"sandbox-{word}-{DIGITS}"):
            assert (reply.status_code, reply.json()) == (status, body)
    assert {entry["address"] for entry in world.journal()} == {ADDRESS}
    assert world.state("360dialog", ADDRESS) == {}, "nothing was done"
    assert about(client) == DEFAULT_ABOUT, "another key of the same number works"


def test_a_key_whose_answers_are_garbage(client: httpx.Client, world: World) -> None:
    for reply in answers_everywhere(client, f"sandbox-garbage-{DIGITS}"):
        assert (reply.status_code, reply.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
        assert reply.text == (
            "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
        )
    assert world.state("360dialog", ADDRESS) == {}


def test_a_key_that_is_throttled_once(client: httpx.Client, world: World) -> None:
    key = f"sandbox-throttled-once-{DIGITS}"
    first, *rest = answers_everywhere(client, key)
    assert (first.status_code, first.json()) == (400, brief("You have exceeded the endpoint rate limit."))
    assert [reply.status_code for reply in rest] == [200, 200, 400, 400, 200, 200], "there is no such session"
    assert about(client, key) == "New"
    assert world.state("360dialog", ADDRESS)["number"] == ADDRESS


def test_of_many_requests_at_once_one_is_throttled(client: httpx.Client) -> None:
    statuses: list[int] = []

    def ask() -> None:
        reply = client.get(PROFILE, headers={"D360-API-KEY": f"sandbox-throttled-once-{DIGITS}"})
        statuses.append(reply.status_code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [*[200] * 7, 400]


def test_a_key_that_swallows_writes(client: httpx.Client, world: World) -> None:
    key = f"sandbox-swallows-{DIGITS}"
    assert write(client, key, about="New").json() == {"success": True}
    assert client.post(WEBHOOK, json=HOOK, headers={"D360-API-KEY": key}).json() == HOOK
    assert (about(client, key), client.get(WEBHOOK, headers={"D360-API-KEY": key}).json()) == (DEFAULT_ABOUT, {})
    assert write(client, key, about="").status_code == 500, "what is wrong is refused all the same"
    assert world.state("360dialog", ADDRESS) == {"about": DEFAULT_ABOUT, "number": ADDRESS}


def test_a_slow_key_shows_a_write_at_the_third_read(client: httpx.Client, world: World) -> None:
    key = f"sandbox-slow-{DIGITS}"
    write(client, key, about="New")
    client.post(WEBHOOK, json=HOOK, headers={"D360-API-KEY": key})
    assert world.state("360dialog", ADDRESS)["about"] == "New"
    assert [about(client, key) for _ in range(4)] == [DEFAULT_ABOUT, DEFAULT_ABOUT, "New", "New"]
    hooks = [client.get(WEBHOOK, headers={"D360-API-KEY": key}).json() for _ in range(3)]
    assert hooks == [{}, {}, HOOK]


def test_a_key_that_answers_404_for_a_webhook_that_is_not_set(client: httpx.Client) -> None:
    client.headers["D360-API-KEY"] = f"sandbox-no-webhook-{DIGITS}"
    reply = client.get(WEBHOOK)
    assert (reply.status_code, reply.json()) == (404, detailed(404, "Webhook not found"))
    client.post(WEBHOOK, json=HOOK)
    assert client.get(WEBHOOK).json() == HOOK


def test_all_keys_with_the_same_digits_open_the_same_number(client: httpx.Client) -> None:
    write(client, f"sandbox-{DIGITS}", about="New")
    assert about(client, f"sandbox-no-webhook-{DIGITS}") == "New"
    assert about(client, "sandbox-4930") == DEFAULT_ABOUT


@pytest.mark.parametrize(
    "key", ["aBcDeF_AK", "sandbox-", "sandbox-x", "sandbox-nonsense-49", "sandbox--49", "Sandbox-49", "sandbox-49x"]
)
def test_any_other_key_is_an_ordinary_number(client: httpx.Client, world: World, key: str) -> None:
    address = "key:" + hashlib.sha256(key.encode()).hexdigest()[:12]
    write(client, key, about="New")
    assert about(client, key) == "New"
    assert {entry["address"] for entry in world.journal()} == {address}
    assert world.state("360dialog", address) == {"about": "New"}


@pytest.mark.parametrize("word", ["", *(f"{word}-" for word in QUIRKS)])
def test_faults_find_every_magic_key_by_its_number(client: httpx.Client, world: World, word: str) -> None:
    world.faults([{"kind": "reply", "status": 418, "address": ADDRESS}])
    assert {reply.status_code for reply in answers_everywhere(client, f"sandbox-{word}{DIGITS}")} == {418}
