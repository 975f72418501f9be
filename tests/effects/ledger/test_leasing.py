"""Who may begin to write, who waits for whom and how long, and what stands in the ledger once a run has begun."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.lease import LEASE_LENGTH, SKEW, Lease, place
from reconciler.core.memory.records import LedgerEntry, record_intent
from reconciler.effects.ledger import Batch, Snapshot, intents, store_batch
from reconciler.effects.ledger.intents import Begun, Opening, begin_intents, mine
from reconciler.effects.world import Context
from tests.support import change, record
from tests.support.keeping import Eventful, Surroundings, number, stamped
from tests.support.stores import run_record

ONE, TWO = "100000001", "100000002"
FOREVER = "9999-01-01T00:00:00+00:00"
PATIENCE = (LEASE_LENGTH + SKEW).total_seconds()
GONE = 10**30
HERE = mine("12", Context(Path())).machine


@pytest.fixture
def ledger(tmp_path: Path) -> Eventful:
    return Eventful(tmp_path)


@pytest.fixture
def world(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


def intended(address: str, *, run: str = "12") -> LedgerEntry:
    """Return the entry of a number whose about is about to be sent for the first time."""
    return number(address, record_intent(change(), previous=None, stamp=stamped(run)))


def other(
    run: str = "11", *, machine: str = "elsewhere", process: int = 7, until: str = "2026-08-02T12:02:00+00:00"
) -> Lease:
    return Lease(run=run, machine=machine, process=process, until=until)


def opening(*entries: LedgerEntry, known: Snapshot) -> Opening:
    return Opening(known, {entry.key: entry for entry in entries}, run_record())


def begun(ledger: Eventful, world: Surroundings, *entries: LedgerEntry, known: Snapshot | None = None) -> Begun:
    """Begin run 12, which is about to store `entries`, made from what was `known`."""
    plan = opening(*entries, known=known or ledger.read())
    return asyncio.run(begin_intents(ledger, plan, context=world.context))


# What has begun


def test_the_lease_the_intents_and_the_record_are_stored_together(ledger: Eventful, world: Surroundings) -> None:
    found = begun(ledger, world, intended(ONE), intended(TWO))
    assert ledger.commits == 1
    assert found == Begun(ledger.read(), mine("12", world.context))
    assert found.known.lease == Lease(run="12", machine=HERE, process=os.getpid(), until="2026-08-02T12:02:00+00:00")
    assert found.known.entries == {one.key: one for one in (intended(ONE), intended(TWO))}
    assert ledger.runs() == (run_record(),)


def test_who_commits_in_between_is_no_hindrance(ledger: Eventful, world: Surroundings) -> None:
    theirs = number(TWO, record(sent="Theirs"))
    ledger.events = [lambda: ledger.write(theirs)]
    found = begun(ledger, world, intended(ONE))
    assert (ledger.commits, found.overtaken) == (2, frozenset())
    assert found.known == ledger.read()
    assert found.known.entries == {intended(ONE).key: intended(ONE), theirs.key: theirs}


@pytest.mark.parametrize("before", [(), (number(ONE, record(sent="Old")),)])
def test_a_target_of_which_another_run_recorded_something_since_the_plan_is_left_as_it_is(
    ledger: Eventful, world: Surroundings, before: tuple[LedgerEntry, ...]
) -> None:
    ledger.write(*before)
    known, theirs = ledger.read(), number(ONE, record(sent="Theirs"))
    ledger.write(theirs)
    found = begun(ledger, world, intended(ONE), intended(TWO), known=known)
    assert found.overtaken == {theirs.key}
    assert ledger.read().entries == {theirs.key: theirs, intended(TWO).key: intended(TWO)}


def test_a_target_of_which_something_is_recorded_in_the_last_moment_is_left_as_it_is(
    ledger: Eventful, world: Surroundings
) -> None:
    theirs = number(ONE, record(sent="Theirs"))
    ledger.events = [lambda: ledger.write(theirs)]
    found = begun(ledger, world, intended(ONE), intended(TWO))
    assert found.overtaken == {theirs.key}
    assert ledger.read().entries[theirs.key] == theirs


def test_a_lost_reply_is_found_out_and_nothing_is_done_twice(ledger: Eventful, world: Surroundings) -> None:
    ledger.lost = 1
    found = begun(ledger, world, intended(ONE))
    assert (ledger.commits, found.overtaken, found.known) == (1, frozenset(), ledger.read())


def test_our_own_intents_are_not_taken_for_another_runs_where_the_reply_was_lost(
    ledger: Eventful, world: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who only looks may have committed before the run asks again."""
    read, seen = Eventful.read, number(TWO, record(sent="Seen"))

    def after_another(self: Eventful) -> Snapshot:
        if self.commits:
            self.write(seen)
        return read(self)

    known = ledger.read()
    ledger.lost = 1
    monkeypatch.setattr(Eventful, "read", after_another)
    found = begun(ledger, world, intended(ONE), known=known)
    assert (ledger.commits, found.overtaken) == (1, frozenset())
    assert found.known.entries == {intended(ONE).key: intended(ONE), seen.key: seen}


