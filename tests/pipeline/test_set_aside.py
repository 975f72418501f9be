"""A part of the memory that no run can use: the run goes on, says so, and knows less instead of more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.core.memory.lease import LEASE_LENGTH, SKEW
from reconciler.core.memory.upkeep import LedgerCheck, LedgerPart, SetAside, names_record, set_aside_warning
from reconciler.effects.ledger.sqlite import LEDGER_FILE
from tests.support.fleet import Fleet
from tests.support.repository import Shop
from tests.support.stores import run_record

BROKEN = SetAside("targets/meta/sandbox/1.json", LedgerPart.ENTRY, "it cannot be read")


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    fleet.profile(about="Fresh bread", address="Here 1")
    found = Shop(fleet, capsys)
    found.git.commit()
    assert found.apply().code == 0
    return found


def spoil(root: Path, statement: str) -> None:
    with closing(sqlite3.connect(root / ".reconciler" / LEDGER_FILE, isolation_level=None)) as database:
        database.execute(statement)


def test_a_profile_whose_memory_is_set_aside_is_planned_without_it_and_found_again(shop: Shop) -> None:
    spoil(shop.fleet.root, "UPDATE entry SET body = '{'")
    planned = shop.run("plan")
    assert planned.code == 0
    assert "1 part of the ledger is set aside (meta/sandbox/" in planned.out
    assert "`reconciler ledger check` lists all of them" in planned.out
    assert shop.apply().code == 0
    assert "set aside" not in shop.run("plan").out


def test_rules_are_not_relaxed_by_a_broken_record_of_the_last_apply(shop: Shop) -> None:
    """Without it the commit that was applied last is not known, and so none of its rules is."""
    shop.fleet.settings(policy="{clear: allow}")
    shop.git.commit()
    shop.fleet.profile(about="Fresh bread", address="")
    shop.git.commit()
    spoil(shop.fleet.root, "UPDATE run SET body = '{'")
    stopped = shop.run("apply", "-y", "--base", "HEAD^", "--json")
    assert stopped.code == 3
    assert "its record cannot be read" in stopped.out


def test_an_unreadable_lease_is_waited_for_and_then_taken_over(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.profile(about="Fresh rolls")
    spoil(fleet.root, "INSERT INTO lease VALUES (1, '{')")
    before = fleet.clock.seconds
    report = fleet.apply()
    assert [outcome.status for outcome in report.outcomes] == ["applied"]
    assert (LEASE_LENGTH + SKEW).total_seconds() <= fleet.clock.seconds - before < 200


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 part of the ledger is set aside (targets/meta/sandbox/1.json: it cannot be read)"),
        (5, "5 parts of the ledger are set aside ("),
    ],
)
def test_the_first_are_named_and_the_rest_are_counted(count: int, said: str) -> None:
    found = set_aside_warning([BROKEN] * count).summary
    assert found.startswith(said)
    assert found.endswith(", and 2 more)") == (count == 5)


def test_a_record_is_told_from_an_entry() -> None:
    assert not names_record([BROKEN])
    assert names_record([BROKEN, SetAside("run.json", LedgerPart.RECORD, "it cannot be read")])


@pytest.mark.parametrize(
    ("aside", "strayed", "reasons"),
    [
        ((), "", set()),
        ((BROKEN,), "", {"incomplete"}),
        ((), "elsewhere", {"stale"}),
        ((BROKEN,), "it is elsewhere", {"incomplete", "stale"}),
    ],
)
def test_what_is_wrong_decides_how_a_check_ends(aside: tuple[SetAside, ...], strayed: str, reasons: set[str]) -> None:
    found = LedgerCheck("git", "1", 1, run_record(), aside, strayed)
    assert (set(found.reasons), found.sound) == (reasons, not reasons)
