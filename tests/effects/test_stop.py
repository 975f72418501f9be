"""Signals are real ones, sent to this very process while it has them under control."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from reconciler.effects.signals import GRACE_SECONDS, SIGNALS, Interrupted, Stop, interruptible

T = TypeVar("T")

WAITS = """
import asyncio
from reconciler.effects.signals import Interrupted, interruptible

async def run(stop):
    print("ready", flush=True)
    await asyncio.Event().wait()

try:
    asyncio.run(interruptible(run))
except Interrupted as interrupted:
    print(interrupted, interrupted.number)
"""


async def forever() -> None:
    await asyncio.Event().wait()


async def signalled(stop: Stop, number: int) -> None:
    """Send the first signal to this process and let it arrive."""
    os.kill(os.getpid(), number)
    await stop._asked.wait()


def ran(run: Callable[[Stop], Awaitable[T]], *, grace: float = GRACE_SECONDS) -> T:
    async def main() -> T:
        return await interruptible(run, grace=grace)

    return asyncio.run(main())


def test_a_run_without_a_signal_has_its_result() -> None:
    async def run(stop: Stop) -> tuple[str, bool, int]:
        landed = await stop.land(asyncio.sleep(0, "done"))
        assert landed is not None
        return landed, stop.asked, stop.signal

    assert ran(run) == ("done", False, 0)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_cancels_a_run_that_has_nothing_in_the_air(number: signal.Signals) -> None:
    async def run(stop: Stop) -> None:
        os.kill(os.getpid(), number)
        await forever()

    with pytest.raises(Interrupted) as interrupted:
        ran(run)
    assert (str(interrupted.value), interrupted.value.number) == (number.name, number)


@pytest.mark.parametrize("number", SIGNALS)
def test_what_is_in_the_air_lands_and_nothing_new_is_started(number: signal.Signals) -> None:
    begun: list[int] = []

    async def run(stop: Stop) -> tuple[str | None, int]:
        async def work() -> str:
            for item in range(3):
                if stop.asked:
                    break
                begun.append(item)
                await signalled(stop, number)
                await asyncio.sleep(0)
            return "landed"

        return await stop.land(work()), stop.signal

    assert ran(run) == ("landed", number)
    assert begun == [0]


def test_what_does_not_land_within_the_grace_is_cut_off() -> None:
    cut: list[bool] = []

    async def run(stop: Stop) -> tuple[str | None, bool, bool]:
        async def work() -> str:
            try:
                await signalled(stop, signal.SIGTERM)
                await forever()
            finally:
                cut.append(True)
            return "landed"

        return await stop.land(work()), stop.asked, stop.landing

    assert ran(run, grace=0.01) == (None, True, False)
    assert cut == [True]


def test_a_second_signal_ends_the_grace_and_what_was_in_the_air_is_still_recorded() -> None:
    cut: list[bool] = []

    async def run(stop: Stop) -> None:
        async def work() -> None:
            try:
                await signalled(stop, signal.SIGTERM)
                os.kill(os.getpid(), signal.SIGINT)
                await forever()
            finally:
                cut.append(stop.asked)

        await stop.land(work())

    ran(run, grace=600.0)
    assert cut == [True]


def test_the_first_signal_is_answered_at_once_and_the_second_is_not() -> None:
    """A person who sees nothing for seconds presses twice, and a write that would have landed is unknown."""
    said: list[tuple[str, bool]] = []

    async def main() -> None:
        stop = Stop(grace=600.0, tell=lambda words: said.append((words, stop.asked)))
        running = asyncio.ensure_future(stop.land(forever(), lambda: "Stopping: finishing 4 writes."))
        await asyncio.sleep(0)
        stop.ask(signal.SIGINT, main=running)
        assert said == [("Stopping: finishing 4 writes.", False)]
        stop.ask(signal.SIGINT, main=running)
        await running

    asyncio.run(main())
    assert len(said) == 1


def test_where_nothing_is_in_the_air_a_signal_needs_no_answer() -> None:
    said: list[str] = []

    async def run(stop: Stop) -> None:
        await stop.land(asyncio.sleep(0), lambda: "Stopping.")
        os.kill(os.getpid(), signal.SIGINT)
        await forever()

    async def main() -> None:
        await interruptible(run, tell=said.append)

    with pytest.raises(Interrupted):
        asyncio.run(main())
    assert said == []


def test_a_signal_after_the_landing_cancels() -> None:
    async def run(stop: Stop) -> None:
        await stop.land(asyncio.sleep(0))
        os.kill(os.getpid(), signal.SIGINT)
        await forever()

    with pytest.raises(Interrupted, match="SIGINT"):
        ran(run)


def test_what_fails_in_the_air_fails_the_run() -> None:
    async def run(stop: Stop) -> None:
        async def work() -> None:
            raise ValueError("broken")

        await stop.land(work())

    with pytest.raises(ValueError, match="broken"):
        ran(run)


def test_what_fails_while_landing_fails_the_run() -> None:
    async def run(stop: Stop) -> None:
        async def work() -> None:
            await signalled(stop, signal.SIGINT)
            raise ValueError("broken")

        await stop.land(work())

    with pytest.raises(ValueError, match="broken"):
        ran(run)


def test_a_cancellation_without_a_signal_reads_as_an_interrupt() -> None:
    async def run(stop: Stop) -> None:
        raise asyncio.CancelledError

    with pytest.raises(Interrupted, match="SIGINT"):
        ran(run)


@pytest.mark.parametrize("fails", [False, True])
def test_the_signals_are_given_back_afterwards(fails: bool) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    async def run(stop: Stop) -> None:
        if fails:
            raise ValueError("broken")

    async def main() -> list[bool]:
        loop = asyncio.get_running_loop()
        try:
            await interruptible(run)
        except ValueError:
            assert fails
        return [loop.remove_signal_handler(number) for number in SIGNALS]

    assert asyncio.run(main()) == [False, False]
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("number", SIGNALS)
def test_a_process_of_its_own_ends_by_the_exception_and_not_by_the_signal(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
    assert (said, process.returncode) == (f"{number.name} {number.value}\n", 0)
