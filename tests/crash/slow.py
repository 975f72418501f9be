"""slow: (shops, a trouble, seconds) → shops in which something takes that long, and well again afterwards."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from reconciler.sandbox.world import World
from tests.crash.prepared import Copy
from tests.crash.shops import WORLD
from tests.crash.stores import REMOTE, head_held

# The troubles, and the ledger that each of them is of.
STORES = {"sandbox": "local", "push": "git", "both": "git", "lock": "local", "row": "postgres"}
# Longer than a cancelled run is waited for, so that one which waits for the end of such a trouble is found out.
ENDLESS = 600.0
_PATIENCE = 60.0


@contextmanager
def slow(copy: Copy, trouble: str, *, seconds: float) -> Iterator[None]:
    """Make what the run needs slow, and well again afterwards."""
    with ExitStack() as stack:
        if trouble in ("sandbox", "both"):
            # Of both, a write never ends, and the outcome of that must still be stored.
            stack.enter_context(late(copy, seconds if trouble == "sandbox" else ENDLESS))
        if trouble in ("push", "both"):
            stack.enter_context(_pushing(copy.folder / REMOTE / "hooks" / "pre-receive", seconds))
        if trouble == "lock":
            stack.enter_context(_locked(copy.root / ".reconciler" / "ledger.sqlite3", seconds))
        if trouble == "row":
            stack.enter_context(head_held(copy.folder))
        yield


@contextmanager
def late(copy: Copy, seconds: float) -> Iterator[None]:
    """Let the sandbox answer so many seconds late, at least to what is not a read."""
    late = [{"kind": "latency", "method": method, "seconds": seconds} for method in ("POST", "PUT")]
    _faults(copy, *late, {"kind": "latency", "seconds": min(seconds, 0.2)})
    yield
    _faults(copy)


@contextmanager
def _pushing(hook: Path, seconds: float) -> Iterator[None]:
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nsleep {seconds}\n", encoding="utf-8")
    hook.chmod(0o755)
    yield
    hook.unlink()


def _faults(copy: Copy, *faults: Mapping[str, Any]) -> None:
    world = World(copy.root / WORLD)
    world.faults(faults)
    world.close()


@contextmanager
def _locked(path: Path, seconds: float) -> Iterator[None]:
    """Let somebody else write in the ledger's file again and again, each time for `seconds`."""
    over = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as database:
            while not over.is_set():
                database.execute("BEGIN IMMEDIATE")
                over.wait(seconds)
                database.execute("ROLLBACK")
                over.wait(seconds / 4)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        over.set()
        holder.join()
