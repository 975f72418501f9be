"""The ledger's port: read a consistent snapshot, commit entries against the version that was read.

A commit is answered by `Committed`, by `Conflict` (somebody else committed since; nothing was written), or by `Unsure`
(the answer was lost: read again before going on). The ledger is memory, never truth, and holds no credential.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reconciler.core.ledger import LedgerEntry

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every entry at one version."""

    version: str
    entries: Mapping[Key, LedgerEntry]


@dataclass(frozen=True, slots=True)
class Committed:
    """The entries are stored, and this is the version now."""

    version: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else committed since that version was read; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """The reply was lost: read a snapshot to find out whether the entries are stored."""


class Ledger(Protocol):
    """A store. All its methods may block for a moment, and raise EnvironmentProblem when it cannot be used at all."""

    def read(self) -> Snapshot:
        """Return everything, as of one moment."""

    def entry(self, key: Key) -> LedgerEntry | None:
        """Return what is remembered of one target now."""

    def commit(self, entries: Sequence[LedgerEntry], *, version: str, note: str) -> Committed | Conflict | Unsure:
        """Store `entries` whole, all or none, if the store is still at `version`; `note` says which run it was."""


def remember(ledger: Ledger, entries: Sequence[LedgerEntry], *, note: str, known: Snapshot | None = None) -> Snapshot:
    """Store the records of `entries` over whatever is there now, however often others get in between.

    Returns the snapshot after. Records of other fields and of other targets are kept. Who remembers again and again
    gives as `known` what came back the last time: reading takes as long as the store is large.
    """
    before = known or ledger.read()
    while True:
        merged: dict[Key, LedgerEntry] = {}
        for entry in entries:
            old = merged.get(entry.key) or before.entries.get(entry.key) or LedgerEntry(key=entry.key)
            merged[entry.key] = old.with_records(entry.records)
        changed = [entry for entry in merged.values() if entry != before.entries.get(entry.key)]
        if not changed:
            return before
        answer = ledger.commit(changed, version=before.version, note=note)
        if isinstance(answer, Committed):
            return Snapshot(answer.version, {**before.entries, **{entry.key: entry for entry in changed}})
        before = ledger.read()
