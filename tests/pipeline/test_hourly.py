"""An account with so many calls an hour: its runs know of each other, and each goes on where the last one stopped."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem, Reason
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.memory.spending import AccountRecord, with_accounts
from reconciler.core.provider import Failure, FailureKind, Usage
from reconciler.core.reports.command_reports import ApplyReport, DriftReport
from reconciler.core.traits import Rate
from reconciler.effects.http import accounts
from reconciler.effects.http.allowance import OVER, Pace
from reconciler.effects.http.retries import RetryBudget
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from reconciler.effects.signals import Stop
from reconciler.effects.workers import run_workers
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.drift import drift_run
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import plan_run, review_run
from reconciler.providers.meta import Meta
from tests.support.effects import NOWHERE, Clock
from tests.support.fleet import YES, Fleet
from tests.support.stores import clone

HOUR = 3600.0
KEY = ("meta", "https://graph.facebook.com", "bakery")


class Hourly:
    """A provider that counts the calls of the last hour, and refuses those beyond its limit."""

    def __init__(self, clock: Clock, *, limit: int = 5000, tells: bool = False) -> None:
        self.clock, self.limit, self.tells = clock, limit, tells
        self.made: list[float] = []
        self.refused = 0

    def call(self, pace: Pace) -> bool:
        """Answer one call, and say whether it was let through."""
        now = self.clock.now
        while self.made and self.made[0] <= now - HOUR:
            del self.made[0]
        if len(self.made) >= self.limit:
            self.refused += 1
            pace.heed(Failure(kind=FailureKind.THROTTLED, summary="slow down"))
            return False
        self.made.append(now)
        pace.learn(Usage(percent=float(100 * len(self.made) // self.limit)) if self.tells else None)
        return True


class Noon(Clock):
    """Time that workers share: each sleeps until a time, and not after the others."""

    async def sleep(self, seconds: float) -> None:
        """Let time pass until then."""
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


def pace_at(clock: Clock, known: AccountRecord | None = None, *, calls: int = 5000) -> Pace:
    """Return the pace of a run that begins now and knows what the ledger says."""
    noon = datetime(2026, 8, 2, 12, tzinfo=UTC).timestamp()
    world = replace(clock.context(NOWHERE), now=lambda: datetime.fromtimestamp(noon + clock.now, UTC))
    pace = Pace(Rate(calls=calls, seconds=HOUR), RetryBudget(0), context=world)
    pace.remember(known.slots if known is not None else ())
    return pace


def read(provider: Hourly, pace: Pace, numbers: range, *, limit: float) -> list[int]:
    """Read numbers with 16 workers until the limit, and return those that were read."""
    found: list[int] = []

    async def one(_: None, number: int) -> None:
        if await pace.turn(latest=limit) == OVER:
            return
        if provider.call(pace):
            found.append(number)

    asyncio.run(run_workers(numbers, one, workers=16, tool=nullcontext))
    return found


def test_two_thousand_numbers_are_read_without_one_call_that_is_throttled() -> None:
    clock = Noon()
    provider = Hourly(clock)
    assert len(read(provider, pace_at(clock), range(2000), limit=clock.now + HOUR)) == 2000
    assert (provider.refused, clock.now) == (0, 1000.0)


@pytest.mark.parametrize("tells", [True, False])
def test_ten_thousand_numbers_take_three_runs_and_each_goes_on_where_one_stopped(tells: bool) -> None:
    """What each run knows of the others: the ledger's record, or the provider's own figure alone."""
    clock = Noon()
    provider, known, done = Hourly(clock, tells=tells), AccountRecord(KEY), 0
    # Others took 1,000 of the calls before.
    for _ in range(1000):
        provider.call(pace_at(clock))
    known = AccountRecord(KEY, pace_of_others(clock))
    runs: list[int] = []
    for _ in range(3):
        pace = pace_at(clock, None if tells else known)
        found = read(provider, pace, range(done, 10_000), limit=clock.now + HOUR / 2)
        assert found == list(range(done, done + len(found)))
        done += len(found)
        runs.append(len(found))
        known = with_accounts({KEY: known}, [AccountRecord(KEY, pace.window.fresh())])[KEY]
        clock.now += HOUR + 60
    assert (provider.refused, done) == (0, 10_000)
    assert runs == [pytest.approx(4000, abs=70), pytest.approx(5000, abs=70), pytest.approx(1000, abs=140)]


def pace_of_others(clock: Clock) -> tuple[tuple[int, int], ...]:
    """Return what a run that made 1,000 calls left in the ledger."""
    others = pace_at(clock)
    others.window.take(1000, others._now)
    return others.window.fresh()


def test_a_throttling_server_sees_the_rate_fall_and_recover() -> None:
    """It lets one call a second through for a while, and then as many as come."""
    clock = Noon()
    pace = pace_at(clock, calls=36_000)
    times: list[float] = []
    refused = 0
    tight, last = True, -10.0

    async def one(_: None, __: int) -> None:
        nonlocal refused, last
        while await pace.turn() is None:
            if tight and clock.now - last < 1.0:
                refused += 1
                pace.heed(Failure(kind=FailureKind.THROTTLED, summary="slow down"))
                continue
            pace.ease()
            last = clock.now
            times.append(clock.now)
            return

    asyncio.run(run_workers(range(60), one, workers=4, tool=nullcontext))
    slow = refused
    assert len(times) == 60
    # Half of the calls at most are in vain, however many workers there are.
    assert slow <= 60
    assert (times[-1] - times[-21]) / 20 >= 1.0
    tight = False
    asyncio.run(run_workers(range(200), one, workers=4, tool=nullcontext))
    assert refused == slow
    assert times[-1] - times[-101] < 1.0


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A fleet of 12 numbers at a provider that allows 40 calls an hour, and one worker."""
    monkeypatch.setattr(accounts, "_rate", lambda *_: Rate(calls=40, seconds=HOUR))
    # The sandbox always says that a hundredth is used. What is tested here is what a run knows without such a figure.
    monkeypatch.setattr(Meta, "usage", lambda *_: None)
    made = Fleet(tmp_path)
    made.settings(more=", bulk_read: single, concurrency: 1")
    for index in range(12):
        made.profile(f"n{index:02}", index, about="Hello")
        made.edit(str(106540352242000 + index), about="Hello")
    return made


