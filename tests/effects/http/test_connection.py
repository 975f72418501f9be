"""Where calls may go: the endpoint, its pictures' hosts, and through which proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.provider import CallFailed, Failure, FailureKind, Read, Reply
from reconciler.effects.http import connection
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.connection import Connection, connect, sandbox_numbers
from reconciler.effects.http.plain_client import exchanged
from reconciler.providers import providers
from reconciler.providers.meta import Meta
from tests.support import ADDRESS, NUMBER, target
from tests.support.effects import NOWHERE, TOKEN, Clock, account, line, look, looking, one
from tests.support.sockets import Server, each, pipe, reply, verbatim
from tests.support.tls import certificate, serving

META = "https://graph.facebook.com"
AT_META = Connection(META, ("*.whatsapp.net", "*.fbcdn.net"))


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy and no certificates but those that a test names."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    connection._ssl_context.cache_clear()
    yield
    connection._ssl_context.cache_clear()


def test_a_program_without_its_metadata_still_says_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_DISTRIBUTION", "wa-reconciler-of-no-index")
    connection._agent.cache_clear()
    asked = Connection(META, ()).client().build_request("GET", httpx.URL(META))
    assert asked.headers["user-agent"] == "wa-reconciler-of-no-index"
    connection._agent.cache_clear()


def made(endpoint: str, *, root: Path = NOWHERE) -> Connection:
    return connect(account(endpoint=endpoint), Meta.traits, [target()], context=Clock().context(root))


# Which way


def test_the_providers_own_endpoint_comes_with_its_picture_hosts() -> None:
    assert made(META) == AT_META


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8080", "https://proxy.example"])
def test_an_allowed_endpoint_serves_pictures_beside_the_providers_hosts(endpoint: str) -> None:
    assert made(endpoint) == Connection(endpoint, (*AT_META.picture_hosts, endpoint))


def test_the_sandbox_answers_for_the_providers_hosts_and_is_not_shown(tmp_path: Path) -> None:
    found = made("sandbox", root=tmp_path)
    assert (found.origin, found.picture_hosts, found.sandbox is None) == (META, AT_META.picture_hosts, False)
    assert repr(found) == repr(AT_META)
    assert (tmp_path / ".reconciler" / "sandbox.sqlite3").is_file()


def test_the_sandbox_knows_the_numbers_of_the_files(tmp_path: Path) -> None:
    way = line("http://127.0.0.1:9", context=Clock().context(tmp_path))

    async def run() -> Reply:
        sandboxed = ReadClient(
            type(way)(way.provider, made("sandbox", root=tmp_path), way.pace, way.context, "sandbox")
        )
        async with sandboxed as looking:
            return await looking.drive(one(Read(f"/v23.0/{ADDRESS}", (("fields", "display_phone_number"),))))

    assert asyncio.run(run()).json()["display_phone_number"].replace(" ", "") == NUMBER


@pytest.mark.parametrize(("waba_id", "group"), [("102290129340398", "102290129340398"), (None, "")])
def test_a_number_is_registered_under_its_account(waba_id: str | None, group: str) -> None:
    assert sandbox_numbers(account(waba_id=waba_id), Meta.traits, [target()]) == [("meta", ADDRESS, NUMBER, group)]


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / ".reconciler").write_text("in the way")
    with pytest.raises(EnvironmentProblem) as problem:
        made("sandbox", root=tmp_path)
    assert str(problem.value) == f"the folder {tmp_path}/.reconciler cannot be made: File exists"


@pytest.mark.parametrize(
    "origin", ["https://proxy.example:443", "https://xn--bcher-kva.example", "http://[::1]:80", "http://localhost:80"]
)
def test_an_endpoint_may_be_written_in_any_of_its_spellings(origin: str) -> None:
    """A port that goes without saying, and a name in punycode, are the same origin on both sides."""

    async def run() -> str:
        async with ReadClient(line(origin)) as looking:
            return str(looking._request(Read("/v1/1")).url.path)

    assert asyncio.run(run()) == "/v1/1"


# Pictures


@pytest.mark.parametrize(
    "url",
    [
        "https://pps.whatsapp.net/v/t61/1.jpg?oh=01&oe=65",
        "https://scontent.xx.fbcdn.net/a",
        "https://a.b.c.whatsapp.net/",
        "https://PPS.WhatsApp.NET/a",
        "https://pps.whatsapp.net:443/a",
        "https://pps。whatsapp。net/a",
    ],
)
def test_pictures_are_fetched_from_the_providers_hosts(url: str) -> None:
    assert AT_META.serves_picture(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://pps.whatsapp.net/a",
        "ftp://pps.whatsapp.net/a",
        "//pps.whatsapp.net/a",
        "pps.whatsapp.net/a",
        "file:///etc/passwd",
        "https://whatsapp.net/a",
        "https://whatsapp.net.evil.example/a",
        "https://pps.whatsapp.net.evil.example/a",
        "https://evilwhatsapp.net/a",
        "https://evil.example/pps.whatsapp.net",
        "https://evil.example/?.whatsapp.net",
        "https://evil.example#.whatsapp.net",
        "https://evil.example\\.whatsapp.net/",
        "https://evil.example%2F.whatsapp.net/",
        "https://evil.example%00.whatsapp.net/",
        "https://evil.example .whatsapp.net/",
        "https://evil.example\n.whatsapp.net/",
        "https://pps.whatsapp.net@evil.example/a",
        "https://user@pps.whatsapp.net/a",
        "https://user:word@pps.whatsapp.net/a",
        "https://pps.whatsapp.net:8443/a",
        "https://pps.whatsapp.net:99999/a",
        "https://pps.whatsapp.net./a",
        "https://[::1].whatsapp.net/a",
        "https://127.0.0.1/a",
        "https://graph.facebook.com/a",
        "https://пps.whatsapp.net/a",
        "https://",
        "",
    ],
)
def test_pictures_are_fetched_from_nowhere_else(url: str) -> None:
    assert not AT_META.serves_picture(url)


@pytest.mark.parametrize(
    ("url", "serves"),
    [
        ("http://127.0.0.1:8080/a", True),
        ("http://127.0.0.1:8081/a", False),
        ("https://127.0.0.1:8080/a", False),
        ("http://localhost:8080/a", False),
        ("http://user:word@127.0.0.1:8080/a", False),
        ("https://pps.whatsapp.net/a", True),
        ("https://scontent.xx.fbcdn.net/a", True),
        ("http://pps.whatsapp.net/a", False),
        ("https://graph.facebook.com/a", False),
        ("https://evil.example/a", False),
    ],
)
def test_at_an_allowed_endpoint_pictures_come_from_there_or_from_the_provider(url: str, serves: bool) -> None:
    """A proxy hands Meta's links on as they are; a stand-in serves its own."""
    assert made("http://127.0.0.1:8080").serves_picture(url) is serves


