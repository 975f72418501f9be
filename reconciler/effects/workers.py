"""run_workers: (items, workers) → every item worked on, with a bounded number of them in the air.

run_fed: the same, while further items come in.

Each worker owns one client with one connection, and takes the next item when it is done. httpcore's pool is quadratic
in its connections, and gathering over everything would hold a thousand profiles in the air to send sixteen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
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
    """Work on every item. `work` keeps its own result and should raise nothing: an exception stops every worker."""
    waiting = iter(items)

    async def worker() -> None:
        async with tool() as mine:
            for item in waiting:
                await work(mine, item)

    async with asyncio.TaskGroup() as group:
        # A worker without work would be a needless connection.
        for _ in range(min(workers, len(items))):
            group.create_task(worker())


async def run_fed(
    feed: AsyncIterator[Item],
    work: Callable[[Tool, Item], Awaitable[None]],
    *,
    workers: int,
    tool: Callable[[], AbstractAsyncContextManager[Tool]],
) -> None:
    """Work on every item while further ones come in. A worker takes its tool with the first item that it gets."""
    waiting: asyncio.Queue[Item | None] = asyncio.Queue()

    async def fill() -> None:
        async for item in feed:
            waiting.put_nowait(item)
        for _ in range(workers):
            waiting.put_nowait(None)

    async def worker() -> None:
        item = await waiting.get()
        if item is None:
            return
        async with tool() as mine:
            while item is not None:
                await work(mine, item)
                item = await waiting.get()

    async with asyncio.TaskGroup() as group:
        group.create_task(fill())
        for _ in range(workers):
            group.create_task(worker())
