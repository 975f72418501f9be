"""Pace: how fast one account may be called, and when to stop.

A window over the last hour keeps below the provider's published rate. It knows the calls of other runs: by the
provider's own figure, or as the ledger remembers them. `Retry-After` and a used-up allowance hold every worker of the
account back. A throttled call makes all further ones slower, until they succeed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, timedelta

from reconciler.core.basics import many
from reconciler.core.memory.spending import Slots, Window
from reconciler.core.progress import RUN_OVER, duration
from reconciler.core.provider import Failure, FailureKind, Usage
from reconciler.core.traits import Rate
from reconciler.effects.http.retries import LONGEST_WAIT, PROVIDER_RETRIES, RetryBudget, retry_wait
from reconciler.effects.world import Context

_FULL = 100.0
# Shown for a worker that waits to make a call again.
_RETRY = "calls that failed to be made again"
# Seconds until the log says again that the allowance is what the run waits for, and from which on it says until when.
_SAY_AGAIN = 30.0
# A log without a terminal gets a line a minute while a run waits.
_SIGN_OF_LIFE = 60.0
# In seconds. After a call that was throttled, the calls are so far apart, and each reply brings them nearer again.
_LONGEST_GAP, _SHORTEST_GAP, _TOGETHER = 60.0, 0.001, 1.0
_RECOVERY = 0.9
OVER = Failure(
    kind=FailureKind.UNREACHABLE,
    summary=RUN_OVER,
    hint="run again: apply and drift go on where they stopped",
    after=math.inf,
    sent=False,
)


def allowance(rate: Rate) -> str:
    """Return how many calls may be made in which time, in words."""
    return f"{many(rate.calls, 'call')} in {duration(rate.seconds)}"


class Pace:
    """One account's allowance, shared by all its workers: how many calls in which time, and how soon after another."""

    def __init__(self, rate: Rate, budget: RetryBudget, *, context: Context, of: str = "the provider") -> None:
        self.rate, self._of = rate, of
        self.window = Window(rate)
        # A run that has a limit waits until then; any other gives a call up after this many seconds.
        self.longest_wait = LONGEST_WAIT
        # So many calls are left for what comes after.
        self.spare = 0
        self._budget = budget
        self._context = context
        # Monotonic seconds are no time of day, and the calls of other runs were made at one.
        self._began = context.now().timestamp() - context.monotonic()
        self._held_until = 0.0
        self._held_until_time = context.now()
        self._said_until = 0.0
        self._paced_until = 0.0
        self._gap, self._next = 0.0, 0.0
        self._slowed_at = -math.inf

    async def turn(self, patience: float = LONGEST_WAIT, *, calls: int = 1, latest: float = math.inf) -> Failure | None:
        """Wait for a turn of so many `calls`; return why there is none.

        The provider may ask for a pause of `patience` seconds. No turn comes after the monotonic time `latest`.
        """
        # In a loop: while one worker waits, another one's reply may hold all of them longer.
        while (held := self._held_until - self._context.monotonic()) > 0:
            if held > max(patience, self.longest_wait if patience >= LONGEST_WAIT else 0.0):
                return self._asked_away(held)
            if self._context.monotonic() + held >= latest:
                return OVER
            self._announce(held)
            await self._waited(held, f"{self._of}, which asked for a pause until {self._held_until_time:%H:%M:%S} UTC")
        while (wait := self._wait(calls)) > 0:
            if self._context.monotonic() + wait >= latest:
                return OVER
            # A time of day, as a float, cannot tell shorter waits apart.
            await self._spaced(max(wait, _SHORTEST_GAP))
        self.window.take(calls, self._now)
        self._next = max(self._context.monotonic(), self._next) + self._gap
        return None

    def left(self) -> int:
        """Return how many calls may be made at once."""
        return self.window.left(self._now)

    def lasts(self, calls: int) -> float:
        """Return after how many seconds the last of so many `calls` can be made."""
        return self.window.lasts(calls, self._now)

    def remember(self, slots: Slots) -> None:
        """Take over what the ledger knows of the calls of earlier runs."""
        self.window.remember(slots, self._now)

    def give_back(self, calls: int) -> None:
        """Take back turns that were not used."""
        self.window.give_back(calls, self._now)

    @property
    def _now(self) -> float:
        return self._began + self._context.monotonic()

    def _wait(self, calls: int) -> float:
        """Return how many seconds it is until so many calls may be made."""
        room = self.window.wait(calls + self.spare, self._now) if calls else 0.0
        return max(room, self._next - self._context.monotonic()) if self._gap else room

    def _asked_away(self, held: float) -> Failure:
        return Failure(
            kind=FailureKind.THROTTLED,
            # In words that stay the same while time passes: it is one cause for all that is not read.
            summary=f"the provider asked to stay away until {self._held_until_time:%H:%M} UTC",
            hint="run again later, or say by --until how long to wait",
            after=held,
            sent=False,
        )

    async def _spaced(self, seconds: float) -> None:
        """Wait because the allowance is used up, or because the provider was asked too often, and say which."""
        why = f"{self._of}'s allowance of {allowance(self.rate)}"
        if seconds >= _SAY_AGAIN:
            until = self._context.now().astimezone(UTC) + timedelta(seconds=seconds)
            why = f"{why}: it goes on at {until:%H:%M} UTC"
        # One line for all calls that wait, and not one for each.
        if self._context.monotonic() >= self._paced_until:
            self._paced_until = self._context.monotonic() + _SAY_AGAIN
            (self._context.warn if seconds >= _SIGN_OF_LIFE else self._context.log)(f"Waiting for {why}")
        await self._waited(seconds, why)

    async def _waited(self, seconds: float, why: str) -> None:
        """Wait in parts, so that a log gets a line now and then."""
        with self._context.progress.waiting(why, clock=self._context.monotonic):
            while seconds > _SIGN_OF_LIFE:
                await self._context.sleep(_SIGN_OF_LIFE)
                self._context.progress.waits_on(clock=self._context.monotonic)
                seconds -= _SIGN_OF_LIFE
            await self._context.sleep(seconds)

    async def pause(self, seconds: float, why: str = _RETRY) -> None:
        """Sleep, and say so if that is long; a pause that all workers make is said once. `why` says what for."""
        self._announce(seconds)
        await self._waited(seconds, why)

    def _announce(self, seconds: float) -> None:
        """Say that a long pause begins, once for all the workers that make it."""
        now = self._context.monotonic()
        if seconds >= self._context.patience.notice and now >= self._said_until:
            self._said_until = now + seconds
            self._context.warn(f"the provider asks for a pause of {seconds:.0f} s; then it goes on")

    def learn(self, usage: Usage | None) -> None:
        """Take what a reply says of the allowance: how much is used, and for how long to stay away."""
        if usage is None:
            return
        if usage.percent >= _FULL and usage.regain_after > 0:
            self._hold(usage.regain_after)
        else:
            self.window.told(usage.percent, self._now)

    def ease(self) -> None:
        """Bring the calls nearer together again, after one that was not throttled."""
        self._gap = self._gap * _RECOVERY if self._gap > _SHORTEST_GAP else 0.0

    def heed(self, failure: Failure) -> None:
        """Hold every worker back as long as a failure asks for, whether or not its own call is repeated.

        After it the calls are further apart: first as the published rate has them, then twice as far each time.
        """
        if failure.kind is not FailureKind.THROTTLED or not failure.sent:
            return
        if failure.after is not None:
            self._hold(failure.after)
        now = self._context.monotonic()
        # The calls that were on their way together are refused together.
        if now - self._slowed_at >= max(_TOGETHER, self._gap):
            self._slowed_at = now
            self._gap = min(_LONGEST_GAP, max(2 * self._gap, self.rate.seconds / self.rate.calls))
            self._next = now + self._gap

    def wait_before_retry(self, failure: Failure, attempt: int) -> float | None:
        """Return how many seconds to wait after `attempt` attempts, or None when the wait or the budget forbids it."""
        limits = replace(PROVIDER_RETRIES, longest_asked=self.longest_wait)
        wait = retry_wait(failure, attempt, limits, chance=self._context.chance())
        return wait if wait is not None and self._budget.take() else None

    def _hold(self, seconds: float) -> None:
        until = self._context.monotonic() + seconds
        if until > self._held_until:
            self._held_until = until
            self._held_until_time = self._context.now().astimezone(UTC) + timedelta(seconds=seconds)
