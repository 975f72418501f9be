"""The ledger's upkeep, as text and as JSON.

ledger_check_text, ledger_check_json: what the ledger holds, and what of it is set aside.
ledger_repair_text, ledger_repair_json: what a repair takes out, what it puts back, and where the rest is kept.
ledger_rekey_text, ledger_rekey_json: what no mark vouches for, and whether it is marked now.
"""

from __future__ import annotations

from textwrap import indent
from typing import Any

from reconciler.core.basics import count, to_dict
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.stored import entry_to_json
from reconciler.core.memory.upkeep import LedgerCheck, LedgerPart, LedgerRekey, LedgerRepair, SetAside
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import Look, styled
from reconciler.render.text.show import remembered_text
from reconciler.render.words import ends

_SHORT = 12
# A flood of unusable files is counted; the first of them show what they are.
_LISTED = 20


def ledger_check_text(report: LedgerCheck, *, verbose: bool) -> str:
    """Return what the ledger holds, and what to do about the parts that no run uses."""
    at = terminal(report.version[:_SHORT])
    head = f"The {report.store} ledger{f' at {at}' if at else ''}: {count(report.entries, 'target')}"
    form = f"; {terminal(report.form)}" if report.form else ""
    parts = [f"{head}, {_last(report.last)}{form}."]
    if report.aside:
        title = f"Set aside, {count(len(report.aside), 'part')} that no run uses:"
        parts += _listed(title, report.aside, verbose=verbose)
    if report.strayed:
        parts.append(styled(f"No run with --require-tip applies: {terminal(report.strayed)}.", Look.FAILED))
    parts.append("Nothing to repair." if report.sound else "`reconciler ledger repair` says what it would do.")
    return "\n".join(parts)


def _last(record: RunRecord | None) -> str:
    if record is None:
        return "no run that wrote is known"
    of = f" of commit {record.commit[:_SHORT]}" if record.commit else ""
    return terminal(f"the last run that wrote is {record.run}{of}")


def _listed(title: str, parts: tuple[SetAside, ...], *, verbose: bool) -> list[str]:
    shown = parts if verbose else parts[:_LISTED]
    more = [f"  and {len(parts) - len(shown)} more (-v lists them)"] if len(shown) < len(parts) else []
    return [styled(title, Look.WARNING), *(f"  {terminal(one.where)}: {terminal(one.why)}" for one in shown), *more]


def ledger_check_json(report: LedgerCheck) -> dict[str, Any]:
    """Return the report as a document."""
    return {
        "format_version": RESULT_FORMAT,
        "store": report.store,
        "version": report.version,
        "form": report.form,
        "entries": report.entries,
        "last": {"run": report.last.run, "commit": report.last.commit} if report.last is not None else None,
        "set_aside": [to_dict(one) for one in report.aside],
        "strayed": report.strayed,
        **ends(report.reasons),
    }


def ledger_repair_text(report: LedgerRepair, *, verbose: bool) -> str:
    """Return what a repair did, or would do."""
    if report.found.sound:
        return "Nothing to repair."
    title = f"{'Taken out' if report.done else 'Would be taken out'}: {count(len(report.removed), 'part')}"
    parts = _listed(f"{title} of the ledger.", report.removed, verbose=verbose)
    if any(one.part is LedgerPart.RECORD for one in report.removed):
        parts.append(_restored(report.restored, done=report.done))
    if report.done:
        parts.append(f"What was taken out is kept: {terminal(report.kept)}.")
    else:
        parts.append("Every other part stays as it is, and what goes is kept. Nothing was changed: --yes does it.")
    return "\n".join(parts)


def _restored(record: RunRecord | None, *, done: bool) -> str:
    verb = "is" if done else "would be"
    if record is None:
        return f"No earlier run is known, so the next apply {verb} the first."
    of = f" of commit {record.commit[:_SHORT]}" if record.commit else ""
    return terminal(f"Run {record.run}{of} {verb} the last one again.")


def ledger_repair_json(report: LedgerRepair) -> dict[str, Any]:
    """Return the report as a document."""
    back = report.restored
    return {
        "format_version": RESULT_FORMAT,
        "removed": [to_dict(one) for one in report.removed],
        "restored": {"run": back.run, "commit": back.commit} if back is not None else None,
        "done": report.done,
        "kept": report.kept,
        **ends(report.reasons),
    }


def ledger_rekey_text(report: LedgerRekey) -> str:
    """Return all that no mark vouches for, field by field, and whether it is marked now."""
    parts = [_rekeyed(one) for one in report.unvouched]
    if report.last is not None:
        told = f"run {report.last.run} of commit {report.last.commit[:_SHORT] or 'unknown'}, {report.last.started}"
        parts.append(f"  the last run that wrote: {terminal(told)}")
    if parts:
        parts.insert(0, styled("No mark vouches for this; each part may be forged:", Look.WARNING))
    if not report.entries:
        return "The ledger is empty: there is nothing to mark."
    all_of_it = f"{count(report.entries, 'target')} and the record of the last run"
    done, would = f"Marked: {all_of_it}.", f"Nothing was marked yet: --yes marks {all_of_it}."
    return "\n".join([*parts, done if report.done else would])


def _rekeyed(entry: LedgerEntry) -> str:
    where = terminal(f"{entry.profile or 'a profile'} ({', '.join(entry.key)})")
    opened = f"opens the number {terminal(entry.identity)}" if entry.identity and not entry.vouched else ""
    lines = [f"    {opened}"] if opened else []
    for one in entry.records:
        state = f"      {one.state.value}, recorded at commit {one.stamp.commit[:_SHORT] or 'unknown'}"
        lines += [f"    {terminal(one.field)}:", terminal(state), indent(remembered_text(one), "      ")]
    return "\n".join([f"  {where}", *lines])


def ledger_rekey_json(report: LedgerRekey) -> dict[str, Any]:
    """Return the report as a document."""
    return {
        "format_version": RESULT_FORMAT,
        "entries": report.entries,
        "unvouched": [entry_to_json(one) for one in report.unvouched],
        "last": {"run": report.last.run, "commit": report.last.commit} if report.last is not None else None,
        "done": report.done,
        **ends(report.reasons),
    }
