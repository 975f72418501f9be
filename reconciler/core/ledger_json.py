"""A ledger entry as JSON, and back. Values are written by the field they belong to, so the kinds cannot be mixed up."""

from __future__ import annotations

from typing import Any

from reconciler.core.ledger import FieldRecord, LedgerEntry, RecordState, Stamp
from reconciler.core.profile import FIELD
from reconciler.core.value import from_record, to_record

FORMAT = 1
_VALUES = ("sent", "shown", "intent", "over", "before")


def entry_to_json(entry: LedgerEntry) -> dict[str, Any]:
    """Return `entry` as JSON; absent values are left out."""
    return {
        "format": FORMAT,
        "key": list(entry.key),
        "profile": entry.profile,
        "fields": {record.field: _record(record) for record in entry.records},
    }


def _record(record: FieldRecord) -> dict[str, Any]:
    values = {name: to_record(value) for name in _VALUES if (value := getattr(record, name)) is not None}
    attempts = {"attempts": record.attempts} if record.attempts else {}
    tried = {"tried": record.tried.model_dump()} if record.tried is not None else {}
    marked = {"mark": record.mark} if record.mark else {}
    return {"state": record.state.value, **record.stamp.model_dump(), **attempts, **tried, **marked, **values}


def entry_from_json(data: Any) -> LedgerEntry:
    """Return the entry that `entry_to_json` wrote; raises ValueError for anything else."""
    match data:
        case {
            "format": 1,
            "key": [str(provider), str(endpoint), str(address)],
            "profile": str(profile),
            "fields": dict(fields),
        }:
            records = tuple(_parsed(name, fields[name]) for name in sorted(FIELD.keys() & fields.keys()))
            return LedgerEntry(key=(provider, endpoint, address), profile=profile, records=records)
        case _:
            raise ValueError("not a ledger entry")


def _parsed(name: str, data: Any) -> FieldRecord:
    match data:
        case {"state": str(state), "at": str(at), "run": str(run), "commit": str(commit)}:
            values = {key: from_record(name, data[key]) for key in _VALUES if key in data}
            stamp = Stamp(at=at, run=run, commit=commit)
            tried = Stamp.model_validate(data["tried"]) if "tried" in data else None
            more: dict[str, Any] = {
                "attempts": data.get("attempts", 0),
                "tried": tried,
                "mark": data.get("mark", ""),
                **values,
            }
            return FieldRecord(field=name, state=RecordState(state), stamp=stamp, **more)
        case _:
            raise ValueError("not a ledger record")
