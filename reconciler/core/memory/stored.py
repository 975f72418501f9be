"""How memory is written down: ledger entries and records of runs as JSON, and back.

loaded: bytes from another party → the JSON object in them, or why there is none to trust.
entry_to_json, entry_from_json: a ledger entry ↔ JSON. A value is written under its field, so kinds cannot be mixed up.
record_to_json, record_from_json: a run's record ↔ JSON. A record that is read is foreign: every party that may write to
the ledger can have forged it.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from reconciler.core import formats
from reconciler.core.basics import Cause, Reason, checked, to_dict
from reconciler.core.comparing.kinds import from_record, to_record
from reconciler.core.fields import FIELD, RepeatedKey, strict_json
from reconciler.core.memory.records import Asked, FieldRecord, LedgerEntry, RecordState, Stamp
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.target import Target


def loaded(content: bytes, what: str, *, most: int) -> dict[str, Any] | str:
    """Return the object, or why it cannot be read; `what` names it in messages, and `most` is its limit in bytes."""
    if len(content) > most:
        return f"it is larger than {most // 1024**2} MiB, and no {what} is"
    try:
        data = strict_json(content)
    except RepeatedKey as twice:
        return f"the key {twice.key!r:.40} stands twice in one place"
    except ValueError:
        return "it is not JSON"
    return data if isinstance(data, dict) else f"it is no JSON object, and a {what} is one"


_VALUES = ("sent", "shown", "intent", "over", "before")
_NAMES = tuple(sorted(FIELD))


@lru_cache(maxsize=1000)
def _stamp(at: str, run: str, commit: str) -> Stamp:
    """Return the stamp of a run: one run writes many entries, and all of them share it."""
    return Stamp(at=at, run=run, commit=commit)


def entry_to_json(entry: LedgerEntry) -> dict[str, Any]:
    """Return `entry` as JSON; absent values are left out."""
    return {
        "format": formats.ENTRY_FORMAT,
        "key": list(entry.key),
        "profile": entry.profile,
        **({"identity": entry.identity} if entry.identity else {}),
        "fields": {record.field: _record(record) for record in entry.records},
    }


def _record(record: FieldRecord) -> dict[str, Any]:
    values = {name: to_record(value) for name in _VALUES if (value := getattr(record, name)) is not None}
    attempts = {"attempts": record.attempts} if record.attempts else {}
    tried = {"tried": record.tried.model_dump()} if record.tried is not None else {}
    marked = {"mark": record.mark} if record.mark else {}
    asked = {"asked": _asked(record.asked)} if record.asked is not None else {}
    consented = {"consented": True} if record.consented else {}
    more = attempts | tried | marked | consented | asked
    return {"state": record.state.value, **record.stamp.model_dump(), **more, **values}


def _asked(asked: Asked) -> dict[str, Any]:
    over = {"over": to_record(asked.over)} if asked.over is not None else {}
    return {**asked.stamp.model_dump(), "why": asked.why, "value": to_record(asked.value), **over}


def entry_from_json(data: Any) -> LedgerEntry:
    """Return the entry that `entry_to_json` wrote; raises ValueError for anything else."""
    match data:
        case {
            "format": found,
            "key": [str(provider), str(endpoint), str(address)],
            "profile": str(profile),
            "fields": dict(fields),
            **rest,
        } if _is_known(found) and isinstance(identity := rest.get("identity", ""), str):
            records = tuple(_parsed_values(name, fields[name]) for name in _NAMES if name in fields)
            # A fleet has a hundred thousand entries, and few providers.
            key = (sys.intern(provider), sys.intern(endpoint), address)
            return LedgerEntry(key=key, profile=profile, records=records, identity=identity)
        case _:
            raise ValueError("not a ledger entry")


def _is_known(found: Any) -> bool:
    """True for an entry of this major version. The first entries had a number, without a minor version."""
    major = formats.ENTRY_FORMAT.partition(".")[0]
    return found.startswith(f"{major}.") if isinstance(found, str) else found is not True and found == int(major)


def _parsed_values(name: str, data: Any) -> FieldRecord:
    match data:
        case {"state": str(state), "at": str(at), "run": str(run), "commit": str(commit)}:
            values = {key: from_record(name, data[key]) for key in _VALUES if key in data}
            if "shown" in values and values["shown"] == values.get("sent"):
                values["shown"] = values["sent"]
            stamp = _stamp(at, run, commit)
            tried = Stamp.model_validate(data["tried"]) if "tried" in data else None
            asked = _parsed_asked(name, data["asked"]) if "asked" in data else None
            more = {key: data[key] for key in ("attempts", "mark", "consented") if key in data}
            known = {"field": name, "state": RecordState(state), "stamp": stamp, "tried": tried, "asked": asked}
            return checked(FieldRecord, known | values | more)
        case _:
            raise ValueError("not a ledger record")


def _parsed_asked(name: str, data: Any) -> Asked:
    match data:
        case {"at": str(at), "run": str(run), "commit": str(commit), "why": str(why), "value": value}:
            over = from_record(name, data["over"]) if "over" in data else None
            return Asked(from_record(name, value), _stamp(at, run, commit), why, over=over)
        case _:
            raise ValueError("not what a ledger record says was asked for")


_TARGET = tuple(one.name for one in fields(Target))


def record_to_json(record: RunRecord) -> dict[str, Any]:
    """Return `record` as `apply --record` writes it and the ledger keeps it."""
    outcomes = [outcome_to_json(outcome) for outcome in record.outcomes]
    return {
        "format_version": formats.RECORD_FORMAT,
        **to_dict(record, without=("outcomes", "vouched")),
        "outcomes": outcomes,
    }


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """Return one target's outcome."""
    return {
        **to_dict(outcome.target),
        "status": outcome.status,
        "detail": outcome.detail,
        "skipped": outcome.skipped,
        "reasons": sorted(outcome.reasons),
        "fields": [to_dict(field) for field in outcome.fields],
    }


