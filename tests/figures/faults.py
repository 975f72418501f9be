"""What can go wrong with one reply on the wire: each fault as data, and the bytes that it sends in place of the reply.

A fault that `keeps` the reply spoils the provider's own one, so the provider did the work. Every other fault is told
before or after the work: then the reply says nothing of it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from reconciler.effects.http.client import PICTURE_CAP
from tests.support.sockets import Act, ClientSocket, Heard, HungUpError, drip, hang, head, reply, reset, verbatim

_PIECE = b"x" * 65536
# A compressed reply that would be a thousand times as large as the program may hold.
_BOMB = gzip.compress(bytes(64 * 1024 * 1024), compresslevel=9, mtime=0)


@dataclass(frozen=True)
class Answer:
    """The reply that the provider gives."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def head(self) -> bytes:
        """The reply up to its body."""
        lines = [b"%s: %s" % pair for pair in self.headers]
        return b"\r\n".join([b"HTTP/1.1 %d OK" % self.status, *lines, b"", b""])

    @property
    def whole(self) -> bytes:
        """The reply as it travels."""
        return self.head + self.body

    def with_body(self, body: bytes) -> bytes:
        """Return the reply with another body, and the length of that one."""
        kept = tuple(pair for pair in self.headers if pair[0] != b"content-length")
        length = (b"content-length", b"%d" % len(body))
        return Answer(self.status, (*kept, length), body).whole


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with a reply.

    `keeps`: it is made of the provider's reply. `hangs`: only a time-out ends it. `whole`: it concerns the account or
    its host, and not the one number alone. `refused`: from then on no connection is taken.
    """

    name: str
    act: Callable[[Answer], Act]
    keeps: bool = False
    hangs: bool = False
    whole: bool = False
    refused: bool = False


def sent(answer: Answer) -> Act:
    """Give the reply as it is."""
    return lambda connection, _: connection.send(answer.whole)


def _then_reset(data: bytes) -> Act:
    def act(connection: ClientSocket, _: Heard) -> None:
        connection.send(data)
        connection.reset()

    return act


def _then_hang(data: bytes) -> Act:
    def act(connection: ClientSocket, _: Heard) -> None:
        connection.send(data)
        connection.until_gone()

    return act


def _until_gone(first: bytes, piece: bytes) -> Act:
    """Send pieces until the client hangs up, but no more than several times what it may take."""

    def act(connection: ClientSocket, _: Heard) -> None:
        connection.send(first)
        for _again in range(3 * PICTURE_CAP // max(len(piece), 4096)):
            connection.send(piece)
        raise HungUpError

    return act


def _interim(connection: ClientSocket, _: Heard) -> None:
    connection.until_gone(lambda: connection.send(b"HTTP/1.1 100 Continue\r\n\r\n"))


def _dripped(answer: Answer) -> Act:
    def act(connection: ClientSocket, _: Heard) -> None:
        left = iter(answer.whole[:-1])
        connection.until_gone(
            lambda: connection.send(bytes([byte])) if (byte := next(left, None)) is not None else None
        )

    return act


def _spoiled(change: Callable[[bytes], bytes]) -> Callable[[Answer], Act]:
    return lambda answer: lambda connection, _: connection.send(answer.with_body(change(answer.body)))


def _json(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    def changed(body: bytes) -> bytes:
        try:
            return json.dumps(change(json.loads(body))).encode()
        except ValueError:
            return body[::-1]

    return changed


def _twice(body: bytes) -> bytes:
    """Say each key of the object twice, the second time with the opposite."""
    inner = body.strip()[1:-1]
    keys = json.loads(body) if body.startswith(b"{") else {}
    return b"{" + inner + b"".join(b',"%s":false' % key.encode() for key in keys) + b"}" if keys else body[::-1]


def _leaves(data: Any, value: Any) -> Any:
    if isinstance(data, dict):
        return {key: _leaves(one, value) for key, one in data.items()}
    if isinstance(data, list):
        return [_leaves(one, value) for one in data]
    return value


def _said(body: bytes | dict[str, Any] = b"", status: int = 200, **headers: str) -> Callable[[Answer], Act]:
    act = reply(body, status, **headers)
    return lambda _: act


def _raw(data: bytes) -> Callable[[Answer], Act]:
    return lambda _: verbatim(data)


def _plain(act: Act) -> Callable[[Answer], Act]:
    return lambda _: act


_PAGE = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_DEEP = b"[" * 100_000
_ERROR = {"error": {"message": "Something", "code": 1, "type": "OAuthException"}, "status": 1, "message": "Something"}

# What says both that a call succeeded and that it did not, in the words of each provider.
_CONTRADICTIONS = (
    b'{"status":820,"status":100,"message":"Success"}',
    b'{"status":100,"error":"no"}',
    b'{"status":200,"error":"no"}',
    b'{"success":false,"success":true}',
    b'{"success":true,"error":{"message":"no","code":1}}',
)


def _connections() -> Iterator[Fault]:
    yield Fault("connection refused", sent, whole=True, refused=True)
    yield Fault("reset before the reply", _plain(reset))
    yield Fault("reset in the head", lambda answer: _then_reset(answer.head[:20]), keeps=True)
    yield Fault("reset in the body", lambda answer: _then_reset(answer.whole[:-3]), keeps=True)
    yield Fault("reset after the reply", lambda answer: _then_reset(answer.whole), keeps=True)
    yield Fault("closed before the reply", _raw(b""))
    yield Fault("half a head", lambda answer: verbatim(answer.head[: len(answer.head) // 2]), keeps=True)
    yield Fault("half a body", lambda answer: verbatim(answer.head + answer.body[: len(answer.body) // 2]), keeps=True)
    yield Fault("hang before the reply", _plain(hang), hangs=True, whole=True)
    yield Fault("hang in the head", lambda answer: _then_hang(answer.head[:20]), keeps=True, hangs=True, whole=True)
    yield Fault("hang in the body", lambda answer: _then_hang(answer.whole[:-3]), keeps=True, hangs=True, whole=True)
    yield Fault("slow drip", _dripped, keeps=True, hangs=True, whole=True)
    yield Fault("endless drip", _plain(drip), hangs=True, whole=True)


def _framing() -> Iterator[Fault]:
    long = head(200, 10**15)
    yield Fault("length too large", lambda a: verbatim(head(200, len(a.body) + 5) + a.body), keeps=True)
    yield Fault("length too small", lambda a: verbatim(head(200, max(0, len(a.body) - 5)) + a.body), keeps=True)
    yield Fault("negative length", _raw(head(200, -1) + b"{}"))
    yield Fault("length of words", _raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"))
    yield Fault("two lengths", _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"))
    yield Fault("endless body", lambda _: _until_gone(long, _PIECE))
    yield Fault("endless chunks", lambda _: _until_gone(_CHUNKED, b"10000\r\n" + _PIECE + b"\r\n"))
    yield Fault("endless body without a length", lambda _: _until_gone(head(200, None), _PIECE))
    yield Fault("endless head", lambda _: _until_gone(b"HTTP/1.1 200 OK\r\n", b"X-More: " + _PIECE + b"\r\n"))
    yield Fault("endless interim replies", _plain(_interim), hangs=True, whole=True)
    yield Fault("bad chunk", _raw(_CHUNKED + b"zz\r\n{}"))
    yield Fault("cut chunk", _raw(_CHUNKED + b'f\r\n{"success": tru'))
    yield Fault("TLS alert", _raw(b"\x15\x03\x03\x00\x02\x02\x28"))
    yield Fault("another protocol", _raw(b"SSH-2.0-OpenSSH_9.6\r\n"))
    yield Fault("bytes", _raw(b"\x00\xff\xfe nonsense\r\n\r\n"))
    yield Fault("no status", _raw(b"HTTP/1.1 abc OK\r\n\r\n"))
    yield Fault("switched protocols", _raw(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"))
    yield Fault("two replies", lambda answer: verbatim(answer.whole * 2), keeps=True)


def _bodies() -> Iterator[Fault]:
    yield Fault("empty", _said())
    yield Fault("a page", _said(_PAGE, Content_Type="text/html"))
    yield Fault("words", _said(b"Everything is fine, really."))
    for name, body in (
        ("null", b"null"),
        ("true", b"true"),
        ("a number", b"100"),
        ("a text", b'"ok"'),
        ("a list", b"[]"),
    ):
        yield Fault(f"JSON: {name}", _said(body))
    yield Fault("JSON: an empty object", _said(b"{}"))
    for number, body in enumerate(_CONTRADICTIONS, start=1):
        yield Fault(f"success and failure in one, {number}", _said(body))
    yield Fault("deep JSON", _said(_DEEP))
    yield Fault("deep JSON in an object", _said(b'{"a":' * 100_000))
    yield Fault("a long number", _said(b'{"success":' + b"9" * 10_000 + b"}"))
    yield Fault("NaN", _said(b'{"success":NaN,"status":NaN}'))
    yield Fault("no UTF-8", _said(b'{"success":"\xff\xfe"}'))
    yield Fault("half a surrogate pair", _spoiled(_json(lambda data: _leaves(data, "\ud800"))), keeps=True)
    yield Fault("a byte order mark", _spoiled(lambda body: b"\xef\xbb\xbf" + body), keeps=True)
    yield Fault("UTF-16", _spoiled(lambda body: body.decode("latin-1").encode("utf-16")), keeps=True)
    yield Fault("cut JSON", _spoiled(lambda body: body[:-1]), keeps=True)
    yield Fault("words after the JSON", _spoiled(lambda body: body + b" and more"), keeps=True)
    yield Fault("duplicate keys", _spoiled(_twice), keeps=True)
    for name, value in (("nothing", None), ("lists", []), ("objects", {}), ("numbers", 0), ("truths", True)):
        yield Fault(f"{name} in place of values", _spoiled(_json(partial(_leaves, value=value))), keeps=True)
    yield Fault("gzip bomb", _said(_BOMB, Content_Encoding="gzip"))
    yield Fault("called gzip", lambda a: verbatim(head(200, len(a.body), Content_Encoding="gzip") + a.body), keeps=True)


def _statuses(foreign: str) -> Iterator[Fault]:
    for status in (301, 302, 303, 307, 308):
        yield Fault(f"{status} elsewhere", _said(b"", status, Location=f"{foreign}/v23.0/1"))
    yield Fault("302 nowhere", _said(b"", 302, Location="\x7f//["))
    for status in (202, 204, 206, 304, 400, 402, 404, 405, 408, 409, 410, 413, 418, 422, 425, 451):
        yield Fault(f"{status}", _said(_ERROR if status % 2 else b"", status))
    for status in (400, 404, 409, 422):
        yield Fault(f"{status} with an error", _said(_ERROR, status))
    for status in (500, 501, 502, 503, 504, 507, 520, 599):
        yield Fault(f"{status}", _said(_PAGE if status % 2 else _ERROR, status))
    yield Fault("502 as a page", _said(_PAGE, 502, Content_Type="text/html"))
    yield Fault("503, come back", _said(b"", 503, Retry_After="7"))
    yield Fault("999", _said(b"{}", 999))
    for status in (401, 403, 407, 429):
        yield Fault(f"{status}", _said(_ERROR, status), whole=True)
        yield Fault(f"{status} as a page", _said(_PAGE, status), whole=True)
    for wait in ("7", "100000", "-5", "1e400", "soon", "Fri, 31 Dec 2100 23:59:59 GMT", "9" * 5000):
        yield Fault(f"429, come back: {wait[:9]}", _said(b"", 429, Retry_After=wait), whole=True)
    usage = '{"1":[{"call_count":100,"estimated_time_to_regain_access":%s}]}'
    for minutes in ("1", "1e308", '"x"', "[]"):
        name = f"usage: {minutes}"
        yield Fault(name, _said(_ERROR, 400, X_Business_Use_Case_Usage=usage % minutes), whole=True)


def faults(foreign: str) -> tuple[Fault, ...]:
    """Return all faults; a redirect leads to `foreign`."""
    return (*_connections(), *_framing(), *_bodies(), *_statuses(foreign))
