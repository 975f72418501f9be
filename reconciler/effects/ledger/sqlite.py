"""The `local` ledger: SQLite in .reconciler/, one transaction for each commit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from pydantic import ValidationError

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.ledger import LedgerEntry
from reconciler.core.ledger_json import entry_from_json, entry_to_json
from reconciler.effects.ledger import Committed, Conflict, Key, Snapshot, Unsure

NAME = "ledger.sqlite3"
_FORMAT = 1
_WAIT_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    provider TEXT NOT NULL, endpoint TEXT NOT NULL, address TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (provider, endpoint, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (version INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
"""


class SqliteLedger:
    """The store in one file. Several processes may use it at once; one of them at a time commits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Snapshot:
        """Return everything; a store that does not exist yet is empty."""
        if not self._path.exists():
            return Snapshot("0", {})
        with self._opened() as database:
            database.execute("BEGIN")
            version = _version(database)
            rows = database.execute("SELECT provider, endpoint, address, body FROM entry").fetchall()
        return Snapshot(version, dict(self._entry(row) for row in rows))

    def commit(self, entries: Sequence[LedgerEntry], *, version: str, note: str) -> Committed | Conflict | Unsure:
        """Store `entries` in one transaction, if the store is still at `version`."""
        self._path.parent.mkdir(exist_ok=True)
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            if _version(database) != version:
                return Conflict()
            for entry in entries:
                body = json.dumps(entry_to_json(entry), ensure_ascii=False, sort_keys=True)
                database.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", (*entry.key, body))
            database.execute("INSERT INTO history (note) VALUES (?)", (note,))
            answer = Committed(_version(database))
            database.execute("COMMIT")
            return answer

    def _entry(self, row: tuple[str, str, str, str]) -> tuple[Key, LedgerEntry]:
        *key, body = row
        try:
            entry = entry_from_json(json.loads(body))
        except (ValueError, ValidationError):
            raise self._broken("an entry of it cannot be read") from None
        return (key[0], key[1], key[2]), entry

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the store; whatever is not committed when this ends is rolled back."""
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS, isolation_level=None)) as database:
                (found,) = database.execute("PRAGMA user_version").fetchone()
                if found not in (0, _FORMAT):
                    raise self._broken(f"it has format {found}, and this version of the tool knows {_FORMAT}")
                if found == 0:
                    # Only a new store is written to on the way in: reading must not wait for whoever commits.
                    database.executescript(f"PRAGMA journal_mode=WAL; {_SCHEMA} PRAGMA user_version={_FORMAT};")
                yield database
        except sqlite3.Error as problem:
            if getattr(problem, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise EnvironmentProblem(f"the ledger {self._shown} is in use by another run; try again") from None
            raise self._broken(str(problem)) from None

    @property
    def _shown(self) -> str:
        return f"{self._path.parent.name}/{self._path.name}"

    def _broken(self, why: str) -> EnvironmentProblem:
        return EnvironmentProblem(f"the ledger {self._shown} cannot be used: {why}; move it away to begin a new one")


def _version(database: sqlite3.Connection) -> str:
    (version,) = database.execute("SELECT coalesce(max(version), 0) FROM history").fetchone()
    return str(version)
