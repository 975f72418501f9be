"""The `postgres` ledger: tables in a database, for many writers on many machines.

A commit is one transaction, and the row of the head is the lock of all writers. A connection serves one call after the
other, and one with which anything went wrong serves none. If it is lost while the server commits, the answer is Unsure.

A run that only looks has a session in which the server itself refuses to write. Nothing here waits without an end: the
server is told how long a statement may take, and the program waits no longer for the server.
"""

from __future__ import annotations

import hashlib
import logging
import math
import secrets
import select
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from reconciler import VERSION
from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.upkeep import Limits
from reconciler.core.memory.vouching import NO_KEYS, LedgerKeys
from reconciler.effects.ledger import Answer, Batch, Committed, Conflict, Snapshot, Unsure
from reconciler.effects.ledger.address import LedgerAddress, find_address
from reconciler.effects.ledger.migrations import MIGRATIONS
from reconciler.effects.ledger.table_rows import KnownRows, snapshot_in, stored_runs
from reconciler.effects.ledger.tables import Tables, moved, written
from reconciler.effects.world import Context

_T = TypeVar("_T")
_MOST_UNSURE = 3
# What psycopg notes of a connection that is lost stands in the message, without the password.
logging.getLogger("psycopg").setLevel(logging.CRITICAL + 1)
_SESSION = {"application_name": "reconciler", "client_encoding": "utf8", "gssencmode": "disable"}
_AGAIN = "try again"
_NO_TABLES = "no tables yet: the first run that writes makes them"
# What the server says of itself, beside its own words: what to do then.
_HINTS: tuple[tuple[type[psycopg.Error], str], ...] = (
    (errors.LockNotAvailable, "another run holds the ledger for long; try again"),
    (errors.QueryCanceled, "the server is busy, or another run holds the ledger; try again"),
    (errors.InsufficientPrivilege, "give the user of the address the rights that docs/memory.md names"),
    (errors.ReadOnlySqlTransaction, "it takes no writes: name the server that does, or add target_session_attrs"),
    (errors.UndefinedTable, "its tables were changed by hand; put them back, or move the schema away"),
)


class Unanswered(Exception):
    """The database did not answer in time."""


