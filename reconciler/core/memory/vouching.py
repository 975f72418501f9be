"""Which stored memory a run wrote that had the ledger's key, and which may be forged.

parse_keys: (the text that holds the keys) → the keys, or why one of them protects nothing.
entry_document, vouched_entry: an entry ↔ its document with a mark.
run_document, vouched_run: a run's record ↔ its document with a mark.

The mark is an HMAC over the whole document without the mark. The document names its target or its run, and the commit,
so a mark is worth nothing in another place. An older document with its mark can still be put back: it then says what
was true at that time. Its worst is that a reviewed value is sent again.

A document that no key vouches for is read all the same. Its records are unvouched memory: they are shown, open no gate
and hide no difference. A run that adds to such a document leaves its other records unvouched, and names them in it.

Several keys are for the day on which a key is replaced: the first one marks, and the marks of all of them count.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.core.fields import canonical_json
from reconciler.core.memory.records import KEY_BYTES, LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.stored import entry_from_json, entry_to_json, record_from_json, record_to_json

_MARK, _UNVOUCHED, _IDENTITY = "mark", "unvouched", "identity"
# The same key also marks the secrets of webhooks; this keeps the two kinds of mark apart.
_PURPOSE = b"reconciler ledger\n"


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """The keys of a ledger, the one that marks first. Without any, no mark is made and none counts."""

    keys: tuple[bytes, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        """True if there is a key."""
        return bool(self.keys)

    def marked(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return `document` with its mark."""
        return {**document, _MARK: _mark(document, self.keys[0])} if self.keys else dict(document)

    def vouches_for(self, document: Mapping[str, Any]) -> bool:
        """True if `document` carries the mark that one of the keys makes of it."""
        said = document.get(_MARK)
        if not isinstance(said, str) or not said.isascii():
            return False
        # Each key is tried, and no comparison ends early: time tells nothing of a mark.
        return sum(hmac.compare_digest(said, _mark(document, key)) for key in self.keys) > 0


NO_KEYS = LedgerKeys()


def parse_keys(text: str) -> LedgerKeys | int:
    """Return the keys, which stand apart by white space, or the number of bytes of the first that is too short."""
    keys = tuple(key.encode() for key in text.split())
    short = next((len(key) for key in keys if len(key) < KEY_BYTES), None)
    return LedgerKeys(keys) if short is None else short


def _mark(document: Mapping[str, Any], key: bytes) -> str:
    text = canonical_json({name: value for name, value in document.items() if name != _MARK})
    # A provider's text may hold half of a surrogate pair.
    return hmac.new(key, _PURPOSE + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _unvouched_identity(entry: LedgerEntry) -> bool:
    """True if an entry names the number that its credential opens, and no mark vouches for that."""
    return bool(entry.identity) and not entry.vouched


def is_unvouched(entry: LedgerEntry) -> bool:
    """True if no mark vouches for a part of an entry."""
    return _unvouched_identity(entry) or any(not one.vouched for one in entry.records)


def all_vouched(entry: LedgerEntry) -> LedgerEntry:
    """Return an entry that a person has reviewed, so that a key may vouch for all of it."""
    return replace(entry, records=tuple(replace(one, vouched=True) for one in entry.records), vouched=True)


def none_vouched(entry: LedgerEntry) -> LedgerEntry:
    """Return an entry of a store that any party may have written."""
    return replace(entry, records=tuple(replace(one, vouched=False) for one in entry.records), vouched=False)


def entry_document(entry: LedgerEntry, keys: LedgerKeys) -> dict[str, Any]:
    """Return `entry` as the ledger keeps it: with a mark where there is a key, and the names of what it leaves out."""
    document = entry_to_json(entry)
    names = [one.field for one in entry.records if not one.vouched] + [_IDENTITY] * _unvouched_identity(entry)
    return keys.marked({**document, _UNVOUCHED: sorted(names)} if keys and names else document)


def vouched_entry(document: Any, keys: LedgerKeys) -> LedgerEntry:
    """Return the entry, each record with whether it is vouched for; raises ValueError if `document` is not an entry."""
    entry = entry_from_json(document)
    sound = keys.vouches_for(document)
    without = document.get(_UNVOUCHED, ())
    records = tuple(replace(one, vouched=sound and one.field not in without) for one in entry.records)
    return replace(entry, records=records, vouched=sound and _IDENTITY not in without)


def run_document(record: RunRecord, keys: LedgerKeys) -> dict[str, Any]:
    """Return `record` as the ledger keeps it: with a mark where there is a key and the record is vouched for."""
    document = record_to_json(record)
    return keys.marked(document) if record.vouched else document


def vouched_run(document: Any, keys: LedgerKeys) -> RunRecord:
    """Return the record with whether it is vouched for; raises ValueError if `document` is not a record."""
    if not isinstance(document, dict):
        return record_from_json(document)
    bare = {name: value for name, value in document.items() if name != _MARK}
    return replace(record_from_json(bare), vouched=keys.vouches_for(document))
