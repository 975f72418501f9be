"""A run's record as JSON, and back. What comes back is foreign: whoever may write to the ledger can have forged it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from reconciler.core.outcome import FieldOutcome, FieldStatus, Outcome, Reason, RunRecord
from reconciler.core.target import Target

FORMAT_VERSION = "1.0"
_TARGET = tuple(Target.model_fields)


def record_to_json(record: RunRecord) -> dict[str, Any]:
    """Return `record` as `apply --record` writes it and the ledger keeps it."""
    outcomes = [outcome_to_json(outcome) for outcome in record.outcomes]
    return {"format_version": FORMAT_VERSION, **record.model_dump(exclude={"outcomes"}), "outcomes": outcomes}


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """Return one target's outcome."""
    return {
        **outcome.target.model_dump(),
        "status": outcome.status,
        "detail": outcome.detail,
        "skipped": outcome.skipped,
        "reasons": sorted(outcome.reasons),
        "fields": [field.model_dump() for field in outcome.fields],
    }


def record_from_json(data: Any) -> RunRecord:
    """Return the record that `record_to_json` wrote; raises ValueError, saying what is wrong, for anything else."""
    match data:
        case {"format_version": "1.0", "outcomes": list(outcomes)}:
            told = {name: value for name, value in data.items() if name not in ("format_version", "outcomes")}
            try:
                return RunRecord(**told, outcomes=tuple(map(_parsed, outcomes)))
            except (ValidationError, KeyError, TypeError, ValueError) as problem:
                raise ValueError(f"not the record of a run: {_first(problem)}") from None
        case {"format_version": str(version)} if version != FORMAT_VERSION:
            raise ValueError(
                f"a record of format {version[:20]!r}, and this version of the tool knows {FORMAT_VERSION}"
            )
        case _:
            raise ValueError("not the record of a run")


def _parsed(data: Any) -> Outcome:
    match data:
        case {"fields": list(fields), "reasons": list(reasons), "detail": str(detail), "skipped": bool(skipped)}:
            target = Target(**{name: data[name] for name in _TARGET if name in data})
            kinds = tuple(Reason(reason) for reason in reasons)
            found = tuple(map(_field, fields))
            return Outcome(target=target, fields=found, detail=detail, skipped=skipped, reasons=kinds)
        case _:
            raise ValueError("an outcome lacks something")


def _field(data: Any) -> FieldOutcome:
    if not isinstance(data, dict):
        raise TypeError("a field of an outcome is no mapping")
    return FieldOutcome(**{**data, "status": FieldStatus(data["status"])})


def _first(problem: Exception) -> str:
    """Say what is wrong, never quoting what stands there."""
    if isinstance(problem, ValidationError):
        first = problem.errors(include_input=False, include_url=False)[0]
        if first["type"] == "extra_forbidden":
            return "it has a key that nobody knows"
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return "an outcome cannot be read"
