"""Puts the application together: every module of this package that has `ROUTES` takes part.

A provider is one file with `PROVIDER` (its name), `ROUTES` (Starlette routes) and `address_of(exchange, path_params)`
(which number a request is about, "" for none). Nothing else has to be told about it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

import reconciler.sandbox
from reconciler.sandbox import Number
from reconciler.sandbox.middleware import Faulted, Recorder
from reconciler.sandbox.world import World


def assemble(
    path: Path, *, numbers: Iterable[Number], clock: Callable[[], float], hosts: frozenset[str] | None
) -> Starlette:
    """Do what `reconciler.sandbox.create_app` promises."""
    world = World(path)
    with world.transaction():
        for n in numbers:
            world.register(n.provider, n.address, number=n.number, group=n.group)
    app = Starlette(
        routes=[route for module in _modules() for route in _routes(module)],
        middleware=[Middleware(Recorder, world=world, clock=clock, hosts=hosts)],
    )
    app.state.world = world
    # A path with one slash too many is unknown to the real APIs too.
    app.router.redirect_slashes = False
    return app


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(reconciler.sandbox.__path__):
        module = importlib.import_module(f"{reconciler.sandbox.__name__}.{found.name}")
        if hasattr(module, "ROUTES"):
            yield module


def _routes(module: ModuleType) -> Iterator[Route]:
    """Wrap a module's routes in its faults; as new routes, for the module's own serve every app of this process."""
    faults = Middleware(Faulted, provider=module.PROVIDER, address_of=module.address_of) if module.PROVIDER else None
    for route in module.ROUTES:
        middleware = [faults] if faults else []
        yield Route(route.path, route.endpoint, methods=list(route.methods), middleware=middleware)
