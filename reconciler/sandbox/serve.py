"""Serves the sandbox on a loopback socket: the application on an inner port, the proxy that can misbehave before it."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.sandbox.proxy import LONGEST_HEAD, relay

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

_BACKLOG = 128
_STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})


def serve(app: ASGIApp, *, host: str = "127.0.0.1", port: int, ready: Callable[[int], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM, on loopback only.

    Port 0 takes any free one; `ready` is called with the port as soon as connections are taken.
    """
    # Blocked before the serving thread starts, for it inherits that: no signal can arrive anywhere but at sigwait.
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
    """Serve in a thread of its own and give the port; connections are taken before the thread has even begun."""
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
    """Listen on a loopback address, and on no other: the sandbox believes everybody."""
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    if not address.is_loopback:
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # Named as TCP, or asyncio does not switch off Nagle's delay (40 ms a reply) on what it accepts.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((str(address), port))
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound
