"""beside: a call that blocks → its result, without keeping signals waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def beside(call: Callable[[], T], *, hurry: Callable[[float], None]) -> T:
    """Run `call` in a thread. A thread cannot be stopped: on a signal, `hurry` makes what it waits for end."""
    try:
        return await asyncio.to_thread(call)
    except asyncio.CancelledError:
        hurry(0)
        raise
