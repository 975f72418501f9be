"""The ledger in a database: what its tables hold, who may do what, and what can be wrong with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, LiteralString

import pytest
from psycopg import Cursor

from reconciler.core.memory.lease import UNREADABLE
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.spending import AccountRecord
from reconciler.core.memory.stored import entry_to_json, record_to_json
from reconciler.core.memory.upkeep import LedgerPart, Limits, SetAside
from reconciler.core.memory.vouching import LedgerKeys, vouched_entry
from reconciler.effects.ledger import Batch, Committed, Snapshot, migrations, record_entries, store_batch
from reconciler.effects.ledger.postgres import PostgresLedger
from reconciler.effects.ledger.tables import Tables
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
    for module in ("table_rows", "postgres"):
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
        ("x" * (1024 * 1024 + 1), "it has 1,048,597 bytes, and no run writes more than 1,048,576 there"),
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


def test_a_lease_and_an_account_in_the_row_of_another_are_not_believed(
    there: Server, schema: str, ledger: PostgresLedger
) -> None:
    account = AccountRecord(("meta", "sandbox", "a"))
    commit(ledger, batch=Batch("12", lease=lease(), accounts=(account,)))
    there.run("UPDATE {}.lease SET name = '1/2'", schema)
    there.run("UPDATE {}.account SET key = 'meta sandbox b'", schema)
    assert ledger.read().aside == (
        SetAside("the lease of 1/2", LedgerPart.LEASE, "it is another shard's"),
        SetAside("the account meta sandbox b", LedgerPart.ACCOUNT, "it is another account's"),
    )


def flood(there: Server, schema: str, table: str, number: int) -> None:
    """Insert many rows with one short statement, as any party could that may write."""
    columns = {
        "entry": "'meta', 'sandbox', 'x' || n, 1, '{{'",
        "lease": "'x' || n, '{{'",
        "account": "'x' || n, '{{'",
        "part": "'12', '2026-08-02T12:00:00Z', n, '{{'",
    }
    there.run(f"INSERT INTO {{}}.{table} SELECT {columns[table]} FROM generate_series(1, {number}) AS n", schema)


def asked_of_tables(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the statements that bring bodies, as they are made from now on."""
    asked: list[str] = []
    whole = Tables.ask

    def ask(tables: Tables, statement: LiteralString, **values: object) -> Cursor[Any]:
        asked.extend([statement] * ("THEN body" in statement))
        return whole(tables, statement, **values)

    monkeypatch.setattr(Tables, "ask", ask)
    return asked


