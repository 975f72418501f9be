"""The files of the ledger's branch: a batch → the commit that writes them; a file → its entry, lease or record.

The files are made for people to read: the difference between two commits is the audit log. Every party that may push
can put any file there, so a size is known before a content is read.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from reconciler.core.basics import count
from reconciler.core.fields import strict_json
from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord, with_outcomes
from reconciler.core.memory.spending import AccountRecord, account_from_json, account_to_json
from reconciler.core.memory.upkeep import MOST_BYTES, LedgerPart, SetAside, oversize
from reconciler.core.memory.vouching import (
    NO_KEYS,
    LedgerKeys,
    entry_document,
    run_document,
    vouched_entry,
    vouched_run,
)
from reconciler.core.shards import read_shard
from reconciler.effects.git.process import TreeRow
from reconciler.effects.ledger import Batch, EntryKey

_T = TypeVar("_T")
_K = TypeVar("_K")
LedgerFile = LedgerEntry | Lease | RunRecord | AccountRecord
LEASE_FILE, RUN_FILE, ABOUT, ENTRIES, OUTCOMES = "lease.json", "run.json", "README.md", "targets/", "outcomes"
ACCOUNTS, LEASES = "accounts/", "leases/"
# Each file of ours lies in one of these folders, or in none. An entry's path has as many names.
FOLDERS = {
    ENTRIES[:-1]: LedgerPart.ENTRY,
    ACCOUNTS[:-1]: LedgerPart.ACCOUNT,
    LEASES[:-1]: LedgerPart.LEASE,
    OUTCOMES: LedgerPart.OUTCOMES,
}
ENTRY_DEPTH = 4
_FOLDER, TOP = "40000", ""
_PATHS = {LedgerPart.LEASE: LEASE_FILE, LedgerPart.RECORD: RUN_FILE}
_LONGEST = 200
_README = """\
# The ledger of reconciler

This branch is what `reconciler` remembers: what it last sent for each profile and what the provider then showed, what
the files asked for that no run sent, who is writing now, and the record of the last run. Each commit is one step of a
run, so the history says who changed what.

It is memory, never truth, and holds no credential. Do not edit it by hand: the `mark` of a file then no
longer fits. Deleting the branch forgets everything that is in it: the next plan then shows values that differ as found
for the first time.
"""


class Unusable(Exception):
    """A file of the branch does not hold what its name promises."""


def path_of(key: EntryKey) -> str:
    """Return the path of a target's file; no two targets have the same."""
    return _path(ENTRIES, key)


def _path(folder: str, key: EntryKey) -> str:
    return f"{folder}{'/'.join(map(_name, key))}.json"


def _name(text: str) -> str:
    """Return `text` as a file name that every file system and git accept."""
    name = quote(text, safe="", errors="surrogatepass").replace("~", "%7E")
    if len(name) > _LONGEST:
        name = "%-" + hashlib.sha256(name.encode()).hexdigest()
    return f"%2E{name[1:]}" if name.startswith(".") else name or "%"


def files(batch: Batch, *, first: bool, keys: LedgerKeys = NO_KEYS) -> dict[str, bytes | None]:
    """Return the content of each file that `batch` writes, None for one that it deletes; a key marks it."""
    written: dict[str, bytes | None] = {
        path_of(entry.key): _content(entry_document(entry, keys)) for entry in batch.entries
    }
    if batch.record is not None:
        written |= _record_files(batch, batch.record, keys)
    written |= {_path(ACCOUNTS, one.key): _content(account_to_json(one)) for one in batch.accounts}
    written |= {_lease_path(one.shard): None for one in batch.displaced}
    if batch.lease is not None:
        written[_lease_path(batch.lease.shard)] = _content(batch.lease.document()) if batch.lease.until else None
    gone = (
        one.where if is_ours(one.where) or one.where in FOLDERS else _PATHS.get(one.part, one.where)
        for one in batch.removed
    )
    written |= {path: None for path in gone if path not in written}
    return {ABOUT: _README.encode(), **written} if first else written


def _lease_path(shard: str) -> str:
    """Return the path of the lease of a run of a shard, or of all."""
    found = read_shard(shard)
    return f"{LEASES}{found.name}.json" if found is not None else LEASE_FILE


