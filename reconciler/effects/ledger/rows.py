"""The rows of the `local` ledger: a row → its entry, lease or record; a batch → what it writes.

A row that no run can use is set aside, and the rest counts. Damage can change a value's type as well as its bytes.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from reconciler.core.fields import strict_json
from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.spending import AccountRecord, account_from_json, account_to_json
from reconciler.core.memory.stored import entry_from_json, entry_to_json, record_from_json, record_to_json
from reconciler.core.memory.upkeep import LedgerPart, Limits, SetAside, most_bytes, oversize
from reconciler.effects.ledger import Batch

_T = TypeVar("_T")
_UNREADABLE = "it cannot be read"
_LEASE, _LAST, _ACCOUNT, _EVERY, _WHAT = "the lease", "the last run", "the account ", "the whole table", "rows"
_PARTS = "CREATE TABLE IF NOT EXISTS part (run TEXT NOT NULL, started TEXT NOT NULL, body TEXT NOT NULL) STRICT"
_SHARDS = "CREATE TABLE IF NOT EXISTS shard (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID"
_ACCOUNTS = "CREATE TABLE IF NOT EXISTS account (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID"


StoredFields = tuple[Any, ...]
# Damage can leave none at all.
_SIZE = "coalesce(length(CAST(body AS BLOB)), 0)"
# Where the rows of each kind are that a run reads.
_ROWS = (
    (LedgerPart.ENTRY, "entry", ""),
    (LedgerPart.LEASE, "lease", ""),
    (LedgerPart.LEASE, "shard", ""),
    (LedgerPart.RECORD, "run", "WHERE rowid = (SELECT max(rowid) FROM run)"),
    (LedgerPart.OUTCOMES, "part", ""),
    (LedgerPart.ACCOUNT, "account", ""),
)


@dataclass(frozen=True, slots=True)
class RowLimits:
    """Of each kind of row the size of the largest that is read, in bytes, and which kinds have too many rows."""

    limits: Limits
    most: Mapping[LedgerPart, int]
    flooded: tuple[SetAside, ...]

    def rows(self, database: sqlite3.Connection, part: LedgerPart, columns: str, rest: str) -> Iterator[StoredFields]:
        """Yield columns of rows, with why the body is not read, and the body."""
        if any(one.part is part for one in self.flooded):
            return
        # SQLite binds no names of tables or columns: these are constants of this package, and values are bound.
        asked = f"SELECT {columns} {_SIZE}, CASE WHEN {_SIZE} <= ? THEN body END FROM {rest}"  # noqa: S608 - names
        for *key, size, body in database.execute(asked, (self.most[part],)):
            why = "" if size <= self.most[part] else oversize(part, size) or self.limits.over(_WHAT)
            yield (*key, why, body)


def row_limits(database: sqlite3.Connection, limits: Limits) -> RowLimits:
    """Return what is read: no kind of which there are too many rows, and of all others together the smallest rows."""
    sizes: list[tuple[int, int, LedgerPart]] = []
    for part, table, which in _ROWS:
        if _has(database, table):
            asked = f"SELECT {_SIZE}, count(*) FROM {table} {which} GROUP BY 1"  # noqa: S608 - names of `_ROWS`
            sizes += ((size, number, part) for size, number in database.execute(asked))
    counted = Counter[LedgerPart]()
    for _, number, part in sizes:
        counted[part] += number
    flooded = [part for part in counted if counted[part] > limits.parts]
    most, left = dict.fromkeys(LedgerPart, -1), limits.together
    for size, number, part in sorted(sizes):
        if part not in flooded and size <= most_bytes(part):
            left -= size * number
            most[part] = size if left >= 0 else most[part]
    return RowLimits(limits, most, tuple(SetAside(_EVERY, part, limits.flooded(_WHAT)) for part in flooded))


def entry_in(row: StoredFields) -> LedgerEntry | SetAside:
    """Return the entry in a row, which begins with its key."""
    *key, why, body = row
    where = "/".join(map(str, key))
    if why:
        return SetAside(where, LedgerPart.ENTRY, why)
    found = _parsed(body, entry_from_json, SetAside(where, LedgerPart.ENTRY, _UNREADABLE))
    if isinstance(found, LedgerEntry) and list(map(stored_text, found.key)) != key:
        return SetAside(where, LedgerPart.ENTRY, "it is another target's")
    return found


def lease_in(why: str, body: object) -> Lease | SetAside:
    """Return the lease in a row."""
    return _parsed(body, Lease.model_validate, SetAside(_LEASE, LedgerPart.LEASE, why or _UNREADABLE))


def record_in(why: str, body: object) -> RunRecord | SetAside:
    """Return the record of a run in a row."""
    return _parsed(body, record_from_json, SetAside(_LAST, LedgerPart.RECORD, why or _UNREADABLE))


def _parsed(body: object, parse: Callable[[Any], _T], otherwise: SetAside) -> _T | SetAside:
    try:
        # What is written is ASCII, so any other byte is damage, within a value as well.
        return parse(strict_json(body)) if isinstance(body, str) and body.isascii() else otherwise
    except (ValueError, RecursionError):
        return otherwise


def _take_out(database: sqlite3.Connection, removed: Collection[SetAside]) -> None:
    places = {one.where for one in removed if one.part is LedgerPart.ENTRY}
    if _EVERY in places:
        database.execute("DELETE FROM entry")
    rows = database.execute("SELECT provider, endpoint, address FROM entry").fetchall() if places else ()
    for key in rows:
        if "/".join(map(str, key)) in places:
            database.execute("DELETE FROM entry WHERE provider = ? AND endpoint = ? AND address = ?", key)
    parts = {one.part for one in removed}
    if LedgerPart.LEASE in parts:
        # A lease that cannot be read does not tell whose it is.
        database.execute("DELETE FROM lease")
        if _has(database, "shard"):
            database.execute("DELETE FROM shard")
    for one in removed:
        if one.where == _EVERY and one.part in (LedgerPart.ACCOUNT, LedgerPart.OUTCOMES):
            database.execute("DELETE FROM account" if one.part is LedgerPart.ACCOUNT else "DELETE FROM part")
        elif one.part is LedgerPart.ACCOUNT:
            database.execute("DELETE FROM account WHERE key = ?", (one.where.removeprefix(_ACCOUNT),))
    if LedgerPart.RECORD in parts:
        database.execute("DELETE FROM run WHERE rowid = (SELECT max(rowid) FROM run)")


def write_rows(database: sqlite3.Connection, batch: Batch) -> None:
    """Write all of `batch` within the transaction that is open."""
    _take_out(database, batch.removed)
    for entry in batch.entries:
        stored = (*map(stored_text, entry.key), _body(entry_to_json(entry)))
        database.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", stored)
    for one in batch.displaced:
        _write_lease(database, one, held=False)
    if batch.lease is not None:
        _write_lease(database, batch.lease, held=bool(batch.lease.until))
    if batch.record is not None:
        _write_record(database, batch, batch.record)
    if batch.accounts:
        database.execute(_ACCOUNTS)
    for account in batch.accounts:
        database.execute("INSERT OR REPLACE INTO account VALUES (?, ?)", _account_row(account))


def _write_lease(database: sqlite3.Connection, lease: Lease, *, held: bool) -> None:
    """Store a lease that is held, in the place of its shard's; take out one that is not."""
    body = _body(lease.document())
    if not lease.shard:
        database.execute("DELETE FROM lease")
        if held:
            database.execute("INSERT INTO lease VALUES (1, ?)", (body,))
        return
    database.execute(_SHARDS)
    database.execute("DELETE FROM shard WHERE name = ?", (lease.shard,))
    if held:
        database.execute("INSERT INTO shard VALUES (?, ?)", (lease.shard, body))


