from __future__ import annotations

import ast
import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message, Scope

import reconciler.sandbox
from reconciler.sandbox.application import answers, create_app
from reconciler.sandbox.exchange import exchange_of
from reconciler.sandbox.world import Number, World

PACKAGE = Path(reconciler.sandbox.__path__[0])
Mount = Callable[[Starlette], httpx.Client]
HOSTS = frozenset({"graph.facebook.com", "*.whatsapp.net"})


def test_two_applications_share_the_world_of_one_file(path: Path, mount: Mount) -> None:
    body = {"messaging_product": "whatsapp", "about": "New"}
    mount(create_app(path)).post("/v23.0/1/whatsapp_business_profile", json=body)
    reply = mount(create_app(path)).get("/v23.0/1/whatsapp_business_profile?fields=about")
    assert reply.json()["data"][0]["about"] == "New"


def test_a_registered_number_sticks(path: Path, mount: Mount) -> None:
    def displayed(*numbers: Number) -> str:
        reply = mount(create_app(path, numbers=numbers)).get("/v23.0/1?fields=display_phone_number")
        return str(reply.json()["display_phone_number"])

    assert displayed(Number("meta", "1", "+493012345678", "7")) == "+49 30 12345678"
    assert displayed(Number("meta", "1", "+493000000000", "7")) == "+49 30 12345678"
    assert displayed() == "+49 30 12345678"


def test_an_unregistered_number_has_one_all_the_same(path: Path, mount: Mount) -> None:
    reply = mount(create_app(path)).get("/v23.0/106540352242922?fields=display_phone_number")
    assert reply.json()["display_phone_number"] == "+1 555-224-2922"


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("graph.facebook.com", True),
        ("Graph.Facebook.com:443", True),
        ("pps.whatsapp.net", True),
        ("a.b.whatsapp.net", True),
        ("whatsapp.net", False),
        ("evilwhatsapp.net", False),
        ("graph.facebook.com.evil.example", False),
        ("waba-v2.360dialog.io", False),
        ("", False),
    ],
)
def test_only_the_hosts_that_are_mounted_are_answered(host: str, *, answered: bool) -> None:
    assert answers(HOSTS, host) is answered
    assert answers(None, host)


def test_an_ipv6_host_is_compared_whole() -> None:
    assert answers(frozenset({"[::1]"}), "[::1]:8080")
    assert answers(frozenset({"[::1]"}), "[::1]")


def test_another_host_is_misdirected_and_journaled(path: Path, mount: Mount, world: World) -> None:
    client = mount(create_app(path, hosts=HOSTS))
    assert client.get("https://evil.example/v23.0/1").status_code == 421
    assert client.get("https://graph.facebook.com/v23.0/1").status_code == 200
    first, second = world.journal()
    assert (first["origin"], first["status"]) == ("https://evil.example", 421)
    assert second["status"] == 200


def test_a_body_that_is_far_too_large_is_refused(client: httpx.Client) -> None:
    assert client.post("/v23.0/1", content=b"x" * (32 * 1024 * 1024 + 1)).status_code == 413


@pytest.fixture
def scope() -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "path": "/v23.0/1",
        "query_string": b"",
        "headers": [(b"host", b"graph.facebook.com"), (b"authorization", b"Bearer x")],
    }


def run(app: Starlette, scope: Scope, messages: list[Message]) -> list[Message]:
    sent: list[Message] = []
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def test_half_a_request_is_none(app: Starlette, scope: Scope, world: World) -> None:
    half: Message = {"type": "http.request", "body": b"{", "more_body": True}
    assert run(app, scope, [half, {"type": "http.disconnect"}]) == []
    assert world.journal() == []


def test_a_server_need_not_give_the_raw_path(app: Starlette, scope: Scope, world: World) -> None:
    start, _ = run(app, scope, [{"type": "http.request", "body": b"{}"}])
    assert start["status"] == 400
    assert world.journal()[0]["path"] == "/v23.0/1"


