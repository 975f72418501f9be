from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.effects.workers import run_fed, run_workers


class Tools:
    """Gives each worker its own tool, and knows how many are out."""

    def __init__(self) -> None:
        self.given = 0
        self.out = 0

    @asynccontextmanager
    async def tool(self) -> AsyncIterator[int]:
        """Give one out and take it back."""
        self.given += 1
        self.out += 1
        mine = self.given
        try:
            yield mine
        finally:
            self.out -= 1


@settings(max_examples=50)
@given(items=st.lists(st.integers()), workers=st.integers(1, 20))
def test_every_item_is_worked_on_once_by_no_more_workers_than_there_are(items: list[int], workers: int) -> None:
    tools = Tools()
    done: list[int] = []
    busy: list[int] = []
    most = 0

    async def work(tool: int, item: int) -> None:
        nonlocal most
        assert tool not in busy
        busy.append(tool)
        most = max(most, len(busy))
        await asyncio.sleep(0)
        busy.remove(tool)
        done.append(item)

    asyncio.run(run_workers(items, work, workers=workers, tool=tools.tool))
    assert sorted(done) == sorted(items)
    assert (tools.given, tools.out) == (min(workers, len(items)), 0)
    assert most == min(workers, len(items))


def test_what_work_raises_stops_everything_and_gives_the_tools_back() -> None:
    tools = Tools()
    begun: list[int] = []

    async def work(_: int, item: int) -> None:
        begun.append(item)
        if item == 2:
            raise ValueError("broken")
        await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as broken:
        asyncio.run(run_workers(range(9), work, workers=3, tool=tools.tool))
    assert [str(one) for one in broken.value.exceptions] == ["broken"]
    assert (begun, tools.out) == ([0, 1, 2], 0)


@settings(max_examples=25)
@given(items=st.lists(st.integers()), workers=st.integers(1, 8))
def test_every_item_of_a_feed_is_worked_on_once_and_an_idle_worker_takes_no_tool(
    items: list[int], workers: int
) -> None:
    tools = Tools()
    done: list[int] = []

    async def feed() -> AsyncIterator[int]:
        for item in items:
            await asyncio.sleep(0)
            yield item

    async def work(_: int, item: int) -> None:
        await asyncio.sleep(0)
        done.append(item)

    asyncio.run(run_fed(feed(), work, workers=workers, tool=tools.tool))
    assert sorted(done) == sorted(items)
    assert tools.given <= min(workers, len(items))
    assert tools.out == 0
