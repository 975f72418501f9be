"""The application: every provider of this package, inside two layers that journal requests and enact faults.

Recorder: every request but those to the controls → a journal entry.
Faulted: a provider's route → the same route, with the faults that were asked for.
create_app: (the world's file, numbers, clock, hosts) → the ASGI application.

A provider is one module with `PROVIDER` (its name), `ROUTES` (Starlette routes) and `address_of(exchange, path_params)`
(which number a request is about, "" for none). Every module with `ROUTES` takes part; no list names them.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import pkgutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.control import CONTROLS
from reconciler.sandbox.exchange import FAULT_HEADER, SCOPE_KEY, Exchange, exchange_of, journal_entry, open_exchange
from reconciler.sandbox.faults import SOCKET_FAULTS, Fault
from reconciler.sandbox.unknown_paths import refuse
from reconciler.sandbox.world import Number, World

_LARGEST_BODY = 32 * 1024 * 1024


class Recorder:
    """Outermost layer: reads the body, refuses foreign hosts, and journals every request but those to the controls."""

    def __init__(
        self, app: ASGIApp, *, world: World, clock: Callable[[], float], hosts: frozenset[str] | None = None
    ) -> None:
        self._app = app
        self._world = world
        self._clock = clock
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request inwards."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive)
        except ClientDisconnect:
            return  # a request that breaks off is not journaled
        x = open_exchange(scope, body or b"", world=self._world, clock=self._clock)
        inner = self._app
        if body is None:
            inner = PlainTextResponse("the sandbox takes bodies of up to 32 MiB", status_code=413)
        elif not answers(self._hosts, x.headers.get("host", "")):
            inner = PlainTextResponse(f"the sandbox does not answer for {x.headers.get('host', '')!r}", status_code=421)
        scope = {**scope, SCOPE_KEY: x}
        if scope["path"].startswith(CONTROLS):
            await inner(scope, _again(x.body, receive), send)
            return
        seq = self._world.record(journal_entry(x))
        await inner(scope, _again(x.body, receive), _journaled(send, x, seq))


class Faulted:
    """Layer around one route: names the provider and the address, then lets the faults meant for them happen."""

    def __init__(
        self, app: ASGIApp, *, provider: str, address_of: Callable[[Exchange, Mapping[str, str]], str]
    ) -> None:
        self._app = app
        self._provider = provider
        self._address_of = address_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request inwards, if no fault stops it."""
        x = exchange_of(scope)
        x.provider = self._provider
        x.address = self._address_of(x, scope["path_params"])
        if latency := x.take("latency"):
            await asyncio.sleep(latency.pause)
        if reply := x.take("reply"):
            await _reply(reply)(scope, receive, send)
            return
        socket = x.take(*SOCKET_FAULTS) if x.proxied else None
        if socket and socket.when == "before":
            await Response(status_code=503, headers=_asking(socket))(scope, receive, send)
            return
        await self._app(scope, receive, _marked(send, socket) if socket else send)


def answers(hosts: frozenset[str] | None, host: str) -> bool:
    """True if a Host header names one of `hosts`, each a name or a `*.suffix` pattern."""
    name = host.lower().rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host.lower()
    return hosts is None or name in hosts or any(h.startswith("*.") and name.endswith(h[1:]) for h in hosts)


async def _read(receive: Receive) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if not message.get("more_body", False):
            return b"".join(chunks) if size <= _LARGEST_BODY else None
        if size > _LARGEST_BODY:
            chunks.clear()


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the body, which was read already, once more; then pass on what the server says."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


def _journaled(send: Send, x: Exchange, seq: int) -> Send:
    async def settle_first(message: Message) -> None:
        # Before the reply leaves: a client that has its answer finds it in the journal.
        if message["type"] == "http.response.start":
            outcome = {"provider": x.provider, "address": x.address, "faults": x.enacted, "status": message["status"]}
            x.world.settle(seq, outcome)
        await send(message)

    return settle_first


def _reply(fault: Fault) -> Response:
    if isinstance(fault.body, str):
        return Response(fault.body, status_code=fault.status, headers=fault.headers)
    return JSONResponse(fault.body, status_code=fault.status, headers=fault.headers)


def _asking(fault: Fault) -> dict[str, str]:
    return {FAULT_HEADER: json.dumps(fault.as_data())}


def _marked(send: Send, fault: Fault) -> Send:
    headers = [(name.encode(), value.encode()) for name, value in _asking(fault).items()]

    async def mark(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *headers]}
        await send(message)

    return mark


def create_app(
    path: Path,
    *,
    numbers: Iterable[Number] = (),
    clock: Callable[[], float] = time.time,
    hosts: frozenset[str] | None = None,
) -> Starlette:
    """Make the ASGI application whose memory is the SQLite file `path`; it needs no lifespan events.

    `numbers` are registered. Each gets the first number that its address ever had in this world. A request to a host
    outside `hosts` (names, or `*.suffix` patterns) is answered 421; None answers every host.
    """
    world = World(path)
    with world.transaction():
        for n in numbers:
            world.register(n.provider, n.address, number=n.number, group=n.group)
    app = Starlette(
        routes=[route for module in _modules() for route in _routes(module)],
        middleware=[Middleware(Recorder, world=world, clock=clock, hosts=hosts)],
        exception_handlers={404: refuse, 405: refuse},
    )
    app.state.world = world
    # Which paths may end in a slash is each provider's own affair.
    app.router.redirect_slashes = False
    return app


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(sys.modules[__package__].__path__):
        module = importlib.import_module(f"{__package__}.{found.name}")
        if hasattr(module, "ROUTES"):
            yield module


@cache
def _routes(module: ModuleType) -> tuple[Route, ...]:
    """Wrap a module's routes in its faults, as new routes, which hold nothing of a world.

    A run has an app for each of its accounts, so they are made once.
    """
    faults = Middleware(Faulted, provider=module.PROVIDER, address_of=module.address_of) if module.PROVIDER else None
    middleware = [faults] if faults else []
    return tuple(
        Route(route.path, route.endpoint, methods=list(route.methods), middleware=middleware) for route in module.ROUTES
    )
