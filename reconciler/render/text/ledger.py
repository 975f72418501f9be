"""The ledger's upkeep, as text and as JSON.

ledger_check_text, ledger_check_json: what the ledger holds, and what of it is set aside.
"""

from __future__ import annotations

from typing import Any

from reconciler.core.basics import to_dict
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.upkeep import LedgerCheck, SetAside
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import Look, styled
from reconciler.render.words import count, ends

_SHORT = 12
# A flood of unusable files is counted; the first of them show what they are.
_LISTED = 20


def ledger_check_text(report: LedgerCheck, *, verbose: bool) -> str:
    """Return what the ledger holds, and what to do about the parts that no run uses."""
    at = terminal(report.version[:_SHORT])
    head = f"The {report.store} ledger{f' at {at}' if at else ''}: {count(report.entries, 'target')}"
    parts = [f"{head}, {_last(report.last)}."]
    if report.aside:
        parts.append("\n".join([*_set_aside(report.aside, verbose=verbose)]))
    if report.strayed:
        parts.append(styled(f"No run with --require-tip applies: {terminal(report.strayed)}.", Look.FAILED))
    parts.append("Nothing to repair." if report.sound else "`reconciler ledger repair` says what it would do.")
    return "\n".join(parts)


def _last(record: RunRecord | None) -> str:
    if record is None:
        return "no run that wrote is known"
    of = f" of commit {record.commit[:_SHORT]}" if record.commit else ""
    return terminal(f"the last run that wrote is {record.run}{of}")


def _set_aside(aside: tuple[SetAside, ...], *, verbose: bool) -> list[str]:
    shown = aside if verbose else aside[:_LISTED]
    title = styled(f"Set aside, {count(len(aside), 'part')} that no run uses:", Look.WARNING)
    more = [f"  and {len(aside) - len(shown)} more (-v lists them)"] if len(shown) < len(aside) else []
    return [title, *(f"  {terminal(one.where)}: {terminal(one.why)}" for one in shown), *more]


def ledger_check_json(report: LedgerCheck) -> dict[str, Any]:
    """Return the report as a document."""
    return {
        "format_version": RESULT_FORMAT,
        "store": report.store,
        "version": report.version,
        "entries": report.entries,
        "last": {"run": report.last.run, "commit": report.last.commit} if report.last is not None else None,
        "set_aside": [to_dict(one) for one in report.aside],
        "strayed": report.strayed,
        **ends(report.reasons),
    }