@pytest.mark.parametrize("between", [(), (number(TWO, record(sent="Theirs")),)], ids=["alone", "somebody in between"])
def test_a_lease_that_this_very_process_left_behind_is_not_taken_for_a_beginning(
    ledger: Eventful, world: Surroundings, between: tuple[LedgerEntry, ...]
) -> None:
    """In a container every run has the same process number: one that is started again must store its intents."""
    ledger.write(lease=mine("12", world.context))
    world.clock.seconds += 60
    ledger.events = [partial(ledger.write, *between)] if between else []
    begun(ledger, world, intended(ONE))
    assert ledger.read().entries == {one.key: one for one in (intended(ONE), *between)}
    assert ledger.read().lease == mine("12", world.context)


# Who holds nobody up


@pytest.mark.parametrize(
    "lease",
    [
        other(machine=HERE, process=GONE),
        other(until="2026-08-02T11:59:30+00:00"),
        other(until="someday"),
        other(until="2026-08-02T12:02:00"),
    ],
    ids=["its process is gone", "expired", "no time", "no zone"],
)
def test_no_run_waits_for_an_unused_lease(ledger: Eventful, world: Surroundings, lease: Lease) -> None:
    ledger.write(lease=lease)
    found = begun(ledger, world, intended(ONE))
    assert (found.lease, world.said, world.clock.slept) == (mine("12", world.context), [], [])
    assert ledger.read().lease == found.lease


@pytest.mark.parametrize(
    ("run", "its", "follows"),
    [
        ("12.2", "12", True),
        ("12.11", "12.2", True),
        ("12", "12", False),
        ("12", "12.2", False),
        ("12.2", "13", False),
        ("local-1.2", "local-1", False),
    ],
)
def test_a_later_attempt_follows_an_earlier_one_and_jobs_beside_each_other_do_not(
    run: str, its: str, *, follows: bool
) -> None:
    assert other(run).follows(other(its)) is follows


def test_a_later_attempt_of_a_run_takes_over_what_the_earlier_one_left(ledger: Eventful, world: Surroundings) -> None:
    ledger.write(lease=other("12"))
    record = run_record("12.2")
    plan = Opening(ledger.read(), {}, record)
    assert asyncio.run(begin_intents(ledger, plan, context=world.context)).lease == mine("12.2", world.context)
    assert world.clock.slept == []


def test_jobs_of_one_run_wait_for_each_other(ledger: Eventful, world: Surroundings) -> None:
    ledger.write(lease=other("12"))
    begun(ledger, world, intended(ONE))
    assert world.said == ["Waiting for run 12, which is writing"]


def test_no_run_waits_for_a_lease_that_was_given_back(ledger: Eventful, world: Surroundings) -> None:
    ledger.write(lease=other())
    ledger.write(lease=other().ended)
    begun(ledger, world, intended(ONE))
    assert world.clock.slept == []


def test_no_run_waits_for_a_process_of_this_machine_that_has_died(ledger: Eventful, world: Surroundings) -> None:
    with subprocess.Popen(["true"]) as child:
        child.wait()
    ledger.write(lease=other(machine=HERE, process=child.pid, until=FOREVER))
    begun(ledger, world, intended(ONE))
    assert world.clock.slept == []


@pytest.mark.parametrize("unknown", ["_BOOT", "_NAMESPACE"])
def test_where_a_process_number_says_nothing_each_process_has_a_place_of_its_own(
    world: Surroundings, monkeypatch: pytest.MonkeyPatch, unknown: str
) -> None:
    monkeypatch.setattr(intents, unknown, Path("/no/such/file"))
    here = mine("12", world.context)
    assert (here.machine, here.host) == (f"{platform.node()} {intents._NONCE}", platform.node())
    assert here.machine != HERE


def test_a_place_is_of_one_boot_and_of_one_process_namespace(
    world: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "boot").write_text("b00t\n")
    (tmp_path / "ns").symlink_to("pid:[17]")
    monkeypatch.setattr(intents, "_BOOT", tmp_path / "boot")
    monkeypatch.setattr(intents, "_NAMESPACE", tmp_path / "ns")
    assert mine("12", world.context).machine == f"{platform.node()} b00t.17"


