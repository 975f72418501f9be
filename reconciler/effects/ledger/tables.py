"""The tables of the `postgres` ledger: a batch → the statements that write it; rows → entries, lease and records.

Every party that has the database's address can put any row there. So a size is known before a content is read, and a
row that no run can use is set aside. Keys are text that the database can hold; the document in a row has them whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, LiteralString, TypeVar

from psycopg import Connection, Cursor, IsolationLevel
from psycopg.sql import SQL, Composed, Identifier, Literal

from reconciler.core.fields import strict_json
from reconciler.core.memory.lease import UNREADABLE, Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord, with_outcomes
from reconciler.core.memory.spending import AccountRecord, account_from_json, account_to_json
from reconciler.core.memory.upkeep import LedgerPart, SetAside, most_bytes, oversize
from reconciler.core.memory.vouching import LedgerKeys, entry_document, run_document, vouched_entry, vouched_run
from reconciler.effects.ledger import Batch, EntryKey, Snapshot
from reconciler.effects.ledger.migrations import MIGRATIONS

_T = TypeVar("_T")
StoredRow = Sequence[Any]
# Several leases may be held at once, each with the name of its shard; this one is a whole run's.
WHOLE = "whole"
_UNREADABLE = "it cannot be read"
# As many go in one statement: a server that hears nothing whole for long takes the writer for one that stands still.
_ROWS = 1000
_LEASE, _LAST, _OUTCOMES = "the lease of ", "the last run", "outcomes of the last run from "
_ACCOUNT = "the account "

# The size of a row's body, and the body if it is not too large.
_BODY = SQL("octet_length(body), CASE WHEN octet_length(body) <= %(most)s THEN body END")
_HEAD: LiteralString = """
    SELECT version, (SELECT number FROM {s}.history WHERE version = %(known)s), (SELECT count(*) FROM {s}.entry)
    FROM {s}.head
"""
# A version that is known tells which entries are: those that were not written since.
_ENTRIES: LiteralString = """
    SELECT provider, endpoint, address, {body} FROM {s}.entry
    WHERE number > coalesce((SELECT number FROM {s}.history WHERE version = %(known)s), 0)
"""
_HELD: LiteralString = "SELECT name, {body} FROM {s}.lease ORDER BY name"
_LAST_RUN: LiteralString = "SELECT {body} FROM {s}.run ORDER BY number DESC LIMIT 1"
_NEWEST: LiteralString = "SELECT run, started FROM {s}.run ORDER BY number DESC LIMIT 1"
_LAST_PARTS: LiteralString = """
    SELECT position, {body} FROM {s}.part WHERE (run, started) IN ({newest}) ORDER BY position
"""
_ACCOUNTS: LiteralString = "SELECT key, {body} FROM {s}.account"
_RUNS: LiteralString = "SELECT {body} FROM {s}.run ORDER BY started DESC, number DESC"
_PARTS: LiteralString = "SELECT {body} FROM {s}.part ORDER BY run, started, position"

# The row of the head is the lock of all writers: one that waited for it finds another version than it knows.
_MOVE: LiteralString = """
    WITH moved AS (
        UPDATE {s}.head SET version = %(new)s, number = number + 1 WHERE version = %(old)s RETURNING number, version
    )
    INSERT INTO {s}.history (number, version, note) SELECT number, version, %(note)s FROM moved RETURNING number
"""
_PUT_ENTRIES: LiteralString = """
    INSERT INTO {s}.entry (provider, endpoint, address, number, body)
    SELECT provider, endpoint, address, {number}, body
    FROM unnest(%(providers)b::text[], %(endpoints)b::text[], %(addresses)b::text[], %(bodies)b::text[])
        AS fresh (provider, endpoint, address, body)
    ON CONFLICT (provider, endpoint, address) DO UPDATE SET number = excluded.number, body = excluded.body
"""
_PUT_LEASE: LiteralString = """
    INSERT INTO {s}.lease VALUES (%(name)s, %(body)s) ON CONFLICT (name) DO UPDATE SET body = excluded.body