def record_from_json(data: Any) -> RunRecord:
    """Return the record that `record_to_json` wrote; raises ValueError, saying what is wrong, for anything else."""
    match data:
        case {"format_version": formats.RECORD_FORMAT, "outcomes": list(outcomes)} if "vouched" not in data:
            told = {name: value for name, value in data.items() if name not in ("format_version", "outcomes")}
            try:
                return checked(RunRecord, {**told, "outcomes": tuple(map(_parsed_record, outcomes))})
            except (ValidationError, KeyError, TypeError, ValueError) as problem:
                raise ValueError(f"not the record of a run: {_first(problem)}") from None
        case {"format_version": str(version)} if version != formats.RECORD_FORMAT:
            raise ValueError(
                f"a record of format {version[:20]!r}, and this version of the tool knows {formats.RECORD_FORMAT}"
            )
        case _:
            raise ValueError("not the record of a run")


def _parsed_record(data: Any) -> Outcome:
    match data:
        case {"fields": list(fields), "reasons": list(reasons), "detail": str(detail), "skipped": bool(skipped)}:
            target = checked(Target, {name: data[name] for name in _TARGET if name in data})
            kinds = tuple(Reason(reason) for reason in reasons)
            found = tuple(map(_field, fields))
            return Outcome(target=target, fields=found, detail=detail, skipped=skipped, reasons=kinds)
        case _:
            raise ValueError("an outcome lacks something")


def _field(data: Any) -> FieldOutcome:
    if not isinstance(data, dict):
        raise TypeError("a field of an outcome is no mapping")
    cause = data.get("cause")
    if cause is not None and not isinstance(cause, dict):
        raise TypeError("the cause of an outcome is no mapping")
    found = checked(Cause, cause) if cause is not None else None
    return checked(FieldOutcome, {**data, "status": FieldStatus(data["status"]), "cause": found})


def _first(problem: Exception) -> str:
    """Say what is wrong, without quoting the text."""
    if isinstance(problem, ValidationError):
        first = problem.errors(include_input=False, include_url=False)[0]
        if first["type"] == "extra_forbidden":
            return "it has an unknown key"
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return "an outcome cannot be read"
