"""A forked child that answers once or is killed, and its folder in memory where the machine has one."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where files cost nothing: what is killed here are processes, never the machine.
_IN_MEMORY = Path("/dev/shm")
# Seconds that git may take to end after its run.
_LONGEST = 30.0
SHELF = str(_IN_MEMORY) if _IN_MEMORY.is_dir() else tempfile.gettempdir()


@dataclass(frozen=True)
class Ended:
    """How a child ended: what it answered (None where it could not), whether it was killed, and how long it lived."""

    answer: Any
    killed: bool
    seconds: float


def forked(work: Callable[[], Any], *, kill_after: float | None = None) -> Ended:
    """Run `work` in a child of this process, which must have no threads; its answer comes back as JSON."""
    began = time.monotonic()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _be(work, writing)
    os.close(writing)
    if kill_after is not None:
        time.sleep(max(0.0, began + kill_after - time.monotonic()))
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return Ended(json.loads(said) if said else None, killed, time.monotonic() - began)


def _be(work: Callable[[], Any], pipe: int) -> None:
    """Be the child: work, answer, and be gone without the parent's own endings."""
    try:
        answer = work()
    except BaseException:  # noqa: BLE001 - a child must never go on as the parent
        answer = {"broken": traceback.format_exc()}
    os.write(pipe, json.dumps(answer).encode())
    os._exit(0)


def until_ended(folder: Path) -> None:
    """Wait until no process names `folder` in its command: git outlives a run that is killed."""
    ends = time.monotonic() + _LONGEST
    while any(bytes(folder) in _command(one) for one in Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < ends, f"a process still works in {folder}"
        time.sleep(0.005)


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def die() -> None:
    """End this process at once, as a machine that fails does."""
    os.kill(os.getpid(), signal.SIGKILL)
