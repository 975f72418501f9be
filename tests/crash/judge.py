"""What must hold after a disturbed run, and after the one that follows; whatever does not is said in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import Value
from reconciler.core.memory.records import FieldRecord
from reconciler.effects.ledger import Ledger, Snapshot
from tests.crash.shops import LEFT_ALONE, WRITE_ONLY, Where, word
from tests.crash.world import Sent

# A run that died leaves nothing else: no lock, no half file.
_STORES = {f"{name}.sqlite3{more}" for name in ("ledger", "sandbox") for more in ("", "-wal", "-shm")}
_FILES = {".gitignore", *_STORES}


@dataclass(frozen=True)
class Truth:
    """What an undisturbed run sends, and what is live after it."""

    wanted: Mapping[Where, Value]
    live: Mapping[Where, Any]


def after_kill(truth: Truth, received: Sequence[Sent], *, ledger: Ledger) -> list[str]:
    """Return what is wrong with what a dead run left: it can be read, and knows of everything that was sent."""
    try:
        snapshot = ledger.read()
    except EnvironmentProblem as problem:
        return [f"the ledger cannot be read: {problem}"]
    found = [*_unwanted(truth, received)]
    for one in received:
        record = _record(snapshot, one.where)
        known = (record.sent, record.intent) if record is not None else ()
        if truth.wanted.get(one.where) not in known:
            found.append(f"{one.where} was sent, and the ledger does not know of it: {record}")
    return found


def after_last(
    truth: Truth,
    again: Sequence[Sent],
    *,
    received: Sequence[Sent],
    arrived: Mapping[Where, Any],
    live: Mapping[Where, Any],
) -> list[str]:
    """Return what is wrong with what the last run sent `again` and with what is live then."""
    found = [*_unwanted(truth, again)]
    wrong = {where: live.get(where) for where, value in truth.live.items() if live.get(where) != value}
    found += [f"{where} is {value!r} at the end" for where, value in wrong.items()]
    for one in again:
        if one.where[0] != WRITE_ONLY and arrived.get(one.where) == truth.live.get(one.where):
            found.append(f"{one.where} had arrived, and was written again")
    last, all_of_them = Counter(one.where for one in again), Counter(one.where for one in (*received, *again))
    often = {where: times for where, times in all_of_them.items() if times > 2 or last[where] > 1}
    return found + [f"{where} was written {times} times" for where, times in often.items()]


def after_memory(truth: Truth, said: Mapping[str, Any], *, ledger: Ledger, left: Sequence[str]) -> list[str]:
    """Return what is wrong with how the last run ended, and with what is remembered then."""
    snapshot = ledger.read()
    found = [*_ending(said), *_twice(ledger, snapshot), *_open(snapshot)]
    for where, value in truth.wanted.items():
        record = _record(snapshot, where)
        if record is None or record.sent != value:
            found.append(f"{where} is not remembered: {record}")
    return found + [f".reconciler/{name} was left behind" for name in left if name not in _FILES]


def _ending(said: Mapping[str, Any]) -> Iterator[str]:
    if said["reasons"] or said["unrecorded"]:
        yield f"the last run ended with {said['reasons']} {said['unrecorded']}"
    if not said["complete"]:
        yield "the plan after it is not complete"
    changes = {tuple(where) for where in said["changes"]}
    if changes != LEFT_ALONE:
        yield f"the plan after it has {sorted(changes)}"
    yield from (f"it was held up: {line}" for line in said["said"] if line.startswith("Waiting"))


def _unwanted(truth: Truth, sent: Sequence[Sent]) -> Iterator[str]:
    for one in sent:
        if one.where not in truth.wanted:
            yield f"{one.where} was sent, and nobody asked for it"
        elif one.where[2] != "picture" and (one.value or None) != truth.live.get(one.where):
            yield f"{one.where} was sent as {one.value!r}"


def _twice(ledger: Ledger, snapshot: Snapshot) -> Iterator[str]:
    """Say which run has two records, and which field has."""
    runs = Counter(record.run for record in ledger.runs())
    yield from (f"run {run} has {times} records" for run, times in runs.items() if times > 1)
    for key, entry in snapshot.entries.items():
        fields = Counter(record.field for record in entry.records)
        yield from (f"{key} {name} has {times} records" for name, times in fields.items() if times > 1)


def _open(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.lease is not None:
        yield f"the lease was not given back: {snapshot.lease}"
    for key, entry in snapshot.entries.items():
        yield from (f"{key} {one.field}: an intent is open" for one in entry.records if one.intent is not None)


def _record(snapshot: Snapshot, where: Where) -> FieldRecord | None:
    entry = snapshot.entries.get((where[0], "sandbox", where[1]))
    return entry.get(word(where)) if entry is not None else None