def _record_files(batch: Batch, record: RunRecord, keys: LedgerKeys) -> dict[str, bytes | None]:
    """Return the files of a run's record. Outcomes are added to those that are there, a file for each batch."""
    pieces = batch.pieces(record)
    written: dict[str, bytes | None] = {OUTCOMES: None} if pieces.anew else {}
    written[RUN_FILE] = _content(run_document(pieces.head, keys))
    for before, part in pieces.parts.items():
        written[f"{OUTCOMES}/{before:08}.json"] = _content(run_document(part, keys))
    return written


def _content(data: dict[str, Any]) -> bytes:
    """Return `data` as JSON. Invisible characters are escaped, for readers of the branch in a terminal."""
    text = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text).encode() + b"\n"


def message(batch: Batch) -> bytes:
    """Return the commit's message: the run, how much it stores, and a nonce.

    Without the nonce, two runs that commit the same would make the same commit, and each would take it for its own.
    """
    counted = count(len(batch.entries), "target")
    gone = f"{len(batch.removed)} unusable taken out"
    lease = batch.lease
    held = f"lease until {lease.until}" if lease is not None and lease.until else "lease given back"
    said = [counted] * bool(batch.entries) + [held] * (lease is not None) + ["record"] * (batch.record is not None)
    said += [gone] * bool(batch.removed)
    lines = (batch.note or "reconciler", "", ", ".join(said) or "nothing", "", f"Nonce: {secrets.token_hex(8)}")
    plain = ("".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line) for line in lines)
    return "\n".join(plain).encode() + b"\n"


def stream(batch: Batch, *, parent: str, ref: str, keys: LedgerKeys = NO_KEYS) -> bytes:
    """Return the input that makes git fast-import commit `batch` on top of `parent` and print the commit's name."""
    told = message(batch)
    parts = [
        b"commit %s\nmark :1\ncommitter reconciler <reconciler@invalid> now\n" % ref.encode(),
        b"data %d\n%s" % (len(told), told),
        b"from %s\n" % parent.encode() if parent else b"",
    ]
    for path, content in files(batch, first=not parent, keys=keys).items():
        if content is None:
            parts.append(b"D %s\n" % _quoted(path))
        else:
            parts.append(b"M 100644 inline %s\ndata %d\n%s" % (_quoted(path), len(content), content))
    return b"".join((*parts, b"\nget-mark :1\ndone\n"))


def _quoted(path: str) -> bytes:
    """Return a path as git fast-import reads it. A path that is taken out may have been named by anyone."""
    plain = path.encode("utf-8", "surrogateescape")
    if plain.isascii() and path.isprintable() and not path.startswith('"') and "\\" not in path:
        return plain
    return b'"%s"' % b"".join(b"\\%03o" % byte for byte in plain)


def tree_files(
    version: str, trees: Callable[[Sequence[str]], Sequence[Sequence[TreeRow] | None]], *, most: int
) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Return the mode and the object of each file of a commit, and the folders at its top that have too many.

    `trees` reads trees by their names, and says None of one that is too large. No file is looked for in more folders
    than ours have. Each tree is read once. One that stands in many places costs as little to push as a small one, so
    the paths are counted as they are made: of a folder with more than `most`, none is returned.
    """
    found, flooded = dict[str, tuple[str, str]](), set[str]()
    counted, level = Counter[str](), [(TOP, f"{version}^{{tree}}")]
    for _ in range(ENTRY_DEPTH):
        names = list(dict.fromkeys(name for _, name in level))
        rows = dict(zip(names, trees(names), strict=True))
        below: list[tuple[str, str]] = []
        for folder, name in level:
            top = folder.partition("/")[0]
            listed = rows[name]
            counted[top] += len(listed or ())
            if listed is None or (top and counted[top] > most):
                flooded.add(top)
            elif top not in flooded:
                found |= {f"{folder}{path}": (mode, one) for path, mode, one in listed if mode != _FOLDER}
                below += ((f"{folder}{path}/", one) for path, mode, one in listed if mode == _FOLDER)
        level = [one for one in below if one[0].partition("/")[0] not in flooded]
    kept = {path: one for path, one in found.items() if path.partition("/")[0] not in flooded}
    return kept, sorted(flooded)


def is_ours(path: str) -> bool:
    """True if the path is one of those above; any other is a later version's, and is left alone."""
    nested = path.count("/") == path_of(("", "", "")).count("/")
    keyed = path.startswith((ENTRIES, ACCOUNTS)) and path.endswith(".json") and nested
    return path in (LEASE_FILE, RUN_FILE) or _is_outcomes(path) or _is_lease(path) or keyed