@pytest.mark.parametrize(
    ("host", "connects"),
    [
        ("localhost", True),
        # The certificate is not this host's, and it is checked although the endpoint has none.
        ("pps.whatsapp.net", False),
    ],
)
def test_a_picture_behind_a_plain_endpoint_is_fetched_over_tls_and_through_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, connects: bool
) -> None:
    with Server(each(reply(b"a picture")), tls=serving(tmp_path)) as server, Server(each(pipe(server.port))) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        origin = "http://127.0.0.1:9"
        way = replace(line(origin), connection=Connection(origin, ("*.whatsapp.net", "localhost", origin)))
        found = looking(way, lambda mine: mine.picture(f"https://{host}/p.png"))
        assert set(proxy.seen) == {f"CONNECT {host}:443"}
        # The last attempt says what is wrong: it does not wait for a tunnel of the attempt before.
        assert connects or (isinstance(found, Failure) and "certificate" in found.summary)
        assert [(heard.method, heard.target) for heard in server.heard] == ([("GET", "/p.png")] if connects else [])
        assert all(TOKEN.encode() not in heard.head for heard in (*server.heard, *proxy.heard))
    assert (found == b"a picture") is connects


@settings(max_examples=200)
@example("https://xn--")
@given(st.one_of(st.text(), st.text(max_size=20).map(lambda text: f"https://{text}.whatsapp.net/a")))
def test_whatever_a_reply_names_is_a_plain_host_below_the_providers_or_refused(url: str) -> None:
    if AT_META.serves_picture(url):
        parsed = httpx.URL(url)
        assert (parsed.scheme, parsed.port, parsed.userinfo) == ("https", None, b"")
        assert parsed.raw_host.endswith((b".whatsapp.net", b".fbcdn.net"))
        assert not set(parsed.raw_host.decode()) - set("abcdefghijklmnopqrstuvwxyz0123456789.-")


# Certificates and proxies


def failure(origin: str) -> Failure:
    with pytest.raises(CallFailed) as failed:
        look(line(origin), Read("/v23.0/1"))
    return failed.value.failure


def test_a_certificate_of_an_unknown_authority_ends_the_call_before_anything_is_sent(tmp_path: Path) -> None:
    with Server(each(reply()), tls=serving(tmp_path)) as server:
        found = failure(server.origin)
        assert server.heard == []
    assert (found.kind, found.sent) == (FailureKind.UNREACHABLE, False)


