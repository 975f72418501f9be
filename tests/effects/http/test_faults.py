"""What can go wrong on a socket: each is one failed call, and one sentence, that says whether it may have acted."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from reconciler.core.provider import CallFailed, Failure, FailureKind, Read, Reply, Write
from reconciler.effects.http.client import PICTURE_CAP, REPLY_CAP, ReadClient
from reconciler.effects.http.plain_client import PlainClient, exchanged
from reconciler.effects.http.sending import WriteClient
from reconciler.effects.world import Patience
from tests.support import target
from tests.support.effects import TOKEN, line, one
from tests.support.sockets import (
    Act,
    ClientSocket,
    Heard,
    Server,
    drip,
    each,
    hang,
    head,
    reply,
    reset,
    slow_head,
    verbatim,
)

HINT = "check the network and the endpoint"
ENDED = "127.0.0.1 cannot be reached: the connection ended, or what came is no HTTP reply"
LATE = "127.0.0.1 cannot be reached: no whole reply within 1 s"
LARGE = f"the reply is larger than {REPLY_CAP} bytes"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OVER = b"x" * (REPLY_CAP + 1)
WHOLE = head(200, 2) + b"{}"

LONG = Patience()
# The deadline of one request is what is tested, so it is near. A busy machine must still reach the server within it.
SHORT = Patience(request=1.0)


def once(server: Server, patience: Patience = LONG) -> Failure:
    """Return how a write that may not be repeated fails."""

    async def run() -> Failure:
        async with WriteClient(line(server.origin, patience=patience)) as sending:
            with pytest.raises(CallFailed) as failed:
                await sending.drive(one(Write("POST", "/1", {"about": "New"})))
            return failed.value.failure

    return asyncio.run(run())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"\x00\xff\xfe nonsense\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        head(200, None, X_Long="x" * 200_000),
        head(200, 100) + b'{"success": tr',
        CHUNKED + b'f\r\n{"success": tru',
        CHUNKED + b"zz\r\n{}",
    ],
    ids=[
        "nothing",
        "half a line",
        "half a head",
        "garbage",
        "another protocol",
        "no status",
        "no length",
        "endless header",
        "cut body",
        "cut chunk",
        "bad chunk",
    ],
)
def test_what_is_no_whole_http_reply_leaves_open_whether_the_call_acted(data: bytes) -> None:
    with Server(each(verbatim(data))) as server:
        failure = once(server)
        assert len(server.heard) == 1
    assert failure == Failure(kind=FailureKind.UNREACHABLE, summary=ENDED, hint=HINT, sent=True)


@pytest.mark.parametrize("act", [hang, drip, slow_head])
def test_what_does_not_end_is_cut_off_at_the_deadline_of_the_request(act: Act) -> None:
    """The clock on the wall counts: a byte now and then would satisfy a limit for each chunk for ever."""
    with Server(each(act)) as server:
        failure = once(server, SHORT)
        assert len(server.heard) == 1
    assert failure == Failure(kind=FailureKind.UNREACHABLE, summary=LATE, hint=HINT, sent=True, hung=True)


def test_a_connection_that_is_reset_after_the_request_may_have_acted() -> None:
    with Server(each(reset)) as server:
        failure = once(server)
        assert len(server.heard) == 1
    assert (failure.kind, failure.sent, failure.did_nothing) == (FailureKind.UNREACHABLE, True, False)
    assert failure.summary == "127.0.0.1 cannot be reached: the connection broke (ReadError)"


def test_a_connection_that_is_reset_before_the_request_was_read_may_have_acted_for_all_we_know() -> None:
    with Server(each(reply()), refuse_unread=True) as server:
        failure = once(server)
        assert server.heard == []
    assert (failure.kind, failure.sent) == (FailureKind.UNREACHABLE, True)


def test_without_a_listening_server_nothing_was_sent() -> None:
    with Server(each(reply())) as server:
        pass
    failure = once(server)
    assert failure == Failure(
        kind=FailureKind.UNREACHABLE,
        summary="127.0.0.1 cannot be reached: no connection (All connection attempts failed)",
        hint=HINT,
        sent=False,
    )


@pytest.mark.parametrize(("problem", "hung"), [(httpx.ConnectTimeout, True), (httpx.ConnectError, False)])
def test_a_host_that_takes_no_connection_in_time_hangs_and_one_that_refuses_it_does_not(
    problem: type[httpx.TransportError], hung: bool
) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise problem("")

    async def run() -> Reply | Failure:
        async with PlainClient(httpx.MockTransport(refuse), {}, agent="a", chunk=1.0) as client:
            asked = client.build_request("GET", httpx.URL("http://127.0.0.1/"))
            return await exchanged(client, asked, cap=1, deadline=30.0)

    found = asyncio.run(run())
    assert isinstance(found, Failure)
    assert (found.sent, found.hung) == (False, hung)


def test_a_chunk_that_stays_away_is_a_failed_call_too() -> None:
    with Server(each(hang)) as server:
        failure = once(server, Patience(chunk=0.05))
    summary = "127.0.0.1 cannot be reached: it stopped answering"
    assert failure == Failure(kind=FailureKind.UNREACHABLE, summary=summary, hint=HINT, sent=True, hung=True)


@pytest.mark.parametrize(
    "act",
    [
        reply(OVER),
        verbatim(head(200, None) + OVER),
        verbatim(CHUNKED + f"{len(OVER):x}\r\n".encode() + OVER + b"\r\n0\r\n\r\n"),
        verbatim(head(200, 10**15) + OVER),
    ],
    ids=["with its length", "until the end", "in chunks", "without an end"],
)
def test_a_reply_that_is_a_byte_too_large_is_none(act: Act) -> None:
    with Server(each(act)) as server:
        failure = once(server)
    assert failure == Failure(kind=FailureKind.GARBAGE, summary=LARGE, sent=True)


def test_a_reply_as_large_as_allowed_is_taken() -> None:
    body = b'{"a": "' + b"x" * (REPLY_CAP - 9) + b'"}'
    with Server(each(reply(body))) as server:
        found = asyncio.run(_read(server.origin))
    assert (len(body), found.body) == (REPLY_CAP, body)


async def _read(origin: str) -> Reply:
    async with ReadClient(line(origin)) as looking:
        return await looking.drive(one(Read("/1")))


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_a_picture_has_a_cap_of_its_own(more: int, taken: bool) -> None:
    body = b"x" * (PICTURE_CAP + more)

    async def run(origin: str) -> bytes | Failure:
        async with ReadClient(line(origin)) as looking:
            return await looking.picture(f"{origin}/p")

    with Server(each(reply(body))) as server:
        found = asyncio.run(run(server.origin))
    too_large = Failure(kind=FailureKind.GARBAGE, summary=f"the reply is larger than {PICTURE_CAP} bytes")
    assert found == (body if taken else too_large)


@pytest.mark.parametrize("act", [hang, drip, slow_head])
def test_a_host_that_hangs_for_two_numbers_is_given_up(act: Act) -> None:
    async def run(origin: str) -> list[str]:
        found = []
        async with ReadClient(line(origin, patience=SHORT)) as looking:
            for name in ("berlin", "munich", "cologne"):
                with pytest.raises(CallFailed) as failed:
                    await looking.drive(one(Read("/1")), target=target(name))
                found.append(failed.value.failure.summary)
        return found

    with Server(each(act)) as server:
        *hung, last = asyncio.run(run(server.origin))
        assert len(server.heard) == 3
    host = f"127.0.0.1:{server.port}"
    assert hung == [LATE] * 2
    assert last == f"{host} is given up for this run: calls for two profiles timed out, and none succeeded between"


@pytest.mark.parametrize("act", [hang, drip, reset, reply(OVER), verbatim(b"garbage\r\n\r\n"), verbatim(head(200, 9))])
def test_a_worker_goes_on_after_any_fault(act: Act) -> None:
    """It owns one connection, and a broken one must not block the next call."""

    def script(heard: Heard) -> Act:
        return act if heard.target == "/broken" else reply(b'{"id": "2"}')

    async def run(origin: str) -> tuple[FailureKind, bytes]:
        async with ReadClient(line(origin, patience=SHORT if act in (hang, drip) else LONG)) as looking:
            with pytest.raises(CallFailed) as failed:
                await looking.drive(one(Read("/broken")))
            return failed.value.failure.kind, (await looking.drive(one(Read("/2")))).body

    with Server(script) as server:
        kind, body = asyncio.run(run(server.origin))
    assert kind in {FailureKind.UNREACHABLE, FailureKind.GARBAGE}
    assert body == b'{"id": "2"}'


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced() -> None:
    def last(connection: ClientSocket, _: Heard) -> None:
        verbatim(head(200, 2, Connection="close") + b"{}")(connection, _)

    async def run(origin: str) -> list[bytes]:
        async with ReadClient(line(origin)) as looking:
            return [(await looking.drive(one(Read(path)))).body for path in ("/1", "/2")]

    with Server(each(last)) as server:
        assert asyncio.run(run(server.origin)) == [b"{}", b"{}"]
        assert server.connections == 2


@pytest.mark.parametrize("sent", [WHOLE * 2, WHOLE + head(200, 2)], ids=["two replies", "a reply and half of one"])
def test_a_reply_that_was_there_before_its_request_is_none(sent: bytes) -> None:
    """Two replies to one request shift all that follow: each would be taken for the reply of the next request."""

    def twice(connection: ClientSocket, heard: Heard) -> None:
        connection.send(sent if heard.target == "/1" else head(200, 8) + b'{"id":2}')

    async def run(origin: str) -> tuple[bytes, Failure, bytes]:
        async with WriteClient(line(origin)) as sending:
            first = await sending.drive(one(Write("POST", "/1", {"about": "New"})))
            with pytest.raises(CallFailed) as failed:
                await sending.drive(one(Write("POST", "/2", {"about": "New"})))
            third = await sending.drive(one(Write("POST", "/3", {"about": "New"})))
        return first.body, failed.value.failure, third.body

    with Server(each(twice)) as server:
        first, second, third = asyncio.run(run(server.origin))
    assert (first, third) == (b"{}", b'{"id":2}')
    summary = "127.0.0.1 cannot be reached: a reply came before its request"
    assert second == Failure(kind=FailureKind.UNREACHABLE, summary=summary, hint=HINT, sent=True)


@pytest.mark.parametrize("act", [reset, hang, reply(b"<html>", 500), verbatim(b"HTTP/1.1 200 OK\r\nA: b"), reply(OVER)])
def test_no_failure_tells_the_credential(act: Act) -> None:
    with Server(each(act)) as server:
        failure = once(server, SHORT if act is hang else LONG)
        assert server.first().headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in repr(failure)
    assert "\n" not in failure.summary
