from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import Picture, SecretRef
from reconciler.core.provider import Call, Read, Reply, Upload, Write
from reconciler.effects.files.picture_files import open_picture
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.sending import WriteClient
from reconciler.effects.secrets import MissingSecret
from reconciler.effects.world import Context
from tests.support.effects import TOKEN, Clock, line, one
from tests.support.sockets import Heard, Server, each, reply

VERIFY = SecretRef(env="WEBHOOK_VERIFY")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    Image.new("RGB", (64, 64), "red").save(tmp_path / "profiles" / "logo.png")
    return tmp_path


def logo(root: Path) -> Picture:
    found = open_picture(root / "profiles", "logo.png")
    assert isinstance(found, Picture)
    return found


async def driven(to: AccountAccess, call: Call) -> Reply:
    async with WriteClient(to) as sending:
        return await sending.drive(one(call))


def sent(call: Call, context: Context | None = None) -> Heard:
    """Return `call` as a server hears it."""
    with Server(each(reply())) as server:
        asyncio.run(driven(line(server.origin, context=context or Clock().context()), call))
    (heard,) = server.heard
    return heard


def test_a_read_goes_out_as_that_of_a_client_that_only_looks() -> None:
    heard = sent(Read("/1", (("fields", "about"),)))
    assert (heard.method, heard.target, heard.body) == ("GET", "/1?fields=about", b"")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_write_carries_its_body_as_json_in_utf_8(method: Any) -> None:
    heard = sent(Write(method, "/1", {"about": "Frühstück 🥐", "websites": ["https://a.example/"]}, (("v", "1"),)))
    assert (heard.method, heard.target) == (method, "/1?v=1")
    assert heard.body.decode() == '{"about": "Frühstück 🥐", "websites": ["https://a.example/"]}'
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["authorization"] == f"Bearer {TOKEN}"


def test_a_write_without_a_body_says_so() -> None:
    heard = sent(Write("POST", "/app/uploads", query=(("file_name", "a.png"), ("file_length", "9"))))
    assert (heard.target, heard.body) == ("/app/uploads?file_name=a.png&file_length=9", b"")
    assert (heard.headers["content-length"], heard.headers.get("content-type")) == ("0", None)


def test_an_empty_body_is_a_body() -> None:
    assert sent(Write("POST", "/1", {})).body == b"{}"


@pytest.mark.parametrize("offset", [0, 7, 10_000])
def test_an_upload_carries_the_pictures_bytes_from_its_offset_on(root: Path, offset: int) -> None:
    content = (root / "profiles" / "logo.png").read_bytes()
    call = Upload("/upload:1?sig=a%2F", logo(root), offset, (("file_offset", str(offset)),))
    heard = sent(call, Clock().context(root))
    assert (heard.method, heard.target, heard.body) == ("POST", "/upload:1?sig=a%2F", content[offset:])
    assert (heard.headers["content-type"], heard.headers["file_offset"]) == ("image/png", str(offset))
    assert heard.headers["authorization"] == f"OAuth {TOKEN}"


def test_a_picture_that_is_not_the_reviewed_one_is_not_sent(root: Path) -> None:
    call = Upload("/upload:1", logo(root))
    Image.new("RGB", (64, 64), "blue").save(root / "profiles" / "logo.png")
    with Server(each(reply())) as server:
        with pytest.raises(EnvironmentProblem, match=r"logo.png changed since it was read"):
            asyncio.run(driven(line(server.origin, context=Clock().context(root)), call))
        assert server.connections == 0


# Secrets are filled in as the bytes go out


def test_a_secret_is_filled_in_wherever_it_stands_and_the_call_keeps_the_reference() -> None:
    call = Write(
        "POST", "/1", {"a": {"token": VERIFY}, "list": [VERIFY, {"b": VERIFY}], "n": 1, "t": "x", "none": None}
    )
    heard = sent(call, Clock().context(environ={"WEBHOOK_VERIFY": "hush"}))
    assert json.loads(heard.body) == {
        "a": {"token": "hush"},
        "list": ["hush", {"b": "hush"}],
        "n": 1,
        "t": "x",
        "none": None,
    }
    assert "hush" not in repr(call)


def test_without_its_secret_nothing_is_sent() -> None:
    with Server(each(reply())) as server:
        with pytest.raises(MissingSecret) as missing:
            asyncio.run(driven(line(server.origin), Write("POST", "/1", {"token": VERIFY})))
        assert server.connections == 0
    assert str(missing.value) == "the environment variable WEBHOOK_VERIFY is not set"


@pytest.mark.parametrize("environ", [{}, {"WEBHOOK_VERIFY": "hush"}, {"WEBHOOK_VERIFY": " of no use\n"}])
def test_on_the_way_to_the_sandbox_a_stand_in_takes_its_place(environ: dict[str, str]) -> None:
    """The sandbox remembers in a file what it is sent."""
    heard: list[bytes] = []

    async def app(_: Any, receive: Any, send: Any) -> None:
        heard.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    way = line("https://graph.facebook.com", context=Clock().context(environ=environ))
    way = dataclasses.replace(way, connection=dataclasses.replace(way.connection, sandbox=app))
    asyncio.run(driven(way, Write("POST", "/1", {"token": VERIFY})))
    assert heard == [b'{"token": "sandbox-secret"}']
