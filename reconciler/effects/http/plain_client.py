"""PlainClient: one connection's requests, on the transport of httpx.

exchanged: (a client, a request, limits) → the whole reply, or why there is none.
served: (a reply of a picture host) → the reply, or what failed.

httpx's own client does more for each request than is wanted here: cookies, redirects, authorisation, a second reading
of each address. That is a third of what a read costs. Its transport keeps the connection, and speaks the protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Self, cast

from reconciler.core.provider import Failure, FailureKind, Reply

if TYPE_CHECKING:
    import httpx

_LAST_PORT = 65_535


class PlainClient:
    """Makes requests, and sends them. It follows no redirect, keeps no cookie, and sends no credential of its own.

    `others` has the transport for each scheme that `transport` is not for. One worker owns a client. Use it as an async
    context manager. `chunk` is how many seconds each part of a reply may take.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        others: Mapping[str, httpx.AsyncBaseTransport],
        *,
        agent: str,
        chunk: float,
    ) -> None:
        import httpx

        self._transport, self._others = transport, others
        self._timeout = httpx.Timeout(chunk).as_dict()
        self._headers: dict[str, tuple[str, str]] = {}
        self._headers = self._merged(
            [("Accept", "*/*"), ("Accept-Encoding", "identity"), ("Connection", "keep-alive"), ("User-Agent", agent)]
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection."""
        for transport in (self._transport, *self._others.values()):
            await transport.aclose()

    def build_request(
        self, method: str, url: httpx.URL, *, headers: Iterable[tuple[str, str]] = (), content: bytes | None = None
    ) -> httpx.Request:
        """Return a request with `headers`, which replace those that every request has."""
        import httpx

        every = [("Host", url.netloc.decode("ascii")), *self._merged(headers).values()]
        timeout = {"timeout": self._timeout}
        if method == "GET" and content is None:
            # httpx would look for the headers of a body that is not there.
            return httpx.Request(method, url, headers=every, stream=httpx.ByteStream(b""), extensions=timeout)
        return httpx.Request(method, url, headers=every, content=content, extensions=timeout)

    def _merged(self, headers: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
        return {**self._headers, **{name.lower(): (name, value) for name, value in headers}}

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send `request` once, and return the reply; its body is still to be read, and the reply to be closed."""
        transport = self._others.get(request.url.scheme, self._transport)
        try:
            return await transport.handle_async_request(request)
        except BaseException:
            # A tunnel in which TLS failed would keep the one place of its pool, and the next attempt wait for it.
            await transport.aclose()
            raise


class _UnaskedReply(Exception):
    """What is on the connection belongs to no request, so the connection is closed."""


class _Early:
    """Notices a reply that was read together with the one before it: it is nothing that the present request brought.

    Each later reply would be taken for that of the next request, as one number's profile for another's. A reply that is
    read from the network takes a turn of the event loop; one that is there already takes none.
    """

    def __init__(self) -> None:
        self._waited = False

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Take one of httpcore's events."""
        if event == "http11.receive_response_headers.started":
            asyncio.get_running_loop().call_soon(self._note)
        elif event == "http11.receive_response_headers.complete" and not self._waited:
            raise _UnaskedReply

    def _note(self) -> None:
        self._waited = True


async def exchanged(client: PlainClient, request: httpx.Request, *, cap: int, deadline: float) -> Reply | Failure:
    """Send `request` and read its reply, at most `cap` bytes of it, within `deadline` seconds of wall-clock time.

    httpx's own timeouts are for each chunk: one byte now and then would satisfy them for ever.
    """
    import httpx

    if not has_port(request.url):
        return _unreachable(request, f"no connection (no host has the port {request.url.port})", sent=False)
    early = _Early()
    request.extensions["trace"] = early.trace
    try:
        async with asyncio.timeout(deadline):
            response = await client.send(request)
            # An asynchronous transport answers with a stream of its kind. It is read here, without a layer between.
            stream = cast("httpx.AsyncByteStream", response.stream)
            try:
                body = await _capped(stream, cap)
            finally:
                await stream.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.PoolTimeout) as problem:
        late = isinstance(problem, httpx.TimeoutException)
        return _unreachable(request, f"no connection ({_said(problem)})", sent=False, hung=late)
    except TimeoutError:
        return _unreachable(request, f"no whole reply within {deadline:.0f} s", hung=True)
    except httpx.TimeoutException:
        return _unreachable(request, "it stopped answering", hung=True)
    except _UnaskedReply:
        return _unreachable(request, "a reply came before its request")
    except httpx.RemoteProtocolError:
        return _unreachable(request, "the connection ended, or what came is no HTTP reply")
    except httpx.LocalProtocolError:
        # Its message quotes the rejected header, which may be the credential.
        return _unreachable(request, "the request cannot be written", sent=False)
    except httpx.TransportError as problem:
        return _unreachable(request, f"the connection broke ({_said(problem)})")
    if body is None:
        return Failure(kind=FailureKind.GARBAGE, summary=f"the reply is larger than {cap} bytes")
    return Reply(status=response.status_code, headers=dict(response.headers.items()), body=body)


def served(reply: Reply) -> Reply | Failure:
    """Return a picture host's `reply` if it has a picture, or else what failed."""
    if reply.status == 200:
        return reply
    kind = FailureKind.TRANSIENT if reply.status >= 500 else FailureKind.NOT_FOUND
    return Failure(kind=kind, summary=f"the picture's host answered HTTP {reply.status}", after=reply.retry_after)


async def _capped(stream: httpx.AsyncByteStream, cap: int) -> bytes | None:
    """Return the body, or None if it is larger than `cap`; bytes beyond that are never held."""
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > cap:
            return None
    return bytes(body)


def _unreachable(request: httpx.Request, why: str, *, sent: bool = True, hung: bool = False) -> Failure:
    summary = f"{request.url.host} cannot be reached: {why}"
    hint = "check the network and the endpoint"
    return Failure(kind=FailureKind.UNREACHABLE, summary=summary, hint=hint, sent=sent, hung=hung)


def _said(problem: Exception) -> str:
    return str(problem) or type(problem).__name__


def has_port(url: httpx.URL) -> bool:
    """Return whether the address names no port, or one that a host can have."""
    return url.port is None or 0 < url.port <= _LAST_PORT
