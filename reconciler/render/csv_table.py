"""A CSV file whose cells no spreadsheet computes, and which is read back as it was written.

csv_text: (titles, rows) → the text of the file.
inert_cell: a text → the text of its cell. cell_value: the text of a cell → what it says.
profile_csv: (drafts) → a table that declares their numbers. cell_says: (a field) → whether a cell can say it.
COLUMN_TITLES: how a column is called that is not called as its field.

A cell without a text says nothing, and `(empty)` says that the value is empty. An apostrophe in front keeps a text that
begins like a formula, or reads `(empty)`, a text. Reading takes that one away again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from reconciler.core.authoring.import_draft import ImportDraft
from reconciler.core.fields import FIELD_NAMES, Json, Mode, Picture, Value, Webhook
from reconciler.core.reading.cells import cell_text, said_in_cell
from reconciler.render.safe_text import terminal

_TO_QUOTE: Final = re.compile(r'[",;\n]|\A\s|\s\Z')
COLUMN_TITLES: Final = {"webhook": "webhook.url"}


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
    return "\ufeff" + csv_text([*titles, *(COLUMN_TITLES.get(name, name) for name in fields)], cells)


def _head(one: ImportDraft) -> dict[str, str]:
    mode = "" if one.mode is Mode.MANAGED else one.mode.value
    return {"mode": mode, "extends": " ".join(one.extends), "omit": " ".join(one.omit)}


def _field_text(one: ImportDraft, name: str) -> str:
    return (_data_text(one.fields[name]) or "") if name in one.fields else ""
