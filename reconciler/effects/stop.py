"""Stop: a signal as a value, so that a run can end in order: nothing new is started, what is in the air lands.

Outside the writing stage there is nothing to land, and a signal cancels at once.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from reconciler.core.errors import ReconcilerError

_T = TypeVar("_T")

# With the last commit and the interpreter's own end this stays below the seven seconds that a CI runner gives.
GRACE_SECONDS = 4.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether, and by which signal, the run was asked to end."""

    def __init__(self, grace: float = GRACE_SECONDS) -> None:
        self._grace = grace
        self.signal: int = 0
        self.landing = False
        self._asked = asyncio.Event()
        self._cut = asyncio.Event()

    @property
    def name(self) -> str:
        """The signal's name, or an empty text when none came."""
        return signal.Signals(self.signal).name if self.signal else ""

    @property
    def asked(self) -> bool:
        """Whether nothing new may be started."""
        return self._asked.is_set()

    def ask(self, number: int, *, main: asyncio.Task[object]) -> None:
        """Take a signal: land if something is in the air, else cancel. A second one ends the grace, not the record."""
        if self.signal:
            self._cut.set()
        self.signal = self.signal or number
        self._asked.set()
        if not self.landing:
            main.cancel()

    async def land(self, work: Awaitable[_T]) -> _T | None:
        """Await `work`; once a signal came, for no longer than the grace. Returns None when it had to be cut off."""
        task = asyncio.ensure_future(work)
        asked, cut = (asyncio.ensure_future(event.wait()) for event in (self._asked, self._cut))
        self.landing = True
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait({task, cut}, timeout=self._grace, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for pending in (task, asked, cut):
                pending.cancel()
            await asyncio.gather(task, asked, cut, return_exceptions=True)
            self.landing = False


class Interrupted(Exception):
    """A run was ended by a signal before it had a result; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


async def interruptible(run: Callable[[Stop], Awaitable[_T]], *, grace: float = GRACE_SECONDS) -> _T:
    """Run `run` with SIGINT and SIGTERM under control; raises Interrupted when it was cancelled by one."""
    stop = Stop(grace)
    loop = asyncio.get_running_loop()
    main: asyncio.Task[_T] = asyncio.ensure_future(_awaited(run(stop)))
    for number in SIGNALS:
        loop.add_signal_handler(number, partial(stop.ask, number, main=main))
    try:
        return await main
    except BaseExceptionGroup as group:
        # Workers run side by side, so what stops one of them comes in a group; the first of ours says it all.
        ours: BaseException | None = group.subgroup(ReconcilerError)
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