@pytest.mark.parametrize(
    ("table", "part"),
    [
        ("entry", LedgerPart.ENTRY),
        ("lease", LedgerPart.LEASE),
        ("account", LedgerPart.ACCOUNT),
        ("part", LedgerPart.OUTCOMES),
    ],
)
def test_a_table_with_countless_rows_is_set_aside_and_can_be_taken_out(
    schema: str, context: Context, *, table: str, part: LedgerPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of its rows comes over the wire, and the rest counts."""
    there, ledger = server(), PostgresLedger(context)
    commit(ledger, batch=Batch("12", (BERLIN,), lease=lease(), record=run_record()))
    flood(there, schema, table, 20)
    ledger.limits = Limits(parts=22)
    assert len(ledger.read().aside) == 20
    asked = asked_of_tables(monkeypatch)
    ledger.limits = Limits(parts=19)
    before = ledger.read()
    why = "it has more than 19 rows, and none of them was read"
    assert before.aside == (SetAside(f"the table {table}", part, why),)
    assert [
        said for said in asked if "body" in said and f"FROM {{s}}.{table}" in said and "WITH sized" not in said
    ] == []
    assert before.entries == ({} if table == "entry" else entries(BERLIN))
    assert before.lease == (UNREADABLE if table == "lease" else lease())
    assert before.last == run_record()
    commit(ledger, batch=Batch("ledger repair", removed=before.aside))
    after = PostgresLedger(context).read()
    assert (after.aside, after.last) == ((), run_record())
    kept = there.run("SELECT count(*), min(what) FROM {}.removed", schema)
    assert kept == [(21 if table in ("entry", "lease") else 20, part.value)]


def test_of_many_large_rows_the_smallest_are_read(there: Server, schema: str, context: Context) -> None:
    """Each of them is small enough, and all together would fill the memory: they pack well, so one costs little."""
    ledger = PostgresLedger(context)
    commit(ledger, batch=Batch("12", (BERLIN, MUNICH), lease=lease(), record=run_record()))
    large = json.dumps({**entry_to_json(remembered("100000003", about="Nuremberg")), "more": "x" * 10_000})
    there.run("INSERT INTO {}.entry VALUES ('meta', 'sandbox', '100000003', 1, %s)", schema, values=[large])
    there.run("INSERT INTO {}.entry VALUES (repeat('x', 100000), 'sandbox', '1', 1, '{{')", schema)
    ledger.limits = Limits(together=10_000)
    before = ledger.read()
    assert (before.entries, before.lease, before.last) == (entries(BERLIN, MUNICH), lease(), run_record())
    why = "all rows have more than 10,000 bytes, and it is one of the largest"
    assert before.aside == (
        SetAside("meta/sandbox/100000003", LedgerPart.ENTRY, why),
        SetAside(f"{'x' * 300}/sandbox/1", LedgerPart.ENTRY, why),
    )
    version = commit(ledger, batch=Batch("ledger repair", removed=before.aside))
    assert ledger.read() == Snapshot(version, entries(BERLIN, MUNICH), lease(), run_record())


def test_rows_whose_keys_begin_alike_are_set_aside_as_one_and_taken_out_together(
    there: Server, schema: str, context: Context
) -> None:
    """A place names the beginning of a key. Counted as one row, they are no row that went since the last reading."""
    commit(PostgresLedger(context), batch=Batch("12", (BERLIN,)))
    for length in (100_000, 100_001):
        there.run(
            f"INSERT INTO {{}}.entry VALUES (repeat('x', {length}), 'sandbox', '1', 1, repeat('y', 9000000))", schema
        )
    found = PostgresLedger(context).read()
    assert (found.entries, [one.where for one in found.aside]) == (entries(BERLIN), [f"{'x' * 300}/sandbox/1"])
    version = commit(PostgresLedger(context), batch=Batch("ledger repair", removed=found.aside))
    assert PostgresLedger(context).read() == Snapshot(version, entries(BERLIN))


def test_of_the_runs_the_newest_are_listed_that_have_few_bytes_together(ledger: PostgresLedger) -> None:
    for n in range(1, 4):
        told = run_record(f"{n}", started=f"2026-08-0{n}T12:00:00Z", done=outcomes(1))
        store_batch(ledger, Batch(f"{n}", record=told))
    assert [(one.run, len(one.outcomes)) for one in ledger.runs()] == [("3", 1), ("2", 1), ("1", 1)]
    # A record has 272 bytes, and its outcomes have 683 in a row of their own.
    ledger.limits = Limits(together=2 * 820)
    assert [(one.run, len(one.outcomes)) for one in ledger.runs()] == [("3", 1), ("2", 0), ("1", 0)]
    ledger.limits = Limits(together=2 * 600)
    assert [(one.run, len(one.outcomes)) for one in ledger.runs()] == [("3", 0), ("2", 0)]
    ledger.limits = Limits(parts=2)
    assert [(one.run, len(one.outcomes)) for one in ledger.runs()] == [("3", 1), ("2", 1)]


def test_rows_are_brought_in_pieces_of_few_bytes(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = [remembered(f"10000000{n}", about="x" * 100) for n in range(9)]
    commit(PostgresLedger(context), *stored)
    brought: list[int] = []
    whole = Tables.pieces

    def pieces(tables: Tables, statement: LiteralString, number: int, **values: object) -> Iterator[list[Any]]:
        for rows in whole(tables, statement, number, **values):
            brought.append(len(rows))
            yield rows

    monkeypatch.setattr(Tables, "pieces", pieces)
    monkeypatch.setattr("reconciler.effects.ledger.table_rows._PIECE_BYTES", 1_200)
    assert PostgresLedger(context).read().entries == entries(*stored)
    assert brought == [3, 3, 3]


def test_a_server_that_brings_pieces_answers_however_long_all_of_them_take(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow machine reads 100,000 entries for longer than it waits for a silent server."""
    commit(PostgresLedger(context), BERLIN, MUNICH)
    monkeypatch.setattr("reconciler.effects.ledger.table_rows._PIECE_ROWS", 1)
    ledger, now, looks = PostgresLedger(context), [0.0], SimpleQueue[None]()
    limit = ledger._limit
    monkeypatch.setattr("reconciler.effects.ledger.postgres.time.monotonic", lambda: now[0])

    def parsed(document: Any, keys: LedgerKeys) -> LedgerEntry:
        now[0] += limit.seconds - 1
        # The second look from now on sees the time that it is now.
        for _ in range(looks.qsize() + 2):
            looks.get(timeout=30)
        return vouched_entry(document, keys)

    def wait(_: float) -> None:
        """Say that it was looked whether the call is late."""
        looks.put(None)
        whole(0.01)

    whole = limit._turn.wait
    monkeypatch.setattr("reconciler.effects.ledger.table_rows.vouched_entry", parsed)
    monkeypatch.setattr(limit._turn, "wait", wait)
    assert ledger.read().entries == entries(BERLIN, MUNICH)
    assert now[0] > limit.seconds


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
