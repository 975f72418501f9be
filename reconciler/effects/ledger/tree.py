"""tree: a batch → the files it writes on the ledger's branch; a file → the entry, lease or record that it is.

The files are made to be read by people: what changed from one commit to the next is the audit log.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import quote

from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.stored import entry_from_json, entry_to_json, record_from_json, record_to_json
from reconciler.effects.ledger import Batch, EntryKey

_T = TypeVar("_T")
LedgerPart = LedgerEntry | Lease | RunRecord
LEASE_FILE, RUN_FILE, ABOUT, ENTRIES = "lease.json", "run.json", "README.md", "targets/"
_LONGEST = 200
_README = """\
# The ledger of reconciler

This branch is what `reconciler` remembers: what it last sent for each profile and what the provider then showed, who is
writing now, and the record of the last run. Each commit is one step of a run, so the history says who changed what.

It is memory, never truth, and holds no credential. Do not edit it by hand. Deleting the branch forgets everything that
is in it: the next plan then shows values that differ as found for the first time.
"""


class Unusable(Exception):
    """A file of the branch that is not what its name says."""


def path_of(key: EntryKey) -> str:
    """Return the path of a target's file; no two targets have the same."""
    return f"{ENTRIES}{'/'.join(map(_name, key))}.json"


def _name(text: str) -> str:
    """Return `text` as the name of a file: one that no file system and no git objects to."""
    name = quote(text, safe="", errors="surrogatepass").replace("~", "%7E")
    if len(name) > _LONGEST:
        name = "%-" + hashlib.sha256(name.encode()).hexdigest()
    return f"%2E{name[1:]}" if name.startswith(".") else name or "%"


def files(batch: Batch, *, first: bool) -> dict[str, bytes | None]:
    """Return the content of each file that `batch` writes, None for one that it takes away."""
    written: dict[str, bytes | None] = {path_of(entry.key): _content(entry_to_json(entry)) for entry in batch.entries}
    if batch.record is not None:
        written[RUN_FILE] = _content(record_to_json(batch.record))
    if batch.lease is not None:
        written[LEASE_FILE] = _content(batch.lease.model_dump()) if batch.lease.until else None
    return {ABOUT: _README.encode(), **written} if first else written


def _content(data: dict[str, Any]) -> bytes:
    """Return `data` as JSON. What is not plainly visible is escaped, for whoever reads the branch in a terminal."""
    text = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text).encode() + b"\n"


def message(batch: Batch) -> bytes:
    """Return the commit's message: which run, how much, and a word of its own.

    Two runs that commit the same would else make the same commit, and each would take the other's for its own.
    """
    counted = f"{len(batch.entries)} target{'' if len(batch.entries) == 1 else 's'}"
    lease = batch.lease
    held = f"lease until {lease.until}" if lease is not None and lease.until else "lease given back"
    said = [counted] * bool(batch.entries) + [held] * (lease is not None) + ["record"] * (batch.record is not None)
    lines = (batch.note or "reconciler", "", ", ".join(said) or "nothing", "", f"Nonce: {secrets.token_hex(8)}")
    plain = ("".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line) for line in lines)
    return "\n".join(plain).encode() + b"\n"


def stream(batch: Batch, *, parent: str, ref: str) -> bytes:
    """Return what makes git fast-import commit `batch` on top of `parent` and say the commit's name."""
    told = message(batch)
    parts = [
        b"commit %s\nmark :1\ncommitter reconciler <reconciler@invalid> now\n" % ref.encode(),
        b"data %d\n%s" % (len(told), told),
        b"from %s\n" % parent.encode() if parent else b"",
    ]
    for path, content in files(batch, first=not parent).items():
        if content is None:
            parts.append(b"D %s\n" % path.encode())
        else:
            parts.append(b"M 100644 inline %s\ndata %d\n%s" % (path.encode(), len(content), content))
    return b"".join((*parts, b"\nget-mark :1\ndone\n"))


def is_ours(path: str) -> bool:
    """Say whether a path is one of those above; any other is a later version's, and not ours to judge."""
    nested = path.count("/") == path_of(("", "", "")).count("/")
    return path in (LEASE_FILE, RUN_FILE) or (path.startswith(ENTRIES) and path.endswith(".json") and nested)


def part_at(path: str, content: bytes) -> LedgerPart:
    """Return what the file at `path` says; raises Unusable."""
    if path == LEASE_FILE:
        return _parsed(content, Lease.model_validate)
    if path == RUN_FILE:
        return _parsed(content, record_from_json)
    entry = _parsed(content, entry_from_json)
    if path_of(entry.key) != path:
        raise Unusable("it is another target's")
    return entry


def records_in(contents: Iterable[bytes | None]) -> tuple[RunRecord, ...]:
    """Return each run's last record from every version of the file, the newest first in both; raises Unusable.

    What was wrong once and is history cannot be mended: it is passed over.
    """
    told: dict[tuple[str, str], RunRecord] = {}
    for number, content in enumerate(contents):
        try:
            record = _parsed(content or b"", record_from_json)
        except Unusable:
            if number == 0 and content is not None:
                raise
        else:
            told.setdefault((record.run, record.started), record)
    return tuple(sorted(told.values(), key=lambda record: record.started, reverse=True))


def _parsed(content: bytes, parse: Callable[[Any], _T]) -> _T:
    try:
        return parse(json.loads(content))
    except (ValueError, RecursionError):
        raise Unusable("it cannot be read") from None


def regular(mode: str, name: str) -> str:
    """Return the object `name` of a file; raises Unusable for what is no plain file."""
    if not mode.startswith("100"):
        raise Unusable("it is no plain file")
    return name