# Who is waited for


@pytest.mark.parametrize(
    "machine",
    [
        platform.node(),
        place(platform.node(), "another boot", "4026531836", nonce=""),
        HERE + "1",
        place(platform.node(), "", "", nonce="another"),
    ],
    ids=["a name alone", "another boot", "another namespace", "unknown"],
)
def test_a_process_number_of_another_namespace_says_nothing_of_a_death(
    ledger: Eventful, world: Surroundings, machine: str
) -> None:
    """Two containers on one volume can have one host name, and neither sees the other's processes."""
    lease = other(machine=machine, process=GONE)
    ledger.write(lease=lease)
    world.events = [lambda: ledger.write(lease=lease.ended)]
    begun(ledger, world, intended(ONE))
    assert (world.said, world.clock.slept) == (["Waiting for run 11, which is writing"], [1.0])


@pytest.mark.parametrize(
    "lease",
    [
        other(),
        other(process=GONE),
        other(machine=HERE, process=os.getppid()),
        other(until="2026-08-02T11:59:31+00:00"),
    ],
    ids=["elsewhere", "elsewhere, a number that no process has here", "alive here", "by a clock that is behind"],
)
def test_a_run_waits_until_the_other_has_ended(ledger: Eventful, world: Surroundings, lease: Lease) -> None:
    ledger.write(lease=lease)
    world.events = [lambda: ledger.write(lease=lease.ended)]
    found = begun(ledger, world, intended(ONE))
    assert (world.said, world.clock.slept) == (["Waiting for run 11, which is writing"], [1.0])
    assert ledger.read().lease == found.lease == mine("12", world.context)


def test_a_process_of_another_user_is_alive(
    ledger: Eventful, world: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: int, __: int) -> None:
        raise PermissionError

    lease = other(machine=HERE)
    ledger.write(lease=lease)
    world.events = [lambda: ledger.write(lease=lease.ended)]
    monkeypatch.setattr(os, "kill", forbidden)
    begun(ledger, world, intended(ONE))
    assert world.clock.slept == [1.0]


def test_a_dear_ledger_is_asked_less_often(ledger: Eventful, world: Surroundings) -> None:
    ledger.gather = 5.0
    ledger.write(lease=other())
    world.events = [lambda: ledger.write(lease=other().ended)]
    begun(ledger, world, intended(ONE))
    assert world.clock.slept == [5.0]


def test_what_the_other_run_did_while_it_was_waited_for_is_not_overwritten(
    ledger: Eventful, world: Surroundings
) -> None:
    theirs = number(ONE, record(sent="Theirs"))
    ledger.write(lease=other())
    world.events = [lambda: ledger.write(theirs, lease=other().ended)]
    found = begun(ledger, world, intended(ONE), intended(TWO))
    assert found.overtaken == {theirs.key}
    assert ledger.read().entries == {theirs.key: theirs, intended(TWO).key: intended(TWO)}


def test_a_run_stops_where_the_other_goes_on_renewing_its_lease(ledger: Eventful, world: Surroundings) -> None:
    """It is alive and may write for long; what was planned beside it would be stale."""
    leases = [other(until=f"2026-08-02T12:{2 + number // 60:02}:{number % 60:02}+00:00") for number in range(400)]
    ledger.write(lease=leases[0])
    world.events = [partial(ledger.write, lease=one) for one in leases[1:]]
    with pytest.raises(EnvironmentProblem) as caught:
        begun(ledger, world, intended(ONE))
    assert str(caught.value) == "run 11 on elsewhere is writing; try again when it has ended"
    assert caught.value.exit_code == 1
    assert 2 * PATIENCE < sum(world.clock.slept) <= 2 * PATIENCE + 1
    assert (ledger.read().entries, ledger.runs()) == ({}, ())


def test_a_run_that_renewed_its_lease_and_then_ends_is_waited_for(ledger: Eventful, world: Surroundings) -> None:
    renewed = other(until="2026-08-02T12:02:40+00:00")
    ledger.write(lease=other())
    world.events = [lambda: ledger.write(lease=renewed), lambda: ledger.write(lease=renewed.ended)]
    assert begun(ledger, world, intended(ONE)).lease == ledger.read().lease
    assert len(world.clock.slept) == 2


