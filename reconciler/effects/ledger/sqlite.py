"""The `local` ledger: SQLite in .reconciler/, one transaction for each commit.

A row that no run can use is set aside, and the rest counts. A file that SQLite itself cannot read is an error.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import strict_json
from reconciler.core.memory.lease import UNREADABLE, Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord, with_outcomes
from reconciler.core.memory.stored import entry_from_json, entry_to_json, record_from_json, record_to_json
from reconciler.core.memory.upkeep import LedgerPart, SetAside
from reconciler.effects.git.clone import tracked_paths
from reconciler.effects.git.process import Git
from reconciler.effects.ledger import Batch, Committed, Conflict, Snapshot
from reconciler.effects.world import Patience

_T = TypeVar("_T")
LEDGER_FILE = "ledger.sqlite3"
_FORMAT = 2
_PAUSE_SECONDS = 0.005
# Errors of the machine and not of the file, whose removal would help nothing.
_MACHINE = (
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM),
)
_MEND = "free the file and its folder for writing"
_MOVE = "move it away to begin a new one"
_UNREADABLE = "it cannot be read"
_LEASE, _LAST = "the lease", "the last run"
_PARTS = "CREATE TABLE IF NOT EXISTS part (run TEXT NOT NULL, started TEXT NOT NULL, body TEXT NOT NULL) STRICT"
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS entry (
    provider TEXT NOT NULL, endpoint TEXT NOT NULL, address TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (provider, endpoint, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (version INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS lease (only INTEGER PRIMARY KEY CHECK (only = 1), body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS run (
    run TEXT NOT NULL, started TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, started)
) STRICT;
PRAGMA user_version={_FORMAT};
COMMIT;
"""


