"""cancel: (shops, what makes them slow, a moment and a signal) → an apply that is told to end, and what is wrong.

No verdict is about seconds, which a busy machine stretches. A run is late when it waits for a trouble that outlasts
`_BRAKE`. How its seconds compare with the waits that it is granted is measured by tests/benchmarks.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.crash.prepared import Copy, Prepared, copied
from tests.crash.slow import STORES, slow
from tests.crash.telling import untold
from tests.crash.world import Sent, sent

ALLOW = ("--auto-approve", "--allow", "webhook", "--allow", "first-contact", "--allow", "clear")
# An emergency brake: a run that has not ended by then waits for something that it should have given up.
_BRAKE = 120.0
_PATIENCE = 60.0
PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cancel:
    """What makes the run slow, for how long, and when it is told to end: `moment` seconds after what is awaited.

    Awaited is one of `start` (of the process), `reading` and `writing` (the first write reached the sandbox).
    """

    trouble: str
    seconds: float
    awaited: str
    moment: float
    signal: str

    def __str__(self) -> str:
        return f"{self.trouble}:{self.seconds}:{self.awaited}:{self.moment}:{self.signal}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        trouble, seconds, awaited, moment, name = text.split(":")
        return cls(trouble, float(seconds), awaited, float(moment), name)


@dataclass(frozen=True)
class Cancelled:
    """How a run ended that was told to, how long that took, and everything that is wrong."""

    cancel: Cancel
    end: str
    seconds: float
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Ran:
    code: int
    seconds: float
    told: bool
    braked: bool
    out: str
    err: str


def cancelled(prepared: Mapping[str, Prepared], cancel: Cancel) -> Cancelled:
    """Start an apply, tell it to end, judge how it did, and let another one finish."""
    with copied(prepared[STORES[cancel.trouble]]) as copy:
        with slow(copy, cancel.trouble, seconds=cancel.seconds):
            ran = _run(copy, cancel)
        received = sent(copy.root)
        found = [*_ending(ran, cancel, received), *untold(copy, ran.out, received)]
        for saved in (copy.root / ".reconciler").glob("recovery-*.json"):
            found += [] if saved.name in ran.out else [f"{saved.name} is named nowhere"]
            saved.unlink()
        found += copy.finish(received)
        return Cancelled(cancel, _kind(ran, received), ran.seconds if ran.told else 0.0, tuple(found))


def _run(copy: Copy, cancel: Cancel) -> _Ran:
    words = [sys.executable, "-m", "reconciler", "-C", str(copy.root), "apply", *ALLOW, "--json", "-v"]
    out, err = copy.folder / "out", copy.folder / "err"
    environ = {**copy.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(copy.folder)}
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(words, env=environ, stdout=stdout, stderr=stderr, start_new_session=True)
        _until(lambda: process.poll() is not None or _come(cancel.awaited, copy, err))
        time.sleep(cancel.moment)
        told, braked = process.poll() is None, False
        began = time.monotonic()
        process.send_signal(signal.Signals[cancel.signal])
        try:
            process.wait(_BRAKE)
        except subprocess.TimeoutExpired:
            braked = True
            process.kill()
        code = process.wait()
        seconds = time.monotonic() - began
    return _Ran(code, seconds, told, braked, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def _come(awaited: str, copy: Copy, err: Path) -> bool:
    """Say whether what the signal waits for has come."""
    match awaited:
        case "start":
            return True
        case "reading":
            return b"Reading" in err.read_bytes()
        case "writing":
            return bool(sent(copy.root))
        case _:
            raise ValueError(awaited)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)


def _ending(ran: _Ran, cancel: Cancel, received: list[Sent]) -> Iterator[str]:
    if ran.braked:
        yield f"it had not ended {_BRAKE:.0f} seconds after the signal"
        return
    number = signal.Signals[cancel.signal]
    ends = {128 + number}
    # While Python begins, and again when all is said, signals are not ours: the system ends the process, and a shell
    # says the same number.
    if json.loads(ran.out)["exit_code"] == 0 if ran.out else not received:
        ends |= {0, -number}
    if ran.err.startswith(("Could not import runpy module", "Fatal Python error: init_")):
        ends.add(1)
    # Who holds the local ledger for longer than a run waits makes it stop.
    alone = {0, 1, 6} if cancel.trouble == "lock" else {0}
    if ran.code not in (ends if ran.told else alone):
        yield f"it ended with {ran.code}: {ran.err[-2000:]}"


def _kind(ran: _Ran, received: list[Sent]) -> str:
    if not ran.told:
        return "over before"
    return ("while writing" if received else "before any write") if ran.out else "without a report"
