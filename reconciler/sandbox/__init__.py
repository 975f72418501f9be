"""An independent stand-in for the providers' APIs, for trying things out and for tests.

It imports nothing else of `reconciler`: what judges the tool shares no code with it. What it imitates, which ids and
tokens are special and how to ask for faults is written in README.md beside this file.

Importing this package is cheap; Starlette and SQLite are loaded by the first `create_app`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["Number", "create_app"]


@dataclass(frozen=True)
class Number:
    """A number that an account's owner has: where the provider keeps it and how it is dialled.

    For Meta `address` is the phone number id, `number` is E.164 (`+493012345678`) and `group` the WABA id.
    """

    provider: str
    address: str
    number: str
    group: str = ""


def create_app(
    world: Path,
    *,
    numbers: Iterable[Number] = (),
    clock: Callable[[], float] = time.time,
    hosts: frozenset[str] | None = None,
) -> Starlette:
    """Make the ASGI application whose memory is the SQLite file `world`; it needs no lifespan events.

    `numbers` are registered, each with the first number that its address ever had in this world. A request to a host
    outside `hosts` (names, or `*.suffix` patterns) is answered 421; None answers every host.
    """
    from reconciler.sandbox.application import assemble

    return assemble(world, numbers=numbers, clock=clock, hosts=hosts)