def _is_outcomes(path: str) -> bool:
    folder, _, name = path.partition("/")
    return folder == OUTCOMES and "/" not in name and name.endswith(".json")


def _is_lease(path: str) -> bool:
    """True if the path is that of a lease; none is written for a shard that none can be of."""
    shard = path.removeprefix(LEASES).removesuffix(".json").replace("-of-", "/")
    return path == LEASE_FILE or (read_shard(shard) is not None and path == _lease_path(shard))


def _part_of(path: str) -> LedgerPart:
    """Return what the file at `path` is for, or the folder."""
    if path in FOLDERS:
        return FOLDERS[path]
    if _is_outcomes(path):
        return LedgerPart.OUTCOMES
    if path.startswith(ACCOUNTS):
        return LedgerPart.ACCOUNT
    if _is_lease(path):
        return LedgerPart.LEASE
    return next((part for part, file in _PATHS.items() if file == path), LedgerPart.ENTRY)


def set_aside(path: str, why: str) -> SetAside:
    """Return the file at `path` as one that no run can use."""
    return SetAside(path, _part_of(path), why)


def checked_size(path: str, size: int | None) -> int:
    """Return the size of the file at `path`, None for one that was not fetched.

    Raises Unusable for that one, and for one that is larger than any run writes.
    """
    if size is None:
        raise Unusable(f"it is larger than {MOST_BYTES // 1024**2} MiB, and was not fetched")
    if why := oversize(_part_of(path), size):
        raise Unusable(why)
    return size


def part_at(path: str, content: bytes, keys: LedgerKeys = NO_KEYS) -> LedgerFile:
    """Return the content of the file at `path`, and whether one of `keys` vouches for it; raises Unusable."""
    if _is_lease(path):
        lease = _parsed(content, Lease.model_validate)
        if _lease_path(lease.shard) != path:
            raise Unusable("it is another shard's")
        return lease
    if path == RUN_FILE or _is_outcomes(path):
        return _parsed(content, partial(vouched_run, keys=keys))
    if path.startswith(ACCOUNTS):
        account = _parsed(content, account_from_json)
        if _path(ACCOUNTS, account.key) != path:
            raise Unusable("it is another account's")
        return account
    entry = _parsed(content, partial(vouched_entry, keys=keys))
    if path_of(entry.key) != path:
        raise Unusable("it is another target's")
    return entry


def versions_in(listed: bytes) -> list[tuple[str, str]]:
    """Return each path with the name of its object, as git log --raw -z lists what commits wrote, the newest first."""
    told = [part for part in listed.decode("utf-8", "surrogateescape").split("\0") if part]
    return [(path, about.split()[3]) for about, path in zip(told[::2], told[1::2], strict=True)]


def records_in(versions: Iterable[tuple[str, bytes | None]], keys: LedgerKeys = NO_KEYS) -> tuple[RunRecord, ...]:
    """Return each run's last record from every version of its files, the newest first in both.

    A broken version is skipped: a snapshot names the present one, and one in the past cannot be mended. A version
    without a mark is skipped if another of the same run has one: it was forged over it.
    """
    last: dict[tuple[str, str], RunRecord] = {}
    added: dict[tuple[str, str], dict[str, RunRecord]] = {}
    for path, content in versions:
        with suppress(Unusable):
            record = _parsed(content or b"", partial(vouched_run, keys=keys))
            run = (record.run, record.started)
            if path == RUN_FILE:
                _put(last, run, record)
            else:
                _put(added.setdefault(run, {}), path, record)
    parts = {run: [found[path] for path in sorted(found)] for run, found in added.items()}
    told = (with_outcomes(record, parts.get(run, ())) for run, record in last.items())
    return tuple(sorted(told, key=lambda record: record.started, reverse=True))


def _put(found: dict[_K, RunRecord], key: _K, record: RunRecord) -> None:
    """Keep the newest record of a key, which comes first, unless only an older one is vouched for."""
    if key not in found or (record.vouched and not found[key].vouched):
        found[key] = record


def _parsed(content: bytes, parse: Callable[[Any], _T]) -> _T:
    try:
        return parse(strict_json(content))
    except (ValueError, RecursionError):
        raise Unusable("it cannot be read") from None


def require_plain(mode: str) -> None:
    """Raise Unusable if a file of this mode is not a plain file."""
    if not mode.startswith("100"):
        raise Unusable("it is no plain file")
