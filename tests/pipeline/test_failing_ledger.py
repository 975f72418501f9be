"""A ledger that fails on the way: the writes go on while the lease lasts, and what it missed is saved and recovered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem, Reason, exit_code
from reconciler.core.memory.records import RecordState
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.effects.ledger import Batch
from reconciler.effects.ledger.recovery import load_recovery, recover
from reconciler.effects.ledger.sqlite import SqliteLedger
from tests.pipeline.test_failures import fields
from tests.support.fleet import Fleet
from tests.support.keeping import FULL, at_first_write, intents, sent, statuses
from tests.support.stores import local

LOST = "this run could not keep its hold on the ledger, and another one may be writing; plan again"


def _fails_after_the_intents(monkeypatch: pytest.MonkeyPatch) -> None:
    good, left = SqliteLedger.commit, [1]

    def full(self: SqliteLedger, batch: Batch, *, version: str) -> Any:
        if left:
            left.pop()
            return good(self, batch, version=version)
        raise EnvironmentProblem(FULL)

    monkeypatch.setattr(SqliteLedger, "commit", full)


def test_writes_go_on_without_the_ledger_and_what_it_misses_is_saved_and_recovered(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    berlin = fleet.profile("berlin", 0, about="Fresh bread")
    munich = fleet.profile("munich", 1, about="Fresh cake")
    with monkeypatch.context() as patched:
        _fails_after_the_intents(patched)
        report = fleet.apply()
    assert statuses(report) == {"berlin": OutcomeStatus.APPLIED, "munich": OutcomeStatus.APPLIED}
    assert report.reasons == {Reason.INCOMPLETE}
    assert exit_code(report.reasons) == 6
    (file,) = (fleet.root / ".reconciler").glob("recovery-*.json")
    shown = f".reconciler/{file.name}"
    assert report.unrecorded == (
        f"{FULL}; it is saved in {shown}: `reconciler recover {shown}` records it, or the next run finds out"
    )
    assert intents(fleet) == {berlin: {"about": "Fresh bread"}, munich: {"about": "Fresh cake"}}
    _recovered_but_what_a_later_run_recorded(fleet, file, berlin=berlin, munich=munich)


def _recovered_but_what_a_later_run_recorded(fleet: Fleet, file: Path, *, berlin: str, munich: str) -> None:
    fleet.clock.seconds += 3600
    fleet.profile("munich", 1, about="Fresh rolls")
    assert statuses(fleet.apply("munich")) == {"munich": OutcomeStatus.APPLIED}
    assert recover(local(fleet.root), load_recovery(file)) == (1, 1)
    assert sent(fleet) == {berlin: {"about": "Fresh bread"}, munich: {"about": "Fresh rolls"}}
    assert intents(fleet) == {}
    (record,) = fleet.entries()["meta", "sandbox", berlin].records
    assert (record.state, record.shown) == (RecordState.SETTLED, "Fresh bread")
    assert fleet.plan().plan.changes == ()


def test_the_next_run_finds_out_without_the_file(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    address = fleet.profile(about="Fresh bread")
    with monkeypatch.context() as patched:
        _fails_after_the_intents(patched)
        fleet.apply()
    assert fleet.apply().reasons == frozenset()
    assert (sent(fleet), intents(fleet)) == ({address: {"about": "Fresh bread"}}, {})
    assert len(fleet.requests("POST")) == 1


def test_that_the_file_cannot_be_saved_either_is_said(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.profile(about="Fresh bread")
    (fleet.root / ".reconciler").mkdir()
    (fleet.root / ".reconciler" / "recovery-7.json").mkdir()
    fleet.environ["GITHUB_RUN_ID"] = "7"
    _fails_after_the_intents(monkeypatch)
    report = fleet.apply()
    why = f"{FULL}; and it could not be saved in recovery-7.json either: Is a directory. The next run finds out"
    assert (report.unrecorded, exit_code(report.reasons)) == (why, 6)


def test_a_run_whose_lease_ends_on_the_way_sends_nothing_more(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first write took two minutes, and the ledger could not be reached meanwhile."""
    fleet.settings(more=", concurrency: 1")
    fleet.profile("berlin", 0, about="Fresh bread")
    munich = fleet.profile("munich", 1, about="Fresh cake")
    _fails_after_the_intents(monkeypatch)

    def late() -> None:
        fleet.clock.seconds += 120

    at_first_write(monkeypatch, late)
    report = fleet.apply()
    assert statuses(report) == {"berlin": OutcomeStatus.APPLIED, "munich": OutcomeStatus.SKIPPED}
    assert fields(report.outcomes[1]) == {"about": ("not sent", LOST)}
    assert report.reasons == {Reason.PARTLY, Reason.INCOMPLETE}
    assert not any(munich in request["path"] for request in fleet.requests("POST"))