def numbers(fleet: Fleet, method: str = "GET") -> Counter[str]:
    """Return how often each number was asked for its profile, and forget it."""
    paths = [str(entry["path"]) for entry in fleet.requests(method) if "profile" in str(entry["path"])]
    fleet.forget()
    return Counter(path.split("/")[-2] for path in paths)


def drift(fleet: Fleet, seconds: float) -> DriftReport:
    """Look for drift, for so many seconds at most."""
    return fleet.run(lambda context: drift_run(context, Scope(until=context.monotonic() + seconds)))


def apply(fleet: Fleet, seconds: float) -> ApplyReport:
    """Apply, for so many seconds at most."""
    scope = Scope(until=fleet.clock.seconds + seconds)
    return fleet.run(lambda context: apply_run(context, ApplyRequest(scope, YES), stop=Stop()))


def kept(fleet: Fleet) -> AccountRecord:
    """Return what the ledger has of the account."""
    (found,) = SqliteLedger(fleet.root / ".reconciler" / LEDGER_FILE).read().accounts.values()
    return found


def test_a_look_that_meets_its_limit_is_incomplete_and_the_next_one_goes_on_there(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_rate", lambda *_: Rate(calls=10, seconds=HOUR))
    looks: list[Counter[str]] = []
    report = drift(fleet, 0)
    for _ in range(3):
        report = drift(fleet, HOUR / 2)
        looks.append(numbers(fleet))
        fleet.clock.seconds += HOUR + 60
    assert [len(look) for look in looks] == [5, 5, 5]
    # None was read again before all were read, and after them it begins anew.
    assert len(looks[0] | looks[1] | looks[2]) == 12
    assert not looks[0] & looks[1]
    assert Reason.INCOMPLETE in report.reasons
    reasons = {planned.reason for planned in report.plan.targets if planned.reason}
    assert reasons == {"the run's time is over (run again: apply and drift go on where they stopped)"}
    assert len(kept(fleet).unread) == 7


def test_plan_apply_and_drift_in_one_hour_share_one_allowance(fleet: Fleet) -> None:
    fleet.run(lambda context: plan_run(context, Scope()))
    assert sum(calls for _, calls in kept(fleet).slots) == len(fleet.requests()) == 24
    drift(fleet, HOUR / 2)
    assert sum(calls for _, calls in kept(fleet).slots) == len(fleet.requests()) == 40
    fleet.run(lambda context: review_run(context, Scope(until=context.monotonic() + 60)))
    assert len(fleet.requests()) == 40
    assert fleet.clock.slept == []


def test_a_run_without_a_limit_waits_for_the_allowance_and_says_so(fleet: Fleet) -> None:
    fleet.run(lambda context: plan_run(context, Scope()))
    report = fleet.run(lambda context: plan_run(context, Scope()))
    assert report.plan.complete
    assert fleet.clock.seconds == pytest.approx(61 * 60)
    takes = "Reading 12 profiles: at most 24 calls in about 1 h 1 min; Meta has 16 of 40 calls left this hour"
    assert takes in fleet.said
    assert "Waiting for Meta's allowance of 40 calls in 1 h: it goes on at 13:01 UTC" in fleet.said


def test_a_run_that_begins_when_the_hour_is_spent_waits_and_reads_everything(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # At this rate the reading itself may take 48 minutes: less than the hour that is waited for.
    monkeypatch.setattr(accounts, "_rate", lambda *_: Rate(calls=200, seconds=HOUR))
    for _ in range(8):
        fleet.run(lambda context: plan_run(context, Scope()))
    report = fleet.run(lambda context: plan_run(context, Scope()))
    assert report.plan.complete
    assert "it may wait for the allowance, and take 61 minutes longer" in fleet.said


def test_an_apply_that_meets_its_limit_leaves_the_rest_and_the_next_one_sends_it_first(fleet: Fleet) -> None:
    for index in range(12):
        fleet.profile(f"n{index:02}", index, about="Good morning")
    sent: list[list[str]] = []
    for _ in range(4):
        report = apply(fleet, HOUR / 2)
        sent.append([one.target.profile for one in report.outcomes if one.status is OutcomeStatus.APPLIED])
        if not sent[1:]:
            assert {Reason.PARTLY, Reason.INCOMPLETE} <= report.reasons
            left = [one.detail for one in report.outcomes if one.status is OutcomeStatus.SKIPPED]
            assert set(left) == {"the run's time is over, and the next run sends it"}
            assert report.record is not None
            assert report.record.finished
        fleet.clock.seconds += HOUR + 60
    every = [name for names in sent for name in names]
    # Half of the calls were kept for it, and are still too few.
    (said,) = {said for said in fleet.said if said.startswith("Writing 10 profiles: at most 100 calls in about ")}
    assert said.endswith("; Meta has 20 of 40 calls left this hour")
    assert sorted(every) == sorted(set(every))
    assert len(every) == 12
    assert len(fleet.requests("POST")) == 12


def test_a_plan_pushes_nothing_to_a_shared_ledger_and_says_so(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    shared = Fleet(clone(tmp_path / "shared"))
    shared.profile("berlin", about="Hello")
    shared.run(lambda context: plan_run(context, Scope(ledger="git")))
    said = "A plan does not write in a shared ledger: the next run learns of its calls from the provider"
    assert said in shared.said
    assert not list((tmp_path / "shared" / "remote.git" / "refs" / "heads").iterdir())
    shared.said.clear()
    shared.run(lambda context: plan_run(context, Scope(ledger="git", offline=True)))
    assert said not in shared.said


def test_a_plan_whose_calls_cannot_be_remembered_is_a_plan_all_the_same(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise EnvironmentProblem("the ledger is locked")

    monkeypatch.setattr(SqliteLedger, "commit", refused)
    assert fleet.plan().plan.complete
    assert "The calls of this plan are not remembered: the ledger is locked" in fleet.said
