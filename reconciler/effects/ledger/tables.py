"""The tables of the `postgres` ledger, through one connection: a batch → the statements that write it.

Keys are text that the database can hold; the document in a row has them whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Composed, Identifier, Literal

from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.spending import AccountRecord, account_to_json
from reconciler.core.memory.upkeep import LedgerPart
from reconciler.core.memory.vouching import LedgerKeys, entry_document, run_document
from reconciler.effects.ledger import Batch

StoredRow = Sequence[Any]
# Several leases may be held at once, each with the name of its shard; this one is a whole run's.
WHOLE = "whole"
# As many go in one statement: a server that hears nothing whole for long takes the writer for one that stands still.
_ROWS = 1000
LEASE_OF, OUTCOMES_FROM, ACCOUNT_OF = "the lease of ", "outcomes of the last run from ", "the account "
# Longer texts are no key of a run's, and are named by their beginning.
PLACE_CHARACTERS = 300
_TABLE = {LedgerPart.RECORD: "run", LedgerPart.OUTCOMES: "part"}

_ENTRY_SIZE = SQL("(octet_length(body) + octet_length(provider) + octet_length(endpoint) + octet_length(address))")
_NEWEST: LiteralString = "SELECT run, started FROM {s}.run ORDER BY number DESC LIMIT 1"
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
            DELETE FROM {s}.entry WHERE %(every)s
            OR left(provider, {most}) || '/' || left(endpoint, {most}) || '/' || left(address, {most}) = ANY(%(places)s)
            RETURNING provider || '/' || endpoint || '/' || address, body
        )
    """,
    LedgerPart.ACCOUNT: """
        WITH gone AS (
            DELETE FROM {s}.account WHERE %(every)s OR {account} || left(key, {most}) = ANY(%(places)s)
            RETURNING key, body
        )
    """,
    LedgerPart.LEASE: """
        WITH gone AS (
            DELETE FROM {s}.lease WHERE %(every)s OR {lease} || left(name, {most}) = ANY(%(places)s)
            RETURNING name, body
        )
    """,
    LedgerPart.RECORD: """
        WITH gone AS (
            DELETE FROM {s}.run WHERE (run, started) IN ({newest}) RETURNING run || ' of ' || started, body
        )
    """,
    LedgerPart.OUTCOMES: """
        WITH gone AS (
            DELETE FROM {s}.part
            WHERE (run, started) IN ({newest}) AND (%(every)s OR {outcomes} || position = ANY(%(places)s))
            RETURNING run || ' from ' || position, body
        )
    """,
}
_KEPT: LiteralString = "INSERT INTO {s}.removed SELECT {number}, %(what)s, gone.* FROM gone"


def whole_table(part: LedgerPart) -> str:
    """Return the place of all rows of a kind, for people and for a repair."""
    return f"the table {_TABLE.get(part, part)}"


def place_of(*key: str) -> str:
    """Return the place of an entry's row, for people and for a repair."""
    return "/".join(one[:PLACE_CHARACTERS] for one in key)


def _in_schema(statement: LiteralString, schema: str) -> Composed:
    """Return a statement of the tables in `schema`."""
    own = Identifier(schema)
    newest = SQL(_NEWEST).format(s=own)
    number = SQL("(SELECT number FROM {s}.head)").format(s=own)
    named = {"outcomes": Literal(OUTCOMES_FROM), "account": Literal(ACCOUNT_OF), "lease": Literal(LEASE_OF)}
    return SQL(statement).format(
        s=own, newest=newest, number=number, most=Literal(PLACE_CHARACTERS), entry_size=_ENTRY_SIZE, **named
    )


@dataclass(slots=True)
class Tables:
    """The tables in one schema, through one connection. It is told of each piece that the server brings."""

    connection: Connection[StoredRow]
    schema: str
    heard: Callable[[], None]

    def ask(self, statement: LiteralString, **values: object) -> Cursor[StoredRow]:
        """Run a statement and return its rows to come: in a pipeline, no statement waits for the one before it."""
        return self.connection.execute(_in_schema(statement, self.schema), values or None)

    def pieces(self, statement: LiteralString, number: int, **values: object) -> Iterator[list[StoredRow]]:
        """Run a statement and yield its rows, so many at a time: the others wait at the server."""
        with self.connection.cursor(name="rows") as cursor:
            cursor.execute(_in_schema(statement, self.schema), values or None)
            while rows := cursor.fetchmany(number):
                self.heard()
                yield rows

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Let every statement see the same."""
        self.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
        self.connection.execute("ROLLBACK")


def moved(tables: Tables, note: str, *, old: str, new: str) -> bool:
    """Move the head from one version to another; False if it is elsewhere."""
    return tables.ask(_MOVE, old=old, new=new, note=storable(note)).fetchone() is not None


Statements = list[tuple[LiteralString, dict[str, object]]]


def written(batch: Batch, keys: LedgerKeys) -> Statements:
    """Return the statements that write what a batch holds, with their values, after the head has moved.

    They are made before the head is locked: while a large batch becomes text, no other writer waits.
    """
    # Outcomes before the record: which run was the last is not known without it.
    found: Statements = []
    for part in reversed(LedgerPart):
        places = [storable(one.where) for one in batch.removed if one.part is part]
        if places:
            told = {"places": places, "every": whole_table(part) in places, "what": part.value}
            found.append((_TAKE_OUT[part] + _KEPT, told))
    rows = {tuple(map(storable, entry.key)): _body(entry_document(entry, keys)) for entry in batch.entries}
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
        found.append((_PUT_ACCOUNT, {"key": stored_account_key(account), "body": _body(account_to_json(account))}))
    if batch.record is not None:
        found += _record_written(batch, batch.record, keys)
    return found


def _record_written(batch: Batch, record: RunRecord, keys: LedgerKeys) -> Statements:
    """Return what stores a run's record: its outcomes are added to those that are there."""
    run: dict[str, object] = {"run": storable(record.run), "started": storable(record.started)}
    pieces = batch.pieces(record)
    found: Statements = [(_END_PARTS, run)] if pieces.anew else []
    found.append((_PUT_RUN, {**run, "body": _body(run_document(pieces.head, keys))}))
    if pieces.parts:
        bodies = [_body(run_document(part, keys)) for part in pieces.parts.values()]
        found.append((_PUT_PARTS, {**run, "positions": list(pieces.parts), "bodies": bodies}))
    return found


def stored_account_key(account: AccountRecord) -> str:
    """Return the key of an account's row."""
    return storable(" ".join(account.key))


def storable(text: str) -> str:
    """Return `text` in a form that the database can hold: half characters and NUL become escapes."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _body(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=True, sort_keys=True)
