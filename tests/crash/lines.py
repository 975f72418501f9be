"""Every line that an apply executes while it has something to lose: found by one run, then died at one by one.

A line is written `effects/apply.py:87`, as below reconciler/. Two lines are alike where a death at either leaves the
same bytes on disk: nothing else of a run outlives it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import reconciler
from tests.crash.processes import die

T = TypeVar("T")
_PACKAGE = Path(reconciler.__file__).parent
_NAMED = (
    *(
        "effects/apply.py",
        "effects/one_target.py",
        "effects/outcomes.py",
        "effects/http/client.py",
        "pipeline/apply.py",
    ),
    *("core/memory/records.py", "core/memory/lease.py", "core/memory/stored.py"),
    *("effects/files/writing.py", "pipeline/importing.py", "pipeline/editing.py", "pipeline/drift.py"),
    *("pipeline/history.py", "pipeline/ledger.py"),
    *(f"effects/ledger/{path.name}" for path in (_PACKAGE / "effects" / "ledger").glob("*.py")),
)
WATCHED = tuple((name, _PACKAGE / name) for name in _NAMED)
_NAMES = {str(path): name for name, path in WATCHED}


def executed(
    work: Callable[[], T], folder: Path, *, beside: Callable[[], bytes] = bytes
) -> tuple[T, Mapping[str, str]]:
    """Run `work`; return what it returned and each watched line, in the order in which they came first.

    With each line stands a digest of everything in `folder` at that moment, and of what is kept `beside` it.
    """
    seen: dict[str, str] = {}

    def at(line: str) -> None:
        if line not in seen:
            seen[line] = _left_in(folder, beside())

    return _traced(work, at), seen


def one_of_each_kind(lines: Mapping[str, str]) -> tuple[str, ...]:
    """Return the first of the lines at which a death leaves the same bytes."""
    first: dict[str, str] = {}
    for line, left in lines.items():
        first.setdefault(left, line)
    return tuple(first.values())


def _left_in(folder: Path, beside: bytes) -> str:
    """Return a digest of every file, but for the index of a database's log: the next run makes that anew."""
    found = sha256(beside)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith("-shm"):
            # What another thread removes meanwhile is not there.
            with suppress(FileNotFoundError):
                found.update(b"%s\0%s" % (str(path).encode(), sha256(path.read_bytes()).digest()))
    return found.hexdigest()


def dying_at(line: str, work: Callable[[], T]) -> T:
    """Run `work`, and die just before `line` is executed for the first time."""

    def at(here: str) -> None:
        if here == line:
            die()

    return _traced(work, at)


def _traced(work: Callable[[], T], at: Callable[[str], object]) -> T:
    def inside(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            at(f"{_NAMES[frame.f_code.co_filename]}:{frame.f_lineno}")
        return inside

    def entering(frame: FrameType, event: str, _: Any) -> Any:
        return inside if frame.f_code.co_filename in _NAMES else None

    before, in_threads = sys.gettrace(), threading.gettrace()
    # Commits run in threads of their own.
    threading.settrace(entering)
    sys.settrace(entering)
    try:
        return work()
    finally:
        sys.settrace(before)
        threading.settrace(in_threads)
