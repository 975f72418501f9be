"""Signals as values, so that a run can end in order: nothing new starts, and calls in the air land.

interruptible: a run → its result, with SIGINT and SIGTERM under control.
Stop: whether a run was asked to end, and how long what is in the air may take.
run_in_thread: a call that blocks → its result, while signals are still handled.

Outside the writing stage there is nothing to land, and a signal cancels at once. asyncio is imported where it is used,
because a command that calls no provider has no need of it.
"""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from reconciler.core.basics import ReconcilerError

if TYPE_CHECKING:
    import asyncio

_T = TypeVar("_T")


def _silent(_: str) -> None:
    return None


async def run_in_thread(call: Callable[[], _T], *, hurry: Callable[[float], None]) -> _T:
    """Run `call` in a thread. A thread cannot be stopped: on a signal, `hurry` ends what the call waits for."""
    import asyncio

    try:
        return await asyncio.to_thread(call)
    except asyncio.CancelledError:
        hurry(0)
        raise


# With the last commit and the interpreter's own end, this stays below the seven seconds that a CI runner gives.
GRACE_SECONDS = 4.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether the run was asked to end, and by which signal."""

    def __init__(self, grace: float = GRACE_SECONDS, tell: Callable[[str], None] = _silent) -> None:
        import asyncio

        self._grace, self._tell = grace, tell
        # Returns what the first signal prints, which depends on what is going on then.
        self.words: Callable[[], str] = str
        self.signal: int = 0
        self.landing = False
        self._asked = asyncio.Event()
        self._cut = asyncio.Event()

    @property
    def name(self) -> str:
        """The signal's name, or "" if none came."""
        return signal.Signals(self.signal).name if self.signal else ""

    @property
    def asked(self) -> bool:
        """True if nothing new may be started."""
        return self._asked.is_set()

    def ask(self, number: int, *, main: asyncio.Task[object]) -> None:
        """Take a signal: land if something is in the air, else cancel. A second one ends the grace, not the record."""
        if self.signal:
            self._cut.set()
        elif words := self.words():
            self._tell(words)
        self.signal = self.signal or number
        self._asked.set()
        if not self.landing:
            main.cancel()

    async def land(self, work: Awaitable[_T], words: Callable[[], str] = str) -> _T | None:
        """Await `work`; after a signal, for no longer than the grace. Returns None if it had to be cut off.

        The first signal is answered at once by `words`.
        """
        import asyncio

        task = asyncio.ensure_future(work)
        asked, cut = (asyncio.ensure_future(event.wait()) for event in (self._asked, self._cut))
        self.landing, self.words = True, words
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait({task, cut}, timeout=self._grace, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for pending in (task, asked, cut):
                pending.cancel()
            await asyncio.gather(task, asked, cut, return_exceptions=True)
            self.landing, self.words = False, str


class Interrupted(Exception):
    """A signal ended the run before it had a result; `number` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


async def interruptible(
    run: Callable[[Stop], Awaitable[_T]], *, grace: float = GRACE_SECONDS, tell: Callable[[str], None] = _silent
) -> _T:
    """Run `run` with SIGINT and SIGTERM under control; raises Interrupted if one of them cancelled it.

    `tell` gets what the first signal is answered with, at once.
    """
    import asyncio

    stop = Stop(grace, tell)
    loop = asyncio.get_running_loop()
    main: asyncio.Task[_T] = asyncio.ensure_future(_awaited(run(stop)))
    for number in SIGNALS:
        loop.add_signal_handler(number, partial(stop.ask, number, main=main))
    try:
        return await main
    except BaseExceptionGroup as group:
        # Workers run side by side, so the error that stops one comes in a group; the first of ours says it all.
        ours: BaseException | None = group.subgroup((ReconcilerError, OSError))
        while isinstance(ours, BaseExceptionGroup):
            ours = ours.exceptions[0]
        raise (ours or group) from None
    except asyncio.CancelledError:
        raise Interrupted(stop.signal or signal.SIGINT) from None
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def _awaited(work: Awaitable[_T]) -> _T:
    return await work
