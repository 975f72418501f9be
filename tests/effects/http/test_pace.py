from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.progress import Stage
from reconciler.core.provider import Failure, FailureKind, Usage
from reconciler.core.traits import Rate
from reconciler.effects.http.allowance import OVER, Pace
from reconciler.effects.http.retries import LONGEST_WAIT, RetryBudget
from reconciler.effects.world import Context, Progress
from tests.support.effects import NOWHERE, Clock

NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)
FAST = Rate(calls=1000, seconds=1)
TRANSIENT = Failure(kind=FailureKind.TRANSIENT, summary="down")


def throttled(after: float | None) -> Failure:
    return Failure(kind=FailureKind.THROTTLED, summary="slow down", after=after)


def test_a_hold_that_grows_while_one_waits_is_waited_out_whole() -> None:
    clock = Clock()

    async def sleep(seconds: float) -> None:
        if not clock.slept:
            pace.learn(Usage(percent=100, regain_after=50))
        await clock.sleep(seconds)

    pace = Pace(FAST, RetryBudget(1), context=Context(NOWHERE, {}, monotonic=clock.monotonic, sleep=sleep))
    pace.learn(Usage(percent=100, regain_after=20))
    assert asyncio.run(pace.turn()) is None
    assert clock.slept == [20.0, 30.0]


def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    clock = Clock()
    pace = Pace(FAST, RetryBudget(1), context=clock.context())
    pace.learn(Usage(percent=100, regain_after=50))
    pace.learn(Usage(percent=100, regain_after=5))
    pace.learn(None)
    assert asyncio.run(pace.turn()) is None
    assert clock.slept == [50.0]


@pytest.mark.parametrize(("seconds", "told"), [(9.0, False), (10.0, True), (60.0, True)])
def test_a_long_pause_is_said_once_for_all_the_workers_that_make_it(seconds: float, told: bool) -> None:
    said: list[str] = []
    clock = Clock()

    async def run() -> None:
        pace = Pace(FAST, RetryBudget(1), context=replace(clock.context(), warnings=said.append))
        for _ in range(2):
            pace.learn(Usage(percent=100, regain_after=seconds))
            await asyncio.gather(pace.turn(), pace.turn())

    asyncio.run(run())
    assert said == [f"the provider asks for a pause of {seconds:.0f} s; then it goes on"] * (2 if told else 0)


def test_what_is_throttled_holds_the_account_even_when_it_is_not_tried_again() -> None:
    clock = Clock()
    pace = Pace(FAST, RetryBudget(0), context=clock.context())
    pace.heed(throttled(30))
    assert pace.wait_before_retry(throttled(30), 1) is None
    assert asyncio.run(pace.turn()) is None
    assert clock.slept == [30.0]


def test_who_has_less_patience_than_the_hold_lasts_is_turned_away() -> None:
    clock = Clock()
    pace = Pace(FAST, RetryBudget(0), context=clock.context())
    pace.heed(throttled(30))
    refused = asyncio.run(pace.turn(5.0))
    assert (refused is not None and refused.kind, clock.slept) == (FailureKind.THROTTLED, [])


def test_only_throttling_holds_the_account() -> None:
    clock = Clock()
    pace = Pace(FAST, RetryBudget(1), context=clock.context())
    pace.heed(replace(TRANSIENT, after=30.0))
    assert pace.wait_before_retry(replace(TRANSIENT, after=30.0), 1) == 30.0
    assert asyncio.run(pace.turn()) is None
    assert clock.slept == []


def test_calls_beyond_the_published_rate_wait_for_their_turn() -> None:
    said: list[str] = []
    waits: list[tuple[str, ...]] = []
    progress = Progress([lambda standing: waits.append(standing.waits if standing is not None else ())])
    clock = Clock()
    world = replace(clock.context(), log=said.append, progress=progress, now=lambda: NOON)

    async def turns() -> list[float]:
        pace = Pace(Rate(calls=2, seconds=12.0), RetryBudget(0), context=world, of="Meta")
        times: list[float] = []
        for _ in range(4):
            await pace.turn()
            times.append(clock.now - 1000)
        return times

    with progress.stage(Stage.READING, 4, clock=world.monotonic):
        # At most a sixtieth later than the time of the rate: so long the first call may count.
        assert asyncio.run(turns()) == [0.0, 0.0, *[pytest.approx(12.1, abs=0.11)] * 2]
    allowed = "Meta's allowance of 2 calls in 12 s"
    assert said == [f"Waiting for {allowed}"]
    assert waits == [(), (allowed,), (), ()]


