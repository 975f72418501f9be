"""What the numbers show, as a table, in words and as JSON.

export_csv: (a report) → the table, a row for each profile.
export_notes: (a report) → what the table cannot say, each reason once.
export_json: (a report) → every row with its values as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from reconciler.core.basics import count, to_dict
from reconciler.core.comparing.kinds import to_json
from reconciler.core.fields import FIELD_NAMES, Webhook
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.reports.exported import ExportedProfile, ExportReport
from reconciler.render.csv_table import COLUMN_TITLES, csv_text, inert_cell, is_exact, value_text
from reconciler.render.safe_text import terminal
from reconciler.render.text.causes import Quotes, diagnostics_text
from reconciler.render.words import ends

_INEXACT: Final = "a cell cannot say it exactly; hidden characters are spelled out, and outer spaces are lost"
# As many profiles as a person reads.
_MOST_NAMES: Final = 3


def export_csv(report: ExportReport) -> str:
    """Return the table of what is live; `notes` is its last column where a row cannot say all."""
    rows = report.profiles
    keys = [*dict.fromkeys(name for one in rows for name in one.keys)]
    apart = (COLUMN_TITLES.get(name, name) for one in rows for name in one.apart)
    wanted = {*apart, *(title for one in rows for title in _values(one))}
    titles = [title for title in (*FIELD_NAMES, *COLUMN_TITLES.values()) if title in wanted]
    made = [[*_head_cells(one, keys), *(_values(one).get(title, "") for title in titles)] for one in rows]
    head, notes = ["profile", "account", "number", *map(inert_cell, keys), "mode", *titles], [*map(_notes, rows)]
    if not any(notes):
        return csv_text(head, made)
    noted = [[*row, inert_cell(note) if note else ""] for row, note in zip(made, notes, strict=True)]
    return csv_text([*head, "notes"], noted)


def _values(one: ExportedProfile) -> dict[str, str]:
    """Return the cell of each value, by its title: that no webhook is set has a column of its own, as in any table."""
    return {
        name if value == Webhook(url="") else COLUMN_TITLES.get(name, name): inert_cell(value_text(value))
        for name, value in one.values.items()
    }


def _head_cells(one: ExportedProfile, keys: Sequence[str]) -> Iterable[str]:
    target, own = one.target, (str(one.keys.get(name, "")) for name in keys)
    texts = (target.profile, target.account, target.number, *own, one.mode.value)
    return (inert_cell(text) if text else "" for text in texts)


def _apart(one: ExportedProfile) -> dict[str, str]:
    """Return why each field that the row does not say, or says otherwise, is so."""
    inexact = {name: _INEXACT for name, value in one.values.items() if not is_exact(value_text(value))}
    return {**one.apart, **inexact}


def _notes(one: ExportedProfile) -> str:
    """Return what a row cannot say, in words."""
    by_reason: dict[str, list[str]] = {}
    for name, why in _apart(one).items():
        by_reason.setdefault(why, []).append(name)
    return "; ".join(filter(None, (one.aside, *(f"{', '.join(names)}: {why}" for why, names in by_reason.items()))))


def export_notes(report: ExportReport, *, verbose: bool = False, quotes: Quotes | None = None) -> str:
    """Return how many rows there are, and everything that they cannot say, each reason once."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in report.profiles:
        told = dict[str, list[str]]()
        for name, why in _apart(one).items():
            told.setdefault(why, []).append(name)
        for why, names in told.items():
            found.setdefault((why, ", ".join(names)), []).append(one.target.profile)
        if one.aside:
            found.setdefault((one.aside, ""), []).append(one.target.profile)
    said = diagnostics_text(report.diagnostics, verbose=verbose, quotes=quotes)
    lines = [said] if said else []
    lines.append(
        f"{count(len(report.profiles), 'profile')} in the table." if report.profiles else "Nothing is selected."
    )
    lines += (_note(why, fields, names) for (why, fields), names in found.items())
    return "\n".join(lines)


def _note(why: str, fields: str, profiles: Sequence[str]) -> str:
    more = len(profiles) - _MOST_NAMES
    named = f"{', '.join(profiles[:_MOST_NAMES])}{f' and {more} more' if more > 0 else ''}"
    return terminal(f"Not in the table: {f'{fields} of ' if fields else ''}{named}: {why}.")


def export_json(report: ExportReport) -> dict[str, Any]:
    """Return every row with its values as they are."""
    return {
        "format_version": RESULT_FORMAT,
        "profiles": [_row_json(one) for one in report.profiles],
        "diagnostics": [to_dict(one) for one in report.diagnostics],
        **ends(report.reasons),
    }


def _row_json(one: ExportedProfile) -> Mapping[str, Any]:
    return {
        **to_dict(one.target),
        "keys": dict(one.keys),
        "mode": one.mode,
        "live": {name: to_json(value) for name, value in one.values.items()},
        "not_said": dict(one.apart),
        "aside": one.aside,
    }
