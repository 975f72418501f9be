"""`history` and `recover` as they are typed."""

from __future__ import annotations

import json

import pytest

from reconciler.cli import main
from reconciler.core.memory.records import FieldRecord, LedgerEntry, RecordState, Stamp
from reconciler.core.memory.runs import RunRecord
from reconciler.effects.ledger.recovery import save_recovery
from tests.support.fleet import Fleet
from tests.support.repository import Git


def test_history_as_text_and_as_json(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    assert main(["-C", str(fleet.root), "history"]) == 0
    assert capsys.readouterr().out == "2026-08-02T12:00:00Z  local-20260802T120000.000: 1 applied\n"
    assert main(["-C", str(fleet.root), "history", "profiles/berlin.yaml"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == '      + "Fresh bread"'
    assert main(["-C", str(fleet.root), "history", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["outcomes"][0]["profile"] == "berlin"
    assert main(["-C", str(fleet.root), "history", "berlin", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["events"][0]["fields"][0]["after"] == "Fresh bread"


def test_history_says_where_a_commit_does_not_hold_what_was_sent(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.profile(about="Fresh bread")
    commit = Git(fleet.root).commit()
    fleet.apply()
    fleet.profile(about="Nobody committed this")
    fleet.clock.seconds += 60
    fleet.apply()
    assert main(["-C", str(fleet.root), "history"]) == 0
    edited, clean = capsys.readouterr().out.splitlines()
    assert clean.endswith(f" at commit {commit[:12]}: 1 applied")
    assert edited.endswith(f" at commit {commit[:12]}: 1 applied (with edits that the commit does not hold)")
    assert main(["-C", str(fleet.root), "history", "berlin", "--json"]) == 0
    assert [event["edited"] for event in json.loads(capsys.readouterr().out)["events"]] == [True, False]


def test_what_could_not_be_recorded_is_recorded_later(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what the ledger still waits for goes in; of the rest it says that it knows better."""
    fleet.profile(about="Fresh bread")
    fleet.apply()
    ((key, _),) = fleet.entries().items()
    stamp = Stamp(at="2026-08-02T11:00:00Z", run="11")
    late = FieldRecord(field="about", state=RecordState.SETTLED, stamp=stamp, sent="Old bread", shown="Old bread")
    record = RunRecord(run="11", commit="", started=stamp.at, finished=stamp.at, digest="", outcomes=())
    save_recovery(fleet.context, record, [LedgerEntry(key=key, records=(late,))], why="the ledger was away")
    file = str(fleet.root / ".reconciler" / "recovery-11.json")
    assert main(["-C", str(fleet.root), "recover", file]) == 0
    said = "Recorded what became of 0 fields. Of 1 field the ledger knows better by now."
    assert capsys.readouterr().out == f"{said} {file} may go now.\n"
    assert main(["-C", str(fleet.root), "recover", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "format_version": "2.0",
        "known_better": 1,
        "recorded": 0,
        "exit_code": 0,
    }
    record_ = fleet.entries()[key].get("about")
    assert record_ is not None
    assert record_.sent == "Fresh bread"


def test_a_file_that_is_no_recovery_is_refused(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    (fleet.root / "odd.json").write_text("[" * 100_000)
    assert main(["-C", str(fleet.root), "recover", str(fleet.root / "odd.json")]) == 1
    assert "is not what an apply saved for recovery" in capsys.readouterr().err
    assert main(["-C", str(fleet.root), "recover", str(fleet.root / "none.json")]) == 1
    assert "cannot be read: No such file or directory" in capsys.readouterr().err
