from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast
from urllib.parse import quote

import pytest

from reconciler.core.provider import Call, CallFailed, Exchange, Failure, FailureKind, Read, Reply, Upload, Write
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.client import NotARead, ReadClient
from tests.support import AGENT, picture, target
from tests.support.effects import TOKEN, Clock, error, line, look, looking, one
from tests.support.sockets import Server, each, reply

EVIL = "evil.example"


@dataclass(frozen=True, slots=True)
class Disguised(Read):
    """A read that says of itself that it writes."""

    method: str = "POST"
    body: Any = None
    headers: tuple[tuple[str, str], ...] = (("X-HTTP-Method-Override", "DELETE"),)
    content: bytes = b"gone"


class NotEvenACall:
    """It only looks like one."""

    method = "DELETE"
    path = "/x"
    query = ()
    upload = False


def test_what_comes_back_is_the_whole_reply_with_lower_case_header_names() -> None:
    with Server(each(reply(b'{"id": "1"}', 200, X_Thing="Yes"))) as server:
        found = look(line(server.origin), Read("/v1/1"))
    assert found == [
        Reply(status=200, headers={"content-length": "11", "x-thing": "Yes"}, body=b'{"id": "1"}'),
    ]


def test_an_exchange_ends_with_its_own_result() -> None:
    def both() -> Exchange[list[bytes]]:
        first = yield Read("/one")
        second = yield Read("/two")
        return [first.body, second.body]

    with Server(each(reply(b'{"a": 1}'), reply(b'{"b": 2}'))) as server:
        found = looking(line(server.origin), lambda mine: mine.drive(both()))
    assert found == [b'{"a": 1}', b'{"b": 2}']


def test_a_failed_call_is_thrown_into_the_exchange_which_may_go_on() -> None:
    def resumed() -> Exchange[tuple[FailureKind, bytes]]:
        try:
            yield Read("/refused")
        except CallFailed as failed:
            kind = failed.failure.kind
        else:
            raise AssertionError
        return kind, (yield Read("/taken")).body

    with Server(each(reply(error(100)), reply(b"{}"))) as server:
        found = looking(line(server.origin), lambda mine: mine.drive(resumed()))
    assert found == (FailureKind.REJECTED, b"{}")


def test_one_worker_has_one_connection_and_keeps_it() -> None:
    with Server(each(reply())) as server:
        look(line(server.origin), Read("/a"), Read("/b"), Read("/c"))
    assert (server.connections, server.seen) == (1, ["GET /a", "GET /b", "GET /c"])


# Looking cannot write


@pytest.mark.parametrize(
    "call",
    [
        Write("POST", "/v1/1", {"about": "Gone"}, repeatable=True),
        Write("PUT", "/v1/1"),
        Upload("/v1/upload:1", picture()),
        cast("Call", NotEvenACall()),
        cast("Call", "DELETE / HTTP/1.1"),
        cast("Call", None),
    ],
    ids=lambda call: type(call).__name__,
)
def test_a_client_that_looks_has_no_code_to_send_a(call: Call) -> None:
    with Server(each(reply())) as server:
        with pytest.raises(NotARead) as refused:
            look(line(server.origin), call)
        assert server.connections == 0
    assert str(refused.value) == f"a client that only looks was given a {type(call).__name__}"


def test_a_read_in_disguise_is_sent_as_the_read_that_it_is() -> None:
    with Server(each(reply())) as server:
        look(line(server.origin), Disguised("/v1/1"))
    (heard,) = server.heard
    assert (heard.method, heard.target, heard.body) == ("GET", "/v1/1", b"")
    assert "x-http-method-override" not in heard.headers


