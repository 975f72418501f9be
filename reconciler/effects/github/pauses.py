"""pause: (what came of a call, how often it was made) → how long to wait before it is made again, or that it stands.

A call that was held back by a limit did nothing and is made again whatever it is. Otherwise what may have been done is
never done twice: reads are repeated, and writes only where no byte of them was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.core.provider import Failure, FailureKind, Reply

ATTEMPTS = 4
# Where a limit is short and comes again and again.
MOST_PAUSES = 10
# GitHub: where it says nothing else, wait for at least a minute, and longer each time.
_UNSAID = 60.0
_SHORTEST = 1.0


@dataclass(frozen=True, slots=True)
class Pause:
    """How many seconds to wait; `asked` where that is GitHub's wish and nothing was done."""

    seconds: float
    asked: bool = False


def pause(outcome: Reply | Failure, attempt: int, *, reads: bool, now: datetime, chance: float) -> Pause | None:
    """Return the pause after `attempt` (the first is 0), or None where the outcome stands."""
    held = _limit(outcome, attempt, now) if isinstance(outcome, Reply) else None
    if held is not None:
        return Pause(held, asked=True) if attempt < MOST_PAUSES else None
    if attempt + 1 >= ATTEMPTS:
        return None
    jitter = chance * 2.0**attempt
    if isinstance(outcome, Reply):
        return Pause(max(outcome.retry_after or 0.0, jitter)) if reads and outcome.status >= 500 else None
    lost = outcome.kind is FailureKind.UNREACHABLE
    return Pause(jitter) if lost and (reads or not outcome.sent) else None


def _limit(reply: Reply, attempt: int, now: datetime) -> float | None:
    """Return how long a limit holds calls back, or None where the reply is not about one."""
    if reply.status not in (403, 429):
        return None
    if reply.retry_after is not None:
        return max(_SHORTEST, reply.retry_after)
    reset = reply.headers.get("x-ratelimit-reset", "")
    if reply.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        # A second more, for the clock here and the clock there.
        return max(_SHORTEST, float(reset) - now.timestamp() + 1)
    secondary = reply.status == 429 or b"secondary rate limit" in reply.body.lower()
    return _UNSAID * 2.0**attempt if secondary else None
