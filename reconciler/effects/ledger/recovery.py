"""What a run could not record: into a file beside the ledger, and from there into the ledger.

save_recovery: (a run's record and its outcomes) → the file, and what is said of it.
load_recovery: (the file) → the same.
recover: (a ledger, the same) → what the ledger still waits for is stored.

The intents of a run that could not record are open in the ledger, so nothing is lost without the file. The file spares
the next run from finding out. It is stored only for intents that the ledger still has open from exactly that run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import strict_json
from reconciler.core.memory import vouching
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.vouching import NO_KEYS, LedgerKeys
from reconciler.effects.files.writing import write_whole
from reconciler.effects.ledger import Batch, Ledger, store_batch
from reconciler.effects.ledger.intents import close_intents
from reconciler.effects.secrets import ledger_keys
from reconciler.effects.world import Context, make_memory

_FORMAT = 1
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Recovery:
    """A run's record, and the entries that it could not store."""

    record: RunRecord
    entries: tuple[LedgerEntry, ...]


def save_recovery(context: Context, record: RunRecord, entries: Sequence[LedgerEntry], *, why: str) -> str:
    """Save what could not be stored; return the message about it."""
    file, keys = context.memory / f"recovery-{record.run}.json", ledger_keys(context)
    body = {
        "recovery": _FORMAT,
        "record": vouching.run_document(record, keys),
        "entries": [vouching.entry_document(entry, keys) for entry in entries],
    }
    try:
        make_memory(context.memory)
        write_whole(file, f"{json.dumps(body, ensure_ascii=True, indent=1)}\n".encode("ascii"))
    except OSError as problem:
        return f"{why}; and it could not be saved in {file.name} either: {problem.strerror}. The next run finds out"
    shown = f"{context.memory.name}/{file.name}"
    return f"{why}; it is saved in {shown}: `reconciler recover {shown}` records it, or the next run finds out"


def load_recovery(path: Path, keys: LedgerKeys = NO_KEYS) -> Recovery:
    """Return what `save_recovery` wrote, vouched for by its marks; raises EnvironmentProblem for anything else."""
    try:
        with path.open("rb") as stream:
            data = strict_json(stream.read(_MOST_BYTES))
        return _recovery(data, keys)
    except OSError as problem:
        raise EnvironmentProblem(f"{path} cannot be read: {problem.strerror}") from None
    except (ValueError, RecursionError):
        raise EnvironmentProblem(f"{path} is not what an apply saved for recovery") from None


def _recovery(data: Any, keys: LedgerKeys) -> Recovery:
    match data:
        case {"recovery": 1, "record": record, "entries": list(entries)}:
            return Recovery(
                vouching.vouched_run(record, keys), tuple(vouching.vouched_entry(entry, keys) for entry in entries)
            )
        case _:
            raise ValueError("not a recovery file")


def recover(ledger: Ledger, recovery: Recovery) -> tuple[int, int]:
    """Store what the ledger still waits for. Return how many fields that was, and how many it knows better by now.

    The run's record is stored as well: only it says how that run ended. The last run that wrote stays the last.
    """
    before = ledger.read()
    closed = close_intents(ledger, recovery.record, entries=recovery.entries, known=before)
    if before.last is not None and before.last.started > recovery.record.started:
        store_batch(ledger, Batch(recovery.record.run, record=before.last), known=closed.known)
    return closed.fields, sum(len(entry.records) for entry in recovery.entries) - closed.fields
