from __future__ import annotations

import json
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from reconciler.sandbox.serve import running, serve
from reconciler.sandbox.world import World

PROFILE = "/v23.0/1/whatsapp_business_profile?fields=about"
WRITE = {"messaging_product": "whatsapp", "about": "New"}


@pytest.fixture
def url(app: Starlette) -> Iterator[str]:
    with running(app) as base:
        yield base


@pytest.fixture
def wire(url: str) -> Iterator[httpx.Client]:
    """Give a client on a real socket."""
    with httpx.Client(base_url=url, headers={"Authorization": "Bearer sesame"}) as client:
        yield client


def connect(url: str) -> socket.socket:
    parsed = httpx.URL(url)
    return socket.create_connection((parsed.host, parsed.port or 0))


def everything(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def about(world: World) -> str:
    return str(world.state("meta", "1").get("about", ""))


def test_it_answers_as_in_process(wire: httpx.Client) -> None:
    first, second = wire.get(PROFILE), wire.get(PROFILE)
    assert first.json() == {"data": [{"about": "Hey there! I am using WhatsApp.", "messaging_product": "whatsapp"}]}
    assert first.content == second.content


def test_a_client_cannot_tell_the_proxy(wire: httpx.Client, world: World) -> None:
    reply = wire.get(PROFILE)
    assert not [name for name in reply.headers if name.startswith("x-sandbox")]
    assert world.journal()[0]["origin"] == str(wire.base_url).rstrip("/")


def test_links_lead_back_to_the_socket(wire: httpx.Client, world: World) -> None:
    for address in "12":
        world.register("meta", address, group="7")
    following = wire.get("/v23.0/7/phone_numbers?limit=1").json()["paging"]["next"]
    assert following.startswith(f"{wire.base_url}/v23.0/7/phone_numbers?")
    assert wire.get(following).json()["data"][0]["id"] == "2"


def test_bodies_may_come_in_chunks(wire: httpx.Client, world: World) -> None:
    content = iter([b'{"messaging_product":"whatsapp",', b'"about":"New"}'])
    reply = wire.post(PROFILE, content=content, headers={"Content-Type": "application/json"})
    assert reply.json() == {"success": True}
    assert about(world) == "New"


def test_a_client_that_waits_for_100_continue_gets_it(url: str) -> None:
    body = json.dumps(WRITE).encode()
    head = (
        "POST /v23.0/1/whatsapp_business_profile HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    with connect(url) as connection:
        connection.sendall(head.encode())
        assert connection.recv(25, socket.MSG_WAITALL) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        reply = everything(connection)
    assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
    assert reply.endswith(b'{"success":true}')


def test_replies_without_a_body_end_at_their_head(wire: httpx.Client) -> None:
    assert wire.head(PROFILE).content == b""
    assert wire.get(PROFILE).status_code == 200


def test_a_client_that_leaves_in_the_middle_does_no_harm(url: str, wire: httpx.Client, world: World) -> None:
    with connect(url) as connection:
        connection.sendall(b"POST /v23.0/1/whatsapp_business_profile HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
    assert wire.get(PROFILE).status_code == 200
    assert [entry["method"] for entry in world.journal()] == ["GET"]


@pytest.mark.parametrize(("when", "kept"), [("after", "New"), ("before", "Hey there! I am using WhatsApp.")])
def test_a_reset_hides_whether_the_write_was_done(wire: httpx.Client, world: World, when: str, kept: str) -> None:
    wire.get(PROFILE)
    world.faults([{"kind": "reset", "when": when, "times": 1}])
    with pytest.raises(httpx.ReadError, match="reset"):
        wire.post(PROFILE, json=WRITE)
    assert about(world) == kept
    assert wire.post(PROFILE, json=WRITE).json() == {"success": True}, "and the next connection is well"


def ask_and_hang(connection: socket.socket, world: World) -> None:
    """Send a write whose reply will hang, and wait until the application has answered it."""
    body = json.dumps(WRITE)
    head = "POST /v23.0/1/whatsapp_business_profile HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    while not any(entry["status"] for entry in world.journal()):
        pass


@pytest.mark.parametrize(("when", "kept"), [("after", "New"), ("before", "")])
def test_a_hang_answers_nothing(url: str, world: World, when: str, kept: str) -> None:
    world.faults([{"kind": "hang", "when": when}])
    with connect(url) as connection:
        ask_and_hang(connection, world)
        assert about(world) == kept
        assert select.select([connection], [], [], 0) == ([], [], [])


def test_a_drip_comes_byte_by_byte_and_whole(url: str, world: World) -> None:
    world.faults([{"kind": "drip", "seconds": 0}])
    with connect(url) as connection:
        connection.sendall(b"GET /v23.0/1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n\r\n")
        reply = everything(connection)
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert json.loads(body)["id"] == "1"


def test_a_truncated_reply_is_shorter_than_it_says(wire: httpx.Client, world: World) -> None:
    world.faults([{"kind": "truncate", "bytes": 5}])
    with pytest.raises(httpx.RemoteProtocolError, match="received 5 bytes"):
        wire.get(PROFILE)


def test_garbage_is_not_http(wire: httpx.Client, world: World) -> None:
    world.faults([{"kind": "garbage"}])
    with pytest.raises(httpx.RemoteProtocolError):
        wire.get(PROFILE)


def test_socket_faults_match_like_all_others(wire: httpx.Client, world: World) -> None:
    world.faults([{"kind": "garbage", "address": "2", "provider": "meta", "method": "GET"}])
    assert wire.get(PROFILE).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        wire.get(PROFILE.replace("/1/", "/2/"))
    assert world.journal()[-1]["faults"] == ["garbage"]


def test_stopping_ends_connections_that_hang(app: Starlette, world: World) -> None:
    world.faults([{"kind": "hang"}])
    with running(app) as base:
        connection = connect(base)
        ask_and_hang(connection, world)
    assert everything(connection) == b""
    connection.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_it_listens_on_loopback_only(app: Starlette, host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        serve(app, host=host, port=0)


def test_a_port_that_is_taken_is_an_error(app: Starlette, url: str) -> None:
    with pytest.raises(OSError, match="in use"):
        serve(app, port=httpx.URL(url).port or 0)


def test_localhost_and_ipv6_are_loopback(app: Starlette) -> None:
    with running(app, host="localhost") as base:
        assert httpx.get(f"{base}/_sandbox/faults").json() == []
    with running(app, host="::1") as base:
        assert base.startswith("http://[::1]:")
        assert httpx.get(f"{base}/_sandbox/faults").json() == []


SERVE = """
import sys
from pathlib import Path
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import serve
serve(create_app(Path(sys.argv[1])), port=0, ready=lambda port: print(port, flush=True))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-W", "error", "-c", SERVE, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/_sandbox/faults").json() == []
            process.send_signal(number)
            out, err = process.communicate()
    assert (out, err, process.returncode) == ("stopped\n", "", 0)


def test_it_gives_signals_back(app: Starlette) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    serve(app, port=0, ready=lambda _: signal.raise_signal(signal.SIGINT))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_it_needs_nobody_to_be_told(app: Starlette) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.raise_signal(signal.SIGTERM)  # waits, blocked, for somebody to take it
    serve(app, port=0)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