@pytest.mark.parametrize(
    "path",
    [
        f"@{EVIL}/",
        f":80@{EVIL}/",
        f":secret@{EVIL}/",
        f"\\@{EVIL}/",
        f".{EVIL}/",
        "9/",
        f"https://{EVIL}/",
        f"x@{EVIL}:443/",
    ],
)
def test_a_path_that_leads_away_is_never_sent(path: str) -> None:
    with Server(each(reply())) as server:
        with pytest.raises((ValueError, CallFailed)) as refused:
            look(line(server.origin), Read(path))
        assert server.connections == 0
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("path", ["/a\r\nX-Evil: 1", "/a\nb", "/a\x00b", "/a\tb", "/\x7f", "/a?b=\r\n"])
def test_a_path_with_control_characters_is_never_sent(path: str) -> None:
    with Server(each(reply())) as server:
        with pytest.raises(CallFailed, match="an earlier reply leads nowhere"):
            look(line(server.origin), Read(path))
        assert server.connections == 0


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (f"//{EVIL}/x", f"//{EVIL}/x"),
        (f"/{EVIL}@x", f"/{EVIL}@x"),
        (f"/https://{EVIL}/x", f"/https://{EVIL}/x"),
        (f"/\\{EVIL}/x", f"/\\{EVIL}/x"),
        ("/a/../../../etc", "/etc"),
        ("/a b", "/a%20b"),
        ("/ä", "/%C3%A4"),
        ("/a#b", "/a"),
        ("?a=b", "/?a=b"),
        ("", "/"),
    ],
)
def test_a_strange_path_stays_below_the_endpoint(path: str, target: str) -> None:
    with Server(each(reply())) as server:
        look(line(server.origin), Read(path))
    (heard,) = server.heard
    assert (heard.method, heard.target) == ("GET", target)
    assert heard.headers["host"] == f"127.0.0.1:{server.port}"


def test_an_upload_session_goes_out_as_it_came() -> None:
    """The id holds a query string of its own, whose signature would not survive a rewriting (fact M-13)."""
    session = "/v23.0/upload:MTphdHRhY2g6=/x%2Fy?sig=ARZ-q_A~b+c%3D%3D"
    with Server(each(reply())) as server:
        look(line(server.origin), Read(session, upload=True))
    assert server.seen == [f"GET {session}"]


def test_a_query_is_escaped_so_that_a_value_stays_a_value() -> None:
    query = (("fields", "id,name"), ("after", "a&b=c#d\r\n"), ("limit", "1"))
    with Server(each(reply())) as server:
        look(line(server.origin), Read("/1", query))
    assert server.seen == ["GET /1?fields=id%2Cname&after=a%26b%3Dc%23d%0D%0A&limit=1"]


# The credential


def test_the_credential_travels_in_the_providers_header() -> None:
    with Server(each(reply())) as server:
        look(line(server.origin), Read("/1"), Read("/upload:1", upload=True))
    assert [heard.headers["authorization"] for heard in server.heard] == [f"Bearer {TOKEN}", f"OAuth {TOKEN}"]
    assert all(TOKEN not in heard.target for heard in server.heard)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_so_carries_no_credential_away(status: int) -> None:
    with Server(each(reply())) as elsewhere, Server(each(reply(b"", status, Location=elsewhere.origin))) as server:
        with pytest.raises(CallFailed) as failed:
            look(line(server.origin), Read("/1"))
        assert (elsewhere.connections, server.seen) == (0, ["GET /1", "GET /1"])
    assert failed.value.failure.summary == f"the reply (HTTP {status}) is no JSON object"


def test_a_redirect_that_is_no_link_is_a_reply_as_every_redirect_is() -> None:
    with Server(each(reply(b"", 302, Location="http://[::"))) as server, pytest.raises(CallFailed) as failed:
        look(line(server.origin), Read("/1"))
    assert failed.value.failure.summary == "the reply (HTTP 302) is no JSON object"


def test_no_cookie_is_kept() -> None:
    with Server(each(reply(Set_Cookie="id=1; Path=/"))) as server:
        look(line(server.origin), Read("/1"), Read("/2"))
    assert [heard.headers.get("cookie", "") for heard in server.heard] == ["", ""]


def test_only_what_is_needed_is_said_about_us() -> None:
    with Server(each(reply())) as server:
        look(line(server.origin), Read("/1"))
    assert dict(server.heard[0].headers) == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": AGENT,
        "authorization": f"Bearer {TOKEN}",
    }


