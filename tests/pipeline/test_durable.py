"""What is on record before the first byte is sent and after the last: a crash at any point loses nothing."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem, Reason
from reconciler.core.fields import Value
from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import Asked, LedgerEntry
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.target import Origin
from reconciler.effects.ledger import Batch, Snapshot
from reconciler.effects.ledger.sqlite import SqliteLedger
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from tests.pipeline.test_failures import fields, rejection
from tests.support import entry, record, target
from tests.support.fleet import YES, Fleet
from tests.support.keeping import at_first_write, intents, sent, statuses, until
from tests.support.stores import commit, lease, local

HOOK = {"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}}
OVERTAKEN = "another run recorded something of it since it was planned; plan again"


# Before the first byte


def test_the_intents_of_the_whole_plan_are_on_record_before_the_first_write_arrives(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    berlin = fleet.profile("berlin", 0, about="Fresh bread", email="a@b.example")
    munich = fleet.profile("munich", 1, about="Fresh cake")
    seen: list[Any] = []

    def look() -> None:
        seen.extend(
            [
                intents(fleet),
                {entry["method"] for entry in fleet.requests()},
                local(fleet.root).read().lease is not None,
            ]
        )

    at_first_write(monkeypatch, look)
    assert fleet.apply().reasons == frozenset()
    assert seen == [
        {berlin: {"about": "Fresh bread", "email": "a@b.example"}, munich: {"about": "Fresh cake"}},
        {"GET"},
        True,
    ]
    assert (intents(fleet), local(fleet.root).read().lease) == ({}, None)
    assert sent(fleet) == {
        berlin: {"about": "Fresh bread", "email": "a@b.example"},
        munich: {"about": "Fresh cake"},
    }


def test_what_is_left_alone_is_no_intent(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    address = fleet.profile(about="Fresh bread", email="a@b.example")
    fleet.apply()
    fleet.edit(address, email="theirs@b.example")
    fleet.profile(about="Fresh cake", email="a@b.example")
    seen: list[dict[str, dict[str, Value]]] = []
    at_first_write(monkeypatch, lambda: seen.append(intents(fleet)))
    fleet.apply()
    assert seen == [{address: {"about": "Fresh cake"}}]


def test_where_there_is_nothing_to_send_there_is_no_run_in_the_ledger(fleet: Fleet) -> None:
    fleet.profile(about="Hey there! I am using WhatsApp.")
    commit(local(fleet.root), batch=Batch("another", lease=lease("11")))
    assert fleet.apply().outcomes == ()
    assert ([len(entry.records) for entry in fleet.entries().values()], local(fleet.root).runs()) == ([1], ())
    assert (local(fleet.root).read().lease, fleet.clock.slept) == (lease("11"), [])


# What was certainly not sent


def test_what_was_refused_is_withdrawn_and_a_record_of_nothing_vanishes(fleet: Fleet) -> None:
    fleet.profile("berlin", 0, about="Fresh bread")
    fleet.profile("munich", 1, about="Fresh cake")
    fleet.apply("munich")
    before = fleet.entries()
    fleet.profile("munich", 1, about="Too long")
    fleet.faults(rejection("(#100) Param about must be a maximum of 139 characters"))
    assert statuses(fleet.apply()) == {"berlin": OutcomeStatus.FAILED, "munich": OutcomeStatus.FAILED}
    assert {key: found for key, one in fleet.entries().items() if (found := _without_asked(one)).records} == before
    fleet.faults()
    assert {change.origin for _, change in fleet.plan().plan.changes} == {Origin.ADOPTED, Origin.EDITED}


def _asked(fleet: Fleet) -> list[Asked]:
    found = (record.asked for entry in fleet.entries().values() for record in entry.records)
    return [one for one in found if one is not None]


def _without_asked(one: LedgerEntry) -> LedgerEntry:
    plain = (dataclasses.replace(record, asked=None) for record in one.records)
    return dataclasses.replace(one, records=tuple(record for record in plain if record.says_anything))


def test_what_a_signal_kept_from_being_sent_is_withdrawn(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.settings(more=", concurrency: 1")
    berlin = fleet.profile("berlin", 0, about="Fresh bread")
    fleet.profile("munich", 1, about="Fresh cake")
    stop = Stop()

    async def run(context: Context) -> ApplyReport:
        main = asyncio.ensure_future(apply_run(context, ApplyRequest(Scope(), YES), stop=stop))
        at_first_write(monkeypatch, lambda: stop.ask(15, main=main))
        return await main

    report = fleet.run(run)
    assert statuses(report) == {"berlin": OutcomeStatus.APPLIED, "munich": OutcomeStatus.SKIPPED}
    assert fields(report.outcomes[1]) == {"about": ("not sent", "interrupted before")}
    assert [one.why for one in _asked(fleet)] == ["interrupted before"]
    assert (sent(fleet), intents(fleet), local(fleet.root).read().lease) == (
        {berlin: {"about": "Fresh bread"}},
        {},
        None,
    )


def test_a_run_that_dies_after_its_intents_leaves_them_open_and_the_next_makes_it_good(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = fleet.profile(about="Fresh bread")
    _dies(fleet, monkeypatch)
    assert intents(fleet) == {address: {"about": "Fresh bread"}}
    assert fleet.apply().reasons == frozenset()
    assert (sent(fleet), intents(fleet)) == ({address: {"about": "Fresh bread"}}, {})


def test_a_first_value_that_a_death_kept_from_arriving_is_as_new_as_it_was(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's value is there: an intent that came to nothing does not make it one that we know of."""
    address = fleet.profile(about="Fresh bread")
    fleet.edit(address, about="Theirs")
    _dies(fleet, monkeypatch)
    assert [change.origin for _, change in fleet.plan().plan.changes] == [Origin.ADOPTED]
    assert fleet.apply().reasons == frozenset()
    assert fleet.live(address)["about"] == "Fresh bread"


