"""How often GitHub is asked, and how long is waited in between, by what it answered; nobody waits in these tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.provider import Failure, FailureKind, Reply
from reconciler.forge.github.client import GitHub
from reconciler.forge.transport import ATTEMPTS, COMMAND_DEADLINE, MOST_PAUSES, pause
from tests.support.effects import Clock
from tests.support.github import PRIMARY, SECONDARY, FakeGitHub
from tests.support.github.asking import EVERYTHING, SECRET, Work, ask, refused, world
from tests.support.github.world import BEGINNING


def read(github: GitHub) -> Awaitable[Any]:
    return github.comments(1)


def write(github: GitHub) -> Awaitable[Any]:
    return github.comment(1, "x")


def edit(github: GitHub) -> Awaitable[Any]:
    return github.edit_issue(1, "x")


BOTH = pytest.mark.parametrize("work", [read, write, edit], ids=["read", "write", "edit"])


@pytest.fixture
def clock(fake: FakeGitHub) -> Clock:
    fake.pull("anna")
    return Clock()


def reset(seconds: float) -> dict[str, str]:
    """Return the headers of a primary limit that ends so many seconds from now."""
    until = BEGINNING + timedelta(seconds=seconds)
    return {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{until.timestamp():.0f}"}


# Limits: nothing was done, so everything is made again


@BOTH
@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_is_waited_out_as_long_as_github_says(
    fake: FakeGitHub, clock: Clock, work: Work[Any], status: int
) -> None:
    fake.trouble(status, message=SECONDARY, headers={"retry-after": "17"})
    ask(fake, work, clock=clock)
    assert (clock.slept, len(fake.asked)) == ([17.0], 2)


@BOTH
@pytest.mark.parametrize(("status", "message"), [(403, SECONDARY), (429, SECONDARY), (429, "Slow down")])
def test_a_secondary_limit_that_says_nothing_is_a_minute_and_longer_each_time(
    fake: FakeGitHub, clock: Clock, work: Work[Any], status: int, message: str
) -> None:
    fake.trouble(status, message=message, times=2)
    ask(fake, work, clock=clock)
    assert (clock.slept, len(fake.asked)) == ([60.0, 120.0], 3)


@BOTH
@pytest.mark.parametrize("status", [403, 429])
def test_a_primary_limit_is_waited_out_where_there_is_time(
    fake: FakeGitHub, clock: Clock, work: Work[Any], status: int
) -> None:
    fake.trouble(status, message=PRIMARY, headers=reset(90))
    ask(fake, work, clock=clock)
    assert (clock.slept, len(fake.asked)) == ([91.0], 2)


@BOTH
def test_a_primary_limit_that_is_over_already_is_tried_a_second_later(
    fake: FakeGitHub, clock: Clock, work: Work[Any]
) -> None:
    fake.trouble(403, message=PRIMARY, headers=reset(-10))
    ask(fake, work, clock=clock)
    assert clock.slept == [1.0]


@BOTH
@pytest.mark.parametrize("headers", [reset(1800), {"retry-after": "1801"}], ids=["primary", "secondary"])
def test_a_limit_that_lasts_too_long_ends_the_command_and_says_until_when(
    fake: FakeGitHub, clock: Clock, work: Work[Any], headers: dict[str, str]
) -> None:
    fake.trouble(403, message=PRIMARY, headers=headers)
    problem = refused(fake, work, clock=clock)
    assert (problem.status, clock.slept, len(fake.asked)) == (429, [], 1)
    assert str(problem).endswith(
        ": GitHub takes no more calls with this token before 2026-08-02 12:30:01 UTC; run the command again then"
    )


@pytest.mark.parametrize(
    "headers", [{"retry-after": "9" * 400}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 5000}]
)
def test_a_limit_for_ever_is_one_too(fake: FakeGitHub, clock: Clock, headers: dict[str, str]) -> None:
    fake.trouble(429, headers=headers)
    assert "before 2027-08-03" in str(refused(fake, read, clock=clock))


def test_a_limit_that_comes_again_and_again_ends_with_the_time_of_the_command(fake: FakeGitHub, clock: Clock) -> None:
    fake.trouble(403, message=SECONDARY, headers={"retry-after": "60"}, times=100)
    problem = refused(fake, read, clock=clock)
    assert (problem.status, sum(clock.slept), len(fake.asked)) == (429, 240.0, 5)


def test_a_short_limit_is_not_waited_out_for_ever(fake: FakeGitHub, clock: Clock) -> None:
    fake.trouble(403, message=SECONDARY, headers={"retry-after": "0"}, times=100)
    problem = refused(fake, read, clock=clock)
    assert (problem.status, clock.slept, len(fake.asked)) == (403, [1.0] * MOST_PAUSES, MOST_PAUSES + 1)


@BOTH
def test_a_refusal_that_is_about_no_limit_stands(fake: FakeGitHub, clock: Clock, work: Work[Any]) -> None:
    fake.trouble(403, headers={"x-ratelimit-remaining": "4999", "x-ratelimit-reset": "1"})
    assert (refused(fake, work, clock=clock).status, clock.slept, len(fake.asked)) == (403, [], 1)


def test_people_are_told_why_nothing_happens(fake: FakeGitHub, clock: Clock) -> None:
    lines: list[str] = []
    fake.token(SECRET, EVERYTHING)
    fake.trouble(429, headers={"retry-after": "17"})
    fake.trouble(500)

    async def run() -> None:
        async with fake.github(SECRET, context=replace(world(clock), log=lines.append)) as github:
            await read(github)

    asyncio.run(run())
    assert lines == ["GitHub asks for a pause of 17 s; then it goes on"]


# Failures: what may have been done is not done twice


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_read_that_failed_is_made_again(fake: FakeGitHub, clock: Clock, status: int) -> None:
    fake.trouble(status, times=ATTEMPTS - 1)
    assert ask(fake, read, clock=clock) == ()
    assert clock.slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("work", [write, edit])
def test_a_write_that_may_have_been_done_is_not_made_again(fake: FakeGitHub, clock: Clock, work: Work[Any]) -> None:
    fake.trouble(502, message="Bad gateway", late=True)
    problem = refused(fake, work, clock=clock)
    assert (problem.status, clock.slept, len(fake.asked)) == (502, [], 1)
    assert str(problem).endswith(
        "GitHub answers 502, Bad gateway; GitHub may have done it all the same: look before you run it again"
    )


def test_a_comment_that_arrived_although_the_reply_failed_is_there_once(fake: FakeGitHub, clock: Clock) -> None:
    fake.trouble(500, late=True)
    refused(fake, write, clock=clock)
    assert [one.body for one in fake.said(1)] == ["x"]


def test_a_read_that_fails_and_fails_is_a_problem(fake: FakeGitHub, clock: Clock) -> None:
    fake.trouble(500, message="Oops", times=100)
    problem = refused(fake, read, clock=clock)
    assert (problem.status, len(fake.asked)) == (500, ATTEMPTS)
    assert str(problem) == "cannot read the comments of #1: GitHub answers 500, Oops"


def test_a_server_may_ask_for_its_own_wait(fake: FakeGitHub, clock: Clock) -> None:
    fake.trouble(503, headers={"retry-after": "9"})
    ask(fake, read, clock=clock)
    assert clock.slept == [9.0]


def test_what_would_be_waited_for_beyond_the_commands_time_is_a_problem_at_once(fake: FakeGitHub, clock: Clock) -> None:
    fake.trouble(503, message="Down", headers={"retry-after": f"{COMMAND_DEADLINE:.0f}"})
    problem = refused(fake, read, clock=clock)
    assert (clock.slept, str(problem)) == ([], "cannot read the comments of #1: GitHub answers 503, Down")


def test_a_command_that_has_taken_its_time_asks_nothing_more(fake: FakeGitHub, clock: Clock) -> None:
    async def late(github: Any) -> object:
        clock.now += COMMAND_DEADLINE
        return await github.comments(1)

    problem = refused(fake, late, clock=clock)
    assert (problem.status, fake.asked) == (0, [])
    assert str(problem) == ("cannot read the comments of #1: the 5 minutes that a command may take for GitHub are over")


# Laws

replies = st.builds(
    Reply,
    st.sampled_from([200, 301, 400, 401, 403, 404, 410, 422, 429, 500, 502, 503]),
    st.dictionaries(
        st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"]),
        st.sampled_from(["0", "1", "60", "x", "", "-1", "²", "1785672000"]),
    ),
    st.sampled_from([b"", SECONDARY.encode(), b"{}"]),
)
failures = st.builds(
    Failure,
    kind=st.sampled_from([FailureKind.UNREACHABLE, FailureKind.GARBAGE]),
    summary=st.just(""),
    sent=st.booleans(),
)
outcomes = replies | failures


@given(outcomes, st.integers(0, 20), st.floats(0, 1))
def test_a_write_is_made_again_only_where_nothing_was_done(
    outcome: Reply | Failure, attempt: int, chance: float
) -> None:
    again = pause(outcome, attempt, reads=False, now=BEGINNING, chance=chance)
    nothing_sent = isinstance(outcome, Failure) and not outcome.sent
    assert again is None or again.asked or nothing_sent
    assert not (isinstance(outcome, Reply) and outcome.status >= 500 and again)


@given(outcomes, st.booleans(), st.floats(0, 1))
def test_asking_again_comes_to_an_end(outcome: Reply | Failure, reads: bool, chance: float) -> None:
    assert pause(outcome, MOST_PAUSES, reads=reads, now=BEGINNING, chance=chance) is None


@given(outcomes, st.integers(0, 20), st.booleans(), st.floats(0, 1))
def test_a_wait_that_was_asked_for_is_never_shorter_than_a_second(
    outcome: Reply | Failure, attempt: int, reads: bool, chance: float
) -> None:
    again = pause(outcome, attempt, reads=reads, now=BEGINNING, chance=chance)
    assert again is None or again.seconds >= (1 if again.asked else 0)