def test_no_representation_shows_the_credential() -> None:
    async def shown() -> str:
        async with ReadClient(line("http://127.0.0.1:9")) as mine:
            return f"{mine.access!r} {mine.access} {mine.access.connection!r} {mine!r}"

    found = asyncio.run(shown())
    access = "AccountAccess(http://127.0.0.1:9)"
    connection = "Connection(origin='http://127.0.0.1:9', picture_hosts=('http://127.0.0.1:9',))"
    assert found.startswith(f"{access} {access} {connection} <")
    assert TOKEN not in found


LONG = "word " * 400


def told(body: Any, status: int = 400, *, credential: str = TOKEN, log: list[str] | None = None) -> Failure:
    """Return the failure that a reply becomes."""
    world = replace(Clock().context(), log=(log if log is not None else []).append)
    with Server(each(reply(body, status))) as server, pytest.raises(CallFailed) as failed:
        look(line(server.origin, credential=credential, context=world), Read("/1"))
    return failed.value.failure


def test_no_text_of_a_server_is_repeated_beyond_a_sane_length() -> None:
    found = told(error(100, LONG, error_user_msg=f"{LONG}.", fbtrace_id=LONG)).cause
    assert (len(found.message), len(found.reason), len(found.trace)) == (300, 300, 80)
    assert all(text.endswith("word…") for text in (found.message, found.reason, found.trace))
    assert len(told(f"<p>{LONG}".encode(), 502).reason) <= 300


@pytest.mark.parametrize("secret", [TOKEN, 'a"b/c d  e&f'])
@pytest.mark.parametrize("where", ["message", "error_user_title", "error_user_msg", "fbtrace_id"])
def test_a_secret_is_taken_out_of_every_text_before_it_is_cut(where: str, secret: str) -> None:
    """A text that ends within the secret would show the half of it."""
    for before in range(280, 300, 3):
        found = told(error(100, **{"message": "No", where: f"{'x' * before}{secret}"}), credential=secret)
        shown = found.cause.text(trace=True)
        assert secret[:6] not in shown
        assert "⟨secret⟩"[: 299 - before] in shown or where == "fbtrace_id"


@pytest.mark.parametrize("page", ["<p>{} refused", "refused {}", "<b>no {}</b>"])
@pytest.mark.parametrize("spelling", [str, html.escape, partial(quote, safe="")])
def test_a_page_that_quotes_the_credential_shows_none(page: str, spelling: Callable[[str], str]) -> None:
    secret = "hush/very+secret  &=="
    found = told(page.format(spelling(secret)).encode(), 502, credential=secret)
    assert "⟨secret⟩" in found.reason
    assert "very" not in found.reason


def test_with_a_log_each_failed_call_is_told_with_its_trace() -> None:
    log: list[str] = []
    told(error(100, "Invalid parameter", error_user_msg="Too long.", fbtrace_id="AYMX"), log=log)
    assert log == ["Meta: Invalid parameter: Too long. [100, trace AYMX]"]


def test_the_log_names_the_profile_that_a_call_was_about() -> None:
    async def run(to: AccountAccess) -> None:
        async with ReadClient(to) as mine:
            await mine.drive(one(Read("/1")), target=target())

    log: list[str] = []
    world = replace(Clock().context(), log=log.append)
    with Server(each(reply(error(100, "No"), 400))) as server, pytest.raises(CallFailed):
        asyncio.run(run(line(server.origin, context=world)))
    assert log == ["berlin at Meta: No [100]"]


def test_a_credential_that_no_header_can_carry_is_not_quoted() -> None:
    """h11 says which header value it does not like; that is the credential."""
    with Server(each(reply())) as server:
        with pytest.raises(CallFailed) as failed:
            look(line(server.origin, clock=Clock(), credential=f"{TOKEN} "), Read("/1"))
        assert server.heard == []
    assert failed.value.failure.summary == "127.0.0.1 cannot be reached: the request cannot be written"
    assert failed.value.failure.sent is False


def test_a_failure_says_nothing_of_the_credential_even_with_its_causes() -> None:
    with Server(each(reply(error(190, "Invalid token")))) as server, pytest.raises(CallFailed) as failed:
        looking(line(server.origin), lambda mine: mine.drive(one(Read("/1"))))
    told = f"{failed.value} {failed.value.failure!r} {failed.value.__cause__!r} {failed.value.__context__!r}"
    assert TOKEN not in told
