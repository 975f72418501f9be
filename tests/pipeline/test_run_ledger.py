"""A run's hold on the ledger: from its intents to its last outcome, through failures, signals and other runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import Reason
from reconciler.core.memory.records import LedgerEntry, RecordState, release
from reconciler.core.memory.runs import FieldStatus, Outcome, OutcomeStatus
from reconciler.effects.ledger import Batch
from reconciler.effects.ledger.intents import mine
from reconciler.effects.ledger.recovery import load_recovery
from reconciler.effects.outcomes import Applied, skipped
from tests.support import asked, record
from tests.support.keeping import (
    FULL,
    SENT,
    Eventful,
    Surroundings,
    applied,
    full,
    intent,
    keeper,
    kept,
    nothing,
    number,
    records,
    stamped,
    until,
    work,
)
from tests.support.stores import lease, run_record

ONE, TWO = "100000001", "100000002"
LOST = "this run could not keep its hold on the ledger, and another one may be writing; plan again"


@pytest.fixture
def ledger(tmp_path: Path) -> Eventful:
    return Eventful(tmp_path)


@pytest.fixture
def world(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


# What is stored, and when


def test_an_outcome_is_stored_as_it_comes_and_the_lease_given_back_at_the_end(
    ledger: Eventful, world: Surroundings
) -> None:
    one, two, held = work(ONE), work(TWO), keeper(ledger, world)

    async def during() -> None:
        assert [records(ledger, at) for at in (ONE, TWO)] == [intent(at).records for at in (ONE, TWO)]
        held.keep(applied(one))
        await until(lambda: records(ledger, ONE) == (SENT,))
        assert (ledger.read().lease, records(ledger, TWO)) == (mine("12", world.context), intent(TWO).records)
        assert [run.outcomes for run in ledger.runs()] == [(applied(one).outcome,)]
        held.keep(applied(two))

    kept(held, ledger, two, one, during=during)
    assert (records(ledger, TWO), ledger.read().lease, held.problem) == ((SENT,), None, "")
    assert held.record.outcomes == (applied(two).outcome, applied(one).outcome)
    assert (held.record.finished, ledger.runs()) == (stamped().at, (held.record,))


@pytest.mark.parametrize("shard", ["", "3/8"])
def test_the_lease_is_renewed_for_its_own_shard_while_nothing_comes(
    ledger: Eventful, world: Surroundings, shard: str
) -> None:
    held = keeper(ledger, world, renew=0.0)

    async def during() -> None:
        for _ in range(5):
            world.clock.seconds += 60
            await until(lambda: ledger.read().leases == (mine("12", world.context, shard=shard),))
            await until(lambda: held.refused(work(ONE)) == "")

    kept(held, ledger, work(ONE), during=during, shard=shard)
    assert world.clock.seconds == 300


def test_what_was_found_in_sync_and_what_was_let_go_at_one_target_both_go_in(
    ledger: Eventful, world: Surroundings
) -> None:
    ledger.write(number(ONE, record("email", sent="a@b.example")))
    gone = LedgerEntry(key=number(ONE).key, records=release(ledger.read().entries[number(ONE).key], ("email",)))
    for sending in (work(ONE), work(TWO), work(TWO, left=True)):
        kept(keeper(ledger, world), ledger, sending, noticed=(number(ONE, record("address", sent="Here 1")), gone))
        found = {one.field: one.state for one in records(ledger, ONE)}
        assert (found["address"], found["email"]) == (RecordState.SETTLED, RecordState.RELEASED)


def test_what_a_run_finds_out_by_looking_is_what_it_goes_back_to(ledger: Eventful, world: Surroundings) -> None:
    """An intent that a crash left is closed by what was read; a write that is then not sent must not open it again."""
    closed = record(sent="Old", shown="Old")
    ledger.write(intent(ONE, run="11", previous=closed))
    one, held = work(ONE), keeper(ledger, world)

    async def during() -> None:
        held.keep(skipped(one, "why", Reason.PARTLY, stamp=stamped()))

    kept(held, ledger, one, noticed=(number(ONE, closed),), during=during)
    assert records(ledger, ONE) == (replace(closed, asked=asked(stamp=stamped())),)


def test_a_run_that_sends_nothing_takes_no_lease_and_refuses_nothing(ledger: Eventful, world: Surroundings) -> None:
    ledger.write(lease=lease("13"))
    one, held = work(ONE, left=True), keeper(ledger, world)

    async def during() -> None:
        assert held.refused(one) == ""
        held.keep(Applied(Outcome(target=one.target, fields=one.left)))
        for _ in range(50):
            await asyncio.sleep(0)

    kept(held, ledger, one, noticed=(number(TWO, SENT),), during=during)
    assert (records(ledger, TWO), ledger.read().lease, ledger.runs()) == ((SENT,), lease("13"), ())
    assert [outcome.fields for outcome in held.record.outcomes] == [one.left]
    assert (held.problem, world.clock.slept) == ("", [])


def test_that_a_commit_was_applied_is_stored_once_where_there_was_nothing_to_send(
    ledger: Eventful, world: Surroundings
) -> None:
    ledger.write(lease=lease("13"))
    held = keeper(ledger, world)
    kept(held, ledger, work(ONE, left=True), whole=True)
    assert (held.record.finished, ledger.read().last, ledger.read().lease) == (stamped().at, held.record, lease("13"))
    kept(keeper(ledger, world), ledger, whole=True)
    assert ledger.commits == 1


@pytest.mark.parametrize("update", [{"commit": ""}, {"edited": True}])
def test_files_of_no_commit_say_nothing_of_one(ledger: Eventful, world: Surroundings, update: dict[str, Any]) -> None:
    kept(keeper(ledger, world, record=replace(run_record(), **update)), ledger, whole=True)
    assert ledger.runs() == ()


def test_files_of_a_commit_that_was_applied_with_edits_are_the_first_of_it(
    ledger: Eventful, world: Surroundings
) -> None:
    ledger.commit(Batch("11", record=replace(run_record("11"), edited=True)), version="0")
    held = keeper(ledger, world)
    kept(held, ledger, whole=True)
    assert ledger.read().last == held.record


def test_that_a_commit_was_applied_is_saved_and_said_where_it_cannot_be_stored(
    ledger: Eventful, world: Surroundings
) -> None:
    held, ledger.events = keeper(ledger, world), [full]
    kept(held, ledger, whole=True)
    assert held.problem.startswith(f"{FULL}; it is saved in .reconciler/recovery-12.json")
    assert load_recovery(world.context.memory / "recovery-12.json").record == held.record


# Other runs


def test_what_another_run_recorded_since_the_plan_is_neither_sent_nor_overwritten(
    ledger: Eventful, world: Surroundings
) -> None:
    theirs = number(ONE, record(sent="Theirs"))
    one, two, held = work(ONE), work(TWO), keeper(ledger, world)
    ledger.events = [lambda: ledger.write(theirs)]

    async def during() -> None:
        assert held.refused(one) == "another run recorded something of it since it was planned; plan again"
        assert held.refused(two) == ""
        held.keep(skipped(one, held.refused(one), Reason.PARTLY, stamp=stamped()))

    kept(held, ledger, one, two, during=during)
    assert (records(ledger, ONE), records(ledger, TWO)) == (theirs.records, intent(TWO).records)


def test_once_another_run_has_taken_over_nothing_more_is_sent_and_nothing_of_it_overwritten(
    ledger: Eventful, world: Surroundings
) -> None:
    """As after a night in which the machine slept: what was on its way is recorded, and the rest says why not."""
    one, two, held = work(ONE), work(TWO), keeper(ledger, world)

    async def during() -> None:
        ledger.write(intent(TWO, run="13"), lease=lease("13"))
        held.keep(applied(one))
        await until(lambda: held.refused(two) == LOST)
        held.keep(skipped(two, held.refused(two), Reason.PARTLY, stamp=stamped()))

    kept(held, ledger, one, two, during=during)
    assert (records(ledger, ONE), records(ledger, TWO)) == ((SENT,), intent(TWO, run="13").records)
    assert (ledger.read().lease, held.problem) == (lease("13"), "")
    assert [outcome.status.value for outcome in held.record.outcomes] == ["applied", "skipped"]


@pytest.mark.parametrize("given_back", [False, True])
def test_what_is_read_back_after_anothers_intent_is_not_called_ours(
    ledger: Eventful, world: Surroundings, *, given_back: bool
) -> None:
    """Of two runs that both wrote, the first one may have read back what the second one sent."""
    one, two, held = work(ONE), work(TWO), keeper(ledger, world)

    async def during() -> None:
        theirs = number(ONE, replace(SENT, stamp=stamped("13"))) if given_back else intent(ONE, run="13")
        ledger.write(theirs, lease=lease("13").ended if given_back else lease("13"))
        held.keep(applied(one))
        held.keep(applied(two))

    kept(held, ledger, one, two, during=during)
    assert [outcome.status for outcome in held.record.outcomes] == [OutcomeStatus.UNKNOWN, OutcomeStatus.APPLIED]
    (field,) = held.record.outcomes[0].fields
    assert (field.status, field.detail) == (FieldStatus.UNKNOWN, "run 13 wrote it too; what is live may be its")
    assert held.record.outcomes[0].reasons == (Reason.INCOMPLETE,)
    stored = next(run for run in ledger.runs() if run.run == "12")
    assert stored.outcomes == held.record.outcomes


@pytest.mark.parametrize(("seconds", "why"), [(119, ""), (120, LOST), (10**6, LOST)])
def test_a_run_that_could_not_renew_its_lease_sends_while_it_lasts_and_no_longer(
    ledger: Eventful, world: Surroundings, seconds: int, why: str
) -> None:
    held = keeper(ledger, world)

    async def during() -> None:
        world.clock.seconds += seconds
        assert held.refused(work(ONE)) == why

    kept(held, ledger, work(ONE), during=during)


# A ledger that fails


def test_an_outcome_that_could_not_be_stored_is_stored_with_the_next(ledger: Eventful, world: Surroundings) -> None:
    one, two, held = work(ONE), work(TWO), keeper(ledger, world)
    ledger.events = [nothing, full]

    async def during() -> None:
        held.keep(applied(one))
        await until(lambda: held.problem == FULL)
        assert held.refused(two) == ""
        held.keep(applied(two))

    kept(held, ledger, one, two, during=during)
    assert (records(ledger, ONE), records(ledger, TWO), held.problem) == ((SENT,), (SENT,), "")
    assert not list(world.context.memory.glob("recovery-*"))


def test_what_can_never_be_stored_is_saved_and_said(ledger: Eventful, world: Surroundings) -> None:
    one, held = work(ONE), keeper(ledger, world)
    ledger.events = [nothing, *[full] * 9]

    async def during() -> None:
        held.keep(applied(one))
        await until(lambda: held.problem == FULL)

    kept(held, ledger, one, during=during)
    assert held.problem.startswith(f"{FULL}; it is saved in .reconciler/recovery-12.json: `reconciler recover ")
    saved = load_recovery(world.context.memory / "recovery-12.json")
    assert (saved.record, saved.entries) == (held.record, (number(ONE, SENT).with_records((), profile="berlin"),))
    assert records(ledger, ONE) == intent(ONE).records


def test_where_the_run_breaks_what_could_not_be_stored_is_said_all_the_same(
    ledger: Eventful, world: Surroundings
) -> None:
    one, held = work(ONE), keeper(ledger, world)

    async def during() -> None:
        held.keep(applied(one))
        ledger.events = [full] * 9
        raise RuntimeError("a mistake of ours")

    with pytest.raises(RuntimeError, match="a mistake of ours"):
        kept(held, ledger, one, during=during)
    assert world.said == ["Run 12 holds the ledger; profiles about to be written: 1", held.problem]
    assert load_recovery(world.context.memory / "recovery-12.json").record == held.record
