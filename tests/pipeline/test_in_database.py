"""Runs whose memory is in a database: what they say of it, what they leave there, and what looking cannot do."""

from __future__ import annotations

import asyncio
import json

import pytest

from reconciler.cli import main
from reconciler.core.basics import Reason
from reconciler.pipeline.doctor import doctor_run
from reconciler.pipeline.history import runs_run
from reconciler.pipeline.ledger import ledger_check_run, ledger_rekey_run, ledger_repair_run
from tests.support.fleet import Fleet
from tests.support.postgres import server
from tests.support.stores import schema_of

KEY = "k" * 40


@pytest.fixture
def stored(fleet: Fleet) -> Fleet:
    settings = fleet.root / "profiles" / "reconciler.yaml"
    settings.write_text(settings.read_text() + "ledger: postgres\n")
    fleet.environ["RECONCILER_LEDGER_URL"] = server().url(schema_of(fleet.root))
    return fleet


def test_runs_remember_in_a_database_and_looking_makes_nothing_there(stored: Fleet) -> None:
    schema = schema_of(stored.root)
    address = stored.profile(about="Fresh bread")
    assert stored.plan().plan.changes
    assert server().run("SELECT FROM pg_namespace WHERE nspname = %s", values=[schema]) == []
    assert stored.apply().reasons == frozenset()
    assert not stored.plan().plan.changes
    assert not (stored.root / ".reconciler" / "ledger.sqlite3").exists()
    stored.edit(address, about="Free bread!")
    assert stored.drift().reasons == {Reason.CHANGES}
    (run,) = runs_run(stored.context).runs
    assert [outcome.target.profile for outcome in run.outcomes] == ["berlin"]
    doctor = asyncio.run(doctor_run(stored.context))
    assert doctor.ledger == "postgres, 1 number remembered; tables of version 1, the newest"


def test_what_no_run_can_use_is_taken_out_and_kept(stored: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    stored.profile(about="Fresh bread")
    stored.apply()
    schema = schema_of(stored.root)
    server().run("UPDATE {}.entry SET body = ''", schema)
    assert ledger_check_run(stored.context).reasons == {Reason.INCOMPLETE}
    repair = ledger_repair_run(stored.context, agreed=lambda _: True)
    assert repair.done
    assert repair.kept.startswith(f'the table "{schema}".removed of the database ledgers at ')
    assert server().run("SELECT what FROM {}.removed", schema) == [("entry",)]
    assert ledger_check_run(stored.context).form == "tables of version 1, the newest"


def test_without_a_key_nothing_is_vouched_for_and_a_key_marks_it(
    stored: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored.profile(about="Fresh bread")
    stored.apply()
    stored.environ["RECONCILER_LEDGER_KEY"] = KEY
    report = stored.plan()
    assert "1 entry of the ledger has no mark of RECONCILER_LEDGER_KEY" in str(report.plan.diagnostics)
    assert ledger_rekey_run(stored.context, agreed=lambda _: True).done
    assert "no mark" not in str(stored.plan().plan.diagnostics)
    for name, value in stored.environ.items():
        monkeypatch.setenv(name, value)
    assert main(["-C", str(stored.root), "ledger", "check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["store"], told["form"], told["entries"]) == ("postgres", "tables of version 1, the newest", 1)
