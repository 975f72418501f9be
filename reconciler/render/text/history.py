"""The past of profiles and runs, as text and as JSON.

history_text, runs_text: one profile's past; every run in one line.
rollback_text: what `rollback` put back into the files.
recovered_text: what `recover` came to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.core.authoring.rolling_back import RollbackReport
from reconciler.core.basics import count, to_dict
from reconciler.core.comparing.kinds import from_json, to_json
from reconciler.core.fields import Json
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.memory.records import FieldRecord, Stamp
from reconciler.core.memory.runs import (
    AskedField,
    FieldOutcome,
    FieldStatus,
    HistoryEvent,
    HistoryReport,
    OutcomeStatus,
    RunRecord,
    RunsReport,
)
from reconciler.core.memory.stored import outcome_to_json, record_to_json
from reconciler.render.pieces import unseen_between
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import STATUS_LOOK, Look, padded, styled
from reconciler.render.text.changes import FIELD_WIDTH, value_lines
from reconciler.render.text.drift import authored_lines, left_lines
from reconciler.render.words import FIELD_SIGN, ends

_SHORT = 12


def history_text(report: HistoryReport) -> str:
    """Return one profile's past, the newest first."""
    parts = [f"{styled(terminal(report.profile), Look.HEADING)}: {count(len(report.events), 'run')} wrote to it."]
    if report.open:
        title = styled("Open: sent, and whether it arrived is not known", Look.WARNING)
        parts.append("\n".join([f"{title}:", *(line for record in report.open for line in _open(record))]))
    if report.asked:
        title = styled("Asked for, and not sent", Look.WARNING)
        parts.append("\n".join([f"{title}:", *(line for one in report.asked for line in _asked(one))]))
    parts += ["\n".join(_event(event)) for event in report.events]
    return "\n\n".join(parts)


def _open(record: FieldRecord) -> Iterator[str]:
    yield f"  ? {padded(terminal(record.field), FIELD_WIDTH)}{_by_run(record.tried or record.stamp)}"
    yield from (f"      + {line}" for line in value_lines(record.intent or "", record.field))


def _asked(one: AskedField) -> Iterator[str]:
    yield f"  · {padded(terminal(one.field), FIELD_WIDTH)}{_by_run(one.asked.stamp)}: {terminal(one.asked.why)}"
    yield from (f"      + {line}" for line in value_lines(one.asked.value, one.field))


def _by_run(stamp: Stamp) -> str:
    return terminal(f"{stamp.at} by run {stamp.run}{_at(stamp.commit)}")


def _at(commit: str) -> str:
    return f" at commit {commit[:_SHORT]}" if commit else ""


def _event(event: HistoryEvent) -> Iterator[str]:
    status = styled(event.outcome.status, STATUS_LOOK[event.outcome.status])
    yield f"{terminal(f'{event.started} by run {event.run}{_at(event.commit)}')}: {status}{_ending(event)}"
    if event.outcome.detail:
        yield f"    {terminal(event.outcome.detail)}"
    for field in event.outcome.fields:
        yield from _field(field)


def _ending(event: HistoryEvent | RunRecord) -> str:
    """Return the edits that a run sent besides its commit and how it ended, if either is worth a word."""
    said = ["with edits that the commit does not hold"] if event.edited else []
    if event.interrupted:
        said.append(f"interrupted by {terminal(event.interrupted)}")
    elif not event.finished:
        said.append("the run never said that it ended")
    return f" ({'; '.join(said)})" if said else ""


def _field(field: FieldOutcome) -> Iterator[str]:
    status = "" if field.status is FieldStatus.APPLIED else f"{field.status}"
    word = terminal(": ".join(filter(None, (status, field.detail))))
    yield f"  {FIELD_SIGN[field.status]} {padded(terminal(field.field), FIELD_WIDTH)}{word}".rstrip()
    if field.before is not None:
        yield from (styled(f"      - {line}", Look.REMOVED) for line in _lines(field.field, field.before))
    yield from (styled(f"      + {line}", Look.ADDED) for line in _lines(field.field, field.after))
    values = (from_json(field.field, field.before), from_json(field.field, field.after))
    yield from (styled(f"      {note}", Look.DIM) for note in unseen_between(*values))


