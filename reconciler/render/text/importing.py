"""What an import came to: import_text for a terminal, import_json as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.core.basics import count, to_dict
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.reading.table import TABLE_SUFFIX
from reconciler.core.reports.account_reports import Imported, ImportReport, ImportStatus
from reconciler.core.reports.causes import by_failed_call, failed_call
from reconciler.render.safe_text import cell, terminal
from reconciler.render.terminal import Look, styled
from reconciler.render.words import NO_NUMBER, ends, listed

_LOOK = {
    ImportStatus.WRITTEN: Look.DONE,
    ImportStatus.SKELETON: Look.UNDECIDED,
    ImportStatus.UNREADABLE: Look.FAILED,
    ImportStatus.FAILED: Look.FAILED,
}
# More than so many numbers that were written alike are one entry.
_MANY = 10


def import_text(report: ImportReport, *, verbose: bool = False) -> str:
    """Return one line for each number, below it the fields that are not managed, and then what to do next.

    Numbers that could not be read for one cause, and many that were written alike, are one entry, unless the text is
    `verbose`.
    """
    groups = _together(by_failed_call(report.numbers, apart=verbose), apart=verbose)
    lines = [line for mine in groups for line in (_imported_number(mine[0]) if len(mine) == 1 else _several(mine))]
    found = {status: sum(one.status is status for one in report.numbers) for status in ImportStatus}
    written = found[ImportStatus.WRITTEN] + (skeletons := found[ImportStatus.SKELETON])
    empty = f", {skeletons} of them without any field, for nothing can be read there" if skeletons else ""
    left = (ImportStatus.KNOWN, ImportStatus.EXISTS, ImportStatus.UNREADABLE, ImportStatus.FAILED)
    tail = empty + "".join(f", {found[status]} {status}" for status in left if found[status])
    if not report.numbers:
        lines.append(f"The account {terminal(report.account)} has no numbers that it lists.")
    else:
        lines += ["", f"Import: {count(written, report.unit)} written{tail}."]
    if report.template:
        lines.append(f"What all of them share is in {terminal(report.template)}: {terminal(', '.join(report.shared))}.")
    elif report.unshared and written:
        lines.append(f"{terminal(report.unshared)} is not written: the imported numbers share no field.")
    read = "Read the files, commit them with schemas/," if report.schemas else "Read the files,"
    lines += [f"{read} and run `reconciler plan`: it has nothing to do."] if written else []
    lines += [styled(f"Not recorded: {terminal(report.unrecorded)}", Look.FAILED)] if report.unrecorded else []
    return "\n".join(lines)


def _together(groups: list[list[Imported]], *, apart: bool) -> list[list[Imported]]:
    """Return the groups, in which numbers that were written alike are one as well if they are many."""
    alike = Counter(_written_alike(mine[0]) for mine in groups)
    found: dict[object, list[Imported]] = {}
    for number, mine in enumerate(groups):
        key = _written_alike(mine[0])
        found.setdefault(key if key and alike[key] > _MANY and not apart else number, []).extend(mine)
    return list(found.values())


def _written_alike(one: Imported) -> tuple[object, ...]:
    """Return what numbers have in common whose entries say the same; nothing for one that needs its own."""
    if one.status not in (ImportStatus.WRITTEN, ImportStatus.SKELETON) or one.asides or one.detail:
        return ()
    return (one.status, one.fields, one.file if one.file.endswith(TABLE_SUFFIX) else "")


def _several(mine: Sequence[Imported]) -> Iterator[str]:
    first, numbers = mine[0], count(len(mine), "number")
    if not _written_alike(first):
        yield from _unread(mine)
        return
    file = f" {terminal(first.file)}" if first.file.endswith(TABLE_SUFFIX) else ""
    fields = f": {terminal(', '.join(first.fields))}" if first.fields else ""
    yield f"{numbers}: {styled(first.status, _LOOK[first.status])}{file}{fields}"
    names = tuple(f"{terminal(one.number)}{f' ({cell(one.name)})' if one.name else ''}" for one in mine)
    yield f"    {listed(names)} (-v lists them)"


def _unread(mine: Sequence[Imported]) -> Iterator[str]:
    status = styled(mine[0].status, Look.FAILED)
    yield f"{count(len(mine), 'number')}: {status}: {terminal(failed_call(mine[0]))}"
    yield f"    {terminal(listed(tuple(one.number or NO_NUMBER for one in mine)))}"


def _imported_number(one: Imported) -> Iterator[str]:
    status = styled(one.status, _LOOK.get(one.status, Look.HEADING))
    said = f"{status} {terminal(one.file)}" if one.file else status
    what = ": ".join(filter(None, (said, terminal(one.detail), terminal(", ".join(one.fields)))))
    yield f"{terminal(one.number or NO_NUMBER)}{f' ({cell(one.name)})' if one.name else ''}: {what}"
    for name, why in one.asides:
        yield f"    {terminal(name)} is not managed: {terminal(why)}"


def import_json(report: ImportReport) -> dict[str, Any]:
    """Return the report as a document."""
    return {"format_version": RESULT_FORMAT, **to_dict(report), **ends(report.reasons)}