"""
_END_LEASE: LiteralString = "DELETE FROM {s}.lease WHERE name = %(name)s"
_PUT_ACCOUNT: LiteralString = """
    INSERT INTO {s}.account VALUES (%(key)s, %(body)s) ON CONFLICT (key) DO UPDATE SET body = excluded.body
"""
_PUT_RUN: LiteralString = """
    INSERT INTO {s}.run VALUES (%(run)s, %(started)s, {number}, %(body)s)
    ON CONFLICT (run, started) DO UPDATE SET number = excluded.number, body = excluded.body
"""
_END_PARTS: LiteralString = "DELETE FROM {s}.part WHERE run = %(run)s AND started = %(started)s"
_PUT_PARTS: LiteralString = """
    INSERT INTO {s}.part (run, started, position, body)
    SELECT %(run)s, %(started)s, position, body
    FROM unnest(%(positions)b::integer[], %(bodies)b::text[]) AS fresh (position, body)
    ON CONFLICT (run, started, position) DO UPDATE SET body = excluded.body
"""
# Rows that are taken out are kept in a second table. Only the owner of the tables can delete them.
_TAKE_OUT: Mapping[LedgerPart, LiteralString] = {
    LedgerPart.ENTRY: """
        WITH gone AS (
            DELETE FROM {s}.entry WHERE provider || '/' || endpoint || '/' || address = ANY(%(places)s)
            RETURNING provider || '/' || endpoint || '/' || address, body
        )
    """,
    LedgerPart.ACCOUNT: """
        WITH gone AS (DELETE FROM {s}.account WHERE {account} || key = ANY(%(places)s) RETURNING key, body)
    """,
    LedgerPart.LEASE: """
        WITH gone AS (DELETE FROM {s}.lease WHERE {lease} || name = ANY(%(places)s) RETURNING name, body)
    """,
    LedgerPart.RECORD: """
        WITH gone AS (
            DELETE FROM {s}.run WHERE (run, started) IN ({newest}) RETURNING run || ' of ' || started, body
        )
    """,
    LedgerPart.OUTCOMES: """
        WITH gone AS (
            DELETE FROM {s}.part
            WHERE (run, started) IN ({newest}) AND {outcomes} || position = ANY(%(places)s)
            RETURNING run || ' from ' || position, body
        )
    """,
}
_KEPT: LiteralString = "INSERT INTO {s}.removed SELECT {number}, %(what)s, gone.* FROM gone"


def _in_schema(statement: LiteralString, schema: str) -> Composed:
    """Return a statement of the tables in `schema`."""
    own = Identifier(schema)
    newest = SQL(_NEWEST).format(s=own)
    number = SQL("(SELECT number FROM {s}.head)").format(s=own)
    named = {"outcomes": Literal(_OUTCOMES), "account": Literal(_ACCOUNT), "lease": Literal(_LEASE)}
    return SQL(statement).format(s=own, body=_BODY, newest=newest, number=number, **named)


@dataclass(slots=True)
class Tables:
    """The tables in one schema, through one connection."""

    connection: Connection[StoredRow]
    schema: str

    def ask(self, statement: LiteralString, **values: object) -> Cursor[StoredRow]:
        """Run a statement and return its rows to come: in a pipeline, no statement waits for the one before it."""
        return self.connection.execute(_in_schema(statement, self.schema), values or None)

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Let every statement see the same, and none wait for the answer to the one before it."""
        self.connection.isolation_level = IsolationLevel.REPEATABLE_READ
        self.connection.read_only = True
        with self.connection.pipeline(), self.connection.transaction():
            yield


@dataclass(frozen=True, slots=True)
class KnownRows:
    """An earlier reading: its version, and the result of each entry's row."""

    version: str = ""
    entries: Mapping[EntryKey, LedgerEntry | SetAside] = field(default_factory=dict)


