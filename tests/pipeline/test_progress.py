"""What people are told while a run reads, writes, waits and stops."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from reconciler.core.memory.lease import Lease
from reconciler.core.progress import Headway
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.effects.ledger import Batch
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context, Progress
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.doctor import doctor_run
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import plan_run
from tests.pipeline.test_failures import rejection
from tests.pipeline.test_fates import until
from tests.support.fleet import YES, Fleet
from tests.support.stores import commit, local


class Watched:
    """The standings of a run, and the world that gets them."""

    def __init__(self, context: Context) -> None:
        self.standings: list[Headway | None] = []
        self.context = dataclasses.replace(context, progress=Progress([self.standings.append]))

    @property
    def counts(self) -> list[str]:
        """What was shown, in the order in which it became true."""
        return list(dict.fromkeys(f"{one.stage} {one.done}/{one.total}" for one in self.standings if one is not None))

    @property
    def waits(self) -> list[str]:
        """Everything that was waited for."""
        return list(dict.fromkeys(why for one in self.standings if one is not None for why in one.waits))


@pytest.fixture
def watched(fleet: Fleet) -> Watched:
    """A run in the world of the fleet, and what it showed."""
    return Watched(fleet.context)


def shops(fleet: Fleet, number: int = 3) -> None:
    for index in range(number):
        fleet.profile(f"shop{index}", index, about="Fresh bread")


def test_the_number_of_profiles_is_known_when_reading_begins_and_paused_ones_are_not_read(
    fleet: Fleet, watched: Watched
) -> None:
    shops(fleet)
    fleet.profile("resting", 9, mode="paused", about="Fresh bread")
    fleet.run(lambda _: plan_run(watched.context, Scope()))
    assert watched.counts == ["Reading 0/3", "Reading 1/3", "Reading 2/3", "Reading 3/3"]
    assert watched.standings[-1] is None


def test_an_apply_reads_and_then_writes_what_has_changes(fleet: Fleet, watched: Watched) -> None:
    shops(fleet)
    fleet.apply("shop0")
    fleet.run(lambda _: apply_run(watched.context, ApplyRequest(Scope(), YES), stop=Stop()))
    assert watched.counts == [
        *(f"Reading {done}/3" for done in range(4)),
        *(f"Writing {done}/2" for done in range(3)),
    ]


def test_a_doctor_counts_the_numbers_that_it_asks(fleet: Fleet, watched: Watched) -> None:
    shops(fleet, 2)
    fleet.run(lambda _: doctor_run(watched.context))
    assert watched.counts == ["Checking 0/2", "Checking 1/2", "Checking 2/2"]


def test_with_v_the_log_says_what_is_sent_and_what_became_of_it(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread", email="a@b.example")
    fleet.apply()
    (run,) = {record.stamp.run for record in next(iter(fleet.entries().values())).records}
    told = [line for line in fleet.said if "retries may be spent" not in line]
    assert told == [
        f"Run {run} holds the ledger; profiles about to be written: 1",
        "berlin: sending about, email",
        "berlin: applied",
    ]


def test_with_v_the_log_says_why_a_call_is_made_again_and_the_display_what_is_waited_for(
    fleet: Fleet, watched: Watched
) -> None:
    fleet.profile(about="Fresh bread")
    fleet.faults({"kind": "reply", "method": "GET", "status": 503, "body": ""})
    fleet.run(lambda _: plan_run(watched.context, Scope()))
    again = [line for line in fleet.said if "made again" in line]
    assert len(again) == 1
    assert again[0].startswith("berlin: the call is made again in 1.0 s: ")
    assert watched.waits == ["calls that failed to be made again"]


def test_a_run_that_waits_for_the_lease_says_for_which_run(fleet: Fleet, watched: Watched) -> None:
    fleet.profile(about="Fresh bread")
    until_time = (fleet.clock.now() + timedelta(seconds=20)).isoformat(timespec="seconds")
    commit(
        local(fleet.root), batch=Batch("11", lease=Lease(run="11", machine="elsewhere", process=1, until=until_time))
    )
    report = fleet.run(lambda _: apply_run(watched.context, ApplyRequest(Scope(), YES), stop=Stop()))
    assert isinstance(report, ApplyReport)
    assert not report.reasons
    assert watched.waits == ["run 11, which is writing"]
    assert watched.counts[-2:] == ["Writing 0/1", "Writing 1/1"]


def stopped(fleet: Fleet, when: Callable[[], bool]) -> tuple[list[str], list[str]]:
    """Return what the first signal was answered with, and what the display showed of an apply; it comes `when`."""
    said: list[str] = []
    watched = Watched(fleet.context)

    async def run(_: Context) -> None:
        stop = Stop(grace=600.0, tell=said.append)
        request = ApplyRequest(Scope(), YES)
        main = asyncio.ensure_future(apply_run(watched.context, request, stop=stop))
        await until(when)
        stop.ask(2, main=main)
        stop.ask(2, main=main)
        await main

    fleet.run(run)
    return said, watched.counts


def test_the_first_signal_says_how_many_writes_are_finished(fleet: Fleet) -> None:
    shops(fleet, 5)
    fleet.faults({"kind": "latency", "method": "POST", "seconds": 60})
    said, counts = stopped(fleet, lambda: len(fleet.requests("POST")) >= 2)
    assert len(said) == 1
    assert said[0].startswith("Stopping: finishing ")
    assert said[0].endswith(" writes that are on their way. Press again to leave them unknown.")
    # What a signal cut off does not count as done.
    assert counts[-1] == "Writing 0/5"


def test_a_field_that_is_refused_is_no_write_on_its_way(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.faults(rejection("(#100) Invalid parameter"))
    fleet.apply()
    assert "berlin: failed" in fleet.said
