"""A signal while a run begins, or while it ends: it ends sooner, and loses nothing."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from reconciler.effects.signals import Interrupted, Stop
from reconciler.pipeline import run_ledger as keep
from tests.support.keeping import SENT, Eventful, Surroundings, applied, keeper, kept, records, until, work
from tests.support.stores import lease

ONE = "100000001"


@pytest.fixture
def ledger(tmp_path: Path) -> Eventful:
    return Eventful(tmp_path)


@pytest.fixture
def world(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


def test_a_signal_while_the_end_is_stored_makes_it_hurry_and_loses_nothing(
    ledger: Eventful, world: Surroundings
) -> None:
    said: list[str] = []
    stop, held, waiting, go_on = Stop(tell=said.append), work(ONE), threading.Event(), threading.Event()
    mine = keeper(ledger, world, stop=stop)

    def slow() -> None:
        waiting.set()
        go_on.wait(timeout=60)

    async def run() -> str:
        await mine.begin([held], (), known=ledger.read())
        async with mine:
            ledger.events = [slow]
            mine.keep(applied(held))
        return "a report"

    async def main() -> str:
        running = asyncio.ensure_future(run())
        for _ in range(2):
            await until(waiting.is_set)
            stop.ask(15, main=running)
            await asyncio.sleep(0)
        go_on.set()
        return await running

    assert asyncio.run(main()) == "a report"
    assert (records(ledger, ONE), ledger.read().lease, mine.problem) == ((SENT,), None, "")
    assert ledger.hurried == [keep.FLUSH_SECONDS] * 2
    assert said == ["Stopping: no write is on its way, and what was sent is being recorded."]
    assert stop.words() == ""


def test_after_a_signal_the_last_commit_is_hurried_and_says_so(ledger: Eventful, world: Surroundings) -> None:
    stop = Stop()
    held = keeper(ledger, world, stop=stop)

    async def during() -> None:
        stop.landing = True
        stop.ask(15, main=asyncio.ensure_future(asyncio.sleep(0)))

    kept(held, ledger, work(ONE), during=during)
    assert ledger.hurried == [keep.FLUSH_SECONDS]
    assert [run.interrupted for run in ledger.runs()] == ["SIGTERM"]


def test_a_signal_while_another_run_is_waited_for_ends_the_waiting(ledger: Eventful, world: Surroundings) -> None:
    said: list[str] = []
    stop = Stop(grace=0.0, tell=said.append)
    ledger.write(lease=lease("13"))
    main: list[asyncio.Task[Any]] = []
    world.events = [lambda: stop.ask(2, main=main[0])]

    async def run() -> None:
        main.append(asyncio.ensure_future(asyncio.sleep(0)))
        await keeper(ledger, world, stop=stop).begin([work(ONE)], (), known=ledger.read())

    with pytest.raises(Interrupted, match="SIGINT"):
        asyncio.run(run())
    assert (ledger.hurried, ledger.read().entries, ledger.read().lease) == ([0], {}, lease("13"))
    assert said == [keep.NOTHING_SENT]
