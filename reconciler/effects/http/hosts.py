"""Hosts: which hosts answer during a run, and which are given up. All accounts and workers of a run share one.

A host that hangs costs the whole time of a request, again and again. One target's time-outs say nothing of the host.
Two targets' time-outs do, if no call to the host succeeded between: then no further call goes there in this run. A host
that serves pictures besides is judged for each of the two by itself.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from reconciler.core.provider import Failure, FailureKind, Reply
from reconciler.effects.http.retries import HANGING_ATTEMPTS
from reconciler.effects.world import Context, Patience

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
