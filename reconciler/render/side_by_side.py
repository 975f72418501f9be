"""One profile as a table: desired, live and remembered, side by side."""

from __future__ import annotations

import io
from typing import assert_never

from reconciler.core.profile import FIELD_NAMES
from reconciler.core.report import ShowReport
from reconciler.core.target import Known, Linked, Observed, Unreadable, WriteOnly
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
    """Return what was last sent and when, and how the field stands."""
    differs = [change.origin for change in report.planned.differences if change.field == name]
    state = [*differs, *(field.reason for field in report.planned.unchanged if field.field == name), "unknown"][0]
    record = report.entry.get(name) if report.entry is not None else None
    if record is None or record.sent is None:
        return "(nothing recorded)", state
    return f"{_value(record.sent)}\n({terminal(record.stamp.at)})", state
