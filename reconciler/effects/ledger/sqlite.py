"""The `local` ledger: SQLite in .reconciler/, one transaction for each commit."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.ledger import LedgerEntry
from reconciler.core.ledger_json import entry_from_json, entry_to_json
from reconciler.effects.ledger import Committed, Conflict, Key, Snapshot, Unsure

NAME = "ledger.sqlite3"
_FORMAT = 1
_WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.005
# What is wrong with the machine and not with the file, whose loss would then be for nothing.
_MACHINE = (
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM),
)
_MEND = "free the file and its folder for writing"
_MOVE = "move it away to begin a new one"
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS entry (
    provider TEXT NOT NULL, endpoint TEXT NOT NULL, address TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (provider, endpoint, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (version INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
PRAGMA user_version={_FORMAT};
COMMIT;
"""


class SqliteLedger:
    """The store in one file. Several processes may use it at once; one of them at a time commits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Snapshot:
        """Return everything; a store that does not exist yet is empty."""
        if not self._exists():
            return Snapshot("0", {})
        with self._opened() as database:
            database.execute("BEGIN")
            version = _version(database)
            rows = database.execute("SELECT provider, endpoint, address, body FROM entry").fetchall()
        return Snapshot(version, dict(self._entry(row) for row in rows))

    def entry(self, key: Key) -> LedgerEntry | None:
        """Return one target's entry; a store that does not exist yet has none."""
        if not self._exists():
            return None
        with self._opened() as database:
            sql = "SELECT provider, endpoint, address, body FROM entry WHERE (provider, endpoint, address) = (?, ?, ?)"
            row = database.execute(sql, key).fetchone()
        return self._entry(row)[1] if row is not None else None

    def commit(self, entries: Sequence[LedgerEntry], *, version: str, note: str) -> Committed | Conflict | Unsure:
        """Store `entries` in one transaction, if the store is still at `version`."""
        try:
            self._path.parent.mkdir(exist_ok=True)
        except OSError as problem:
            raise self._problem(str(problem.strerror), hint=_MEND) from None
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            if _version(database) != version:
                return Conflict()
            for entry in entries:
                body = json.dumps(entry_to_json(entry), ensure_ascii=True, sort_keys=True)
                database.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", (*entry.key, body))
            database.execute("INSERT INTO history (note) VALUES (?)", (note,))
            answer = Committed(_version(database))
            database.execute("COMMIT")
            return answer

    def _exists(self) -> bool:
        """Say whether there is a store; one that may not be seen is not one that is not there."""
        try:
            os.lstat(self._path)
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise self._problem(str(problem.strerror), hint=_MEND) from None
        return True

    def _entry(self, row: tuple[str, str, str, str]) -> tuple[Key, LedgerEntry]:
        *key, body = row
        try:
            entry = entry_from_json(json.loads(body))
        except (ValueError, RecursionError):
            raise self._problem("an entry of it cannot be read", hint=_MOVE) from None
        if entry.key != tuple(key):
            raise self._problem("an entry of it is another target's", hint=_MOVE)
        return entry.key, entry

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the store; whatever is not committed when this ends is rolled back."""
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS, isolation_level=None)) as database:
                (found,) = database.execute("PRAGMA user_version").fetchone()
                if found == 0:
                    # All of it or nothing, so that a crash leaves no half of a store. The mode cannot be part of it.
                    _enter_wal(database, deadline=time.monotonic() + _WAIT_SECONDS)
                    database.executescript(_SCHEMA)
                elif found != _FORMAT:
                    why = f"it has format {found}, and this version of the tool knows {_FORMAT}"
                    raise self._problem(why, hint="use the version of the tool that wrote it")
                yield database
        except sqlite3.Error as problem:
            code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_BUSY:
                raise EnvironmentProblem(f"the ledger {self._shown} is in use by another run; try again") from None
            raise self._problem(str(problem), hint=_MEND if code in _MACHINE else _MOVE) from None

    @property
    def _shown(self) -> str:
        return f"{self._path.parent.name}/{self._path.name}"

    def _problem(self, why: str, *, hint: str) -> EnvironmentProblem:
        return EnvironmentProblem(f"the ledger {self._shown} cannot be used: {why}; {hint}")


def _enter_wal(database: sqlite3.Connection, *, deadline: float) -> None:
    """Switch to WAL. SQLite gives up at once when two first runs meet here, so the waiting is done by hand."""
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _version(database: sqlite3.Connection) -> str:
    (version,) = database.execute("SELECT coalesce(max(version), 0) FROM history").fetchone()
    return str(version)
