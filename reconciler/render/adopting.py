"""What `drift --adopt` wrote into the files, and what it left out, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import click

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.reports import DriftReport
from reconciler.render.changes import FIELD_WIDTH
from reconciler.render.safe_text import terminal
from reconciler.render.words import count


def adopting_text(report: DriftReport) -> str:
    """Return what was adopted, what was not and why, and what to do next; nothing where there is neither."""
    if not (report.adopted or report.not_adopted):
        return ""
    parts = [
        *authored_lines("Adopted: the files now say what is live", report.adopted),
        *left_lines("Not adopted:", report.not_adopted),
    ]
    files = count(len({one.file for one in report.adopted}), "file")
    done = f"{count(len(report.adopted), 'field')} in {files}" if report.adopted else "nothing"
    left = f", {len(report.not_adopted)} not adopted" if report.not_adopted else ""
    parts.append(f"Adopted: {done}{left}.")
    if report.adopted:
        parts.append("Review it like any edit: `git diff`, then `reconciler plan`, which no longer calls it drift.")
    return "\n".join(parts)


def authored_lines(title: str, found: Sequence[Authored]) -> Iterator[str]:
    """Yield what was written, file by file."""
    if found:
        yield click.style(f"{title}:", bold=True)
    for file, mine in groupby(found, key=attrgetter("file")):
        yield f"  {terminal(file)}"
        yield from (_line(one.field, one.detail, sign="✓") for one in mine)


def left_lines(title: str, found: Sequence[LeftOut]) -> Iterator[str]:
    """Yield what was not written and why, file by file; what has no file any more by its profile's name."""
    if found:
        yield click.style(title, bold=True)
    for (file, profile), mine in groupby(found, key=attrgetter("file", "profile")):
        yield f"  {terminal(file or profile)}"
        yield from (_line(one.field, one.reason, sign="✗" if one.failed else "·") for one in mine)


def _line(field: str, why: str, *, sign: str) -> str:
    return f"    {sign} {terminal(field):<{FIELD_WIDTH}}{terminal(why)}".rstrip()


def adopting_json(report: DriftReport) -> dict[str, Any]:
    """Return what a drift document says of it."""
    return {
        "adopted": [one.model_dump() for one in report.adopted],
        "not_adopted": [one.model_dump() for one in report.not_adopted],
    }
