"""The judge of the campaigns is judged: one that finds nothing would make every campaign green."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.core.fields import Value
from reconciler.core.memory.records import RecordState
from reconciler.effects.ledger import Batch, Ledger
from reconciler.effects.ledger.sqlite import SqliteLedger
from tests.crash.judge import Truth, after_kill, after_last, after_memory
from tests.crash.shops import LEFT_ALONE, Where
from tests.crash.world import Sent
from tests.support import entry, record, target
from tests.support.stores import commit, lease, run_record

BERLIN = target(address="106540352242000")
ABOUT: Where = ("meta", "106540352242000", "about")
TRUTH = Truth({ABOUT: "New"}, {ABOUT: "New"})
SENT = Sent(ABOUT, "New")
# A field that no file asks for.
OTHER: Where = ("meta", "106540352242000", "email")
WELL = {"reasons": [], "unrecorded": "", "said": [], "complete": True, "changes": [list(where) for where in LEFT_ALONE]}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return SqliteLedger(tmp_path / ".reconciler" / "ledger.sqlite3")


@pytest.mark.parametrize(("sent", "intent", "problems"), [("New", None, 0), ("Old", "New", 0), ("Old", "Other", 1)])
def test_what_was_sent_must_be_remembered_or_intended(
    ledger: Ledger, sent: Value, intent: Value | None, problems: int
) -> None:
    state = RecordState.SETTLED if intent is None else RecordState.UNSETTLED
    commit(ledger, entry(record(state=state, sent=sent, intent=intent), to=BERLIN))
    assert len(after_kill(TRUTH, [SENT], ledger=ledger)) == problems


def test_a_ledger_that_cannot_be_read_is_a_problem(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / ".reconciler").mkdir()
    (tmp_path / ".reconciler" / "ledger.sqlite3").write_bytes(b"half a file" * 100)
    (problem,) = after_kill(TRUTH, [], ledger=ledger)
    assert problem.startswith("the ledger cannot be read: ")


@pytest.mark.parametrize(
    ("again", "received", "arrived", "live", "said"),
    [
        ((), (SENT,), "New", "New", ""),
        ((SENT,), (SENT,), "Old", "New", ""),
        ((), (), "Old", "Old", "is 'Old' at the end"),
        ((SENT,), (SENT,), "New", "New", "had arrived, and was written again"),
        ((SENT,), (SENT, SENT), "Old", "New", "was written 3 times"),
        ((SENT, SENT), (), "Old", "New", "was written 2 times"),
        ((Sent(ABOUT, "Other"),), (), "Old", "New", "was sent as 'Other'"),
        ((Sent(OTHER, "New"),), (), "Old", "New", "was sent, and nobody asked for it"),
    ],
)
def test_the_last_run_sends_what_is_missing_and_nothing_else(
    again: tuple[Sent, ...], received: tuple[Sent, ...], arrived: str, live: str, said: str
) -> None:
    found = after_last(TRUTH, again, received=received, arrived={ABOUT: arrived, OTHER: arrived}, live={ABOUT: live})
    assert [problem.split(") ", 1)[1] for problem in found] == ([said] if said else [])


@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({}, ""),
        ({"reasons": ["incomplete"]}, "the last run ended with ['incomplete'] "),
        ({"complete": False}, "the plan after it is not complete"),
        ({"changes": []}, "the plan after it has []"),
        ({"said": ["Waiting for run 1, which is writing"]}, "it was held up: Waiting for run 1, which is writing"),
    ],
)
def test_the_last_run_must_end_well(ledger: Ledger, different: dict[str, Any], said: str) -> None:
    commit(ledger, entry(record(sent="New"), to=BERLIN))
    found = after_memory(TRUTH, {**WELL, **different}, ledger=ledger, left=["ledger.sqlite3"])
    assert found == ([said] if said else [])


def test_nothing_may_be_left_open_or_behind(ledger: Ledger) -> None:
    open_ = entry(record(state=RecordState.UNSETTLED, sent="Old", intent="New"), to=BERLIN)
    commit(ledger, batch=Batch("run 1", (open_,), lease=lease(), record=run_record()))
    commit(ledger, batch=Batch("run 1", record=run_record(started="2026-08-02T13:00:00Z")))
    found = after_memory(TRUTH, WELL, ledger=ledger, left=["recovery-1.json"])
    assert [problem.split(":")[0] for problem in found] == [
        "run 12 has 2 records",
        "the lease was not given back",
        f"{BERLIN.key} about",
        f"{ABOUT} is not remembered",
        ".reconciler/recovery-1.json was left behind",
    ]
