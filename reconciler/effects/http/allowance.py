"""Pace: how fast one account may be called, and when to stop. RetryBudget: the retries of a whole run.

may_repeat: (a failure, how often the call was made, whether it may be repeated, limits) → whether to make it again.
retry_wait: (a failure, how often the call was made, chance, limits) → the wait before that, in seconds, or None.
repeat: (a call, the judge of its outcomes) → the outcome that stands, after every wait and every further attempt.

A token bucket keeps below the provider's published rate. The provider's own usage figures and `Retry-After` hold every
worker of the account back. A budget bounds the retries of a run, so that an outage costs seconds and not hours.

Every side that makes calls has the same retry policy, and its own limits as one value. Chance spreads the attempts of
many over a time that doubles (full jitter). A wait that the server asks for goes before it.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from types import MappingProxyType

from aiolimiter import AsyncLimiter

from reconciler.core.progress import duration
from reconciler.core.provider import Failure, FailureKind, Reply, Usage
from reconciler.core.traits import Rate
from reconciler.effects.world import Context

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
    """Return whether a call that was `made` so many times is made again; `repeatable`: twice changes no more than once.

    A call that is known to have done nothing is made again whatever it is.
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
_FULL = 100.0
# What a display says of a worker that waits to make a call again.
RETRY = "calls that failed to be made again"
# Seconds until the log says again that the allowance is what the run waits for.
_SAY_AGAIN = 30.0


def allowance(rate: Rate) -> str:
    """Return how many calls may be made in which time, in words."""
    return f"{rate.calls:,} calls in {duration(rate.seconds)}"


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


class Pace:
    """One account's allowance, shared by all its workers."""

    def __init__(self, rate: Rate, budget: RetryBudget, *, context: Context, of: str = "the provider") -> None:
        self.rate, self._of = rate, of
        self._limiter = AsyncLimiter(rate.calls, rate.seconds)
        self._budget = budget
        self._context = context
        self._held_until = 0.0
        self._held_until_time = context.now()
        self._said_until = 0.0
        self._paced_until = 0.0

    async def turn(self, patience: float = LONGEST_WAIT, *, calls: int = 1) -> Failure | None:
        """Wait for a turn of so many `calls`; return a failure if the wait is longer than `patience` seconds."""
        # In a loop: while one worker waits, another one's reply may hold all of them longer.
        while (held := self._held_until - self._context.monotonic()) > 0:
            if held > patience:
                return Failure(
                    kind=FailureKind.THROTTLED,
                    # In words that stay the same while time passes: it is one cause for all that is not read.
                    summary=f"the provider asked to stay away until {self._held_until_time:%H:%M} UTC",
                    hint="run again later",
                    after=held,
                    sent=False,
                )
            await self.pause(held, f"{self._of}, which asked for a pause until {self._held_until_time:%H:%M:%S} UTC")
        amount = min(calls, self._limiter.max_rate)
        if self._limiter.has_capacity(amount):
            await self._limiter.acquire(amount)
            return None
        pace = f"{self._of}'s allowance of {allowance(self.rate)}"
        # Each call would say it.
        if self._context.monotonic() >= self._paced_until:
            self._paced_until = self._context.monotonic() + _SAY_AGAIN
            self._context.log(f"Waiting for {pace}")
        with self._context.progress.waiting(pace, clock=self._context.monotonic):
            await self._limiter.acquire(amount)
        return None

    async def pause(self, seconds: float, why: str = RETRY) -> None:
        """Sleep, and say so if that is long; a pause that all workers make is said once. `why` says what for."""
        now = self._context.monotonic()
        if seconds >= self._context.patience.notice and now >= self._said_until:
            self._said_until = now + seconds
            self._context.warn(f"the provider asks for a pause of {seconds:.0f} s; then it goes on")
        with self._context.progress.waiting(why, clock=self._context.monotonic):
            await self._context.sleep(seconds)

    def learn(self, usage: Usage | None) -> None:
        """Hold every worker back if the provider says that the allowance is used up."""
        if usage is not None and usage.percent >= _FULL and usage.regain_after > 0:
            self._hold(usage.regain_after)

    def heed(self, failure: Failure) -> None:
        """Hold every worker back as long as a failure asks for, whether or not its own call is repeated."""
        if failure.after is not None and failure.kind is FailureKind.THROTTLED:
            self._hold(failure.after)

    def wait_before_retry(self, failure: Failure, attempt: int) -> float | None:
        """Return how many seconds to wait after `attempt` attempts, or None when the wait or the budget forbids it."""
        wait = retry_wait(failure, attempt, PROVIDER_RETRIES, chance=self._context.chance())
        return wait if wait is not None and self._budget.take() else None

    def _hold(self, seconds: float) -> None:
        until = self._context.monotonic() + seconds
        if until > self._held_until:
            self._held_until = until
            self._held_until_time = self._context.now().astimezone(UTC) + timedelta(seconds=seconds)
