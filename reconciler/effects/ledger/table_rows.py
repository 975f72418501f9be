"""What stands in the tables of the `postgres` ledger: rows → entries, lease, records and accounts.

snapshot_in: (the tables, the keys, what is known, the limits) → everything as of one moment.
stored_runs: (the tables, the keys, the limits) → the record of each run.

Every party that has the database's address can put any row there, and any number of rows. So the server counts rows and
bytes before one is asked for, and brings no body that is too large. A row that no run can use is set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, LiteralString, TypeVar

from reconciler.core.fields import strict_json
from reconciler.core.memory.lease import UNREADABLE, Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord, with_outcomes
from reconciler.core.memory.spending import AccountRecord, account_from_json
from reconciler.core.memory.upkeep import LedgerPart, Limits, SetAside, most_bytes, oversize
from reconciler.core.memory.vouching import LedgerKeys, vouched_entry, vouched_run
from reconciler.effects.ledger import EntryKey, Snapshot
from reconciler.effects.ledger.migrations import MIGRATIONS
from reconciler.effects.ledger.tables import (
    ACCOUNT_OF,
    LEASE_OF,
    OUTCOMES_FROM,
    WHOLE,
    StoredRow,
    Tables,
    place_of,
    storable,
    stored_account_key,
    whole_table,
)

_T = TypeVar("_T")
_UNREADABLE, _LAST, _WHAT = "it cannot be read", "the last run", "rows"
# So many rows, and so many bytes, are held as text at a time.
_PIECE_ROWS, _PIECE_BYTES = 1000, 8 * 1024 * 1024

# Of each kind how many rows there are, and the size of the largest that is read. Of all rows together the smallest are
# read: those of runs are small, and a forger's need not be. A key is foreign too. No row beyond the limit is counted.
_SIZES: LiteralString = """
    WITH sized AS (
        (SELECT 'entry' AS part, {entry_size} AS size FROM {s}.entry LIMIT %(rows)s + 1)
        UNION ALL (SELECT 'lease', octet_length(body) + octet_length(name) FROM {s}.lease LIMIT %(rows)s + 1)
        UNION ALL (SELECT 'record', octet_length(body) FROM {s}.run WHERE (run, started) IN ({newest}))
        UNION ALL (
            SELECT 'outcomes', octet_length(body) FROM {s}.part WHERE (run, started) IN ({newest}) LIMIT %(rows)s + 1
        )
        UNION ALL (SELECT 'account', octet_length(body) + octet_length(key) FROM {s}.account LIMIT %(rows)s + 1)
    ), counted AS (
        SELECT part, count(*) AS number FROM sized GROUP BY part
    ), fitting AS (
        SELECT part, size FROM sized JOIN counted USING (part)
        JOIN unnest(%(parts)s::text[], %(most)s::integer[]) AS own (part, most) USING (part)
        WHERE number <= %(rows)s AND size <= most
    ), summed AS (
        SELECT size, sum(sum(size)) OVER (ORDER BY size) AS together FROM fitting GROUP BY size
    )
    SELECT part, number, coalesce(
        (SELECT max(size) FROM fitting JOIN summed USING (size) WHERE part = counted.part AND together <= %(together)s),
        -1
    ) FROM counted
"""
_HEAD: LiteralString = """
    SELECT left(version, 100), (SELECT number FROM {s}.history WHERE version = %(known)s) FROM {s}.head
"""
# A row that is too large is named by the beginning of its key. A version that is known tells which entries are: those
# that were not written since.
_ENTRIES: LiteralString = """
    SELECT CASE WHEN fits THEN provider ELSE left(provider, {most}) END,
        CASE WHEN fits THEN endpoint ELSE left(endpoint, {most}) END,
        CASE WHEN fits THEN address ELSE left(address, {most}) END, size, CASE WHEN fits THEN body END
    FROM (SELECT *, {entry_size} AS size, {entry_size} <= %(most)s AS fits FROM {s}.entry) AS sized
    WHERE number > coalesce((SELECT number FROM {s}.history WHERE version = %(known)s), 0)
"""
_HELD: LiteralString = """
    SELECT CASE WHEN fits THEN name ELSE left(name, {most}) END, size, CASE WHEN fits THEN body END
    FROM (
        SELECT *, octet_length(body) + octet_length(name) AS size,
        octet_length(body) + octet_length(name) <= %(most)s AS fits FROM {s}.lease
    ) AS sized ORDER BY name
"""
_ACCOUNTS: LiteralString = """
    SELECT CASE WHEN fits THEN key ELSE left(key, {most}) END, size, CASE WHEN fits THEN body END
    FROM (
        SELECT *, octet_length(body) + octet_length(key) AS size,
        octet_length(body) + octet_length(key) <= %(most)s AS fits FROM {s}.account
    ) AS sized
