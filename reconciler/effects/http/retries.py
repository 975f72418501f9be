"""Which calls are made again, how often, and after which wait.

may_repeat: (a failure, how often the call was made, whether it may be repeated, limits) → whether to make it again.
retry_wait: (a failure, how often the call was made, chance, limits) → the wait before that, in seconds, or None.
repeat: (a call, the judge of its outcomes) → the outcome that stands, after every wait and every further attempt.
RetryBudget: the retries of a whole run, so that an outage costs seconds and not hours.

Every side that makes calls has the same retry policy, and its own limits as one value. Chance spreads the attempts of
many over a time that doubles (full jitter). A wait that the server asks for goes before it.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from reconciler.core.provider import Failure, FailureKind, Reply

_BASE = 0.5
_MOST = 20.0


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How often, and after which waits, one side's calls are made again.

    `attempts` says for each kind of failure how often a call is made in all; for a kind that it does not name, once.
    A server that asks for a wait longer than `longest_asked` seconds ends the attempts. For the kinds in `spread` an
    asked wait is never shorter than the jitter. A call that hangs is made `hanging` times at most.
    """

    attempts: Mapping[FailureKind, int]
    longest_asked: float = math.inf
    spread: frozenset[FailureKind] = frozenset()
    hanging: float = math.inf


def may_repeat(failure: Failure, made: int, limits: RetryLimits, *, repeatable: bool) -> bool:
    """Return whether a call that was `made` so many times is made again.

    A `repeatable` call changes the same if it is made twice. Another one is made again only if it is known to have done
    nothing.
    """
    most = min(limits.attempts.get(failure.kind, 1), limits.hanging if failure.hung else math.inf)
    return made < most and (failure.did_nothing or repeatable)


def retry_wait(failure: Failure, made: int, limits: RetryLimits, *, chance: float) -> float | None:
    """Return the wait after `made` attempts, in seconds, or None where the server asks for too long a one."""
    jitter = chance * min(_MOST, _BASE * 2.0**made)
    if failure.after is None:
        return jitter
    if failure.after > limits.longest_asked:
        return None
    return max(failure.after, jitter) if failure.kind in limits.spread else failure.after


async def repeat(
    once: Callable[[], Awaitable[Reply | Failure]],
    again: Callable[[Reply | Failure, int], float | None],
    *,
    sleep: Callable[[float], Awaitable[None]],
) -> Reply | Failure:
    """Return the first outcome for which `again`, told how often the call was made, names no wait.

    An attempt that may have acted stays in doubt where the last one did not come through.
    """
    made = 1
    doubt: Failure | None = None
    outcome = await once()
    while (seconds := again(outcome, made)) is not None:
        if isinstance(outcome, Failure) and not outcome.did_nothing:
            doubt = outcome
        await sleep(seconds)
        outcome = await once()
        made += 1
    # Of a call that was turned away, the provider has told its verdict; of one that was held off, it has not.
    held_off = isinstance(outcome, Failure) and (not outcome.sent or outcome.kind is FailureKind.THROTTLED)
    return doubt if doubt is not None and held_off else outcome


class RetryBudget:
    """How many retries a whole run has left. Shared by every account."""

    def __init__(self, retries: int) -> None:
        self.left = retries

    def take(self) -> bool:
        """Take one retry, if there is one left."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True


# No single call is waited for longer: the account's other calls fail at once, and the plan is incomplete.
LONGEST_WAIT = 60.0
_ATTEMPTS = 4
# Each of them costs the whole time that a request may take.
HANGING_ATTEMPTS = 2
PROVIDER_RETRIES = RetryLimits(
    attempts=MappingProxyType(
        {
            FailureKind.THROTTLED: _ATTEMPTS,
            FailureKind.TRANSIENT: _ATTEMPTS,
            FailureKind.UNREACHABLE: _ATTEMPTS,
            FailureKind.GARBAGE: 2,
            # May be permanent (an empty `about` gives it every time), so it is tried once more only (fact M-8).
            FailureKind.AMBIGUOUS: 2,
        }
    ),
    longest_asked=LONGEST_WAIT,
    hanging=HANGING_ATTEMPTS,
)
