"""The column of `show` that says what is remembered of a field, whatever became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.memory.records import FieldRecord, RecordState, Stamp
from reconciler.core.reports.command_reports import ShowReport
from reconciler.core.target import Known
from reconciler.render.text.show import show_text
from tests.support import asked, desired, entry, observed, planned, record

TRIED = Stamp(at="2026-08-02T10:00:00Z", run="13")
SENT = '"Sent" (2 August 2026, 09:30 UTC by run 12)'


def shown(kept: FieldRecord | None) -> str:
    """Return what stands in the column, in one line."""
    live = observed(about=Known(value="Live"))
    remembered = entry(kept) if kept is not None else None
    report = ShowReport(desired=desired(about="New"), live=live, entry=remembered, planned=planned())
    rows = [line for line in show_text(report, width=400).splitlines() if line.startswith("  ")][1:]
    begins = next(line for line in show_text(report, width=400).splitlines() if "memory" in line).index("memory")
    ends = next(line for line in show_text(report, width=400).splitlines() if "memory" in line).index("state")
    return " ".join(cell for row in rows if (cell := row[begins:ends].strip()))


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (None, "(nothing recorded)"),
        (record(sent="Sent", shown="Sent"), SENT),
        (record(sent="Sent", shown="SENT"), f'{SENT} shown as: "SENT"'),
        (record(sent="Sent", shown="Sent", state=RecordState.RELEASED), f"{SENT} (no longer managed since)"),
        (
            replace(record(sent="Sent", shown="Sent"), vouched=False),
            f"{SENT} (by memory: no mark vouches for what the ledger says of it)",
        ),
        (
            replace(record(intent="Tried", state=RecordState.UNSETTLED), tried=TRIED),
            'then sent: "Tried" (2 August 2026, 10:00 UTC by run 13; whether it arrived is not known)',
        ),
        (
            replace(record(sent="Sent", shown="Sent"), asked=asked("Wanted", "the gate clear stopped it")),
            f'{SENT} asked for: "Wanted" (2 August 2026, 09:30 UTC by run 12: the gate clear stopped it)',
        ),
    ],
)
def test_what_is_remembered_is_said_in_full(kept: FieldRecord | None, said: str) -> None:
    assert shown(kept) == said