def shards_in(database: sqlite3.Connection, limit: RowLimits) -> list[Lease | SetAside]:
    """Return the leases of runs of shards, in their order; a store of an earlier version has none."""
    there = _has(database, "shard")
    rows = limit.rows(database, LedgerPart.LEASE, "", "shard ORDER BY name") if there else ()
    return [lease_in(*row) for row in rows]


def _account_row(account: AccountRecord) -> tuple[str, str]:
    return stored_text(" ".join(account.key)), _body(account_to_json(account))


def accounts_in(database: sqlite3.Connection, limit: RowLimits) -> list[AccountRecord | SetAside]:
    """Return the records of accounts; a store of an earlier version has none."""
    there = _has(database, "account")
    return [_account(*row) for row in limit.rows(database, LedgerPart.ACCOUNT, "key,", "account")] if there else []


def _account(key: object, why: str, body: object) -> AccountRecord | SetAside:
    aside = SetAside(f"{_ACCOUNT}{key}", LedgerPart.ACCOUNT, why or _UNREADABLE)
    found = _parsed(body, account_from_json, aside)
    return aside if isinstance(found, AccountRecord) and _account_row(found)[0] != key else found


def _write_record(database: sqlite3.Connection, batch: Batch, record: RunRecord) -> None:
    """Store a run's record: whole at its end, and until then only what is new, in a row of its own."""
    run = (stored_text(record.run), stored_text(record.started))
    database.execute(_PARTS)
    fresh = batch.fresh(record)
    if len(fresh) == len(record.outcomes):
        database.execute("DELETE FROM part WHERE run = ? AND started = ?", run)
    head = record if record.finished else replace(record, outcomes=())
    database.execute("INSERT OR REPLACE INTO run VALUES (?, ?, ?)", (*run, _body(record_to_json(head))))
    if fresh and not record.finished:
        part = replace(record, outcomes=fresh)
        database.execute("INSERT INTO part VALUES (?, ?, ?)", (*run, _body(record_to_json(part))))


def run_parts(database: sqlite3.Connection, limit: RowLimits) -> list[RunRecord]:
    """Return what runs stored of their outcomes before their end; a store of an earlier version has none."""
    there = _has(database, "part")
    rows = limit.rows(database, LedgerPart.OUTCOMES, "", "part ORDER BY rowid") if there else ()
    return [record for row in rows if isinstance(record := record_in(*row), RunRecord)]


def _has(database: sqlite3.Connection, table: str) -> bool:
    return database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None


def decoded(text: bytes) -> str:
    """Return a text as it is stored, damage included."""
    return text.decode("utf-8", "surrogateescape")


def stored_text(text: str) -> str:
    """Return `text` in a form that the file can hold: half characters, as in a machine's name, become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _body(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=True, sort_keys=True)


def stored_version(database: sqlite3.Connection) -> str:
    """Return the version that the store is at."""
    (version,) = database.execute("SELECT coalesce(max(version), 0) FROM history").fetchone()
    return str(version)
