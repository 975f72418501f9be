"""Serves the sandbox on a loopback socket: the application on an inner port, behind a proxy that can misbehave.

Head, relay: one client connection ↔ the application, byte by byte.
serve: (application, host, port) → until SIGINT or SIGTERM.
running: (application, host, port) → a base URL, for as long as the context lasts.

The proxy forwards requests unread, marks them as proxied, and enacts the socket fault that a reply's header asks for.
The application decides which request is hit, because only it knows what a request is about.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import signal
import socket
import struct
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.sandbox.exchange import FAULT_HEADER, PROXIED_HEADER
from reconciler.sandbox.faults import Fault

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

_GARBAGE = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc this is not HTTP\r\n\r\n"
LONGEST_HEAD = 1024 * 1024
_BODILESS = frozenset({"204", "304"})


@dataclass(frozen=True)
class Head:
    """The first line and the header lines of a message, as they were sent."""

    first: bytes
    lines: tuple[bytes, ...]

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""
        pairs = (line.decode("latin-1").partition(":") for line in self.lines)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    def without(self, *names: str) -> Head:
        """Leave out some headers."""
        kept = (line for line in self.lines if line.decode("latin-1").partition(":")[0].strip().lower() not in names)
        return Head(self.first, tuple(kept))

    def __bytes__(self) -> bytes:
        return b"\r\n".join([self.first, *self.lines, b"", b""])


async def relay(reader: StreamReader, writer: StreamWriter, *, port: int) -> None:
    """Serve one client connection from the application on loopback port `port`, until either side ends it."""
    upstream, to_upstream = await asyncio.open_connection("127.0.0.1", port, limit=LONGEST_HEAD)
    try:
        while await _relay_one(reader, writer, upstream=upstream, to_upstream=to_upstream):
            pass
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # one side is gone: no reply can be delivered
    finally:
        for stream in (to_upstream, writer):
            stream.close()


async def _relay_one(
    reader: StreamReader, writer: StreamWriter, *, upstream: StreamReader, to_upstream: StreamWriter
) -> bool:
    """Relay one request and its reply; False when the connection is over."""
    request = await _read_head(reader)
    if request.headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _read_body(reader, request)
    marked = request.without("expect", PROXIED_HEADER)
    to_upstream.write(bytes(Head(marked.first, (*marked.lines, f"{PROXIED_HEADER}: 1".encode()))) + body)
    reply = await _read_head(upstream)
    bodiless = request.first.startswith(b"HEAD ") or reply.first.split()[1].decode() in _BODILESS
    content = b"" if bodiless else await _read_body(upstream, reply)
    fault = reply.headers.get(FAULT_HEADER)
    if fault is not None:
        told = reply.without(FAULT_HEADER)
        await _misbehave(reader, writer, fault=Fault.parse(json.loads(fault)), head=bytes(told), body=content)
        return False
    writer.write(bytes(reply) + content)
    await writer.drain()
    return "close" not in (request.headers.get("connection", "").lower(), reply.headers.get("connection", "").lower())


async def _misbehave(reader: StreamReader, writer: StreamWriter, *, fault: Fault, head: bytes, body: bytes) -> None:
    """Enact the fault on the client, in place of a whole reply."""
    match fault.kind:
        case "reset":
            _reset(writer)
        case "hang":
            await reader.read()  # until the client gives up
        case "drip":
            for byte in head + body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(fault.pause)
        case "truncate":
            writer.write(head + body[: fault.bytes])
            await writer.drain()
        case _:  # garbage
            writer.write(_GARBAGE)
            await writer.drain()


def _reset(writer: StreamWriter) -> None:
    """Close so that the client sees a reset: a linger time of zero sends RST in place of FIN."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _read_head(reader: StreamReader) -> Head:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).removesuffix(b"\r\n\r\n").split(b"\r\n")
    return Head(first, tuple(lines))


async def _read_body(reader: StreamReader, head: Head) -> bytes:
    """Read a body as it was sent, chunks with their framing."""
    if "chunked" not in head.headers.get("transfer-encoding", "").lower():
        return await reader.readexactly(int(head.headers.get("content-length", "0")))
    parts: list[bytes] = []
    while True:
        size = await reader.readuntil(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        parts += [size, await reader.readexactly(length + 2)]
        if length == 0:
            return b"".join(parts)


_BACKLOG = 128
_STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})


def serve(app: ASGIApp, *, host: str = "127.0.0.1", port: int, ready: Callable[[int], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM, on loopback only.

    Port 0 takes any free one; `ready` is called with the port as soon as connections are taken.
    """
    # Blocked before the serving thread starts, because it inherits the mask: every signal then arrives at sigwait.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        with _listening(app, host=host, port=port) as taken:
            if ready is not None:
                ready(taken)
            signal.sigwait(_STOPPING)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def running(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve from a thread for as long as the context lasts; gives the base URL."""
    with _listening(app, host=host, port=port) as taken:
        yield f"http://[{host}]:{taken}" if ":" in host else f"http://{host}:{taken}"


@contextmanager
def _listening(app: ASGIApp, *, host: str, port: int) -> Iterator[int]:
    """Serve in a thread of its own and give the port; connections are accepted even before the thread runs."""
    server = _server(app)
    outer = _bound(host, port=port)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(_serve(server, outer, stop=stop))

    thread = threading.Thread(target=run, name="sandbox", daemon=True)
    thread.start()
    try:
        yield outer.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _serve(server: uvicorn.Server, outer: socket.socket, *, stop: asyncio.Event) -> None:
    inner = _bound("127.0.0.1", port=0)
    serving = asyncio.create_task(server.serve(sockets=[inner]))
    relays: set[asyncio.Task[None]] = set()

    def connected(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(relay(reader, writer, port=inner.getsockname()[1]))
        relays.add(task)
        task.add_done_callback(relays.discard)

    front = await asyncio.start_server(connected, sock=outer, limit=LONGEST_HEAD)
    await stop.wait()
    front.close()
    for task in relays:
        task.cancel()
    await asyncio.gather(*relays, return_exceptions=True)
    server.should_exit = True
    await serving


def _server(app: ASGIApp) -> uvicorn.Server:
    """Configure uvicorn as a part, not as a program: no signals, no log, no trust in forwarding headers."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            proxy_headers=False,
            # The proxy decides when a connection ends; one that waits for its next request is not idle.
            timeout_keep_alive=3600,
            timeout_graceful_shutdown=1,
        )
    )


def _bound(host: str, *, port: int) -> socket.socket:
    """Listen on a loopback address only: the sandbox checks no client."""
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    if not address.is_loopback:
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # Named as TCP: otherwise asyncio leaves Nagle's delay (40 ms a reply) on for accepted connections.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((str(address), port))
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound
