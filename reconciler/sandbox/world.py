"""The sandbox's memory: one SQLite file that several processes and threads may use at once.

It knows nothing about providers. A number is found by provider and address and has a flat mapping of fields; an object
is found by kind and key and has a value and bytes.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.sandbox.faults import Fault

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS numbers (
  provider TEXT NOT NULL, address TEXT NOT NULL, fields TEXT NOT NULL, born INTEGER NOT NULL,
  lag TEXT NOT NULL DEFAULT '{}', UNIQUE (provider, address));
CREATE INDEX IF NOT EXISTS numbers_by_group ON numbers (provider, json_extract(fields, '$.group'));
CREATE TABLE IF NOT EXISTS objects (
  kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, fault TEXT NOT NULL, times INTEGER);
PRAGMA user_version = 1;
COMMIT;
"""

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds to wait for a file in use, and how many journal entries are kept at a sweep."""

    busy: float = 30.0
    kept: int = 100_000
    swept_every: int = 1_000


_BOUNDS = Bounds()


def _open(path: Path, *, busy: float) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=busy, isolation_level=None, check_same_thread=False)
    try:
        _prepare(db, busy=busy)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, *, busy: float) -> None:
    _enter_wal(db, deadline=time.monotonic() + busy)
    # A sandbox may forget its last second when the machine loses power, but it must be fast.
    db.execute("PRAGMA synchronous = OFF")
    if db.execute("PRAGMA user_version").fetchone()[0] == 0:
        db.executescript(_SCHEMA)


def _enter_wal(db: sqlite3.Connection, *, deadline: float) -> None:
    """Switch to WAL. SQLite's busy timeout does not cover this switch, so two processes that start together retry."""
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


@dataclass(frozen=True)
class Number:
    """A number that an account's owner has: its address at the provider, and how it is dialled.

    For Meta `address` is the phone number id, `number` is E.164 (`+493012345678`) and `group` the WABA id.
    """

    provider: str
    address: str
    number: str
    group: str = ""


