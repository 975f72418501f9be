"""A CSV file whose cells no spreadsheet computes, and which is read back as it was written.

csv_text: (titles, rows) → the text of the file.
inert_cell: a text → the text of its cell. cell_value: the text of a cell → what it says.
profile_csv: (drafts) → a table that declares their numbers. cell_says: (a field) → whether a cell can say it.
export_csv, export_notes, export_json: the table of what is live, what it cannot say in words, and both as JSON.

A cell without a text says nothing, and `(empty)` says that the value is empty. An apostrophe in front keeps a text that
begins like a formula, or reads `(empty)`, a text. Reading takes that one away again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, assert_never

from reconciler.core.authoring.import_draft import ImportDraft
from reconciler.core.basics import to_dict
from reconciler.core.exported import ExportedProfile, ExportReport
from reconciler.core.fields import FIELD_NAMES, Json, Mode, Picture, Value, Webhook
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.kinds import to_json
from reconciler.core.plurals import count
from reconciler.core.reading.cells import cell_text, said_in_cell
from reconciler.render.safe_text import terminal
from reconciler.render.text.causes import diagnostics_text
from reconciler.render.words import ends

_TO_QUOTE: Final = re.compile(r'[",;\n]|\A\s|\s\Z')
_INEXACT: Final = "a cell cannot say it exactly; hidden characters are spelled out, and outer spaces are lost"
# As many profiles as a person reads.
_MOST_NAMES: Final = 3


def csv_text(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the text of the file, which ends with a line break."""
    return "".join(f"{','.join(map(_quoted, row))}\n" for row in (titles, *rows))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell


def inert_cell(text: str) -> str:
    """Return the cell of a text: what hides in it is spelled out, and what a spreadsheet would compute is protected."""
    return cell_text("\n".join(map(terminal, text.split("\n"))))


def cell_value(cell: str) -> str:
    """Return what a cell says that is not without a text."""
    return said_in_cell(cell.strip())


def is_exact(text: str) -> bool:
    """True if a cell says `text` as it is."""
    return cell_value(inert_cell(text)) == text


def value_text(value: Value) -> str:
    """Return a value as the text that its cell says; links stand with spaces between."""
    match value:
        case str():
            return value
        case tuple():
            return " ".join(value)
        case Picture():
            return value.file
        case Webhook():
            return value.url
        case _:
            assert_never(value)


def cell_says(data: Json) -> bool:
    """True if a cell can say a field as a file writes it."""
    text = _data_text(data)
    return text is not None and is_exact(text)


def _data_text(data: Json) -> str | None:
    match data:
        case str():
            return data
        case list():
            return " ".join(map(str, data))
        case {"url": str(url), **more} if not more:
            return url
        case _:
            return None


def profile_csv(drafts: Sequence[ImportDraft]) -> str:
    """Return a table that declares a number a row; the profiles are named after the table, and so are their folders."""
    keys = [*dict.fromkeys(name for one in drafts for name in one.keys)]
    secrets = [*dict.fromkeys(name for one in drafts for name in one.credentials)]
    fields = [name for name in FIELD_NAMES if any(name in one.fields for one in drafts)]
    shown = [name for name in ("mode", "extends", "omit") if any(_head(one)[name] for one in drafts)]
    titles = ["name", "account", "number", *keys, *(f"credentials.{name}" for name in secrets), *shown]
    rows = [
        [
            *(one.target.profile.rpartition("/")[2], one.target.account, one.target.number),
            *(str(one.keys.get(name, "")) for name in keys),
            *(one.credentials[name].env if name in one.credentials else "" for name in secrets),
            *(_head(one)[name] for name in shown),
            *(_field_text(one, name) for name in fields),
        ]
        for one in drafts
    ]
    cells = [[inert_cell(text) if text else "" for text in row] for row in rows]
    # The mark tells spreadsheets that it is UTF-8.
    return "\ufeff" + csv_text([*titles, *(_TITLES.get(name, name) for name in fields)], cells)


def _head(one: ImportDraft) -> dict[str, str]:
    mode = "" if one.mode is Mode.MANAGED else one.mode.value
    return {"mode": mode, "extends": " ".join(one.extends), "omit": " ".join(one.omit)}


def _field_text(one: ImportDraft, name: str) -> str:
    return (_data_text(one.fields[name]) or "") if name in one.fields else ""


_TITLES: Final = {"webhook": "webhook.url"}


def export_csv(report: ExportReport) -> str:
    """Return the table of what is live; `notes` is its last column where a row cannot say all."""
    rows = report.profiles
    keys = [*dict.fromkeys(name for one in rows for name in one.keys)]
    wanted = {title for one in rows for title in (*_values(one), *(_TITLES.get(name, name) for name in one.apart))}
    titles = [title for title in (*FIELD_NAMES, *_TITLES.values()) if title in wanted]
    made = [[*_head_cells(one, keys), *(_values(one).get(title, "") for title in titles)] for one in rows]
    head, notes = ["profile", "account", "number", *map(inert_cell, keys), "mode", *titles], [*map(_notes, rows)]
    if not any(notes):
        return csv_text(head, made)
    noted = [[*row, inert_cell(note) if note else ""] for row, note in zip(made, notes, strict=True)]
    return csv_text([*head, "notes"], noted)


def _values(one: ExportedProfile) -> dict[str, str]:
    """Return the cell of each value, by its title: that no webhook is set has a column of its own, as in any table."""
    return {
        name if value == Webhook(url="") else _TITLES.get(name, name): inert_cell(value_text(value))
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


def export_notes(report: ExportReport, *, verbose: bool = False) -> str:
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
    said = diagnostics_text(report.diagnostics, verbose=verbose)
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
