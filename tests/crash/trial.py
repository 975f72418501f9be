"""trial: (shops, a way to die) → an apply that dies on its way, and everything that is wrong after it and the next one.

A way is `undisturbed`, `line:effects/apply.py:87`, or `moment:0.25`, a share of the time that an apply takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tests.crash.judge import after_kill
from tests.crash.lines import dying_at
from tests.crash.prepared import Copy, Prepared, broken, copied
from tests.crash.processes import Ended, forked, until_ended
from tests.crash.world import sent


@dataclass(frozen=True)
class Result:
    """What one trial showed: how far the run that died had come, and everything that is wrong."""

    way: str
    killed: bool
    received: int
    seconds: float
    problems: tuple[str, ...]


def trial(prepared: Prepared, way: str, *, whole: float = 0.0) -> Result:
    """Let one apply die, look at what it left, and let another one finish; a whole one takes so many seconds."""
    with copied(prepared) as copy:
        first = _first(copy, way, whole)
        # A push that arrives while the next run plans makes that one stop: test_late_push.py has it.
        until_ended(copy.folder)
        received = sent(copy.root)
        found = broken("the first run", first)
        found += after_kill(prepared.truth, received, ledger=copy.ledger)
        found += copy.finish(received)
        return Result(way, first.killed, len(received), first.seconds, tuple(found))


def _first(copy: Copy, way: str, whole: float) -> Ended:
    kind, _, which = way.partition(":")
    match kind:
        case "line":
            return forked(partial(dying_at, which, copy.apply))
        case "moment":
            return forked(copy.apply, kill_after=float(which) * whole)
        case "undisturbed":
            return forked(copy.apply)
        case _:
            raise ValueError(f"{way} is no way to die: undisturbed, line:FILE:NUMBER or moment:SHARE")
