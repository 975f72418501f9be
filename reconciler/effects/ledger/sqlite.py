"""The `local` ledger: SQLite in .reconciler/, one transaction for each commit.

A row that no run can use is set aside, and the rest counts. A file that SQLite itself cannot read is an error.
"""

from __future__ import annotations

import math
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.lease import UNREADABLE, Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord, with_outcomes
from reconciler.core.memory.spending import AccountRecord
from reconciler.core.memory.upkeep import LedgerPart, Limits, SetAside, most_bytes
from reconciler.core.memory.vouching import none_vouched
from reconciler.effects.git.clone import tracked_paths
from reconciler.effects.git.process import Git
from reconciler.effects.ledger import Batch, Committed, Conflict, Snapshot
from reconciler.effects.ledger.rows import (
    accounts_in,
    decoded,
    entry_in,
    lease_in,
    record_in,
    row_limits,
    run_parts,
    shards_in,
    stored_text,
    stored_version,
    write_rows,
)
from reconciler.effects.world import Patience, make_memory

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

    def __init__(self, path: Path, *, wait: float = Patience().store, on_ci: bool = False) -> None:
        self._path = path
        self._on_ci = on_ci
        self._doubt = ""
        self._wait = wait
        self._ends = math.inf
        self._git = Git()
        self._own = False
        self.limits = Limits()

    def read(self) -> Snapshot:
        """Return everything; a missing store is empty."""
        if not self._exists():
            return Snapshot("0", {})
        with self._opened() as database:
            database.execute("BEGIN")
            version = self._patiently(partial(stored_version, database))
            limit = row_limits(database, self.limits)
            found = [*map(entry_in, limit.rows(database, LedgerPart.ENTRY, "provider, endpoint, address,", "entry"))]
            held = [lease_in(*row) for row in limit.rows(database, LedgerPart.LEASE, "", "lease")]
            last = limit.rows(database, LedgerPart.RECORD, "", "run ORDER BY rowid DESC LIMIT 1")
            record = next((record_in(*row) for row in last), None)
            if isinstance(record, RunRecord) and not record.finished:
                record = with_outcomes(record, run_parts(database, limit))
            accounts, shards = accounts_in(database, limit), shards_in(database, limit)
        lease = next(iter(held), None)
        told = (*limit.flooded, lease, record, *found, *accounts, *shards)
        aside = tuple(one for one in told if isinstance(one, SetAside))
        unreadable = any(one.part is LedgerPart.LEASE for one in aside)
        return self._vouched(
            Snapshot(
                version,
                {one.key: one for one in found if isinstance(one, LedgerEntry)},
                UNREADABLE if unreadable or isinstance(lease, SetAside) else lease,
                None if isinstance(record, SetAside) else record,
                aside,
                accounts={one.key: one for one in accounts if isinstance(one, AccountRecord)},
                shards=tuple(one for one in shards if isinstance(one, Lease)),
            )
        )

    def _vouched(self, found: Snapshot) -> Snapshot:
        """Return what the store holds, as memory that may be forged where git does not say whose it is."""
        if not self._doubt:
            return found
        entries = {key: none_vouched(one) for key, one in found.entries.items()}
        last = replace(found.last, vouched=False) if found.last is not None else None
        return replace(found, entries=entries, last=last, keyless=True, doubt=self._doubt, form=self._doubt)

    def commit(self, batch: Batch, *, version: str) -> Committed | Conflict:
        """Store `batch` in one transaction, if the store is still at `version`."""
        try:
            make_memory(self._path.parent)
        except OSError as problem:
            raise self._problem(str(problem.strerror), hint=_MEND) from None
        with self._opened() as database:
            self._patiently(partial(database.execute, "BEGIN IMMEDIATE"))
            if stored_version(database) != version:
                return Conflict()
            write_rows(database, batch)
            database.execute("INSERT INTO history (note) VALUES (?)", (stored_text(batch.note),))
            answer = Committed(stored_version(database))
            database.execute("COMMIT")
            return answer

    def runs(self) -> tuple[RunRecord, ...]:
        """Return the record of every run, the newest first; records that cannot be read are skipped."""
        if not self._exists():
            return ()
        with self._opened() as database:
            limit = self._patiently(partial(row_limits, database, self.limits))
            # Of the newest record the size is known, and of each other one no more than what any may have.
            few = replace(limit, most={**limit.most, LedgerPart.RECORD: most_bytes(LedgerPart.RECORD)})
            rows = few.rows(database, LedgerPart.RECORD, "", "run ORDER BY started DESC, rowid DESC")
            records = [record_in(*row) for row in rows]
            parts = run_parts(database, limit)
        told = (one for one in records if isinstance(one, RunRecord))
        runs = (one if one.finished else with_outcomes(one, parts) for one in told)
        return tuple(replace(one, vouched=not self._doubt) for one in runs)

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
                # A byte that is not text spoils only its row.
                database.text_factory = decoded
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
        Where git does not say, the store may have come so, and none of it is vouched for.
        """
        if self._own:
            return
        folder = self._path.parent
        if os.path.lexists(folder / ".git"):
            why = "its folder is a repository of its own, as a submodule leaves one behind"
            raise self._problem(why, hint="move the folder away")
        for name in self._tracked(folder):
            plain = name.casefold()
            if plain == folder.name or plain.startswith(self._shown):
                why = f"git has {name} among the files of the repository, where every person who may push can write it"
                raise self._problem(why, hint=f"take it out of them: git rm {name}")
        self._own = True

    def _tracked(self, folder: Path) -> tuple[str, ...]:
        """Return the files of the repository in a folder, and note why they are not known.

        In no clone there are none, for no person pushes to it. A CI machine's folder came from a repository even so.
        """
        try:
            found = tracked_paths(folder.parent, folder.name, git=self._git)
            why = "there is no clone" if found is None and self._on_ci else ""
        except EnvironmentProblem as problem:
            found, why = None, str(problem)
        self._doubt = f"git does not say whether {self._shown} came with the checkout: {why}" if why else ""
        return found or ()

    @property
    def _shown(self) -> str:
        return f"{self._path.parent.name}/{self._path.name}"

    def _problem(self, why: str, *, hint: str) -> EnvironmentProblem:
        return EnvironmentProblem(f"the ledger {self._shown} cannot be used: {why}; {hint}")