class World:
    """Numbers, objects, journal and faults of one sandbox; one connection, guarded by one lock."""

    def __init__(self, path: Path, bounds: Bounds = _BOUNDS) -> None:
        self._bounds = bounds
        self._db = _open(path, busy=bounds.busy)
        self._lock = threading.RLock()
        self.close = weakref.finalize(self, self._db.close)
        """Close the file; also happens when the world is no longer used."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside or nothing, in isolation; an inner transaction is part of the outer one."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # -- numbers ------------------------------------------------------------------------------------------------------

    def _load(self, provider: str, address: str) -> tuple[Fields, bool, dict[str, Any]] | None:
        sql = "SELECT fields, born, lag FROM numbers WHERE provider = ? AND address = ?"
        for fields, born, lag in self._rows(sql, provider, address):
            return json.loads(fields), bool(born), json.loads(lag)
        return None

    def _save(self, provider: str, address: str, fields: Fields, *, born: bool, lag: Fields) -> None:
        self._rows(
            "INSERT INTO numbers (provider, address, fields, born, lag) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET fields = excluded.fields, born = excluded.born, lag = excluded.lag",
            *(provider, address, json.dumps(fields), born, json.dumps(lag)),
        )

    def _complete(self, provider: str, address: str, defaults: Mapping[str, Any], *, born: bool) -> Fields:
        with self.transaction():
            known, was_born, lag = self._load(provider, address) or ({}, False, {})
            if was_born:
                return known
            fields = {**defaults, **known}
            if born:
                fields = _without_none(fields)
            if born or fields != known:
                self._save(provider, address, fields, born=born, lag=lag)
            return fields

    def register(self, provider: str, address: str, **fields: str) -> None:
        """Set what is known of a number before its first touch; later calls change nothing that is known already."""
        self._complete(provider, address, {k: v for k, v in fields.items() if v}, born=False)

    def touch(self, provider: str, address: str, *, newborn: Mapping[str, Any]) -> Fields:
        """Give a number's fields; at its first touch `newborn` fills in all that is not known yet."""
        found = self._load(provider, address)
        return found[0] if found and found[1] else self._complete(provider, address, newborn, born=True)

    def state(self, provider: str, address: str) -> Fields:
        """Give the number's true fields, even while its readers still see older ones; empty if it never was."""
        found = self._load(provider, address)
        return _without_none(found[0]) if found else {}

    def edit(self, provider: str, address: str, /, **fields: Any) -> Fields:
        """Change a number as another party would, visible at once; None removes a field."""
        with self.transaction():
            known, born, lag = self._load(provider, address) or ({}, False, {})
            changed = {**known, **fields}
            # Before the first touch a removal is kept as None: it must outlive the `newborn` value.
            changed = _without_none(changed) if born else changed
            for late in lag.values():
                late["old"] = {k: v for k, v in late["old"].items() if k not in fields}
            self._save(provider, address, changed, born=born, lag=lag)
            return _without_none(changed)

    def write(
        self, provider: str, address: str, changes: Mapping[str, Any], *, surface: str, stale_reads: int = 0
    ) -> None:
        """Change fields (None removes); the next `stale_reads` views of this surface still show the old ones."""
        with self.transaction():
            known, born, lag = self._load(provider, address) or ({}, True, {})
            if stale_reads:
                late = lag.get(surface, {"old": {}})["old"]
                lag[surface] = {"reads": stale_reads, "old": {**{k: known.get(k) for k in changes}, **late}}
            else:
                lag.pop(surface, None)
            self._save(provider, address, _without_none({**known, **changes}), born=born, lag=lag)

    def view(self, provider: str, address: str, *, surface: str) -> Fields:
        """Return what a reader of this surface sees; counts as one read of writes that are not visible yet."""
        known, _, lag = self._load(provider, address) or ({}, True, {})
        if surface not in lag:
            return _without_none(known)
        with self.transaction():
            known, born, lag = self._load(provider, address) or ({}, True, {})
            # Another reader may have just used the last stale read.
            late = lag.pop(surface, {"reads": 0, "old": {}})
            if late["reads"] > 1:
                lag[surface] = {**late, "reads": late["reads"] - 1}
            self._save(provider, address, known, born=born, lag=lag)
            return _without_none({**known, **late["old"]})

    def members(self, provider: str, group: str) -> list[str]:
        """List the addresses in a group, in the order in which they were first seen."""
        sql = "SELECT address FROM numbers WHERE provider = ? AND json_extract(fields, '$.group') IS ? ORDER BY rowid"
        return [address for (address,) in self._rows(sql, provider, group or None)]

    # -- objects ------------------------------------------------------------------------------------------------------

    def put(self, kind: str, key: str, value: Mapping[str, Any], *, content: bytes = b"") -> None:
        """Keep an object, in place of an older one."""
        self._rows("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", kind, key, json.dumps(value), content)

    def get(self, kind: str, key: str) -> tuple[Fields, bytes] | None:
        """Find an object."""
        for value, content in self._rows("SELECT value, content FROM objects WHERE kind = ? AND key = ?", kind, key):
            return json.loads(value), content
        return None

    # -- journal ------------------------------------------------------------------------------------------------------

    def record(self, entry: Mapping[str, Any]) -> int:
        """Write down a request when it arrives; return its sequence number."""
        [(seq,)] = self._rows("INSERT INTO journal (entry, outcome) VALUES (?, '{}') RETURNING seq", json.dumps(entry))
        if seq % self._bounds.swept_every == 0:
            self._rows("DELETE FROM journal WHERE seq <= ?", seq - self._bounds.kept)
        return int(seq)

    def settle(self, seq: int, outcome: Mapping[str, Any]) -> None:
        """Write down how a recorded request ended."""
        self._rows("UPDATE journal SET outcome = ? WHERE seq = ?", json.dumps(outcome), seq)

    def journal(self) -> list[Fields]:
        """List the requests seen, oldest first; one without an answer has status None."""
        rows = self._rows("SELECT seq, entry, outcome FROM journal ORDER BY seq")
        return [{"seq": seq, **json.loads(entry), "status": None, **json.loads(end)} for seq, entry, end in rows]

    def forget(self) -> int:
        """Empty the journal; sequence numbers go on. Gives how many requests were in it."""
        return len(self._rows("DELETE FROM journal RETURNING seq"))

    # -- faults -------------------------------------------------------------------------------------------------------

    def faults(self, replacement: Iterable[Mapping[str, Any]] | None = None) -> list[Fields]:
        """List the faults in force; `replacement` replaces them."""
        if replacement is not None:
            parsed = [Fault.parse(f) for f in replacement]
            with self.transaction():
                self._rows("DELETE FROM faults")
                for fault in parsed:
                    self._rows(
                        "INSERT INTO faults (fault, times) VALUES (?, ?)", json.dumps(fault.as_data()), fault.times
                    )
        return [fault.as_data() for _, fault in self.standing()]

    def standing(self) -> list[tuple[int, Fault]]:
        """Give the faults in force, each with the key that uses it up."""
        rows = self._rows("SELECT id, fault, times FROM faults ORDER BY id")
        return [(key, Fault.parse({**json.loads(fault), "times": times})) for key, fault, times in rows]

    def use_up(self, key: int, *, fault: Fault) -> bool:
        """Use a fault once; False when another request was faster."""
        if fault.times is None:
            return True
        with self.transaction():
            used = self._rows("UPDATE faults SET times = times - 1 WHERE id = ? AND times > 0 RETURNING times", key)
            self._rows("DELETE FROM faults WHERE times = 0")
        return bool(used)


def _without_none(fields: Mapping[str, Any]) -> Fields:
    return {k: v for k, v in fields.items() if v is not None}