def snapshot_in(tables: Tables, keys: LedgerKeys, known: KnownRows) -> tuple[Snapshot, KnownRows]:
    """Return everything, as of one moment. Only entries that changed since `known` are read."""
    most = {part: most_bytes(part) for part in LedgerPart}
    with tables.one_moment():
        head = tables.ask(_HEAD, known=known.version)
        rows = tables.ask(_ENTRIES, known=known.version, most=most[LedgerPart.ENTRY])
        held = tables.ask(_HELD, most=most[LedgerPart.LEASE])
        last = tables.ask(_LAST_RUN, most=most[LedgerPart.RECORD])
        parts = tables.ask(_LAST_PARTS, most=most[LedgerPart.OUTCOMES])
        called = tables.ask(_ACCOUNTS, most=most[LedgerPart.ACCOUNT])
    ((version, since, number),) = head.fetchall()
    fresh = {(row[0], row[1], row[2]): _entry(row, keys) for row in rows}
    entries = {**(known.entries if since is not None else {}), **fresh}
    if len(entries) != number:
        # A row went, as a repair takes one out: which one it was is in no other row.
        return snapshot_in(tables, keys, KnownRows())
    leases = [_lease(row) for row in held]
    unreadable = any(isinstance(one, SetAside) for one in leases)
    whole = next((one for one in leases if isinstance(one, Lease) and not one.shard), None)
    record, outcomes = _last(last, parts, keys)
    accounts = [_account(row) for row in called]
    found = (*leases, record, *outcomes, *entries.values(), *accounts)
    return Snapshot(
        version,
        {one.key: one for one in entries.values() if isinstance(one, LedgerEntry)},
        UNREADABLE if unreadable else whole,
        None if isinstance(record, SetAside) else record,
        tuple(one for one in found if isinstance(one, SetAside)),
        keyless=not keys,
        form=f"tables of version {len(MIGRATIONS)}, the newest",
        accounts={one.key: one for one in accounts if isinstance(one, AccountRecord)},
        shards=tuple(one for one in leases if isinstance(one, Lease) and one.shard),
    ), KnownRows(version, entries)


def _last(
    last: Iterable[StoredRow], parts: Iterable[StoredRow], keys: LedgerKeys
) -> tuple[RunRecord | SetAside | None, list[Any]]:
    """Return the record of the last run with its outcomes, and what of them is set aside."""
    vouched = partial(vouched_run, keys=keys)
    record = next((_parsed(LedgerPart.RECORD, _LAST, row, vouched) for row in last), None)
    found = [_parsed(LedgerPart.OUTCOMES, f"{_OUTCOMES}{row[0]}", row[1:], vouched) for row in parts]
    if isinstance(record, RunRecord):
        record = with_outcomes(record, (one for one in found if isinstance(one, RunRecord)))
    return record, found


def stored_runs(tables: Tables, keys: LedgerKeys) -> tuple[RunRecord, ...]:
    """Return the record of every run, the newest first; what cannot be read is skipped."""
    most = most_bytes(LedgerPart.RECORD)
    with tables.one_moment():
        rows, parts = tables.ask(_RUNS, most=most), tables.ask(_PARTS, most=most)
    vouched = partial(vouched_run, keys=keys)
    runs = [_parsed(LedgerPart.RECORD, _LAST, row, vouched) for row in rows]
    told = [_parsed(LedgerPart.OUTCOMES, _LAST, row, vouched) for row in parts]
    of: dict[tuple[str, str], list[RunRecord]] = {}
    for one in told:
        if isinstance(one, RunRecord):
            of.setdefault((one.run, one.started), []).append(one)
    return tuple(with_outcomes(one, of.get((one.run, one.started), ())) for one in runs if isinstance(one, RunRecord))


def moved(tables: Tables, note: str, *, old: str, new: str) -> bool:
    """Move the head from one version to another; False if it is elsewhere."""
    return tables.ask(_MOVE, old=old, new=new, note=_text(note)).fetchone() is not None


Statements = list[tuple[LiteralString, dict[str, object]]]


