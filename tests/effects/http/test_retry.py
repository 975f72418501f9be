"""How often a call is made, by why it failed and by what making it twice would do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from reconciler.core.fields import Picture
from reconciler.core.provider import Call, CallFailed, Failure, FailureKind, Read, Reply, Upload, Write
from reconciler.effects.files.picture_files import open_picture
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.allowance import OVER
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.retries import RetryBudget
from reconciler.effects.http.sending import WriteClient
from reconciler.effects.world import Patience
from tests.support.effects import Clock, error, line, one
from tests.support.sockets import Act, Server, each, hang, reply, reset

UNREGISTERED = "(#100) Tried accessing nonexisting field (whatsapp_business_profile)"
REPLIES: dict[FailureKind, Act] = {
    FailureKind.THROTTLED: reply(error(4), 400),
    FailureKind.TRANSIENT: reply(error(2), 500),
    FailureKind.AMBIGUOUS: reply(error(131000), 500),
    FailureKind.UNAUTHORISED: reply(error(190), 401),
    FailureKind.FORBIDDEN: reply(error(10), 403),
    FailureKind.NOT_FOUND: reply(error(803), 404),
    FailureKind.UNREGISTERED: reply(error(100, UNREGISTERED), 400),
    FailureKind.REJECTED: reply(error(100), 400),
    FailureKind.UNREACHABLE: reset,
    FailureKind.GARBAGE: reply(b"<html>", 502),
}
CALLS = ("read", "repeatable write", "write", "upload")
# Attempts of each of the calls. A write that may have happened is made again only where that changes nothing.
ATTEMPTS = {
    FailureKind.THROTTLED: (4, 4, 4, 4),
    FailureKind.TRANSIENT: (4, 4, 1, 1),
    FailureKind.AMBIGUOUS: (2, 2, 1, 1),
    FailureKind.UNAUTHORISED: (1, 1, 1, 1),
    FailureKind.FORBIDDEN: (1, 1, 1, 1),
    FailureKind.NOT_FOUND: (1, 1, 1, 1),
    FailureKind.UNREGISTERED: (1, 1, 1, 1),
    FailureKind.REJECTED: (1, 1, 1, 1),
    FailureKind.UNREACHABLE: (4, 4, 1, 1),
    FailureKind.GARBAGE: (2, 2, 1, 1),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    Image.new("RGB", (64, 64), "red").save(tmp_path / "profiles" / "logo.png")
    return tmp_path


def call(kind: str, root: Path) -> Call:
    match kind:
        case "read":
            return Read("/1")
        case "upload":
            logo = open_picture(root / "profiles", "logo.png")
            assert isinstance(logo, Picture)
            return Upload("/1", logo)
        case _:
            return Write("POST", "/1", {}, repeatable=kind == "repeatable write")


def made(to: AccountAccess, *calls: Call) -> list[Reply | Failure]:
    """Return what became of calls that are made one after another."""
    found: list[Reply | Failure] = []

    async def run() -> None:
        async with WriteClient(to) as sending:
            for one_call in calls:
                try:
                    found.append(await sending.drive(one(one_call)))
                except CallFailed as refused:
                    found.append(refused.failure)

    asyncio.run(run())
    return found


def failed(to: AccountAccess, *calls: Call) -> Failure:
    """Return how the last of `calls` failed."""
    *_, last = made(to, *calls)
    assert isinstance(last, Failure)
    return last


@pytest.mark.parametrize(
    ("kind", "what", "attempts"),
    [(kind, what, ATTEMPTS[kind][at]) for kind in FailureKind for at, what in enumerate(CALLS)],
)
def test_how_often_a_failing_call_is_made(root: Path, kind: FailureKind, what: str, attempts: int) -> None:
    clock = Clock()
    with Server(each(REPLIES[kind])) as server:
        failure = failed(line(server.origin, context=clock.context(root)), call(what, root))
        assert (failure.kind, len(server.heard)) == (kind, attempts)
    # Full jitter over a doubling time; chance says one here.
    assert clock.slept == [1.0, 2.0, 4.0][: attempts - 1]


@pytest.mark.parametrize("what", CALLS)
def test_what_cannot_have_been_sent_is_sent_again_whatever_it_is(root: Path, what: str) -> None:
    with Server(each(reply())) as server:
        gone = server.origin
    clock = Clock()
    failure = failed(line(gone, context=clock.context(root)), call(what, root))
    assert (failure.kind, failure.sent, clock.slept) == (FailureKind.UNREACHABLE, False, [1.0, 2.0, 4.0])


@pytest.mark.parametrize("what", CALLS)
def test_a_call_that_succeeds_at_last_is_a_success(root: Path, what: str) -> None:
    with Server(each(*[reply(error(4), 400)] * 3, reply(b'{"success": true}'))) as server:
        (found,) = made(line(server.origin, context=Clock().context(root)), call(what, root))
        assert len(server.heard) == 4
    assert isinstance(found, Reply)
    assert found.json() == {"success": True}


@pytest.mark.parametrize(("chance", "waits"), [(0.0, [0.0, 0.0, 0.0]), (0.25, [0.25, 0.5, 1.0])])
def test_chance_spreads_the_attempts_of_many(chance: float, waits: list[float]) -> None:
    clock = Clock()
    with Server(each(reply(error(2), 500))) as server:
        failed(line(server.origin, context=clock.context(chance=chance)), Read("/1"))
    assert clock.slept == waits


# What the provider asks for


def test_retry_after_is_waited_out_to_the_second() -> None:
    clock = Clock()
    with Server(each(reply(error(4), 429, Retry_After="60"), reply())) as server:
        (found,) = made(line(server.origin, clock=clock), Read("/1"))
    assert isinstance(found, Reply)
    assert clock.slept == [60.0]


@pytest.mark.parametrize(
    ("until", "waits"),
    [
        ("Sun, 02 Aug 2026 12:00:45 GMT", [45.0]),
        ("Sun, 02 Aug 2026 14:00:30 +0200", [30.0]),
        ("Sun, 02 Aug 2026 11:59:00 GMT", [1.0]),
        ("Sun, 02 Aug 2026 12:01:01 GMT", []),
        ("Sun, 02 Aug 2026 12:00:45 -0000", [1.0]),
        ("noon", [1.0]),
        ("Sun, 02 Aug 99999999999999999999 12:00:45 GMT", [1.0]),
    ],
)
def test_retry_after_may_be_the_time_until_which(until: str, waits: list[float]) -> None:
    """The clock of the world counts; a time that is over, or that no zone is said of, asks for nothing."""
    clock = Clock()
    noon = replace(clock.context(), now=lambda: datetime(2026, 8, 2, 12, tzinfo=UTC))
    with Server(each(reply(error(2), 503, Retry_After=until), reply())) as server:
        made(line(server.origin, context=noon), Read("/1"))
        assert len(server.heard) == len(waits) + 1
    assert clock.slept == waits


@pytest.mark.parametrize("until", ["9" * 15, "9" * 400, "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_that_no_calendar_holds_ends_the_attempts(until: str) -> None:
    clock = Clock()
    noon = replace(clock.context(), now=lambda: datetime(2026, 8, 2, 12, tzinfo=UTC))
    with Server(each(reply(error(4), 429, Retry_After=until))) as server:
        failure = failed(line(server.origin, context=noon), Read("/1"))
        assert len(server.heard) == 1
    assert (failure.after, clock.slept) == (366 * 24 * 3600.0, [])


def test_a_reply_of_an_unknown_time_has_no_date_to_wait_for() -> None:
    assert Reply(503, {"retry-after": "Sun, 02 Aug 2026 12:00:45 GMT"}).retry_after is None


def test_a_transient_error_may_ask_for_its_own_wait() -> None:
    clock = Clock()
    with Server(each(reply(error(2), 503, Retry_After="7"), reply())) as server:
        (found,) = made(line(server.origin, clock=clock), Read("/1"))
    assert isinstance(found, Reply)
    assert clock.slept == [7.0]


@pytest.mark.parametrize("code", [2, 4])
def test_no_worker_waits_longer_than_a_minute_for_one_call(code: int) -> None:
    clock, budget = Clock(), RetryBudget(5)
    with Server(each(reply(error(code), 429, Retry_After="61"))) as server:
        failure = failed(line(server.origin, clock=clock, budget=budget), Read("/1"))
        assert len(server.heard) == 1
    assert (failure.after, clock.slept, budget.left) == (61.0, [], 5)


def test_an_account_that_is_told_to_stay_away_makes_no_further_call() -> None:
    clock, budget = Clock(), RetryBudget(5)
    world = replace(clock.context(), now=lambda: datetime(2026, 8, 2, 9, 30, 59, tzinfo=UTC))
    with Server(each(reply(error(4), 429, Retry_After="3600"))) as server:
        shared = line(server.origin, context=world, budget=budget)
        second = failed(shared, Read("/1"), Read("/2"))
        assert server.seen == ["GET /1"]
    assert second == Failure(
        kind=FailureKind.THROTTLED,
        summary="the provider asked to stay away until 10:30 UTC",
        hint="run again later, or say by --until how long to wait",
        after=3600.0,
        sent=False,
    )
    assert (clock.slept, budget.left) == ([], 5)


# What an earlier attempt may have done


@pytest.mark.parametrize("last", [reply(error(4), 429, Retry_After="5"), reply(error(4), 400)], ids=["asked", "told"])
def test_a_write_that_may_have_acted_stays_in_doubt_where_its_next_attempt_is_held_off(last: Act) -> None:
    clock = Clock()
    with Server(each(reset, last)) as server:
        failure = failed(line(server.origin, clock=clock), Write("POST", "/1", {}, repeatable=True))
        assert len(server.heard) > 1
    assert (failure.kind, failure.did_nothing) == (FailureKind.UNREACHABLE, False)


def test_a_write_that_may_have_acted_stays_in_doubt_where_the_host_goes_away() -> None:
    server = Server(each(reset))

    async def sleep(_: float) -> None:
        server.__exit__()

    context = replace(Clock().context(), sleep=sleep)
    with server:
        failure = failed(line(server.origin, context=context), Write("POST", "/1", {}, repeatable=True))
    assert (failure.sent, failure.did_nothing) == (True, False)


def test_a_verdict_on_the_next_attempt_is_one_on_the_first() -> None:
    with Server(each(reset, reply(error(100), 400))) as server:
        failure = failed(line(server.origin, clock=Clock()), Write("POST", "/1", {}, repeatable=True))
    assert (failure.kind, failure.did_nothing) == (FailureKind.REJECTED, True)


@pytest.mark.parametrize(("what", "attempts"), [("read", 2), ("repeatable write", 2), ("write", 1), ("upload", 1)])
def test_a_call_that_hangs_is_made_twice_at_most(root: Path, what: str, attempts: int) -> None:
    """Each attempt costs the whole time of a request."""
    clock = Clock()
    with Server(each(hang)) as server:
        way = line(server.origin, context=clock.context(root), patience=Patience(request=1.0))
        failure = failed(way, call(what, root))
        assert len(server.heard) == attempts
    assert failure.hung


# The budget and the deadline


def test_the_retries_of_a_run_are_shared_by_its_accounts_and_come_to_an_end() -> None:
    budget = RetryBudget(4)
    with Server(each(reply(error(2), 500))) as one_server, Server(each(reply(error(2), 500))) as other:
        failed(line(one_server.origin, budget=budget), Read("/1"))
        failed(line(other.origin, budget=budget), Read("/1"), Read("/2"))
        assert (len(one_server.heard), other.seen) == (4, ["GET /1", "GET /1", "GET /2"])
    assert budget.left == 0


def test_a_wait_that_would_outlast_the_run_is_not_begun() -> None:
    clock = Clock()
    with Server(each(reply(error(2), 500))) as server:
        failed(line(server.origin, clock=clock, deadline=clock.now + 3), Read("/1"))
        assert len(server.heard) == 2
    # One second, and two more would have ended it.
    assert clock.slept == [1.0]


@pytest.mark.parametrize("what", CALLS)
def test_a_run_past_its_deadline_makes_no_call(root: Path, what: str) -> None:
    clock, budget = Clock(), RetryBudget(5)
    with Server(each(reply())) as server:
        late = line(server.origin, context=clock.context(root), budget=budget, deadline=clock.now)
        failure = failed(late, call(what, root))
        assert server.connections == 0
    assert failure == OVER
    assert (clock.slept, budget.left) == ([], 5)


def test_a_turn_that_comes_after_the_deadline_is_not_taken() -> None:
    clock = Clock()
    with Server(each(reply(error(4), 429, Retry_After="50"), reply())) as server:
        shared = line(server.origin, clock=clock, deadline=clock.now + 40)
        failure = failed(shared, Read("/1"), Read("/2"))
        assert server.seen == ["GET /1"]
    # To wait for nothing would only cost time.
    assert (failure, clock.slept) == (OVER, [])


# A hold is everybody's


def usage(percent: int, minutes: int) -> str:
    return f'{{"1": [{{"call_count": {percent}, "estimated_time_to_regain_access": {minutes}}}]}}'


@pytest.mark.parametrize(
    ("percent", "minutes", "slept"), [(100, 1, [60.0]), (120, 1, [60.0]), (98, 1, []), (99, 1, [1.0]), (100, 0, [1.0])]
)
def test_an_allowance_that_is_used_up_holds_every_worker(percent: int, minutes: int, slept: list[float]) -> None:
    clock = Clock()
    told = reply(X_Business_Use_Case_Usage=usage(percent, minutes))

    async def run(shared: AccountAccess) -> None:
        async with ReadClient(shared) as one_worker, ReadClient(shared) as other:
            await one_worker.drive(one(Read("/1")))
            await other.drive(one(Read("/2")))

    with Server(each(told, reply())) as server:
        asyncio.run(run(line(server.origin, clock=clock)))
        assert server.seen == ["GET /1", "GET /2"]
    # Without a time to wait, no call is made before the time of the rate is over, which is a second here.
    assert clock.slept == [pytest.approx(seconds, abs=0.02) for seconds in slept]


def test_an_allowance_that_is_used_up_for_long_fails_fast() -> None:
    clock = Clock()
    with Server(each(reply(X_Business_Use_Case_Usage=usage(100, 2)))) as server:
        shared = line(server.origin, clock=clock)
        failure = failed(shared, Read("/1"), Read("/2"))
        assert server.seen == ["GET /1"]
    assert (failure.kind, failure.after, clock.slept) == (FailureKind.THROTTLED, 120.0, [])