def test_ssl_cert_file_names_whom_to_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(each(reply(b'{"id": "1"}')), tls=serving(tmp_path)) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
        (found,) = look(line(server.origin), Read("/1"))
    assert found.json() == {"id": "1"}


def test_certificates_are_read_once_for_all_accounts_and_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them takes longer than a hundred calls."""
    reads: list[None] = []

    def read() -> object:
        reads.append(None)
        return made_once()

    made_once = httpx.create_ssl_context
    monkeypatch.setattr(httpx, "create_ssl_context", read)
    for origin in (META, META, "https://waba-v2.360dialog.io"):
        Connection(origin, ("*.whatsapp.net",)).client()
    assert len(reads) == 1


@pytest.mark.parametrize(("content", "why"), [(None, "No such file or directory"), ("none", "it holds no certificate")])
def test_certificates_that_cannot_be_used_are_said_before_the_first_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, why: str
) -> None:
    if content:
        certificate(tmp_path).write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
    with pytest.raises(EnvironmentProblem) as problem:
        made(META)
    assert str(problem.value) == f"SSL_CERT_FILE cannot be used: {why}"


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_is_asked_for_the_provider_and_told_no_credential(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    with Server(each(verbatim(b"HTTP/1.1 403 Not here\r\n\r\n"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}127.0.0.1:{proxy.port}")
        found = failure(META)
    assert proxy.seen == ["CONNECT graph.facebook.com:443"] * 4
    assert all(TOKEN.encode() not in heard.head for heard in proxy.heard)
    assert found == Failure(
        kind=FailureKind.UNREACHABLE,
        summary="graph.facebook.com cannot be reached: no connection (403 Not here)",
        hint="check the network and the endpoint",
        sent=False,
    )


def test_a_proxy_passes_on_what_it_cannot_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(each(reply(b'{"id": "1"}')), tls=serving(tmp_path)) as server, Server(each(pipe(server.port))) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        (found,) = look(line(server.origin), Read("/1"))
    assert (proxy.seen, server.seen) == ([f"CONNECT 127.0.0.1:{server.port}"], ["GET /1"])
    assert found.json() == {"id": "1"}


def test_an_address_with_a_port_that_no_host_has_is_not_reached() -> None:
    """GitHub names where an artifact is, and a reply can name any port."""

    async def asked(url: str) -> object:
        async with Connection("http://127.0.0.1:9", ()).client() as client:
            return await exchanged(client, client.build_request("GET", httpx.URL(url)), cap=10, deadline=9.0)

    found = asyncio.run(asked("http://127.0.0.1:99999/a"))
    assert isinstance(found, Failure)
    assert (found.kind, found.sent) == (FailureKind.UNREACHABLE, False)
    assert found.summary == "127.0.0.1 cannot be reached: no connection (no host has the port 99999)"


def test_a_connection_outlives_the_wait_for_a_turn() -> None:
    """A worker whose provider's rate is used up waits for the turns of all the others."""
    turns = (
        one.traits.rate.seconds / one.traits.rate.calls * 16 for one in providers().values() if one.traits.readable
    )
    assert connection._one_connection().keepalive_expiry == connection.KEPT_SECONDS
    assert max(turns) < connection.KEPT_SECONDS


def test_no_proxy_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(each(reply()), tls=serving(tmp_path)) as server, Server(each(reply())) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        monkeypatch.setenv("NO_PROXY", "example.org,127.0.0.1")
        look(line(server.origin), Read("/1"))
        assert (proxy.connections, server.seen) == (0, ["GET /1"])


def test_a_plain_endpoint_on_this_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(each(reply())) as server, Server(each(reply())) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        look(line(server.origin), Read("/1"))
        assert (proxy.connections, server.seen) == (0, ["GET /1"])


@pytest.mark.parametrize(
    "named",
    [
        *("socks5://user:word@proxy:1080", "ftp://proxy", "http://", "http://user:word@proxy:port", "user:word@:1"),
        *(f"http://user:word@127.0.0.1:{port}" for port in (0, 65536, 99999, "9" * 400)),
    ],
)
def test_a_proxy_that_cannot_be_used_is_said_before_the_first_call_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """Its address may hold a password."""
    monkeypatch.setenv("HTTPS_PROXY", named)
    with pytest.raises(EnvironmentProblem) as problem:
        made(META)
    assert str(problem.value) == "HTTPS_PROXY is not the address of a proxy: write http://host:port"
