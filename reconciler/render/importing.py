"""What an import came to, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from reconciler.core.account_reports import Imported, ImportReport, ImportStatus
from reconciler.core.memory.stored import FORMAT_VERSION
from reconciler.render.ends import ends
from reconciler.render.safe_text import terminal
from reconciler.render.words import count

_COLOUR = {
    ImportStatus.WRITTEN: "green",
    ImportStatus.SKELETON: "yellow",
    ImportStatus.UNREADABLE: "red",
    ImportStatus.FAILED: "red",
}


def import_text(report: ImportReport) -> str:
    """Return one line for each number, what is not managed below it, and what to do next."""
    lines = [line for one in report.numbers for line in _number(one)]
    found = {status: sum(one.status is status for one in report.numbers) for status in ImportStatus}
    skeletons = found[ImportStatus.SKELETON]
    written = found[ImportStatus.WRITTEN] + skeletons
    empty = f", {skeletons} of them without any field, for nothing can be read there" if skeletons else ""
    left = (ImportStatus.KNOWN, ImportStatus.EXISTS, ImportStatus.UNREADABLE, ImportStatus.FAILED)
    tail = empty + "".join(f", {found[status]} {status}" for status in left if found[status])
    if not report.numbers:
        lines.append(f"The account {terminal(report.account)} has no numbers that it lists.")
    else:
        lines += ["", f"Import: {count(written, 'file')} written{tail}."]
    if written:
        lines.append("Read the files, and run `reconciler plan`: it has nothing to do.")
    if report.unrecorded:
        lines.append(click.style(f"Not recorded: {terminal(report.unrecorded)}", fg="red", bold=True))
    return "\n".join(lines)


def _number(one: Imported) -> Iterator[str]:
    status = click.style(one.status, fg=_COLOUR.get(one.status), bold=True)
    what = ": ".join(filter(None, (terminal(one.file), terminal(one.detail), terminal(", ".join(one.fields)))))
    yield f"{terminal(one.number)}: {status}{f' {what}' if what else ''}"
    for name, why in one.asides:
        yield f"    {terminal(name)} is not managed: {terminal(why)}"


def import_json(report: ImportReport) -> dict[str, Any]:
    """Return the report as a document."""
    reasons = report.reasons
    return {"format_version": FORMAT_VERSION, **report.model_dump(), **ends(reasons)}
