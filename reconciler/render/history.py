"""The past as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from reconciler.core.fields import Json, from_record, to_json
from reconciler.core.memory.records import FieldRecord, Stamp
from reconciler.core.memory.runs import (
    FieldOutcome,
    FieldStatus,
    HistoryEvent,
    HistoryReport,
    RunRecord,
    RunsReport,
    Status,
)
from reconciler.core.memory.stored import FORMAT_VERSION, outcome_to_json, record_to_json
from reconciler.render.changes import FIELD_WIDTH, value_lines
from reconciler.render.ends import ends
from reconciler.render.safe_text import terminal
from reconciler.render.words import FIELD_SIGN, STATUS_COLOUR, count

_SHORT = 12


def history_text(report: HistoryReport) -> str:
    """Return one profile's past, the newest first."""
    parts = [f"{click.style(terminal(report.profile), bold=True)}: {count(len(report.events), 'run')} wrote to it."]
    if report.open:
        title = click.style("Open: sent, and nobody knows whether it arrived", fg="yellow", bold=True)
        parts.append("\n".join([f"{title}:", *(line for record in report.open for line in _open(record))]))
    parts += ["\n".join(_event(event)) for event in report.events]
    return "\n\n".join(parts)


def _open(record: FieldRecord) -> Iterator[str]:
    yield f"  ? {terminal(record.field):<{FIELD_WIDTH}}{_by(record.tried or record.stamp)}"
    yield from (f"      + {line}" for line in value_lines(record.intent or ""))


def _by(stamp: Stamp) -> str:
    return terminal(f"{stamp.at} by run {stamp.run}{_at(stamp.commit)}")


def _at(commit: str) -> str:
    return f" at commit {commit[:_SHORT]}" if commit else ""


def _event(event: HistoryEvent) -> Iterator[str]:
    status = click.style(event.outcome.status, fg=STATUS_COLOUR[event.outcome.status], bold=True)
    yield f"{terminal(f'{event.started} by run {event.run}{_at(event.commit)}')}: {status}{_ending(event)}"
    if event.outcome.detail:
        yield f"    {terminal(event.outcome.detail)}"
    for field in event.outcome.fields:
        yield from _field(field)


def _ending(event: HistoryEvent | RunRecord) -> str:
    """Return what it was that was sent and how the run ended, where that is worth a word."""
    said = ["with edits that the commit does not hold"] if event.edited else []
    if event.interrupted:
        said.append(f"interrupted by {terminal(event.interrupted)}")
    elif not event.finished:
        said.append("the run never said that it ended")
    return f" ({'; '.join(said)})" if said else ""


def _field(field: FieldOutcome) -> Iterator[str]:
    status = "" if field.status is FieldStatus.APPLIED else f"{field.status}"
    word = terminal(": ".join(filter(None, (status, field.detail))))
    yield f"  {FIELD_SIGN[field.status]} {terminal(field.field):<{FIELD_WIDTH}}{word}".rstrip()
    if field.before is not None:
        yield from (click.style(f"      - {line}", fg="red") for line in _lines(field.field, field.before))
    yield from (click.style(f"      + {line}", fg="green") for line in _lines(field.field, field.after))


def _lines(name: str, value: Json) -> Iterator[str]:
    """Yield a recorded value's lines. A record is foreign: what is no value of that field is only said to be there."""
    match value:
        case {"sha256": str(sha256), "file": str(file)}:
            yield terminal(f"{file or 'a picture'}, sha256 {sha256[:_SHORT]}")
            return
    try:
        yield from value_lines(from_record(name, value))
    except (KeyError, ValueError):
        yield "(a value that cannot be read)"


def runs_text(report: RunsReport) -> str:
    """Return every run in one line, the newest first."""
    return "\n".join(map(_run, report.runs)) if report.runs else "No run is recorded."


def _run(record: RunRecord) -> str:
    statuses = [outcome.status for outcome in record.outcomes]
    found = ", ".join(f"{statuses.count(status)} {status}" for status in Status if status in statuses)
    what = found or "nothing said of any profile"
    return f"{terminal(f'{record.started}  {record.run}{_at(record.commit)}')}: {what}{_ending(record)}"


def history_json(report: HistoryReport) -> dict[str, Any]:
    """Return one profile's past."""
    return {
        "format_version": FORMAT_VERSION,
        "profile": report.profile,
        "open": [_open_json(record) for record in report.open],
        "events": [
            {**event.model_dump(exclude={"outcome"}), **outcome_to_json(event.outcome)} for event in report.events
        ],
        **ends(report.reasons),
    }


def _open_json(record: FieldRecord) -> dict[str, Any]:
    stamp = record.tried or record.stamp
    intent = to_json(record.intent) if record.intent is not None else None
    return {"field": record.field, "intent": intent, **stamp.model_dump()}


def runs_json(report: RunsReport) -> dict[str, Any]:
    """Return every run with all that it did."""
    runs = [record_to_json(record) for record in report.runs]
    return {"format_version": FORMAT_VERSION, "runs": runs, **ends(report.reasons)}