def _lines(name: str, value: Json) -> Iterator[str]:
    """Yield a recorded value's lines. A record is foreign: a value that its field cannot have is only mentioned."""
    known = from_json(name, value)
    yield from value_lines(known, name) if known is not None else ("(a value that cannot be read)",)


def runs_text(report: RunsReport) -> str:
    """Return every run in one line, the newest first."""
    return "\n".join(map(_run, report.runs)) if report.runs else "No run is recorded."


def _run(record: RunRecord) -> str:
    statuses = [outcome.status for outcome in record.outcomes]
    found = ", ".join(f"{statuses.count(status)} {status}" for status in OutcomeStatus if status in statuses)
    what = found or "nothing said of any profile"
    return f"{terminal(f'{record.started}  {record.run}{_at(record.commit)}')}: {what}{_ending(record)}"


def history_json(report: HistoryReport) -> dict[str, Any]:
    """Return one profile's past."""
    return {
        "format_version": RESULT_FORMAT,
        "profile": report.profile,
        "open": [_open_json(record) for record in report.open],
        "asked": [_asked_json(one) for one in report.asked],
        "events": [
            {**to_dict(event, without=("outcome",)), **outcome_to_json(event.outcome)} for event in report.events
        ],
        **ends(report.reasons),
    }


def _open_json(record: FieldRecord) -> dict[str, Any]:
    stamp = record.tried or record.stamp
    intent = to_json(record.intent) if record.intent is not None else None
    return {"field": record.field, "intent": intent, **stamp.model_dump()}


def _asked_json(one: AskedField) -> dict[str, Any]:
    asked = one.asked
    return {"field": one.field, "value": to_json(asked.value), "why": asked.why, **asked.stamp.model_dump()}


def runs_json(report: RunsReport) -> dict[str, Any]:
    """Return every run with all that it did."""
    runs = [record_to_json(record) for record in report.runs]
    return {"format_version": RESULT_FORMAT, "runs": runs, **ends(report.reasons)}


def rollback_text(report: RollbackReport) -> str:
    """Return what the files say again, what they do not and why, and what to do next."""
    run = f"run {terminal(report.run)} of {terminal(report.started)}"
    parts = [
        *authored_lines("Put back: the files say again what was there before", report.written),
        *left_lines("Not put back:", report.left),
    ]
    files = count(len({one.file for one in report.written}), "file")
    done = f"{count(len(report.written), 'field')} in {files} put back" if report.written else "nothing put back"
    left = f", {len(report.left)} not" if report.left else ""
    already = f"; {count(report.already, 'field')} as before already" if report.already else ""
    nothing = "; it sent nothing" if not (report.written or report.left or report.already) else ""
    parts.append(f"Rollback of {run}: {done}{left}{already}{nothing}.")
    if report.written:
        parts.append(
            "Nothing was sent. Review it like any edit: `git diff`, `reconciler plan`, then `reconciler apply`."
        )
    return "\n".join(parts)


def rollback_json(report: RollbackReport) -> dict[str, Any]:
    """Return the report as a document."""
    return {
        "format_version": RESULT_FORMAT,
        "run": report.run,
        "started": report.started,
        "written": [to_dict(one, without=("line",)) for one in report.written],
        "not_written": [to_dict(one, without=("line",)) for one in report.left],
        "already": report.already,
        **ends(report.reasons),
    }


def recovered_text(stored: int, known: int, *, file: str) -> str:
    """Say how many fields were recorded, how many the ledger knew better, and that `file` may now go."""
    better = f" Of {count(known, 'field')} the ledger knows better by now." if known else ""
    return f"Recorded what became of {count(stored, 'field')}.{better} {terminal(file)} may go now."
