"""The ledger's stores as the trials use them: where each is in a trial's folder, and how it is opened and copied."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from reconciler.effects.ledger import Ledger
from reconciler.effects.ledger.git import GitLedger
from reconciler.effects.ledger.postgres import PostgresLedger
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from reconciler.effects.world import Context
from tests.support.postgres import server
from tests.support.stores import schema_of

STORES = ("local", "git", "postgres")
REMOTE = "remote.git"


def environ(folder: Path, store: str) -> dict[str, str]:
    """Return the environment of a run in `folder`: nothing of this machine but the way to git."""
    found = {"PATH": os.environ.get("PATH", os.defpath)}
    match store:
        case "git":
            return {**found, "RECONCILER_LEDGER_REMOTE": str(folder / REMOTE)}
        case "postgres":
            return {**found, "RECONCILER_LEDGER_URL": server(durable=True).url(schema_of(folder))}
        case _:
            return found


def made(folder: Path, store: str) -> None:
    """Make what has to be there before the first run."""
    if store == "git":
        command = ["git", "init", "--quiet", "--bare", "--template=", str(folder / REMOTE)]
        subprocess.run(command, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})


def opened(store: str, context: Context) -> Ledger:
    """Return the store that a run in this context uses."""
    match store:
        case "git":
            return GitLedger(context)
        case "postgres":
            return PostgresLedger(context)
        case _:
            return SqliteLedger(context.memory / LEDGER_FILE)


def copy_database(first: Path, copy: Path, store: str) -> None:
    """Copy the part of the store that is in no folder."""
    if store != "postgres":
        return
    old, new = schema_of(first), schema_of(copy)
    with closing(_owner()) as database, database.transaction():
        database.execute(SQL("CREATE SCHEMA {}").format(Identifier(new)))
        for (table,) in database.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (old,)).fetchall():
            there, here = Identifier(old, table), Identifier(new, table)
            database.execute(SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(here, there))
            database.execute(SQL("INSERT INTO {} SELECT * FROM {}").format(here, there))


def drop_database(folder: Path, store: str) -> None:
    """Let go of what `copy_database` made. A run that was killed may still hold it for a moment, and is waited for."""
    if store == "postgres":
        with closing(_owner()) as database:
            database.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema_of(folder))))


@contextmanager
def stored_beside(folder: Path, store: str) -> Iterator[Callable[[], bytes]]:
    """Lend what tells whether the part of the store that is in no folder is another one than before."""
    if store != "postgres":
        yield lambda: b""
        return
    with closing(_owner()) as database:
        asked = SQL("SELECT version FROM {}.head").format(Identifier(schema_of(folder)))
        yield lambda: str(database.execute(asked).fetchone()).encode()


@contextmanager
def head_held(folder: Path) -> Iterator[None]:
    """Hold the lock of all writers of a database, as a run does that stands still in the middle of a commit."""
    with closing(_owner()) as database, database.transaction():
        database.execute(SQL("UPDATE {}.head SET number = number").format(Identifier(schema_of(folder))))
        yield


def _owner() -> psycopg.Connection[tuple[Any, ...]]:
    there = server(durable=True)
    return psycopg.connect("", autocommit=True, host=there.folder, port=there.port, user="owner", dbname="ledgers")
