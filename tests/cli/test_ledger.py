"""`ledger check` as it is typed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from reconciler.cli import main
from reconciler.effects.ledger.sqlite import LEDGER_FILE
from tests.support.fleet import Fleet
from tests.support.repository import Git


def spoil(fleet: Fleet, *statements: str) -> None:
    """Change the store as no run would."""
    with closing(sqlite3.connect(fleet.root / ".reconciler" / LEDGER_FILE, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def test_a_sound_ledger_has_nothing_to_repair(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.profile(about="Fresh bread")
    commit = Git(fleet.root).commit()
    fleet.apply()
    assert main(["-C", str(fleet.root), "ledger", "check"]) == 0
    of = f"the last run that wrote is local-20260802T120000.000 of commit {commit[:12]}"
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("The local ledger at ")
    assert first.endswith(f": 1 target, {of}.")
    assert second == "Nothing to repair."


def test_a_ledger_that_was_never_written_to_is_sound(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(fleet.root), "ledger", "check"]) == 0
    assert "0 targets, no run that wrote is known." in capsys.readouterr().out


def test_what_is_set_aside_is_listed_and_stops_no_other_command(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    spoil(fleet, "UPDATE entry SET body = '{'", "UPDATE run SET body = '['")
    assert main(["-C", str(fleet.root), "ledger", "check"]) == 6
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "Set aside, 2 parts that no run uses:"
    assert lines[2] == "  the last run: it cannot be read"
    assert lines[3] == "  meta/sandbox/106540352242000: it cannot be read"
    assert main(["-C", str(fleet.root), "ledger", "check", "--json"]) == 6
    found = json.loads(capsys.readouterr().out)
    assert [one["part"] for one in found["set_aside"]] == ["record", "entry"]
    assert (found["last"], found["reasons"]) == (None, ["incomplete"])
    assert main(["-C", str(fleet.root), "plan", "--json"]) == 0
    assert "ledger-set-aside" in capsys.readouterr().out


def test_a_flood_is_counted(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    rows = ", ".join(f"('meta', 'sandbox', '{number}', '')" for number in range(30))
    spoil(fleet, f"INSERT INTO entry VALUES {rows}")
    assert main(["-C", str(fleet.root), "ledger", "check"]) == 6
    assert "  and 10 more (-v lists them)" in capsys.readouterr().out
    assert main(["-C", str(fleet.root), "ledger", "check", "-v"]) == 6
    assert capsys.readouterr().out.count(": it cannot be read") == 30