def test_a_value_that_never_showed_is_still_pending_after_a_death(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not drift: nobody changed anything elsewhere, and leaving it alone would leave it so for ever."""
    address = fleet.profile(about="Fresh bread")
    fleet.edit(address, about="Theirs")
    fleet.faults({"kind": "swallow", "method": "POST"})
    assert fleet.apply().reasons == {Reason.INCOMPLETE}
    fleet.faults()
    _dies(fleet, monkeypatch)
    assert [change.origin for _, change in fleet.plan().plan.changes] == [Origin.PENDING]
    assert fleet.apply().reasons == frozenset()
    assert fleet.live(address)["about"] == "Fresh bread"


def test_looking_for_drift_closes_no_intent_of_a_run_that_went_on_meanwhile(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What drift saw is older than what the run recorded since."""
    address = fleet.profile(about="Fresh bread")
    read = SqliteLedger.read

    def overtaken(ledger: SqliteLedger) -> Snapshot:
        found = read(ledger)
        monkeypatch.setattr(SqliteLedger, "read", read)
        fleet.edit(address, about="Fresh bread")
        intent = record("about", sent="Older", shown="Older", intent="Fresh cake")
        commit(ledger, entry(intent, to=target(address=address)))
        return found

    monkeypatch.setattr(SqliteLedger, "read", overtaken)
    fleet.drift()
    ((_, found),) = fleet.entries().items()
    assert [(one.sent, one.intent) for one in found.records] == [("Older", "Fresh cake")]


def test_a_resent_webhook_is_unsettled_after_a_crash_and_is_sent_again(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only its secret was to change, which nobody shows: no live value tells whether it arrived."""
    address = fleet.profile(webhook=HOOK)
    fleet.apply()
    _dies(fleet, monkeypatch, resend=("webhook",))
    for look in (fleet.plan, fleet.drift, fleet.plan):
        assert [(c.field, c.origin) for _, c in look().plan.changes] == [("webhook", Origin.UNSETTLED)]
    fleet.forget()
    assert fleet.apply().reasons == frozenset()
    assert [request["body"].keys() for request in fleet.requests("POST")] == [{"webhook_configuration"}]
    assert (intents(fleet), list(sent(fleet)), fleet.plan().plan.changes) == ({}, [address], ())


def _dies(fleet: Fleet, monkeypatch: pytest.MonkeyPatch, *, resend: tuple[str, ...] = ()) -> None:
    """Let an apply die once its intents are on record, before it sends anything."""

    async def dead(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("reconciler.pipeline.apply.apply", dead)
        with pytest.raises(RuntimeError, match="killed"):
            fleet.run(lambda context: apply_run(context, ApplyRequest(Scope(resend=resend), YES), stop=Stop()))


# Two at once


def test_of_two_applies_the_second_waits_and_then_writes_what_the_first_did_not(fleet: Fleet) -> None:
    fleet.profile("berlin", 0, about="Fresh bread")
    munich = fleet.profile("munich", 1, about="Fresh cake")
    fleet.faults({"kind": "latency", "method": "POST", "seconds": 0.2, "times": 1})

    async def both(context: Context) -> tuple[ApplyReport, ApplyReport]:
        async def patient(_: float) -> None:
            await asyncio.sleep(0.01)

        one, other = (dataclasses.replace(context, environ={"GITHUB_RUN_ID": run}, sleep=patient) for run in "12")
        first = asyncio.ensure_future(apply_run(one, ApplyRequest(Scope(("berlin",)), YES), stop=Stop()))
        await until(lambda: bool(fleet.requests("POST")))
        second = asyncio.ensure_future(apply_run(other, ApplyRequest(Scope(), YES), stop=Stop()))
        return await first, await second

    first, second = fleet.run(both)
    assert statuses(first) == {"berlin": OutcomeStatus.APPLIED}
    assert "Waiting for run 1, which is writing" in fleet.said
    assert statuses(second) == {"berlin": OutcomeStatus.UNCHANGED, "munich": OutcomeStatus.APPLIED}
    assert second.outcomes[0].detail == "nothing was sent: it shows already what the file asks for"
    assert second.reasons == frozenset()
    assert len(fleet.requests("POST")) == 2
    assert (fleet.live(munich)["about"], fleet.plan().plan.changes) == ("Fresh cake", ())
    assert {run.run for run in local(fleet.root).runs()} == {"1", "2"}


def test_while_another_run_goes_on_writing_nothing_is_sent(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    commit(local(fleet.root), batch=Batch("11", lease=_elsewhere(fleet, 120)))

    async def run(context: Context) -> ApplyReport:
        async def renewing(seconds: float) -> None:
            await fleet.clock.sleep(seconds)
            commit(local(fleet.root), batch=Batch("11", lease=_elsewhere(fleet, 120)))

        return await apply_run(dataclasses.replace(context, sleep=renewing), ApplyRequest(Scope(), YES), stop=Stop())

    with pytest.raises(EnvironmentProblem, match=r"^run 11 on elsewhere is writing; try again") as caught:
        fleet.run(run)
    assert (caught.value.exit_code, fleet.requests("POST"), intents(fleet)) == (1, [], {})
    assert [one.why[:33] for one in _asked(fleet)] == ["run 11 on elsewhere is writing; t"]


def _elsewhere(fleet: Fleet, seconds: float) -> Lease:
    end = dataclasses.replace(fleet.clock, seconds=fleet.clock.seconds + seconds).now()
    return Lease(run="11", machine="elsewhere", process=7, until=end.isoformat(timespec="seconds"))
