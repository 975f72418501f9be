"""One retry policy, two sides: the provider's limits and GitHub's are values that the same functions read."""

from __future__ import annotations

import asyncio
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.provider import DID_NOTHING, Failure, FailureKind, Reply
from reconciler.effects.http.retries import LONGEST_WAIT, PROVIDER_RETRIES, RetryLimits, may_repeat, repeat, retry_wait
from reconciler.forge.transport import ATTEMPTS, FORGE_RETRIES, MOST_PAUSES

SIDES = pytest.mark.parametrize("limits", [PROVIDER_RETRIES, FORGE_RETRIES], ids=["provider", "GitHub"])
NEVER = ("unauthorised", "forbidden", "not found", "unregistered", "rejected")
# How often a call that may be repeated is made in all: at a provider, and at GitHub.
MADE = {
    FailureKind.THROTTLED: (4, MOST_PAUSES + 1),
    FailureKind.TRANSIENT: (4, ATTEMPTS),
    FailureKind.UNREACHABLE: (4, ATTEMPTS),
    FailureKind.AMBIGUOUS: (2, 1),
    FailureKind.GARBAGE: (2, 1),
    **{FailureKind(kind): (1, 1) for kind in NEVER},
}


def failure(kind: FailureKind, after: float | None = None, *, sent: bool = True) -> Failure:
    return Failure(kind=kind, summary="no", after=after, sent=sent)


@pytest.mark.parametrize("kind", FailureKind)
def test_each_kind_of_failure_has_its_number_of_attempts(kind: FailureKind) -> None:
    found = tuple(
        next(made for made in range(1, 20) if not may_repeat(failure(kind), made, limits, repeatable=True))
        for limits in (PROVIDER_RETRIES, FORGE_RETRIES)
    )
    assert found == MADE[kind]


@SIDES
@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("sent", [True, False])
def test_what_may_have_been_done_is_never_done_twice(limits: RetryLimits, kind: FailureKind, *, sent: bool) -> None:
    again = may_repeat(failure(kind, sent=sent), 1, limits, repeatable=False)
    assert again == (limits.attempts.get(kind, 1) > 1 and (not sent or kind in DID_NOTHING))


@SIDES
@given(kind=st.sampled_from(FailureKind), made=st.integers(1, 30), chance=st.floats(0, 1))
def test_chance_spreads_attempts_over_a_time_that_doubles_up_to_twenty_seconds(
    limits: RetryLimits, kind: FailureKind, made: int, chance: float
) -> None:
    assert retry_wait(failure(kind), made, limits, chance=chance) == chance * min(20.0, 2.0 ** (made - 1))


def test_a_provider_that_asks_for_more_than_a_minute_ends_the_attempts_and_github_may() -> None:
    late = failure(FailureKind.THROTTLED, LONGEST_WAIT + 1)
    assert retry_wait(late, 1, PROVIDER_RETRIES, chance=1.0) is None
    assert retry_wait(late, 1, FORGE_RETRIES, chance=1.0) == LONGEST_WAIT + 1


@pytest.mark.parametrize(
    ("kind", "limits", "wait"),
    [
        (FailureKind.TRANSIENT, PROVIDER_RETRIES, 0.0),
        (FailureKind.TRANSIENT, FORGE_RETRIES, 4.0),
        (FailureKind.THROTTLED, FORGE_RETRIES, 0.0),
    ],
)
def test_a_wait_of_nothing_that_was_asked_for_is_spread_where_the_limits_say_so(
    kind: FailureKind, limits: RetryLimits, wait: float
) -> None:
    assert retry_wait(failure(kind, 0.0), 3, limits, chance=1.0) == wait


def test_the_attempts_of_either_side_cannot_be_changed() -> None:
    assert isinstance(PROVIDER_RETRIES.attempts, MappingProxyType)
    assert isinstance(FORGE_RETRIES.attempts, MappingProxyType)


def test_a_call_is_made_until_its_outcome_stands() -> None:
    outcomes: list[Reply | Failure] = [failure(FailureKind.TRANSIENT), failure(FailureKind.THROTTLED), Reply(200)]
    judged: list[tuple[Reply | Failure, int]] = []
    slept: list[float] = []
    waiting = iter(outcomes)

    async def once() -> Reply | Failure:
        return next(waiting)

    def again(outcome: Reply | Failure, made: int) -> float | None:
        judged.append((outcome, made))
        return None if isinstance(outcome, Reply) else made / 2

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    assert asyncio.run(repeat(once, again, sleep=sleep)) == Reply(200)
    assert (judged, slept) == (list(zip(outcomes, (1, 2, 3), strict=True)), [0.5, 1.0])
