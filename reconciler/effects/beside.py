"""beside: a call that blocks → its result, without keeping signals waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


async def run_in_thread(call: Callable[[], _T], *, hurry: Callable[[float], None]) -> _T:
    """Run `call` in a thread. A thread cannot be stopped: on a signal, `hurry` makes what it waits for end."""
    try:
        return await asyncio.to_thread(call)
    except asyncio.CancelledError:
        hurry(0)
        raise
