"""The ledger in a database: what its tables hold, who may do what, and what can be wrong with them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from reconciler.core.memory.lease import UNREADABLE
from reconciler.core.memory.stored import entry_to_json, record_to_json
from reconciler.core.memory.upkeep import LedgerPart, SetAside
from reconciler.core.memory.vouching import LedgerKeys
from reconciler.effects.ledger import Batch, Committed, Snapshot, migrations, record_entries, store_batch
from reconciler.effects.ledger.postgres import PostgresLedger
from reconciler.effects.world import Context
from tests.support.postgres import Server, server
from tests.support.stores import at_server, commit, entries, lease, outcomes, problem, remembered, run_record, schema_of

BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")
KEYS, OTHERS = LedgerKeys((b"k" * 40,)), LedgerKeys((b"o" * 40,))
NEWEST = "tables of version 1, the newest"


@pytest.fixture
def there() -> Server:
    return server()


@pytest.fixture
def schema(tmp_path: Path) -> str:
    return schema_of(tmp_path)


@pytest.fixture
def context(tmp_path: Path, there: Server) -> Context:
    return at_server(tmp_path)


@pytest.fixture
def ledger(context: Context) -> PostgresLedger:
    return PostgresLedger(context)


def cannot(context: Context, what: str = "used") -> str:
    return f"the ledger, the database ledgers at {server().folder}, cannot be {what}: "


# The form of the tables


def test_the_store_says_whether_its_tables_are_there_and_new(ledger: PostgresLedger) -> None:
    assert ledger.read().form == "no tables yet: the first run that writes makes them"
    known = record_entries(ledger, [BERLIN], note="run 1")
    assert ledger.read().form == NEWEST
    assert known.form == "no tables yet: the first run that writes makes them"


def test_of_many_that_begin_at_once_one_makes_the_tables(there: Server, schema: str, context: Context) -> None:
    answers: list[object] = []

    def begin() -> None:
        answers.append(PostgresLedger(context).commit(Batch("run 1", (BERLIN,)), version=""))

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(answer) for answer in answers].count(Committed) == 1
    assert len(answers) == 6
    assert there.run("SELECT version FROM {}.form", schema) == [(1,)]


def test_tables_of_a_newer_version_are_left_alone(
    there: Server, schema: str, ledger: PostgresLedger, context: Context
) -> None:
    version = commit(ledger, BERLIN)
    there.run("INSERT INTO {}.form (version, tool) VALUES (7, '9.0')", schema)
    why = "its tables are of version 7, and this version of the tool knows 1"
    said = f"{cannot(context)}{why}; use the version of the tool that wrote them, or a newer one"
    for do in (ledger.read, ledger.runs, lambda: ledger.commit(Batch("run 2", (MUNICH,)), version=version)):
        assert problem(do) == said
    assert there.run("SELECT address FROM {}.entry", schema) == [("100000001",)]


def test_tables_of_an_older_version_are_brought_up_to_date_by_a_run_that_may_write(
    there: Server, schema: str, ledger: PostgresLedger, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(ledger, BERLIN)
    later = (*migrations.MIGRATIONS, "ALTER TABLE {s}.entry ADD more text; CREATE TABLE {s}.another (one integer)")
    for module in ("tables", "postgres"):
        monkeypatch.setattr(f"reconciler.effects.ledger.{module}.MIGRATIONS", later)
    looking = PostgresLedger(context, looking=True)
    why = "its tables are of version 1, and this version of the tool needs 2"
    assert problem(looking.read) == f"{cannot(context)}{why}; the next run that writes brings them up to date"
    assert ledger.read().entries == entries(BERLIN)
    assert there.run("SELECT version FROM {}.form ORDER BY version", schema) == [(1,), (2,)]
    assert looking.read().entries == entries(BERLIN)


def test_a_schema_that_a_person_made_is_filled(there: Server, schema: str, ledger: PostgresLedger) -> None:
    there.run("CREATE SCHEMA {} AUTHORIZATION owner", schema)
    assert ledger.read().entries == {}
    commit(ledger, BERLIN)
    assert ledger.read().entries == entries(BERLIN)


def test_the_history_says_which_run_committed(there: Server, schema: str, ledger: PostgresLedger) -> None:
    for run in ("run 1", "run 2"):
        record_entries(ledger, [remembered("100000001", about=run)], note=run)
    rows = there.run("SELECT number, note FROM {}.history ORDER BY number", schema)
    assert rows == [(1, "run 1"), (2, "run 2")]


def test_more_entries_than_go_in_one_statement_are_one_commit(
    there: Server, schema: str, ledger: PostgresLedger
) -> None:
    many = [remembered(f"{number:09}", about="Hi") for number in range(1001)]
    commit(ledger, *many)
    assert ledger.read().entries == entries(*many)
    assert there.run("SELECT DISTINCT number FROM {}.entry", schema) == [(1,)]


# Looking


def test_a_run_that_only_looks_cannot_write_whatever_its_user_may(
    there: Server, schema: str, context: Context, ledger: PostgresLedger
) -> None:
    looking = PostgresLedger(context, looking=True)
    said = problem(lambda: looking.commit(Batch("run 1", (BERLIN,)), version=""))
    assert said.startswith(f"{cannot(context, 'written')}cannot execute ")
    assert "in a read-only transaction" in said
    assert there.run("SELECT FROM pg_namespace WHERE nspname = %s", values=[schema]) == []
    version = commit(ledger, BERLIN)
    assert "in a read-only transaction" in problem(lambda: looking.commit(Batch("run 2", (MUNICH,)), version=version))
    assert looking.read() == ledger.read() == Snapshot(version, entries(BERLIN))


def test_a_user_with_the_rights_to_look_can_look_and_no_more(
    there: Server, schema: str, ledger: PostgresLedger
) -> None:
    version = commit(ledger, batch=Batch("run 1", (BERLIN,), record=run_record()))
    looker = PostgresLedger(Context(Path("/"), {"RECONCILER_LEDGER_URL": there.url(schema, user="looker")}))
    assert "permission denied for schema" in problem(looker.read)
    there.run("GRANT USAGE ON SCHEMA {} TO looker", schema)
    there.run("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO looker", schema)
    assert looker.read() == ledger.read()
    assert looker.runs() == (run_record(),)
    said = problem(lambda: looker.commit(Batch("run 2", (MUNICH,)), version=version))
    assert "permission denied for table history; give the user of the address the rights" in said


# What no run can use


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "it cannot be read"),
        ("[]", "it cannot be read"),
        ("[" * 100_000, "it cannot be read"),
        (json.dumps(entry_to_json(BERLIN) | {"format": "9.0"}), "it cannot be read"),
        (json.dumps(entry_to_json(MUNICH)), "it is another target's"),
        ("x" * (1024 * 1024 + 1), "it has 1,048,577 bytes, and no run writes more than 1,048,576 there"),
    ],
)
def test_an_entry_that_no_run_can_use_is_named_and_the_rest_counts(
    there: Server, schema: str, context: Context, body: str, why: str
) -> None:
    commit(PostgresLedger(context), BERLIN, MUNICH)
    there.run("UPDATE {}.entry SET body = %s WHERE address = '100000001'", schema, values=[body])
    fresh = PostgresLedger(context)
    found = fresh.read()
    assert found.aside == (SetAside("meta/sandbox/100000001", LedgerPart.ENTRY, why),)
    assert found.entries == entries(MUNICH)
    assert fresh.keep(found.version).startswith(f'the table "{schema}".removed of the database ledgers at ')
    commit(fresh, batch=Batch("ledger repair", removed=found.aside))
    assert (fresh.read().aside, fresh.read().entries) == ((), entries(MUNICH))
    kept = there.run("SELECT number, what, place, body FROM {}.removed", schema)
    assert kept == [(2, "entry", "meta/sandbox/100000001", body)]


@pytest.mark.parametrize("body", ["", "{", '{"until": 7}', "x" * 20_000])
def test_a_lease_a_record_and_outcomes_that_cannot_be_read_are_named(
    there: Server, schema: str, ledger: PostgresLedger, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.core.memory.upkeep.MOST_BYTES", 18_000)
    earlier = run_record("1", started="2026-08-01T12:00:00Z")
    commit(ledger, batch=Batch("run 1", record=earlier))
    store_batch(ledger, Batch("run 2", lease=lease(), record=run_record()))
    store_batch(ledger, Batch("run 2", record=run_record(done=outcomes(2))))
    for table in ("part", "lease"):
        there.run("UPDATE {}.{} SET body = %s", schema, table, values=[body])
    there.run("UPDATE {}.run SET body = %s WHERE run = '12'", schema, values=[body])
    found = ledger.read()
    assert [(one.where, one.part) for one in found.aside] == [
        ("the lease of whole", LedgerPart.LEASE),
        ("the last run", LedgerPart.RECORD),
        ("outcomes of the last run from 0", LedgerPart.OUTCOMES),
    ]
    assert (found.lease, found.last, ledger.runs()) == (UNREADABLE, None, (earlier,))
    version = commit(ledger, batch=Batch("repair", removed=found.aside))
    assert ledger.read() == Snapshot(version, {}, None, earlier)
    assert there.run("SELECT count(*) FROM {}.removed", schema) == [(3,)]
    assert there.run("SELECT count(*) FROM {}.part", schema) == [(0,)]


def test_outcomes_of_another_run_are_no_part_of_the_last_one(
    there: Server, schema: str, ledger: PostgresLedger
) -> None:
    store_batch(ledger, Batch("12", record=run_record(done=outcomes(1))))
    forged = json.dumps(record_to_json(run_record("13", done=outcomes(1, first=7))))
    there.run("INSERT INTO {}.part SELECT run, started, 1, %s FROM {}.run", schema, schema, values=[forged])
    last = ledger.read().last
    assert last is not None
    assert last.outcomes == outcomes(1)
    assert ledger.runs() == (last,)


# Marks


def test_what_a_run_without_the_key_wrote_is_unvouched(context: Context) -> None:
    ours, theirs = PostgresLedger(context, keys=KEYS), PostgresLedger(context, keys=OTHERS)
    store_batch(ours, Batch("run 1", (BERLIN,), record=run_record(done=outcomes(1))))
    store_batch(theirs, Batch("run 2", (MUNICH,)))
    found = PostgresLedger(context, keys=KEYS).read()
    assert [found.entries[one.key].records[0].vouched for one in (BERLIN, MUNICH)] == [True, False]
    assert found.last is not None
    assert found.last.vouched
    assert [run.vouched for run in theirs.runs()] == [False]
    assert (found.keyless, PostgresLedger(context).read().keyless) == (False, True)


def test_a_forged_row_carries_no_mark_that_counts(there: Server, schema: str, context: Context) -> None:
    ours = PostgresLedger(context, keys=KEYS)
    store_batch(ours, Batch("run 1", (BERLIN,), record=run_record()))
    there.run("UPDATE {}.entry SET body = replace(body, 'Berlin', 'Bremen')", schema)
    there.run("UPDATE {}.run SET body = replace(body, 'cccc', 'dddd')", schema)
    found = PostgresLedger(context, keys=KEYS).read()
    assert not found.entries[BERLIN.key].records[0].vouched
    assert found.last is not None
    assert not found.last.vouched


# Reading again


def test_entries_that_did_not_change_are_not_read_a_second_time(
    there: Server, schema: str, ledger: PostgresLedger, context: Context
) -> None:
    commit(ledger, BERLIN, MUNICH)
    assert ledger.read().entries == entries(BERLIN, MUNICH)
    # No run writes so: only what another commit wrote is read again.
    there.run("UPDATE {}.entry SET body = '{{'", schema)
    after = remembered("100000003", about="Vienna")
    record_entries(PostgresLedger(context), [after], note="run 2")
    assert ledger.read().entries == entries(BERLIN, MUNICH, after)
    assert len(PostgresLedger(context).read().aside) == 2


def test_a_row_that_went_meanwhile_is_not_remembered(there: Server, schema: str, ledger: PostgresLedger) -> None:
    commit(ledger, BERLIN, MUNICH)
    assert len(ledger.read().entries) == 2
    there.run("DELETE FROM {}.entry WHERE address = '100000001'", schema)
    assert ledger.read().entries == entries(MUNICH)


def test_a_store_that_was_begun_anew_is_another_one(
    there: Server, schema: str, ledger: PostgresLedger, context: Context
) -> None:
    commit(ledger, BERLIN)
    before = ledger.read()
    there.run("DROP SCHEMA {} CASCADE", schema)
    assert ledger.read().entries == {}
    commit(PostgresLedger(context), MUNICH)
    assert ledger.read().entries == entries(MUNICH)
    assert ledger.read().version != before.version
