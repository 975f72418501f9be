"""MIGRATIONS: how the tables of the `postgres` ledger came to be, a version each.

A version that was released is never changed. A row of `lease` has the name of its shard, or `whole`.
"""

from __future__ import annotations

from typing import LiteralString

MIGRATIONS: tuple[LiteralString, ...] = (
    """
    CREATE TABLE {s}.head (one boolean PRIMARY KEY CHECK (one), version text NOT NULL, number bigint NOT NULL);
    INSERT INTO {s}.head VALUES (true, '', 0);
    CREATE TABLE {s}.history (
        number bigint PRIMARY KEY, version text NOT NULL UNIQUE, note text NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE {s}.entry (
        provider text COLLATE "C", endpoint text COLLATE "C", address text COLLATE "C", number bigint NOT NULL,
        body text NOT NULL, PRIMARY KEY (provider, endpoint, address)
    );
    CREATE INDEX entry_number ON {s}.entry (number);
    CREATE TABLE {s}.lease (name text PRIMARY KEY, body text NOT NULL);
    CREATE TABLE {s}.run (
        run text COLLATE "C", started text COLLATE "C", number bigint NOT NULL, body text NOT NULL,
        PRIMARY KEY (run, started)
    );
    CREATE INDEX run_number ON {s}.run (number);
    CREATE TABLE {s}.part (
        run text COLLATE "C", started text COLLATE "C", position integer, body text NOT NULL,
        PRIMARY KEY (run, started, position)
    );
    CREATE TABLE {s}.removed (number bigint NOT NULL, what text NOT NULL, place text NOT NULL, body text NOT NULL);
    CREATE TABLE {s}.account (key text PRIMARY KEY, body text NOT NULL);
    """,
)