class PostgresLedger:
    """The store in a database. Runs on any number of machines may use it at once."""

    gather = 0.5

    def __init__(self, context: Context, *, keys: LedgerKeys = NO_KEYS, looking: bool = False) -> None:
        self.limits = Limits()
        self._context = context
        self._keys = keys
        self._looking = looking
        # The server gives up first, and says why.
        self._limit = Limit(context.patience.request + 3 * context.patience.store)
        self._known = KnownRows()
        self._unsure = 0
        self._address: LedgerAddress | None = None
        self._kept: list[psycopg.Connection[Any]] = []
        weakref.finalize(self, _close, self._kept)

    def read(self) -> Snapshot:
        """Return everything; a missing schema is empty."""
        return self._in_time(self._read)

    def commit(self, batch: Batch, *, version: str) -> Answer:
        """Store `batch` in one transaction, if the store is still at `version`."""
        # No two commits have the same, or a run whose answer was lost could take another's commit for its own.
        new = secrets.token_hex(8)
        try:
            answer = self._limit.run(lambda: self._commit(batch, old=version, new=new))
        except Unanswered:
            answer = Unsure(new)
        self._unsure = self._unsure + 1 if isinstance(answer, Unsure) else 0
        if self._unsure >= _MOST_UNSURE:
            self._unsure = 0
            raise self._problem("cannot be written", "the connection is lost each time", hint="try again later")
        return answer

    def runs(self) -> tuple[RunRecord, ...]:
        """Return the last record of every run; records that cannot be read are skipped."""
        return self._in_time(self._runs)

    def keep(self, version: str) -> str:
        """Return the table: the commit that takes rows out, the one after `version`, puts them there."""
        address = self._found()
        return f'the table "{address.schema}".removed of {address.shown}, after version {version}'

    def hurry(self, seconds: float) -> None:
        """Wait for the database no longer than this from now on."""
        self._limit.hurry(seconds)

    def _found(self) -> LedgerAddress:
        self._address = self._address or find_address(self._context)
        return self._address

    def _in_time(self, work: Callable[[], _T]) -> _T:
        try:
            return self._limit.run(work)
        except Unanswered:
            why = f"it did not answer within {self._limit.seconds:.0f} seconds, or before the run had to end"
            raise self._problem("cannot be read", why, hint=_AGAIN) from None

    def _read(self) -> Snapshot:
        with self._connected("cannot be read") as tables:
            found = self._form(tables)
            if not found:
                return Snapshot("", {}, keyless=not self._keys, form=_NO_TABLES)
            snapshot, self._known = snapshot_in(tables, self._keys, self._known, self.limits)
        return snapshot

    def _runs(self) -> tuple[RunRecord, ...]:
        with self._connected("cannot be read") as tables:
            if not self._form(tables):
                return ()
            return stored_runs(tables, self._keys, self.limits)

    def _commit(self, batch: Batch, *, old: str, new: str) -> Answer:
        with self._connected("cannot be written") as tables:
            if not self._form(tables):
                if old:
                    return Conflict()
                self._migrate(tables)
            connection, statements = tables.connection, written(batch, self._keys)
            connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            if not moved(tables, batch.note, old=old, new=new):
                connection.execute("ROLLBACK")
                return Conflict()
            with connection.pipeline():
                for statement, values in statements:
                    tables.ask(statement, **values)
            try:
                connection.execute("COMMIT")
            except psycopg.OperationalError:
                if connection.broken:
                    return Unsure(new)
                raise
            return Committed(new)

    def _form(self, tables: Tables) -> int:
        """Return the version of the tables, 0 where there are none; older ones are brought up to date by a writer."""
        found = _version(tables)
        if found > len(MIGRATIONS):
            why = f"its tables are of version {found}, and this version of the tool knows {len(MIGRATIONS)}"
            raise self._problem(
                "cannot be used", why, hint="use the version of the tool that wrote them, or a newer one"
            )
        if 0 < found < len(MIGRATIONS):
            if self._looking:
                why = f"its tables are of version {found}, and this version of the tool needs {len(MIGRATIONS)}"
                raise self._problem("cannot be used", why, hint="the next run that writes brings them up to date")
            self._migrate(tables)
        return found

    def _migrate(self, tables: Tables) -> None:
        """Make the tables, or bring them up to date. Of two processes that begin at once, one does and one waits."""
        lock = int.from_bytes(hashlib.sha256(f"reconciler ledger {tables.schema}".encode()).digest()[:8], signed=True)
        with tables.connection.transaction():
            tables.connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock,))
            found = _version(tables)
            if not found:
                _begin(tables)
            for number, statements in enumerate(MIGRATIONS[found:], start=found + 1):
                tables.ask(statements)
                tables.ask("INSERT INTO {s}.form (version, tool) VALUES (%(v)s, %(tool)s)", v=number, tool=VERSION)

    @contextmanager
    def _connected(self, what: str) -> Iterator[Tables]:
        """Lend a connection to one call. What is not committed is rolled back with its connection."""
        address = self._found()
        try:
            with ExitStack() as stack:
                connection = stack.enter_context(closing(self._kept_or_new()))
                yield Tables(connection, address.schema, self._limit.hear)
                if connection.info.transaction_status is TransactionStatus.IDLE and not self._kept:
                    self._kept.append(connection)
                    stack.pop_all()
        except psycopg.Error as problem:
            hint = next((hint for kind, hint in _HINTS if isinstance(problem, kind)), _AGAIN)
            raise self._problem(what, _words(problem), hint=hint) from None

    def _kept_or_new(self) -> psycopg.Connection[Any]:
        """Return the connection of the last call; a new one where there is none, or the server has ended it."""
        while self._kept:
            connection = self._kept.pop()
            # A server that says anything between two calls says that it is going.
            if not select.select([connection.fileno()], [], [], 0)[0]:
                return connection
            connection.close()
        seconds = max(1, round(self._context.patience.store))
        told: dict[str, Any] = {**_SESSION, **self._found().parameters, "connect_timeout": seconds}
        return psycopg.connect("", autocommit=True, prepare_threshold=None, **told, options=self._options())

    def _options(self) -> str:
        """Return the session's own settings, which outrank the server's: no commit is lost, and each wait ends."""
        patience = self._context.patience
        told = {
            # A writer that stands still keeps the others waiting, and for no longer than they wait.
            "idle_in_transaction_session_timeout": _milliseconds(patience.request),
            "lock_timeout": _milliseconds(patience.request + patience.store),
            "statement_timeout": _milliseconds(patience.request + 2 * patience.store),
            "synchronous_commit": "on",
            "search_path": "pg_catalog",
            **({"default_transaction_read_only": "on"} if self._looking else {}),
        }
        return " ".join(f"-c {name}={value}" for name, value in told.items())

    def _problem(self, what: str, why: str, *, hint: str) -> EnvironmentProblem:
        said = f"the ledger, {self._found().shown}, {what}: {why}; {hint}"
        return EnvironmentProblem(self._context.secrets.without(said))