def test_lifespan_events_are_welcome_and_not_needed(app: Starlette) -> None:
    sent = run(app, {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_request_that_bypassed_the_recorder_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="Recorder"):
        exchange_of({"reconciler.sandbox": None})


PROVIDER_FILE = """
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from reconciler.sandbox.exchange import exchange_of

PROVIDER = "pigeon"

def address_of(exchange, path_params):
    return path_params["loft"] + exchange.body.decode()

async def coo(request):
    return PlainTextResponse((await request.body()).decode() + exchange_of(request).address)

ROUTES = [Route("/pigeon/{loft}", coo, methods=["POST"])]
"""


@pytest.fixture
def pigeon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Drop one more provider's file into the package."""
    (tmp_path / "pigeon.py").write_text(PROVIDER_FILE)
    monkeypatch.setattr(reconciler.sandbox, "__path__", [str(PACKAGE), str(tmp_path)])
    yield
    sys.modules.pop("reconciler.sandbox.pigeon", None)


@pytest.mark.usefixtures("pigeon")
def test_one_file_makes_a_provider(path: Path, mount: Mount, world: World) -> None:
    client = mount(create_app(path))
    assert client.post("/pigeon/7", content="x").text == "x7x"
    assert (world.journal()[0]["provider"], world.journal()[0]["address"]) == ("pigeon", "7x")
    world.faults([{"kind": "reply", "status": 418, "provider": "pigeon", "address": "7x"}])
    assert client.post("/pigeon/7", content="x").status_code == 418
    assert client.get("/v23.0/1").status_code == 200


def loaded(action: str, path: Path) -> set[str]:
    """Run an action in a new interpreter and give the top-level packages that it loaded."""
    code = (
        "import pathlib, sys; path = pathlib.Path(sys.argv[1]); before = set(sys.modules);"
        f"{action}; print(*{{name.partition('.')[0] for name in set(sys.modules) - before}})"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_is_cheap(path: Path) -> None:
    assert loaded("import reconciler.sandbox", path) & {"starlette", "sqlite3", "json", "PIL", "uvicorn"} == set()


def test_making_an_application_loads_neither_server_nor_pillow(path: Path) -> None:
    action = "from reconciler.sandbox.application import create_app; create_app(path)"
    assert loaded(action, path) & {"starlette", "PIL", "uvicorn", "httpx"} == {"starlette"}


@pytest.mark.parametrize("file", sorted(PACKAGE.glob("*.py")), ids=lambda file: file.name)
def test_the_judge_shares_no_code_with_the_judged(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        ours = [name for name in names if name.split(".")[0] == "reconciler"]
        assert all(name.split(".")[:2] == ["reconciler", "sandbox"] for name in ours), ours


def test_the_package_is_found_where_it_should_be() -> None:
    assert importlib.util.find_spec("reconciler.sandbox.serve") is not None


# Deep in two ways, no JSON, no text, and a number that no program reads.
STRANGE = (b"[" * 100_000, b'{"a":' * 100_000, b'{"a":NaN}', b'{"about":"\\ud800"}', b"9" * 6000, b'"\xff"')


@pytest.mark.parametrize(
    ("method", "where", "name"),
    [
        ("POST", "/v23.0/1/whatsapp_business_profile", b""),
        ("POST", "/v23.0/1/whatsapp_business_profile", b"websites="),
        ("POST", "/v1/configs/webhook", b""),
        ("PUT", "/v1/HXXXXXXX071US/whatsapp/number", b""),
        ("POST", "/app/api/v2/update-profile", b""),
        ("PUT", "/_sandbox/numbers/meta/1", b""),
        ("PUT", "/_sandbox/faults", b""),
    ],
)
def test_json_that_cannot_be_taken_is_refused_and_journaled(
    client: httpx.Client, method: str, where: str, name: bytes
) -> None:
    kind = "application/x-www-form-urlencoded" if name else "application/json"
    found = [client.request(method, where, content=name + body, headers={"content-type": kind}) for body in STRANGE]
    assert [reply.status_code for reply in found if reply.status_code >= 500] == []
    # A request that was taken would end every look at the journal.
    journal = client.get("/_sandbox/requests")
    assert (journal.status_code, len(journal.json()["requests"])) == (
        200,
        0 if where.startswith("/_") else len(STRANGE),
    )
