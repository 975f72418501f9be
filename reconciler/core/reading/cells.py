"""The cells of a row: the form of each is checked here, and each becomes a value as YAML would hold it.

row_document: (a table, a row, what the columns mean) → the document, and what is wrong with its cells.
cell_text: a value as YAML would say it → the text of a cell that is read as this value. said_in_cell: the reverse.

What a value means, and whether it is right, is decided where YAML's is. An empty cell leaves the field unmanaged, and
`(empty)` clears it. An apostrophe in front makes a text that looks like that, or like a formula, a plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, assert_never

from reconciler.core.basics import Diagnostic, error
from reconciler.core.reading.lookalikes import has_lost_digits
from reconciler.core.reading.table import (
    CLEARED,
    SHORTENED,
    CellForm,
    Meanings,
    ProfileRow,
    Table,
    TableCell,
    TableColumn,
)
from reconciler.core.yaml_documents import Document, Span, SpanKind

# Codes about the form of a cell: other messages at its place follow from them.
CELL_ERRORS: Final = ("table-formula", "table-number", "table-cell")
# In front of these a spreadsheet computes, and the wide ones count as the others there. `(empty)` has a meaning here.
_SIGNS: Final = "=+@\uff1d\uff0b\uff0d\uff20\\-"
_ERRORS = r"#(?:N/A|NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!)\Z"
# A cell with a special meaning, which an apostrophe before it takes away.
# Some spreadsheets skip white space before what they compute.
_SPECIAL = rf"(?:\s*[{_SIGNS}]|\(empty\)\Z|{_ERRORS}|{SHORTENED.pattern})"
_PROTECTED = re.compile(rf"'+{_SPECIAL}", re.IGNORECASE)
_TO_PROTECT = re.compile(rf"'*{_SPECIAL}", re.IGNORECASE)
_FORMULA = re.compile(rf"[=\uff1d]|[{_SIGNS}]\S*[(|!]")
_EQUALS = re.compile("[=\uff1d]")
_FAILED = re.compile(_ERRORS, re.IGNORECASE)
_WHOLE = re.compile(r"[0-9]{1,18}\Z")
_PROTECT = "put an apostrophe in front of a text that begins so"


@dataclass(slots=True)
class _Reading:
    """One row on its way into a document."""

    table: Table
    row: ProfileRow
    meanings: Meanings
    data: dict[str, Any] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)

    def root(self) -> Span:
        """Read all cells, and return the tree of their places."""
        row, header = self.row, self.table.header.cells
        root = _span(TableCell("", row.line, 1, row.begin, row.end), SpanKind.MAPPING)
        # A key that no row has is missing in the header, and is reported there once.
        root.values |= {key: _span(header[0]) for key in sorted(self.meanings.missing)}
        for index, cell in enumerate(row.cells):
            column = self.meanings.columns.get(index)
            if column is not None:
                self._cell(root, cell, column, self.meanings.titles[index])
            elif cell.text and index not in self.meanings.titles:
                self._beside(cell, index)
        return root

    def _cell(self, root: Span, cell: TableCell, column: TableColumn, title: str) -> None:
        if not column.path:
            return
        if len(column.path) == 1:
            # A missing value is missing in its cell.
            root.values[column.path[0]] = _span(cell)
        if not cell.text or self._is_wrong(cell, title, column):
            return
        above, data = root, self.data
        for key in column.path[:-1]:
            if data.get(str(key)) == {}:
                self._clash(title, cell)
            above = above.values.setdefault(key, _span(cell, SpanKind.MAPPING))
            data = data.setdefault(str(key), {})
        if column.path[-1] in data:
            self._clash(title, cell)
        above.values[column.path[-1]] = _span(cell)
        data[str(column.path[-1])] = _value(cell.text, column.form)

    def _clash(self, title: str, cell: TableCell) -> None:
        summary = f"{title} says something of a webhook, and another cell of the row clears it"
        self._say("table-cell", summary, "empty one of the two cells", cell)

    def _is_wrong(self, cell: TableCell, title: str, column: TableColumn) -> bool:
        """Say what is wrong with the form of a cell, and return whether anything is."""
        text = cell.text
        is_id = column.form is CellForm.WHOLE or (len(column.path) == 1 and column.form is CellForm.TEXT)
        # A number begins with a plus, and people put brackets into it.
        if (_EQUALS if is_id else _FORMULA).match(text):
            why = f"{title} holds a formula, and the file does not say what comes out of it"
            self._say("table-formula", why, f"write the value itself; {_PROTECT}: '{text[:1]}…", cell)
        elif _FAILED.match(text):
            why = f"{title} holds {text}, which a spreadsheet wrote in the place of a value"
            self._say("table-formula", why, "write it again, with an apostrophe in front if it begins so: '=…", cell)
        elif SHORTENED.match(text) or (is_id and has_lost_digits(text)):
            why = f"{title} holds {text}: a spreadsheet shortened the number, and its last digits are lost"
            self._say("table-number", why, _AS_TEXT, cell)
        elif column.form is CellForm.NOTHING and text.casefold() != CLEARED:
            why, hint = f"{title} can only be {CLEARED}", "its address stands in the column webhook.url"
            self._say("table-cell", why, hint, cell)
        else:
            return False
        return True

    def _beside(self, cell: TableCell, index: int) -> None:
        known = len(self.table.header.cells)
        where = f"the header ends after {known} columns" if index >= known else f"column {index + 1} has no title"
        hint = "put a text that holds the separator in quotes, or give the column a title"
        self._say("table-cell", f"a cell belongs to no column: {where}", hint, cell)

    def _say(self, code: str, summary: str, hint: str, cell: TableCell) -> None:
        self.problems.append(error(code, summary, hint=hint, location=self.table.place(cell)))


_AS_TEXT = "format the column as text, and write the number again with all its digits"


def row_document(table: Table, row: ProfileRow, meant: Meanings) -> tuple[Document, tuple[Diagnostic, ...]]:
    """Return a row as the document of a profile, with the place of each value, and what is wrong with its cells."""
    reading = _Reading(table, row, meant)
    root = reading.root()
    return Document(table.file, reading.data, root, row=row.line), tuple(reading.problems)


def _span(cell: TableCell, kind: SpanKind = SpanKind.SCALAR) -> Span:
    return Span(kind, cell.begin, cell.end, cell.line, cell.column)


def _plain(text: str) -> str:
    """Return the text that a cell says: a protected one loses its apostrophe."""
    return text[1:] if _PROTECTED.match(text) else text


def said_in_cell(text: str) -> str:
    """Return the text that a cell of text says, which is not empty: `cell_text` the other way round."""
    return "" if text.casefold() == CLEARED else _plain(text)


def _value(text: str, form: CellForm) -> object:
    """Return the value of a cell that is not empty, as YAML would hold it."""
    plain = said_in_cell(text)
    match form:
        case CellForm.LIST:
            return plain.split()
        case CellForm.SECRET:
            return {"env": plain}
        case CellForm.WHOLE:
            return int(plain) if _WHOLE.match(plain) else plain
        case CellForm.NOTHING:
            return {}
        case CellForm.TEXT:
            return plain
        case _:
            assert_never(form)


def cell_text(value: str | list[str]) -> str:
    """Return the text of a cell that says `value`, and that no spreadsheet computes.

    A value that a cell cannot say, such as a text with a space at its end, comes out as another one.
    """
    text = value if isinstance(value, str) else " ".join(value)
    if not text:
        return CLEARED
    return f"'{text}" if _TO_PROTECT.match(text) else text