def test_a_run_that_renewed_its_lease_and_then_died_is_waited_for(ledger: Eventful, world: Surroundings) -> None:
    renewed = other(until="2026-08-02T12:02:40+00:00")
    ledger.write(lease=other())
    world.events = [*[lambda: None] * 99, lambda: ledger.write(lease=renewed)]
    begun(ledger, world, intended(ONE))
    # Until 12:02:40, and half a minute more: its clock may be behind ours.
    assert sum(world.clock.slept) == 190


@pytest.mark.parametrize("until", ["2026-08-02T12:02:00+00:00", FOREVER], ids=["sound", "forged"])
def test_a_lease_that_is_not_renewed_ends_by_itself_whatever_it_says(
    ledger: Eventful, world: Surroundings, until: str
) -> None:
    ledger.write(lease=other(until=until))
    found = begun(ledger, world, intended(ONE))
    assert PATIENCE - 1 <= sum(world.clock.slept) <= PATIENCE
    assert ledger.read().lease == found.lease == mine("12", world.context)


def test_who_comes_next_is_waited_for_anew(ledger: Eventful, world: Surroundings) -> None:
    """Three at once: the patience for a run that died must not be spent on the one that took its place."""
    third = other("13", machine="a third", until=FOREVER)
    world.events = [*[lambda: None] * 139, lambda: ledger.write(lease=third)]
    ledger.write(lease=other(until=FOREVER))
    begun(ledger, world, intended(ONE))
    assert world.said == ["Waiting for run 11, which is writing", "Waiting for run 13, which is writing"]
    assert sum(world.clock.slept) == 140 + PATIENCE


@pytest.mark.parametrize("late", [False, True], ids=["before the last look", "before the commit"])
def test_two_that_wait_for_a_dead_run_do_not_both_take_its_place(
    ledger: Eventful, world: Surroundings, late: bool
) -> None:
    """Both lose patience in the same moment: the slower one finds the lease of the other, which is alive."""
    third = other("13", machine="a third", until=FOREVER)
    ledger.write(lease=other(until=FOREVER))
    if late:
        ledger.events = [lambda: ledger.write(lease=third)]
    else:
        world.events = [*[lambda: None] * int(PATIENCE - 1), lambda: ledger.write(lease=third)]
    begun(ledger, world, intended(ONE))
    assert world.said == ["Waiting for run 11, which is writing", "Waiting for run 13, which is writing"]
    assert sum(world.clock.slept) == 2 * PATIENCE


def test_the_lease_that_is_taken_after_waiting_is_as_long_as_any(ledger: Eventful, world: Surroundings) -> None:
    ledger.write(lease=other())
    world.events = [*[lambda: None] * 59, lambda: ledger.write(lease=other().ended)]
    end = begun(ledger, world, intended(ONE)).lease.ends()
    assert end == world.clock.now() + LEASE_LENGTH
    assert sum(world.clock.slept) == timedelta(minutes=1).total_seconds()


# Shards


def started(ledger: Eventful, world: Surroundings, run: str, shard: str, *entries: LedgerEntry) -> Begun:
    """Begin a run of a shard, or with "" of all."""
    plan = replace(opening(*entries, known=ledger.read()), record=run_record(run), shard=shard)
    return asyncio.run(begin_intents(ledger, plan, context=world.context))


def elsewhere(ledger: Eventful, shard: str) -> Lease:
    """Let a run on another machine hold a lease, and return that."""
    held = Lease(**{**other().model_dump(), "shard": shard})
    store_batch(ledger, Batch("11", lease=held))
    return held


@pytest.mark.parametrize(("its", "mine_"), [("", "1/8"), ("1/8", ""), ("1/8", "1/8"), ("1/8", "2/4"), ("", "")])
def test_a_run_of_all_and_a_run_of_a_shard_keep_each_other_out(
    ledger: Eventful, world: Surroundings, its: str, mine_: str
) -> None:
    elsewhere(ledger, its)
    found = started(ledger, world, "12", mine_, intended(ONE))
    assert world.clock.seconds >= 120
    # The dead one's lease is gone: no later run waits for it.
    assert ledger.read().leases == (found.lease,)


def test_different_shards_write_side_by_side(ledger: Eventful, world: Surroundings) -> None:
    first = elsewhere(ledger, "1/8")
    second = started(ledger, world, "12-2-of-8", "2/8", intended(TWO))
    assert (world.clock.slept, ledger.read().leases) == ([], (first, second.lease))
    assert ledger.read().lease is None
    # One that ends takes nothing from the other.
    ended = store_batch(ledger, Batch("12-2-of-8", lease=second.lease.ended))
    assert ended == ledger.read()
    assert ended.leases == (first,)
