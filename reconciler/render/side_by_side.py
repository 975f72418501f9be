"""One profile as a table: desired, live and remembered, side by side."""

from __future__ import annotations

import io
from typing import assert_never

from reconciler.core.comparison import same
from reconciler.core.fields import FIELD_NAMES, Picture, Value
from reconciler.core.memory.records import FieldRecord, RecordState, Stamp
from reconciler.core.reports import ShowReport
from reconciler.core.target import Known, Linked, Observed, Unreadable, WriteOnly
from reconciler.render.changes import heading, value_lines
from reconciler.render.safe_text import terminal
from reconciler.render.words import ORIGIN, SAME


def show_text(report: ShowReport, *, width: int) -> str:
    """Return the table for a terminal of `width` columns."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, expand=False)
    for title in ("field", "desired", "live", "memory", "state"):
        # Folded, never cut: what is hidden here is what somebody came to see.
        table.add_column(title, overflow="fold")
    for name in FIELD_NAMES:
        field = report.desired.get(name)
        if field is not None:
            row = (name, _value(field.value), _live(report, name), *_remembered(report, name))
            table.add_row(*(Text(cell) for cell in row))
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, legacy_windows=False)
    console.print(table)
    lines = [line.rstrip() for line in stream.getvalue().split("\n")]
    parts = [heading(report.planned), "\n".join(lines).strip("\n"), f"mode: {report.desired.mode}"]
    return "\n".join([*parts, *([terminal(report.planned.reason)] if report.planned.reason else [])])


def _value(value: Value) -> str:
    return "\n".join(value_lines(value))


def _live(report: ShowReport, name: str) -> str:
    live = report.live.get(name) if isinstance(report.live, Observed) else None
    match live:
        case Known(value=value):
            return _value(value)
        case WriteOnly():
            return "(cannot be read back)"
        case Unreadable(reason=reason):
            return f"(not read: {terminal(reason)})"
        case Linked() | None:
            return "(not read)"
        case _:
            assert_never(live)


def _remembered(report: ShowReport, name: str) -> tuple[str, str]:
    """Return what is remembered, and how the field stands, in the plan's own words."""
    differs = [ORIGIN[change.origin] for change in report.planned.differences if change.field == name]
    unchanged = [SAME.get(field.reason, field.reason) for field in report.planned.unchanged if field.field == name]
    record = report.entry.get(name) if report.entry is not None else None
    return _memory(record), [*differs, *unchanged, "not known"][0]


def _memory(record: FieldRecord | None) -> str:
    """Return what a record says: what was last sent, how the provider then showed it, and what is still open."""
    if record is None or not record.says_anything:
        return "(nothing recorded)"
    lines = [] if record.sent is None else [_value(record.sent), f"({_by(record.stamp)})"]
    if record.state is RecordState.RELEASED:
        lines.append("(no longer managed since)")
    rewritten = record.sent is not None and record.shown is not None and not same(record.sent, record.shown)
    # Every host re-encodes pictures.
    if rewritten and record.shown is not None and not isinstance(record.shown, Picture):
        lines += ["shown as:", _value(record.shown)]
    if record.intent is not None:
        open_ = f"({_by(record.tried or record.stamp)}; nobody knows whether it arrived)"
        lines += ["then sent:", _value(record.intent), open_]
    return "\n".join(lines)


def _by(stamp: Stamp) -> str:
    return terminal(f"{stamp.at} by run {stamp.run}")