class Limit:
    """How long a call may block: so many seconds from the last that was heard of the server.

    A call that is late is left to itself, and no result of it counts.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = math.inf
        self._heard = -math.inf
        self._turn = threading.Condition()

    def hurry(self, seconds: float) -> None:
        """Let nothing take longer than this from now on, not even a call that another thread has begun."""
        with self._turn:
            self._ends = min(self._ends, time.monotonic() + seconds)
            self._turn.notify_all()

    def hear(self) -> None:
        """Note that the server brought a piece: however long a large ledger takes, a server that brings it answers."""
        with self._turn:
            self._heard = time.monotonic()

    def run(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns; raises what it raises, and Unanswered if it takes too long."""
        ended: list[Future[_T]] = []

        def doing() -> None:
            future: Future[_T] = Future()
            with ExitStack() as stack:
                stack.push(partial(_kept, future))
                future.set_result(work())
            with self._turn:
                ended.append(future)
                self._turn.notify_all()

        self.hear()
        threading.Thread(target=doing, daemon=True).start()
        with self._turn:
            while not ended:
                left = min(self._heard + self.seconds, self._ends) - time.monotonic()
                if left <= 0:
                    raise Unanswered
                self._turn.wait(left)
        return ended[0].result()


def _kept(future: Future[_T], _: object, problem: BaseException | None, __: object) -> bool:
    """Keep what a call raised for the thread that waits for it."""
    if problem is not None:
        future.set_exception(problem)
    return True


def _close(kept: list[psycopg.Connection[Any]]) -> None:
    """Say goodbye to the server when the ledger goes."""
    for connection in kept:
        connection.close()


def _milliseconds(seconds: float) -> str:
    """Return a time as the server takes it; none at all would be no limit."""
    return str(max(1, round(seconds * 1000)))


def _version(tables: Tables) -> int:
    """Return the version of the tables; 0 if there are none."""
    # As rows and not by name: in a transaction that waited, a name that was looked up before is still missing.
    asked = "SELECT FROM pg_tables WHERE schemaname = %s AND tablename = 'form'"
    if tables.connection.execute(asked, (tables.schema,)).fetchone() is None:
        return 0
    found = tables.ask("SELECT coalesce(max(version), 0) FROM {s}.form").fetchone()
    return int(found[0]) if found is not None else 0


def _begin(tables: Tables) -> None:
    """Make the schema, which a person may have made before, and the table of its versions."""
    if tables.connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (tables.schema,)).fetchone() is None:
        tables.ask("CREATE SCHEMA {s}")
    columns: LiteralString = "version integer PRIMARY KEY, tool text NOT NULL, at timestamptz NOT NULL DEFAULT now()"
    tables.ask("CREATE TABLE {s}.form (" + columns + ")")


def _words(problem: psycopg.Error) -> str:
    """Return what the server said, or the program that speaks with it: the first line, which says what is wrong."""
    said = problem.diag.message_primary or str(problem).partition("\n")[0]
    return said.strip().removeprefix("connection failed: ").rstrip(":") or type(problem).__name__