def written(batch: Batch, keys: LedgerKeys) -> Statements:
    """Return the statements that write what a batch holds, with their values, after the head has moved.

    They are made before the head is locked: while a large batch becomes text, no other writer waits.
    """
    # Outcomes before the record: which run was the last is not known without it.
    found: Statements = []
    for part in reversed(LedgerPart):
        places = [_text(one.where) for one in batch.removed if one.part is part]
        if places:
            found.append((_TAKE_OUT[part] + _KEPT, {"places": places, "what": part.value}))
    rows = {tuple(map(_text, entry.key)): _body(entry_document(entry, keys)) for entry in batch.entries}
    every = [(*key, body) for key, body in rows.items()]
    for at in range(0, len(every), _ROWS):
        columns = map(list, zip(*every[at : at + _ROWS], strict=True))
        names = ("providers", "endpoints", "addresses", "bodies")
        found.append((_PUT_ENTRIES, dict(zip(names, columns, strict=True))))
    found += [(_END_LEASE, {"name": lease.shard or WHOLE}) for lease in batch.displaced]
    if batch.lease is not None:
        name, body = batch.lease.shard or WHOLE, _body(batch.lease.document())
        found.append((_PUT_LEASE, {"name": name, "body": body}) if batch.lease.until else (_END_LEASE, {"name": name}))
    for account in batch.accounts:
        found.append((_PUT_ACCOUNT, {"key": _account_key(account), "body": _body(account_to_json(account))}))
    if batch.record is not None:
        found += _record_written(batch, batch.record, keys)
    return found


def _record_written(batch: Batch, record: RunRecord, keys: LedgerKeys) -> Statements:
    """Return what stores a run's record: its outcomes are added to those that are there."""
    run: dict[str, object] = {"run": _text(record.run), "started": _text(record.started)}
    pieces = batch.pieces(record)
    found: Statements = [(_END_PARTS, run)] if pieces.anew else []
    found.append((_PUT_RUN, {**run, "body": _body(run_document(pieces.head, keys))}))
    if pieces.parts:
        bodies = [_body(run_document(part, keys)) for part in pieces.parts.values()]
        found.append((_PUT_PARTS, {**run, "positions": list(pieces.parts), "bodies": bodies}))
    return found


def _entry(row: StoredRow, keys: LedgerKeys) -> LedgerEntry | SetAside:
    key, where = tuple(row[:3]), "/".join(row[:3])
    found = _parsed(LedgerPart.ENTRY, where, row[3:], partial(vouched_entry, keys=keys))
    if isinstance(found, LedgerEntry) and tuple(map(_text, found.key)) != key:
        return SetAside(where, LedgerPart.ENTRY, "it is another target's")
    return found


def _lease(row: StoredRow) -> Lease | SetAside:
    where = f"{_LEASE}{row[0]}"
    found = _parsed(LedgerPart.LEASE, where, row[1:], Lease.model_validate)
    if isinstance(found, Lease) and (found.shard or WHOLE) != row[0]:
        return SetAside(where, LedgerPart.LEASE, "it is another shard's")
    return found


def _account_key(account: AccountRecord) -> str:
    return _text(" ".join(account.key))


def _account(row: StoredRow) -> AccountRecord | SetAside:
    where = f"{_ACCOUNT}{row[0]}"
    found = _parsed(LedgerPart.ACCOUNT, where, row[1:], account_from_json)
    if isinstance(found, AccountRecord) and _account_key(found) != row[0]:
        return SetAside(where, LedgerPart.ACCOUNT, "it is another account's")
    return found


def _parsed(part: LedgerPart, where: str, row: StoredRow, parse: Callable[[Any], _T]) -> _T | SetAside:
    """Return what the body in a row of its size and itself says, or why it says nothing."""
    size, body = row
    if body is None:
        return SetAside(where, part, oversize(part, size))
    try:
        return parse(strict_json(body))
    except (ValueError, RecursionError):
        return SetAside(where, part, _UNREADABLE)


def _text(text: str) -> str:
    """Return `text` in a form that the database can hold: half characters and NUL become escapes."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _body(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=True, sort_keys=True)