"""
_LAST_RUN: LiteralString = """
    SELECT octet_length(body), CASE WHEN octet_length(body) <= %(most)s THEN body END
    FROM {s}.run WHERE (run, started) IN ({newest})
"""
_LAST_PARTS: LiteralString = """
    SELECT position, octet_length(body), CASE WHEN octet_length(body) <= %(most)s THEN body END
    FROM {s}.part WHERE (run, started) IN ({newest}) ORDER BY position
"""
# The newest runs, as many as have few bytes together, and what they stored of their outcomes before their end.
_RUNS: LiteralString = """
    WITH listed AS (
        SELECT * FROM {s}.run WHERE octet_length(body) <= %(most)s ORDER BY number DESC LIMIT %(rows)s
    ), summed AS (SELECT *, sum(octet_length(body)) OVER (ORDER BY number DESC, run, started) AS together FROM listed)
    SELECT octet_length(body), body FROM summed WHERE together <= %(together)s ORDER BY started DESC, number DESC
"""
_PARTS: LiteralString = """
    WITH listed AS (
        SELECT run, started, position, part.body, run.number FROM {s}.run JOIN {s}.part USING (run, started)
        WHERE octet_length(part.body) <= %(most)s ORDER BY run.number DESC LIMIT %(rows)s
    ), summed AS (
        SELECT *, sum(octet_length(body)) OVER (ORDER BY number DESC, run, started, position) AS together FROM listed
    )
    SELECT octet_length(body), body FROM summed WHERE together <= %(together)s ORDER BY run, started, position
