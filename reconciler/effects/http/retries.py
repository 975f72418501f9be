"""Which calls are made again, how often, and after which wait; and which hosts get no further call.

may_repeat: (a failure, how often the call was made, whether it may be repeated, limits) → whether to make it again.
retry_wait: (a failure, how often the call was made, chance, limits) → the wait before that, in seconds, or None.
repeat: (a call, the judge of its outcomes) → the outcome that stands, after every wait and every further attempt.
RetryBudget: the retries of a whole run, so that an outage costs seconds and not hours.
Hosts: which hosts answer during a run, and which are given up. All accounts and workers of a run share one.

Every side that makes calls has the same retry policy, and its own limits as one value. Chance spreads the attempts of
many over a time that doubles (full jitter). A wait that the server asks for goes before it.

A host that hangs costs the whole time of a request, again and again. Time-outs of one target alone do not accuse the
host. Two targets' time-outs do, if no call to the host succeeded between: then no further call goes there in this run.
A host that serves pictures besides is judged for each of the two by itself.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType

from reconciler.core.provider import Failure, FailureKind, Reply
from reconciler.effects.world import Context, Patience

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
    # A provider that turned a call away has decided about it. One that held the call off has not.
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


_TARGETS = 2
# From here on a reply may be a gateway's, which says only that the gateway is there.
_GATEWAY = 500


class Purpose(Enum):
    """What a call is for. A target's lost write is still read back, and its lost picture takes nothing else with it."""

    READ = auto()
    PICTURE = auto()
    WRITE = auto()


@dataclass(frozen=True, slots=True)
class Asker:
    """For which target a call is made ("" is the account), and what for."""

    target: str
    purpose: Purpose


@dataclass(slots=True)
class _Host:
    """What is known of one host: its good replies, who timed out since the last one, and whether a wait was said."""

    replies: int = 0
    silent: set[str] = field(default_factory=set)
    timed_out: Counter[Asker] = field(default_factory=Counter)
    waiting: bool = False
    given_up: Failure | None = None


class Hosts:
    """The hosts of a run. `of` is the word for the targets."""

    def __init__(self, context: Context | None = None, *, of: str = "profiles") -> None:
        self._say: Callable[[str], None] = context.warn if context is not None else lambda _: None
        self._notice = (context.patience if context is not None else Patience()).notice
        self._of = of
        self._hosts: dict[tuple[str, bool], _Host] = {}

    def refusal(self, host: str, asker: Asker) -> Failure | None:
        """Return why `asker` makes no further call to `host`, or None if it may."""
        known = self._known(host, asker)
        if known.given_up is not None:
            return known.given_up
        if asker.purpose is Purpose.WRITE or not asker.target or known.timed_out[asker] < HANGING_ATTEMPTS:
            return None
        return _refused(f"{host} timed out {HANGING_ATTEMPTS} times here, and is not asked again in this run")

    async def ask(self, host: str, asker: Asker, send: Callable[[], Awaitable[Reply | Failure]]) -> Reply | Failure:
        """Return what `send` returns, and learn from it; a call to a host that is given up is not made."""
        refused = self.refusal(host, asker)
        if refused is not None:
            return refused
        known = self._known(host, asker)
        before = known.replies
        notice = asyncio.get_running_loop().call_later(self._notice, self._waits, host, asker)
        try:
            outcome = await send()
        finally:
            notice.cancel()
        if isinstance(outcome, Failure):
            # Where others were answered meanwhile, the host is not what hangs.
            if outcome.hung:
                self._timed_out(host, asker, alone=known.replies > before)
        elif outcome.status < _GATEWAY:
            known.replies += 1
            known.silent.clear()
            known.waiting = False
        return outcome

    def _known(self, host: str, asker: Asker) -> _Host:
        key = (host, asker.purpose is Purpose.PICTURE)
        known = self._hosts.get(key)
        if known is None:
            known = self._hosts[key] = _Host()
        return known

    def _timed_out(self, host: str, asker: Asker, *, alone: bool) -> None:
        known = self._known(host, asker)
        known.timed_out[asker] += 1
        if alone or not asker.target:
            return
        known.silent.add(asker.target)
        if len(known.silent) >= _TARGETS and known.given_up is None:
            calls = "pictures" if asker.purpose is Purpose.PICTURE else "calls"
            why = f"{host} is given up for this run: {calls} for two {self._of} timed out, and none succeeded between"
            known.given_up = _refused(why)
            self._say(why)

    def _waits(self, host: str, asker: Asker) -> None:
        """Say once which host the run waits for; again only after it has answered."""
        known = self._known(host, asker)
        if not known.waiting:
            known.waiting = True
            whom = f" for {asker.target}" if asker.target else ""
            self._say(f"waiting for {host}{whom}: no reply for {self._notice:.0f} s")


def _refused(why: str) -> Failure:
    # No wait is long enough, so the call is not made again.
    hint = "run again when it answers"
    return Failure(kind=FailureKind.UNREACHABLE, summary=why, hint=hint, after=math.inf, sent=False, hung=True)
