"""A path or a method that no provider has is refused as the provider refuses, which clients must be able to read."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.sandbox.world import World

UNSUPPORTED = "does not exist, cannot be loaded due to missing permissions, or does not support this operation."


@pytest.mark.parametrize(
    ("request_line", "code", "message"),
    [
        ("GET /v23.0/1/messages", 100, "(#100) Tried accessing nonexisting field (messages)"),
        ("GET /v23.0/1/settings/", 100, "(#100) Tried accessing nonexisting field (settings)"),
        ("POST /v23.0/1/register", 100, f"Unsupported post request. Object with ID '1' {UNSUPPORTED}"),
        ("DELETE /v23.0/1", 100, f"Unsupported delete request. Object with ID '1' {UNSUPPORTED}"),
        (
            "PUT /v23.0/1/phone_numbers",
            100,
            f"Unsupported put request. Object with ID '1' {UNSUPPORTED}",
        ),
        ("GET /v23.0", 2500, "Unknown path components: /"),
        ("GET /v23.0/", 2500, "Unknown path components: /"),
        ("GET /v23.0/1/2/3", 2500, "Unknown path components: /1/2/3"),
        ("GET /v23.0/me/accounts", 2500, "Unknown path components: /me/accounts"),
        ("GET /v23/1", 2500, "Unknown path components: /1"),
        ("GET /", 2500, "Unknown path components: /"),
        ("DELETE /1", 100, f"Unsupported delete request. Object with ID '1' {UNSUPPORTED}"),
        ("GET /1/messages", 100, "(#100) Tried accessing nonexisting field (messages)"),
        ("GET /1/2/3", 2500, "Unknown path components: /1/2/3"),
    ],
)
def test_graph_refuses_in_its_own_words(
    client: httpx.Client, world: World, request_line: str, code: int, message: str
) -> None:
    reply = client.request(*request_line.split())
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], reply.headers["Cache-Control"]) == (400, code, "no-store")
    assert error["message"].startswith(message)
    assert error["fbtrace_id"]
    assert world.state("meta", "1") == {}


def test_graph_asks_for_a_token_first(client: httpx.Client) -> None:
    for path in ("/v23.0/1/messages", "/nowhere"):
        reply = client.get(path, headers={"Authorization": ""})
        assert (reply.status_code, reply.json()["error"]["code"]) == (401, 190)


def graph(code: int) -> dict[str, Any]:
    return {"code": code, "type": "OAuthException"}


def dialog360(status: int, words: str) -> dict[str, Any]:
    return {"meta": {"success": False, "http_code": status, "developer_message": words, "details": []}}


def kaleyra(status: int, words: str) -> dict[str, Any]:
    error = {"code": f"E{status}", "type": "NOT_FOUND", "parameter": "", "message": words, "reference": ""}
    return {"error": error}


@pytest.mark.parametrize(
    ("url", "headers", "status", "body"),
    [
        ("https://waba-v2.360dialog.io/nowhere", {}, 404, dialog360(404, "Not Found")),
        ("https://waba-v2.360dialog.io/1/whatsapp_business_profile", {}, 404, dialog360(404, "Not Found")),
        ("http://localhost:8080/1", {"D360-API-KEY": "k"}, 404, dialog360(404, "Not Found")),
        ("https://waba-v2.360dialog.io/uploads", {}, 405, dialog360(405, "Method Not Allowed")),
        ("http://localhost:8080/v1/configs/about", {}, 404, dialog360(404, "Not Found")),
        ("http://localhost:8080/nowhere", {"D360-API-KEY": "k"}, 404, dialog360(404, "Not Found")),
        ("https://api.in.kaleyra.io/v1/HX1/messages", {}, 404, kaleyra(404, "Not Found")),
        ("http://localhost:8080/v1/HX1/whatsapp/number", {}, 405, kaleyra(405, "Method Not Allowed")),
        ("http://[::1]:8080/nowhere", {"api-key": "k"}, 404, kaleyra(404, "Not Found")),
        ("https://pickyassist.com/nowhere", {}, 404, {"status": 99404, "message": "Not Found"}),
        ("http://localhost/api/v2/update-profile", {}, 405, {"status": 99404, "message": "Method Not Allowed"}),
        ("http://localhost/_sandbox/nowhere", {}, 404, {"error": "Not Found"}),
        ("https://graph.facebook.com/_sandbox/nowhere", {}, 404, {"error": "Not Found"}),
    ],
)
def test_every_provider_refuses_in_its_own_shape(
    client: httpx.Client, url: str, headers: dict[str, str], status: int, body: dict[str, Any]
) -> None:
    reply = client.get(url, headers=headers)
    assert (reply.status_code, reply.json()) == (status, body)


def test_a_host_outweighs_the_header_and_the_path(client: httpx.Client) -> None:
    keys = {"D360-API-KEY": "k", "api-key": "k"}
    reply = client.get("https://graph.facebook.com/v1/configs/about", headers=keys)
    assert reply.json()["error"]["message"] == "Unknown path components: /configs/about"
    reply = client.get("https://api.in.kaleyra.io/uploads/x", headers=keys)
    assert (reply.status_code, reply.json()) == (404, kaleyra(404, "Not Found"))


@pytest.mark.parametrize("host", ["graph.facebook.com", "localhost", "evil360dialog.io", "graph.facebook.com:443"])
def test_what_tells_nothing_of_its_provider_is_graphs(client: httpx.Client, host: str) -> None:
    reply = client.get(f"https://{host}/nowhere/else")
    assert reply.json()["error"]["message"] == "Unknown path components: /else"


def test_a_picture_host_speaks_no_json(client: httpx.Client) -> None:
    reply = client.get("https://pps.whatsapp.net/nowhere")
    assert (reply.status_code, reply.text) == (404, "Not Found")