class SqliteLedger:
    """The store in one file. Several processes may use it at once; one of them at a time commits."""

    gather = 0.1

    def __init__(self, path: Path, *, wait: float = Patience().store) -> None:
        self._path = path
        self._wait = wait
        self._ends = math.inf
        self._git = Git()
        self._own = False

    def read(self) -> Snapshot:
        """Return everything; a missing store is empty."""
        if not self._exists():
            return Snapshot("0", {})
        with self._opened() as database:
            database.execute("BEGIN")
            version = self._patiently(partial(_version, database))
            rows = database.execute("SELECT provider, endpoint, address, body FROM entry").fetchall()
            held = database.execute("SELECT body FROM lease").fetchone()
            last = database.execute("SELECT body FROM run ORDER BY rowid DESC LIMIT 1").fetchone()
            record = _record(last[0]) if last else None
            if isinstance(record, RunRecord) and not record.finished:
                record = with_outcomes(record, _parts(database))
        found = list(map(_entry, rows))
        lease = _lease(held[0]) if held else None
        aside = tuple(one for one in (lease, record, *found) if isinstance(one, SetAside))
        return Snapshot(
            version,
            {one.key: one for one in found if isinstance(one, LedgerEntry)},
            UNREADABLE if isinstance(lease, SetAside) else lease,
            None if isinstance(record, SetAside) else record,
            aside,
        )

    def commit(self, batch: Batch, *, version: str) -> Committed | Conflict:
        """Store `batch` in one transaction, if the store is still at `version`."""
        try:
            self._path.parent.mkdir(exist_ok=True)
        except OSError as problem:
            raise self._problem(str(problem.strerror), hint=_MEND) from None
        with self._opened() as database:
            self._patiently(partial(database.execute, "BEGIN IMMEDIATE"))
            if _version(database) != version:
                return Conflict()
            _write(database, batch)
            database.execute("INSERT INTO history (note) VALUES (?)", (_text(batch.note),))
            answer = Committed(_version(database))
            database.execute("COMMIT")
            return answer

    def runs(self) -> tuple[RunRecord, ...]:
        """Return the record of every run, the newest first; records that cannot be read are skipped."""
        if not self._exists():
            return ()
        with self._opened() as database:
            asked = partial(database.execute, "SELECT body FROM run ORDER BY started DESC, rowid DESC")
            rows = self._patiently(asked).fetchall()
            parts = _parts(database)
        records = (_record(body) for (body,) in rows)
        told = (one for one in records if isinstance(one, RunRecord))
        return tuple(one if one.finished else with_outcomes(one, parts) for one in told)

    def keep(self, version: str) -> str:
        """Copy the file as it is, and return the name of the copy."""
        copy = self._free_name(version)
        with self._opened() as database:
            self._patiently(partial(database.execute, "VACUUM INTO ?", (str(copy),)))
        return f"{copy.parent.name}/{copy.name}"

    def hurry(self, seconds: float) -> None:
        """Wait for other processes no longer than this from now on; nothing else here takes long."""
        self._ends = time.monotonic() + seconds
        self._git.hurry(seconds)

    def _patiently(self, do: Callable[[], _T]) -> _T:
        """Wait for other processes by hand: SQLite's own waiting cannot be cut short, and gives up at once for WAL."""
        latest = time.monotonic() + self._wait
        while True:
            try:
                return do()
            except sqlite3.OperationalError as problem:
                over = time.monotonic() > min(latest, self._ends)
                if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or over:
                    raise
                time.sleep(_PAUSE_SECONDS)

    def _free_name(self, version: str) -> Path:
        """Return the path of a copy. A ledger that was begun anew has had every version before."""
        names = (f"ledger-{version}{f'-{number}' if number else ''}.sqlite3" for number in count())
        return next(path for path in map(self._path.with_name, names) if not path.exists())

    def _exists(self) -> bool:
        """True if there is a store; a store without permission to see it raises."""
        try:
            os.lstat(self._path)
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise self._problem(str(problem.strerror), hint=_MEND) from None
        return True

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the store; at the end, everything that is not committed is rolled back."""
        self._require_own()
        try:
            with closing(sqlite3.connect(self._path, timeout=0, isolation_level=None)) as database:
                # A byte that is no text spoils its row, and no other.
                database.text_factory = _decoded
                # Even a read has to wait while another process creates or closes the store.
                (found,) = self._patiently(partial(database.execute, "PRAGMA user_version")).fetchone()
                if found == 0:
                    # All of it or nothing, so that a crash leaves no half of a store. The mode cannot be part of it.
                    self._patiently(partial(database.execute, "PRAGMA journal_mode=WAL"))
                    self._patiently(partial(database.executescript, _SCHEMA))
                elif found != _FORMAT:
                    why = f"it has format {found}, and this version of the tool knows {_FORMAT}"
                    raise self._problem(why, hint="use the version of the tool that wrote it")
                yield database
        except UnicodeError:
            # The words of an error can quote the damage, and Python does not decode those.
            raise self._problem("database disk image is malformed", hint=_MOVE) from None
        except sqlite3.Error as problem:
            code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_BUSY:
                raise EnvironmentProblem(f"the ledger {self._shown} is in use by another run; try again") from None
            raise self._problem(str(problem), hint=_MEND if code in _MACHINE else _MOVE) from None

    def _require_own(self) -> None:
        """Raise EnvironmentProblem if the store came with the checkout: who wrote it is then any person who may push.

        The files that SQLite reads beside the store count too, and so does a folder that is a link or a submodule.
        """
        folder = self._path.parent
        found = () if self._own else tracked_paths(folder.parent, folder.name, git=self._git)
        for name in found:
            if name == folder.name or name.startswith(self._shown):
                why = f"git has {name} among the files of the repository, where every person who may push can write it"
                raise self._problem(why, hint=f"take it out of them: git rm {name}")
        self._own = True

    @property
    def _shown(self) -> str:
        return f"{self._path.parent.name}/{self._path.name}"

    def _problem(self, why: str, *, hint: str) -> EnvironmentProblem:
        return EnvironmentProblem(f"the ledger {self._shown} cannot be used: {why}; {hint}")


def _entry(row: tuple[object, ...]) -> LedgerEntry | SetAside:
    """Return the entry in a row. Damage can change a value's type as well as its bytes."""
    *key, body = row
    where = "/".join(map(str, key))
    found = _parsed(body, entry_from_json, SetAside(where, LedgerPart.ENTRY, _UNREADABLE))
    if isinstance(found, LedgerEntry) and list(map(_text, found.key)) != key:
        return SetAside(where, LedgerPart.ENTRY, "it is another target's")
    return found


