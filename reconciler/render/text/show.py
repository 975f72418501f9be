"""One profile side by side: desired, live and remembered, as text and as JSON.

show_text: (the report, how wide the terminal is) → a table, or below each other where it is narrow.
show_json: (the report) → the same as a document.
remembered_text: (a record of the ledger) → what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from reconciler.core.basics import to_dict
from reconciler.core.comparing.kinds import is_same, to_json
from reconciler.core.explanations import ORIGINS
from reconciler.core.fields import FIELD_NAMES, Picture, Value
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.memory.records import FieldRecord, RecordState, Stamp
from reconciler.core.planning.field_plan import BY_MEMORY
from reconciler.core.reports.command_reports import ShowReport
from reconciler.core.roster import Business
from reconciler.core.target import Known, Linked, LiveField, Observed, Unreadable, WriteOnly
from reconciler.render.pieces import unseen_between
from reconciler.render.safe_text import ISOLATE, cell, terminal
from reconciler.render.terminal import Look, styled, text_table, wrapped
from reconciler.render.text.changes import heading, value_lines
from reconciler.render.words import SAME, business_json, business_words, ends, time_words

# A table has five columns. In fewer characters than these they are too narrow to read.
_TABLE = 110
_COLUMNS = ("field", "desired", "live", "memory", "state")


def show_text(report: ShowReport, *, width: int) -> str:
    """Return the table for a terminal of `width` columns."""
    rows = [
        (name, _value(field.value, name), _live(report, name), *_remembered(report, name))
        for name in FIELD_NAMES
        if (field := report.desired.get(name)) is not None
    ]
    # A column would fold what is isolated, and the isolate would take in the columns beside it.
    wide = width >= _TABLE and not any(ISOLATE in text for row in rows for text in row)
    shown = (
        text_table(_COLUMNS, rows, width=width) if wide else "\n".join(line for row in rows for line in _stacked(row))
    )
    parts = [heading(report.planned), *_business(report.planned.business), shown, f"mode: {report.desired.mode}"]
    text = "\n".join([*parts, *([terminal(report.planned.reason)] if report.planned.reason else [])])
    return text if wide else wrapped(text, width)


def _business(business: Business) -> Iterator[str]:
    """Yield what the provider says of the business behind the number, if it says anything."""
    told = {what: cell(words) for what, words in business_words(business).items() if words}
    if told:
        yield " · ".join(words if what == "name" else f"{what} {words}" for what, words in told.items())


def _stacked(row: tuple[str, ...]) -> Iterator[str]:
    """Yield a field with its state, and below it each value in a column of its own."""
    name, *values, state = row
    first, *more = state.split("\n")
    yield f"{styled(name, Look.HEADING)}: {first}"
    yield from (f"    {line}" for line in more)
    for label, value in zip(_COLUMNS[1:-1], values, strict=True):
        for number, line in enumerate(value.split("\n")):
            yield f"    {f'{label}:' if not number else '':<9}{line}"


def _value(value: Value, field: str) -> str:
    return "\n".join(value_lines(value, field))


def _live(report: ShowReport, name: str) -> str:
    live = report.live.get(name) if isinstance(report.live, Observed) else None
    match live:
        case Known(value=value):
            return _value(value, name)
        case WriteOnly():
            return "(cannot be read back)"
        case Unreadable(reason=reason):
            return f"(not read: {terminal(reason)})"
        case Linked() | None:
            return "(not read)"
        case _:
            assert_never(live)


def _remembered(report: ShowReport, name: str) -> tuple[str, str]:
    """Return the remembered value, and the field's state in the words of the plan."""
    differs = [ORIGINS[change.origin].words for change in report.planned.differences if change.field == name]
    unchanged = [SAME.get(field.reason, field.reason) for field in report.planned.unchanged if field.field == name]
    record = report.entry.get(name) if report.entry is not None else None
    desired, live = report.desired.get(name), report.live.get(name) if isinstance(report.live, Observed) else None
    notes = unseen_between(live.value, desired.value) if isinstance(live, Known) and desired is not None else ()
    return remembered_text(record), "\n".join([[*differs, *unchanged, "not known"][0], *notes])


def remembered_text(record: FieldRecord | None) -> str:
    """Return what a record says: the last sent value, how the provider then showed it, and what is still open."""
    if record is None or not record.says_anything:
        return "(nothing recorded)"
    lines = [] if record.sent is None else [_value(record.sent, record.field), f"({_remembered_by(record.stamp)})"]
    if record.state is RecordState.RELEASED:
        lines.append("(no longer managed since)")
    if not record.vouched:
        lines.append(f"({BY_MEMORY})")
    rewritten = record.sent is not None and record.shown is not None and not is_same(record.sent, record.shown)
    # Every provider re-encodes pictures, so a picture always looks rewritten.
    if rewritten and record.shown is not None and not isinstance(record.shown, Picture):
        lines += ["shown as:", _value(record.shown, record.field), *unseen_between(record.sent, record.shown)]
    if record.intent is not None:
        open_ = f"({_remembered_by(record.tried or record.stamp)}; whether it arrived is not known)"
        lines += ["then sent:", _value(record.intent, record.field), open_]
    if record.asked is not None:
        since, why = _remembered_by(record.asked.stamp), terminal(record.asked.why)
        lines += ["asked for:", _value(record.asked.value, record.field), f"({since}: {why})"]
    return "\n".join(lines)


def _remembered_by(stamp: Stamp) -> str:
    return terminal(f"{time_words(stamp.at)} by run {stamp.run}")


def show_json(report: ShowReport) -> dict[str, Any]:
    """Return one profile: desired, live and remembered for each managed field."""
    planned = report.planned
    origins = {change.field: change.origin for change in planned.differences}
    reasons = {field.field: field.reason for field in planned.unchanged}
    fields = {
        field.name: {
            "desired": to_json(field.value),
            "source": to_dict(field.source),
            "live": _live_json(report.live.get(field.name) if isinstance(report.live, Observed) else report.live),
            **_record_json(report.entry.get(field.name) if report.entry is not None else None),
            "origin": origins.get(field.name),
            "unchanged": reasons.get(field.name),
        }
        for field in report.desired.fields
    }
    return {
        "format_version": RESULT_FORMAT,
        **to_dict(report.desired.target),
        "business": business_json(planned.business),
        "mode": report.desired.mode,
        "reason": planned.reason,
        "fields": fields,
        **ends(report.reasons),
    }


def _record_json(record: FieldRecord | None) -> dict[str, Any]:
    """Return the ledger's record of a field: what was sent and then shown, and what is still open."""
    values = {name: getattr(record, name, None) for name in ("sent", "shown", "intent")}
    return {
        "state": record.state if record is not None else None,
        **{name: to_json(value) if value is not None else None for name, value in values.items()},
        "sent_stamp": record.stamp.model_dump() if record is not None else None,
        "intent_stamp": record.tried.model_dump() if record is not None and record.tried is not None else None,
    }


def _live_json(live: LiveField | Unreadable | None) -> dict[str, Any]:
    match live:
        case Known(value=value):
            return {"known": to_json(value)}
        case Unreadable(reason=reason, cause=cause):
            return {"unreadable": reason, "cause": to_dict(cause) if cause is not None else None}
        case WriteOnly():
            return {"write_only": True}
        case Linked() | None:
            return {"unreadable": "it was not read", "cause": None}
        case _:
            assert_never(live)
