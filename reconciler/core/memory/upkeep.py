"""The ledger's upkeep: what it holds and no run can use, and what `ledger check` and `ledger repair` came to.

proposed_repair: (a check, the records of earlier runs) → what a repair takes out, and what it puts back.
proposed_rekey: (the entries, the last run) → what no mark vouches for, to be reviewed before all of it is marked.

oversize: (a part, its bytes) → why it is not read: its size is known before its content.
Limits: how much of all parts is read, and why the others are not.
set_aside_warning: (what is set aside) → the warning of a run that goes on without it.

Every party that may push to the ledger can break a part of it. A broken part is set aside, named and counted, and the
rest of the memory counts. A run that knows less asks more. A field without memory is taken for one that no run has
sent. Rules whose last apply cannot be read are held to their defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.core.basics import Diagnostic, Reason, warning
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.vouching import is_unvouched

# This many parts are named in a line; the rest are counted.
_NAMED = 3


class LedgerPart(StrEnum):
    """What a part of the ledger is for."""

    ENTRY = "entry"
    LEASE = "lease"
    RECORD = "record"
    OUTCOMES = "outcomes"
    ACCOUNT = "account"


# In bytes. An entry has about 2,000, and a record about 1,500 for each of its targets.
MOST_BYTES = 32 * 1024 * 1024
_MOST = {LedgerPart.ENTRY: 1024 * 1024, LedgerPart.LEASE: 16 * 1024, LedgerPart.ACCOUNT: 8 * 1024 * 1024}


def most_bytes(part: LedgerPart) -> int:
    """Return how many bytes a part of the ledger may have: what is larger is not read."""
    return _MOST.get(part, MOST_BYTES)


def oversize(part: LedgerPart, size: int) -> str:
    """Return why a part of so many bytes is not read; "" if it may be."""
    most = most_bytes(part)
    return f"it has {size:,} bytes, and no run writes more than {most:,} there" if size > most else ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a store is read, whoever wrote it: so many parts of one kind, and so many bytes of all of them.

    A fleet of a hundred thousand numbers stays below both. A number with a picture has about 35 KB.
    """

    parts: int = 250_000
    together: int = 16 * MOST_BYTES

    def flooded(self, what: str) -> str:
        """Return why none of the parts of a kind is read; `what` is the store's word for parts, as "files"."""
        return f"it has more than {self.parts:,} {what}, and none of them was read"

    def over(self, what: str) -> str:
        """Return why a part is set aside that is no larger than others of its kind."""
        return f"all {what} have more than {self.together:,} bytes, and it is one of the largest"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A part of the ledger that no run can use: where the store has it, what it should be, and why it is not."""

    where: str
    part: LedgerPart
    why: str


def names_record(aside: Iterable[SetAside]) -> bool:
    """True if the last run's record is among what is set aside: that run is then not known, and was there."""
    return any(one.part is LedgerPart.RECORD for one in aside)


def set_aside_warning(aside: Sequence[SetAside]) -> Diagnostic:
    """Return the warning that names what a run goes on without."""
    named = ", ".join(f"{one.where}: {one.why}" for one in aside[:_NAMED])
    more = f", and {len(aside) - _NAMED} more" if len(aside) > _NAMED else ""
    parts = "1 part of the ledger is" if len(aside) == 1 else f"{len(aside)} parts of the ledger are"
    hint = "`reconciler ledger check` lists all of them, `reconciler ledger repair` takes them out"
    return warning("ledger-set-aside", f"{parts} set aside ({named}{more})", hint=hint)


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """What the ledger `store` holds at `version`: how many entries, the last run that wrote, and what is set aside.

    `strayed` says why the last apply's commit keeps `--require-tip` from applying; "" if it does not, or was not asked.
    `form` is what the store says of its own form.
    """

    store: str
    version: str
    entries: int
    last: RunRecord | None = None
    aside: tuple[SetAside, ...] = ()
    strayed: str = ""
    form: str = ""

    @property
    def sound(self) -> bool:
        """Whether there is nothing to repair."""
        return not (self.aside or self.strayed)

    @property
    def reasons(self) -> frozenset[Reason]:
        """A part that cannot be used makes it incomplete; a last apply that does not count makes it stale."""
        return frozenset({Reason.INCOMPLETE} if self.aside else ()) | ({Reason.STALE} if self.strayed else set())


@dataclass(frozen=True, slots=True)
class LedgerRepair:
    """What a repair of a ledger like `found` takes out, and the record that is the last one again.

    `done` is False where it was only said. `kept` is where everything that was taken out can still be found.
    """

    found: LedgerCheck
    removed: tuple[SetAside, ...] = ()
    restored: RunRecord | None = None
    done: bool = False
    kept: str = ""

    @property
    def reasons(self) -> frozenset[Reason]:
        """A repair that waits for a yes is stopped."""
        return frozenset() if self.done or self.found.sound else frozenset({Reason.STOPPED})


def proposed_repair(
    found: LedgerCheck, records: Iterable[RunRecord], counts: Callable[[RunRecord], bool]
) -> LedgerRepair:
    """Return what is to be done about `found`: only what no run can use goes, and a last run that does not count.

    In its place comes the newest of the earlier `records` that `counts`. Without one, no last run is known.
    """
    if found.sound:
        return LedgerRepair(found)
    lost = found.strayed or names_record(found.aside)
    earlier = (one for one in records if one != found.last and counts(one)) if lost else iter(())
    strayed = (SetAside("the last run", LedgerPart.RECORD, found.strayed),) if found.strayed else ()
    return LedgerRepair(found, (*found.aside, *strayed), next(earlier, None))


@dataclass(frozen=True, slots=True)
class LedgerRekey:
    """What marking a whole ledger anew comes to: the parts that no mark vouches for are to be reviewed first.

    `entries` is how many are marked, and `done` is False where that was only said.
    """

    unvouched: tuple[LedgerEntry, ...]
    last: RunRecord | None
    entries: int
    done: bool = False

    @property
    def reasons(self) -> frozenset[Reason]:
        """What waits for a yes is stopped."""
        return frozenset() if self.done or not self.entries else frozenset({Reason.STOPPED})


def proposed_rekey(entries: Iterable[LedgerEntry], last: RunRecord | None) -> LedgerRekey:
    """Return what a person reviews before everything is marked: of each entry, the records that no mark vouches for."""
    every = list(entries)
    found = (
        replace(entry, records=tuple(one for one in entry.records if not one.vouched))
        for entry in sorted(every, key=lambda one: (one.profile, one.key))
        if is_unvouched(entry)
    )
    return LedgerRekey(tuple(found), last if last is not None and not last.vouched else None, len(every))
