"""`ledger check` as it is typed."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing

import pytest

from reconciler.cli import main
from reconciler.effects.ledger import Snapshot
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from tests.support.fleet import Fleet
from tests.support.repository import Git


def seen(fleet: Fleet) -> Snapshot:
    """Return what the store holds."""
    return SqliteLedger(fleet.root / ".reconciler" / LEDGER_FILE).read()


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


# Repair


def repaired(fleet: Fleet, *words: str) -> int:
    return main(["-C", str(fleet.root), "ledger", "repair", *words])


def test_without_a_yes_a_repair_says_what_it_would_do(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    assert repaired(fleet) == 0
    assert capsys.readouterr().out == "Nothing to repair.\n"
    fleet.clock.seconds += 60
    fleet.profile(about="Fresh rolls")
    fleet.apply()
    spoil(fleet, "UPDATE entry SET body = '{'", "UPDATE run SET body = '[' WHERE rowid = (SELECT max(rowid) FROM run)")
    before = seen(fleet)
    assert repaired(fleet) == 3
    assert capsys.readouterr().out.splitlines() == [
        "Would be taken out: 2 parts of the ledger.",
        "  the last run: it cannot be read",
        "  meta/sandbox/106540352242000: it cannot be read",
        "Run local-20260802T120000.000 would be the last one again.",
        "Every other part stays as it is, and what goes is kept. Nothing was changed: --yes does it.",
    ]
    assert seen(fleet) == before


def test_a_repair_takes_out_what_no_run_uses_and_keeps_it(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.profile(about="Fresh bread")
    fleet.profile("munich", 1, about="Fresh bread")
    fleet.apply()
    good = {key: entry for key, entry in fleet.entries().items() if not key[2].endswith("000")}
    spoil(fleet, "UPDATE entry SET body = '{' WHERE address LIKE '%000'", "UPDATE run SET body = '['")
    version = seen(fleet).version
    # As if a repair of an earlier ledger had left its copy.
    (fleet.root / ".reconciler" / f"ledger-{version}.sqlite3").touch()
    assert repaired(fleet, "--yes") == 0
    out = capsys.readouterr().out
    assert out.startswith("Taken out: 2 parts of the ledger.\n")
    assert "No earlier run is known, so the next apply is the first." in out
    copy = f".reconciler/ledger-{version}-1.sqlite3"
    assert out.endswith(f"What was taken out is kept: {copy}.\n")
    with closing(sqlite3.connect(fleet.root / copy)) as database:
        assert database.execute("SELECT body FROM entry ORDER BY address").fetchone() == ("{",)
    assert (dict(fleet.entries()), seen(fleet).aside) == (good, ())
    assert repaired(fleet, "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out)["removed"] == []


@pytest.mark.parametrize(("answer", "done"), [("yes\n", True), ("no\n", False)])
def test_a_person_at_the_terminal_is_asked(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, answer: str, done: bool
) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    spoil(fleet, "UPDATE entry SET body = '{'")
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr", Terminal())
    assert repaired(fleet) == (0 if done else 3)
    assert (seen(fleet).aside == ()) == done
    assert ("Taken out" in capsys.readouterr().out) == done


class Terminal(io.StringIO):
    """A stream that a person sits at."""

    def isatty(self) -> bool:
        """Say so."""
        return True
