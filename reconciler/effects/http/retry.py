"""may_repeat: (a failure, how often the call was made, whether it may be repeated, limits) → whether to make it again.

retry_wait: (a failure, how often the call was made, chance, limits) → the wait before that, in seconds, or None.
repeat: (a call, the judge of its outcomes) → the outcome that stands, after every wait and every further attempt.

Every side that makes calls has the same policy, and its own limits as one value. Chance spreads the attempts of many
over a time that doubles (full jitter). A wait that the server asks for goes before it.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from reconciler.core.provider import Failure, FailureKind, Reply

_BASE = 0.5
_MOST = 20.0


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How often, and after which waits, one side's calls are made again.

    `attempts` says for each kind of failure how often a call is made in all; for a kind that it does not name, once.
    A server that asks for a wait longer than `longest_asked` seconds ends the attempts. For the kinds in `spread` an
    asked wait is never shorter than the jitter.
    """

    attempts: Mapping[FailureKind, int]
    longest_asked: float = math.inf
    spread: frozenset[FailureKind] = frozenset()


def may_repeat(failure: Failure, made: int, limits: RetryLimits, *, repeatable: bool) -> bool:
    """Return whether a call that was `made` so many times is made again; `repeatable`: twice changes no more than once.

    A call that is known to have done nothing is made again whatever it is.
    """
    return made < limits.attempts.get(failure.kind, 1) and (failure.did_nothing or repeatable)


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
    """Return the first outcome for which `again`, told how often the call was made, names no wait."""
    made = 1
    outcome = await once()
    while (seconds := again(outcome, made)) is not None:
        await sleep(seconds)
        outcome = await once()
        made += 1
    return outcome