def test_a_long_wait_says_until_when_and_shows_a_sign_of_life_each_minute() -> None:
    said: list[str] = []
    seen: list[float] = []
    progress = Progress([lambda standing: seen.append(standing.now) if standing is not None else None])
    world = replace(Clock().context(), warnings=said.append, progress=progress, now=lambda: NOON)

    async def run() -> None:
        pace = Pace(Rate(calls=1, seconds=180.0), RetryBudget(0), context=world, of="Meta")
        await pace.turn()
        await pace.turn()

    with progress.stage(Stage.READING, 2, clock=world.monotonic):
        asyncio.run(run())
    assert said == ["Waiting for Meta's allowance of 1 call in 3 min: it goes on at 12:03 UTC"]
    assert sorted({now - 1000 for now in seen}) == [0.0, 60.0, 120.0, 180.0, 183.0]


def test_no_turn_comes_after_the_end_of_the_run() -> None:
    clock = Clock()
    pace = Pace(Rate(calls=1, seconds=180.0), RetryBudget(0), context=replace(clock.context(), now=lambda: NOON))
    pace.longest_wait = math.inf
    assert asyncio.run(pace.turn(latest=1100.0)) is None
    assert asyncio.run(pace.turn(latest=1100.0)) == OVER
    pace.heed(throttled(120))
    assert asyncio.run(pace.turn(latest=1100.0)) == OVER
    assert clock.slept == []


def test_turns_that_were_not_used_are_given_back() -> None:
    clock = Clock()
    pace = Pace(Rate(calls=10, seconds=60.0), RetryBudget(0), context=replace(clock.context(), now=lambda: NOON))
    asyncio.run(pace.turn(calls=8))
    pace.give_back(5)
    assert (pace.left(), pace.lasts(7), pace.lasts(8)) == (7, 0.0, 61.0)


def test_each_throttled_call_makes_the_calls_slower_and_each_reply_makes_them_faster_again() -> None:
    clock = Clock()
    pace = Pace(Rate(calls=10, seconds=20.0), RetryBudget(9), context=replace(clock.context(), now=lambda: NOON))

    def gap() -> float:
        before = clock.now
        asyncio.run(pace.turn())
        return round(clock.now - before, 3)

    # Two that were on their way together count once.
    pace.heed(throttled(None))
    pace.heed(throttled(None))
    assert [gap(), gap()] == [2.0, 2.0]
    pace.heed(throttled(None))
    assert [gap(), gap()] == [4.0, 4.0]
    for _ in range(100):
        pace.ease()
    clock.now += 60
    assert [gap(), gap()] == [0.0, 0.0]
    # A call that was never made says nothing of the provider.
    pace.heed(replace(throttled(None), sent=False))
    assert gap() == 0.0


def test_a_pause_that_the_provider_asks_for_is_waited_for_by_its_name_and_end() -> None:
    waits: set[str] = set()
    progress = Progress([lambda standing: waits.update(standing.waits if standing is not None else ())])
    clock = Clock()
    world = replace(clock.context(), progress=progress, now=lambda: NOON + timedelta(seconds=clock.now - 1000))

    async def run() -> None:
        pace = Pace(FAST, RetryBudget(1), context=world, of="Meta")
        pace.learn(Usage(percent=100, regain_after=95))
        await pace.turn(patience=100.0)

    with progress.stage(Stage.READING, 1, clock=world.monotonic):
        asyncio.run(run())
    assert waits == {"Meta, which asked for a pause until 12:01:35 UTC"}


@settings(max_examples=50)
@given(attempt=st.integers(1, 12), chance=st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_negative_and_never_longer_than_twenty_seconds(attempt: int, chance: float) -> None:
    pace = Pace(FAST, RetryBudget(1), context=Clock().context(chance=chance))
    wait = pace.wait_before_retry(TRANSIENT, attempt)
    assert wait == chance * min(20.0, 2.0 ** (attempt - 1))


@settings(max_examples=50)
@given(asked=st.lists(st.one_of(st.none(), st.floats(0, 200)), max_size=30), retries=st.integers(0, 10))
def test_a_budget_is_spent_by_what_is_tried_again_and_by_nothing_else(asked: list[float | None], retries: int) -> None:
    budget = RetryBudget(retries)
    pace = Pace(FAST, budget, context=Clock().context())
    waits = [pace.wait_before_retry(throttled(after), 1) for after in asked]
    waitable = sum(after is None or after <= LONGEST_WAIT for after in asked)
    assert sum(wait is not None for wait in waits) == min(retries, waitable)
    assert budget.left == retries - min(retries, waitable)


@pytest.mark.parametrize("retries", [0, -1])
def test_an_empty_budget_gives_nothing(retries: int) -> None:
    budget = RetryBudget(retries)
    assert budget.take() is False
    assert budget.left == retries
