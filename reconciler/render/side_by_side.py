"""One profile as a table: desired, live and remembered, side by side."""

from __future__ import annotations

import io

from reconciler.core.ledger import FieldRecord
from reconciler.core.profile import FIELD_NAMES
from reconciler.core.report import ShowReport
from reconciler.core.target import Known, LiveField, Observed, WriteOnly
from reconciler.core.value import Value
from reconciler.render.changes import heading, value_lines
from reconciler.render.safe_text import terminal


def show_text(report: ShowReport, *, width: int) -> str:
    """Return the table for a terminal of `width` columns."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, expand=False)
    for title in ("field", "desired", "live", "last sent", "state"):
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
    lines = [line.rstrip() for line in stream.getvalue().splitlines() if line.strip()]
    tail = [f"mode: {report.desired.mode}", *([terminal(report.planned.reason)] if report.planned.reason else [])]
    return "\n".join([heading(report.planned), *lines, *tail])


def _value(value: Value) -> str:
    return "\n".join(value_lines(value)) or "(empty)"


def _live(report: ShowReport, name: str) -> str:
    if not isinstance(report.live, Observed):
        return "(not read)"
    return _live_field(report.live.get(name))


def _live_field(live: LiveField) -> str:
    match live:
        case Known(value=value):
            return _value(value)
        case WriteOnly():
            return "(cannot be read back)"
        case _:
            return f"(not read: {terminal(getattr(live, 'reason', ''))})"


def _remembered(report: ShowReport, name: str) -> tuple[str, str]:
    record: FieldRecord | None = report.entry.get(name) if report.entry is not None else None
    state = next((f"{c.origin}" for c in report.planned.differences if c.field == name), "")
    state = state or next((f"{f.reason}" for f in report.planned.unchanged if f.field == name), "unknown")
    if record is None or record.sent is None:
        return "(nothing recorded)", state
    return f"{_value(record.sent)}\n({record.stamp.at})", state