"""


@dataclass(frozen=True, slots=True)
class KnownRows:
    """An earlier reading: its version, and the result of each entry's row."""

    version: str = ""
    entries: Mapping[EntryKey, LedgerEntry | SetAside] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableSizes:
    """Of each kind of row how many there are, and the size of the largest that is read; and the limits of all."""

    limits: Limits
    of: Mapping[LedgerPart, tuple[int, int]]

    def number(self, part: LedgerPart) -> int:
        """Return how many rows of a kind there are to read: none where there are too many."""
        number, _ = self.of.get(part, (0, 0))
        return 0 if number > self.limits.parts else number

    def rows(self, tables: Tables, part: LedgerPart, statement: LiteralString, **values: object) -> Iterator[StoredRow]:
        """Yield the rows of a kind. Few bytes of them are here at a time."""
        number, most = self.number(part), self.of.get(part, (0, 0))[1]
        piece = max(1, min(_PIECE_ROWS, _PIECE_BYTES // max(most, 1)))
        if number > piece:
            for rows in tables.pieces(statement, piece, most=most, **values):
                yield from rows
        elif number:
            yield from tables.ask(statement, most=most, **values)

    @property
    def flooded(self) -> tuple[SetAside, ...]:
        """What is set aside of whole tables."""
        why = self.limits.flooded(_WHAT)
        return tuple(SetAside(whole_table(one), one, why) for one in self.of if self.of[one][0] > self.limits.parts)


def _sizes(tables: Tables, limits: Limits) -> TableSizes:
    """Return the sizes, as the server knows them without a body."""
    parts = [(one.value, most_bytes(one)) for one in LedgerPart]
    names, most = map(list, zip(*parts, strict=True))
    told = tables.ask(_SIZES, rows=limits.parts, together=limits.together, parts=names, most=most)
    return TableSizes(limits, {LedgerPart(part): (number, largest) for part, number, largest in told})


def snapshot_in(tables: Tables, keys: LedgerKeys, known: KnownRows, limits: Limits) -> tuple[Snapshot, KnownRows]:
    """Return everything, as of one moment; of the entries only those are read that changed since what is `known`."""
    parse = _Parser(keys, limits)
    with tables.one_moment():
        ((version, since),) = tables.ask(_HEAD, known=known.version).fetchall()
        sizes = _sizes(tables, limits)
        entries = dict(known.entries) if since is not None else {}
        entries |= map(parse.entry, sizes.rows(tables, LedgerPart.ENTRY, _ENTRIES, known=known.version))
        leases = [parse.lease(row) for row in sizes.rows(tables, LedgerPart.LEASE, _HELD)]
        runs = [parse.record(row) for row in sizes.rows(tables, LedgerPart.RECORD, _LAST_RUN)]
        outcomes = [parse.outcomes(row) for row in sizes.rows(tables, LedgerPart.OUTCOMES, _LAST_PARTS)]
        accounts = [parse.account(row) for row in sizes.rows(tables, LedgerPart.ACCOUNT, _ACCOUNTS)]
    if since is not None and len(entries) != sizes.number(LedgerPart.ENTRY):
        # A row went, as a repair takes one out: which one it was is in no other row. Rows that are read anew can be
        # fewer than there are, because the place of a row that is too large is the beginning of its key.
        return snapshot_in(tables, keys, KnownRows(), limits)
    usable = {key: one for key, one in entries.items() if isinstance(one, LedgerEntry)}
    found = (*sizes.flooded, *leases, *runs, *outcomes, *entries.values(), *accounts)
    aside = tuple(one for one in found if isinstance(one, SetAside))
    held = [one for one in leases if isinstance(one, Lease)]
    last = next((one for one in runs if isinstance(one, RunRecord)), None)
    return Snapshot(
        version,
        usable,
        _whole(held, aside),
        with_outcomes(last, (one for one in outcomes if isinstance(one, RunRecord))) if last is not None else None,
        aside,
        keyless=not keys,
        form=f"tables of version {len(MIGRATIONS)}, the newest",
        accounts={one.key: one for one in accounts if isinstance(one, AccountRecord)},
        shards=tuple(one for one in held if one.shard),
    ), KnownRows(version, entries if len(entries) > len(usable) else usable)


def _whole(leases: list[Lease], aside: tuple[SetAside, ...]) -> Lease | None:
    """Return the lease of a run of all; where one cannot be read, it may be that of any run."""
    unreadable = any(one.part is LedgerPart.LEASE for one in aside)
    return UNREADABLE if unreadable else next((one for one in leases if not one.shard), None)


def stored_runs(tables: Tables, keys: LedgerKeys, limits: Limits) -> tuple[RunRecord, ...]:
    """Return the record of the newest runs, the newest first; what cannot be read is skipped."""
    parse = _Parser(keys, limits)
    # Records and outcomes have a half of the bytes each.
    few = {"rows": limits.parts, "together": limits.together // 2, "most": most_bytes(LedgerPart.RECORD)}
    with tables.one_moment():
        runs = [parse.record(row) for row in tables.ask(_RUNS, **few)]
        parts = [parse.record(row) for row in tables.ask(_PARTS, **few)]
    of: dict[tuple[str, str], list[RunRecord]] = {}
    for one in parts:
        if isinstance(one, RunRecord):
            of.setdefault((one.run, one.started), []).append(one)
    return tuple(with_outcomes(one, of.get((one.run, one.started), ())) for one in runs if isinstance(one, RunRecord))


@dataclass(frozen=True, slots=True)
class _Parser:
    """What rows say, or why they say nothing."""

    keys: LedgerKeys
    limits: Limits

    def entry(self, row: StoredRow) -> tuple[EntryKey, LedgerEntry | SetAside]:
        """Return the key in a row with its entry."""
        key, where = (row[0], row[1], row[2]), place_of(*row[:3])
        found = self._parsed(LedgerPart.ENTRY, where, row[3:], partial(vouched_entry, keys=self.keys))
        if isinstance(found, SetAside):
            return key, found
        if tuple(map(storable, found.key)) != key:
            return key, SetAside(where, LedgerPart.ENTRY, "it is another target's")
        # The texts of the key are here once.
        return found.key, found

    def lease(self, row: StoredRow) -> Lease | SetAside:
        """Return the lease in a row, which begins with its name."""
        where = f"{LEASE_OF}{place_of(row[0])}"
        found = self._parsed(LedgerPart.LEASE, where, row[1:], Lease.model_validate)
        if isinstance(found, Lease) and (found.shard or WHOLE) != row[0]:
            return SetAside(where, LedgerPart.LEASE, "it is another shard's")
        return found

    def record(self, row: StoredRow) -> RunRecord | SetAside:
        """Return the record of a run."""
        return self._parsed(LedgerPart.RECORD, _LAST, row, partial(vouched_run, keys=self.keys))

    def outcomes(self, row: StoredRow) -> RunRecord | SetAside:
        """Return a part of the outcomes of the last run, in a row that begins with its position."""
        vouched = partial(vouched_run, keys=self.keys)
        return self._parsed(LedgerPart.OUTCOMES, f"{OUTCOMES_FROM}{row[0]}", row[1:], vouched)

    def account(self, row: StoredRow) -> AccountRecord | SetAside:
        """Return the record of an account, in a row that begins with its key."""
        where = f"{ACCOUNT_OF}{place_of(row[0])}"
        found = self._parsed(LedgerPart.ACCOUNT, where, row[1:], account_from_json)
        if isinstance(found, AccountRecord) and stored_account_key(found) != row[0]:
            return SetAside(where, LedgerPart.ACCOUNT, "it is another account's")
        return found

    def _parsed(self, part: LedgerPart, where: str, row: StoredRow, parse: Callable[[Any], _T]) -> _T | SetAside:
        """Return what the body in a row of its size and itself says, or why it says nothing."""
        size, body = row
        if body is None:
            return SetAside(where, part, oversize(part, size) or self.limits.over(_WHAT))
        try:
            return parse(strict_json(body))
        except (ValueError, RecursionError):
            return SetAside(where, part, _UNREADABLE)