def _lease(body: object) -> Lease | SetAside:
    return _parsed(body, Lease.model_validate, SetAside(_LEASE, LedgerPart.LEASE, _UNREADABLE))


def _record(body: object) -> RunRecord | SetAside:
    return _parsed(body, record_from_json, SetAside(_LAST, LedgerPart.RECORD, _UNREADABLE))


def _parsed(body: object, parse: Callable[[Any], _T], otherwise: SetAside) -> _T | SetAside:
    try:
        # What is written is ASCII, so any other byte is damage, within a value as well.
        return parse(strict_json(body)) if isinstance(body, str) and body.isascii() else otherwise
    except (ValueError, RecursionError):
        return otherwise


def _take_out(database: sqlite3.Connection, removed: Collection[SetAside]) -> None:
    places = {one.where for one in removed if one.part is LedgerPart.ENTRY}
    rows = database.execute("SELECT provider, endpoint, address FROM entry").fetchall() if places else ()
    for key in rows:
        if "/".join(map(str, key)) in places:
            database.execute("DELETE FROM entry WHERE provider = ? AND endpoint = ? AND address = ?", key)
    parts = {one.part for one in removed}
    if LedgerPart.LEASE in parts:
        database.execute("DELETE FROM lease")
    if LedgerPart.RECORD in parts:
        database.execute("DELETE FROM run WHERE rowid = (SELECT max(rowid) FROM run)")


def _write(database: sqlite3.Connection, batch: Batch) -> None:
    _take_out(database, batch.removed)
    for entry in batch.entries:
        stored = (*map(_text, entry.key), _body(entry_to_json(entry)))
        database.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", stored)
    if batch.lease is not None:
        database.execute("DELETE FROM lease")
    if batch.lease is not None and batch.lease.until:
        database.execute("INSERT INTO lease VALUES (1, ?)", (_body(batch.lease.model_dump()),))
    if batch.record is not None:
        _write_record(database, batch, batch.record)


def _write_record(database: sqlite3.Connection, batch: Batch, record: RunRecord) -> None:
    """Store a run's record: whole at its end, and until then only what is new, in a row of its own."""
    run = (_text(record.run), _text(record.started))
    database.execute(_PARTS)
    fresh = batch.fresh(record)
    if len(fresh) == len(record.outcomes):
        database.execute("DELETE FROM part WHERE run = ? AND started = ?", run)
    head = record if record.finished else replace(record, outcomes=())
    database.execute("INSERT OR REPLACE INTO run VALUES (?, ?, ?)", (*run, _body(record_to_json(head))))
    if fresh and not record.finished:
        part = replace(record, outcomes=fresh)
        database.execute("INSERT INTO part VALUES (?, ?, ?)", (*run, _body(record_to_json(part))))


def _parts(database: sqlite3.Connection) -> list[RunRecord]:
    """Return what runs stored of their outcomes before their end; a store of an earlier version has none."""
    there = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'part'").fetchone()
    rows = database.execute("SELECT body FROM part ORDER BY rowid").fetchall() if there else ()
    return [record for (body,) in rows if isinstance(record := _record(body), RunRecord)]


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _text(text: str) -> str:
    """Return `text` in a form that the file can hold: half characters, as in a machine's name, become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _body(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=True, sort_keys=True)


def _version(database: sqlite3.Connection) -> str:
    (version,) = database.execute("SELECT coalesce(max(version), 0) FROM history").fetchone()
    return str(version)
