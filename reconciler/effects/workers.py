"""pull: (items, workers) → every item worked on, with a bounded number of them in the air.

Each worker owns one client with one connection, and pulls the next item when it is done: httpcore's pool is quadratic
in its connections, and gathering over everything would hold a thousand profiles in the air to send sixteen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

Item = TypeVar("Item")
Tool = TypeVar("Tool")


async def run_workers(
    items: Sequence[Item],
    work: Callable[[Tool, Item], Awaitable[None]],
    *,
    workers: int,
    tool: Callable[[], AbstractAsyncContextManager[Tool]],
) -> None:
    """Work on every item. `work` keeps its own result, and lets nothing out: what it raises stops everything."""
    waiting = iter(items)

    async def worker() -> None:
        async with tool() as mine:
            for item in waiting:
                await work(mine, item)

    async with asyncio.TaskGroup() as group:
        # A worker more than there is work for is a connection for nothing.
        for _ in range(min(workers, len(items))):
            group.create_task(worker())
