"""New values where a profile is written: in a YAML file of its own, or in a row of a table. The rest stays.

EditableFiles: opens the place where a profile is written, and replaces each table once, in the end.
EditableFile, EditableRow: the text as it is by now, what a text reads as, and the text with a new value in a field.

Must: keep every byte of everything else: separators, quotes, line ends, a byte order mark, other rows. A field without
a column gets one, behind the others, in the header and in this row alone. Must never: return a text that reads
otherwise than it was meant to, or leave a file half written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from reconciler.core.basics import Diagnostic, EnvironmentProblem, Location, error
from reconciler.core.provider import Provider
from reconciler.core.reading.cells import cell_text, row_document
from reconciler.core.reading.table import (
    TABLE_SUFFIX,
    Meanings,
    ProfileRow,
    Table,
    is_table,
    meanings,
    named_rows,
    own_columns,
)
from reconciler.core.target import Desired
from reconciler.core.yaml_documents import Document
from reconciler.effects.files import writing
from reconciler.effects.files.table import BYTE_ORDER_MARK, read_table, table_rows
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.files.yaml.editor import FileEdit, Patch, edited_file, patched
from reconciler.effects.files.yaml.source import without_forbidden


class EditablePlace(Protocol):
    """Where one profile is written. `text` is its text by now, and `remark` is about the last edit."""

    text: str
    remark: str

    def document(self, text: str) -> Document | Diagnostic:
        """Return what `text` in this place reads as, or why it cannot be read."""

    def edited(self, name: str, value: FileEdit) -> str | Diagnostic:
        """Return the text with a value in a field, or why it cannot be there."""

    def take(self, text: str) -> None:
        """Make `text`, the result of the last edit, the text by now."""

    def save(self) -> None:
        """Write the file if nothing else is in it; raises EnvironmentProblem."""


@dataclass(slots=True)
class EditableFile:
    """A profile's own YAML file."""

    folder: Path
    relative: str
    file: str
    original: bytes
    text: str
    remark: str = ""

    def document(self, text: str) -> Document | Diagnostic:
        """Return the data of the file."""
        found = read_yaml(_bytes(text), self.file)
        return found if isinstance(found, Document) else found[0]

    def edited(self, name: str, value: FileEdit) -> str | Diagnostic:
        """Return the file's text with a field."""
        return edited_file(self.text, {name: value}, file=self.file)

    def take(self, text: str) -> None:
        """Keep the text."""
        self.text = text

    def save(self) -> None:
        """Replace the file."""
        writing.replace(self.folder, self.relative, _bytes(self.text), was=self.original)


@dataclass(slots=True)
class EditableTable:
    """A table: new texts of its rows by the names of their profiles, and the titles of the columns that were added."""

    folder: Path
    relative: str
    original: bytes
    cells: Table
    rows: Mapping[str, ProfileRow]
    providers: Collection[type[Provider]]
    texts: dict[str, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)

    def alone(self, text: str, more: str) -> Table | Diagnostic:
        """Return the header, with the column `more`, and one row as a table of their own."""
        header = self.cells.header
        titles = self.cells.separator.join(
            (self.cells.text[header.begin : header.end], *self.added, *filter(None, [more]))
        )
        whole = f"{titles}\n{text}"
        _, wrong = without_forbidden(whole, self.cells.file, "table")
        found = [*wrong, *table_rows(whole, 0, self.cells.separator, self.cells.file)]
        rows = [one for one in found if isinstance(one, ProfileRow)]
        if problem := next((one for one in found if isinstance(one, Diagnostic)), None):
            return problem
        return Table(self.cells.file, whole, self.cells.separator, rows[0], tuple(rows[1:]))

    def meant(self, alone: Table) -> Meanings:
        """Return what the columns mean."""
        return meanings(alone, own_columns(self.providers))

    def save(self) -> None:
        """Replace the file by one with the new rows; raises EnvironmentProblem if another cell would change."""
        header, separator, text = self.cells.header, self.cells.separator, self.cells.text
        patches = [Patch(header.end, header.end, "".join(f"{separator}{title}" for title in self.added))]
        patches += [Patch(self.rows[name].begin, self.rows[name].end, row) for name, row in self.texts.items()]
        mark = BYTE_ORDER_MARK if self.original.startswith(BYTE_ORDER_MARK.encode()) else ""
        content = f"{mark}{patched(text, patches)}".encode()
        found = read_table(content, self.cells.file)
        if not isinstance(found, Table) or not self._as_meant(found):
            raise EnvironmentProblem(f"{self.cells.file} has no safe place for the new cells, and was left alone")
        writing.replace(self.folder, self.relative, content, was=self.original)

    def _as_meant(self, found: Table) -> bool:
        """Return whether each row of the new file is the new text that it should be, and every other row unchanged."""
        begins = {self.rows[name].begin: text for name, text in self.texts.items()}
        rows = [begins.get(one.begin, self.cells.text[one.begin : one.end]) for one in self.cells.rows]
        return [found.text[one.begin : one.end] for one in found.rows] == rows


@dataclass(slots=True)
class EditableRow:
    """A profile's row."""

    table: EditableTable
    name: str
    text: str
    remark: str = ""
    # The title of a column that the last edit needs.
    needed: str = ""

    def document(self, text: str) -> Document | Diagnostic:
        """Return the row as the file of a profile."""
        alone = self.table.alone(text, self.needed)
        if isinstance(alone, Diagnostic):
            return alone
        document, problems = row_document(alone, alone.rows[0], self.table.meant(alone))
        return problems[0] if problems else document

    def edited(self, name: str, value: FileEdit) -> str | Diagnostic:
        """Return the row with a cell; the cell keeps its quotes."""
        self.needed = self.remark = ""
        alone = self.table.alone(self.text, "")
        if isinstance(alone, Diagnostic):
            return alone
        columns = self.table.meant(alone).columns.items()
        at = next((index for index, column in columns if column.path == ("profile", name)), None)
        if at is None:
            at, self.needed, self.remark = len(alone.header.cells), name, f"in a new column {name!r}"
        row, separator = alone.rows[0], alone.separator
        line = alone.text[row.begin : row.end]
        if at < len(row.cells):
            cell = row.cells[at]
            begin, end = cell.begin - row.begin, cell.end - row.begin
        else:
            line += separator * (at - len(row.cells) + 1)
            begin = end = len(line)
        new = f"{line[:begin]}{_cell(value, separator, quoted=line[begin:end].startswith(chr(34)))}{line[end:]}"
        read = self.document(new)
        if isinstance(read, Document) and not _has_value(read, name, value):
            why = "a cell cannot say it: white space at its ends, or a line break of its kind, would be lost"
            return error("not-edited", why, hint="Write it by hand.", location=Location(self.table.cells.file))
        return read if isinstance(read, Diagnostic) else new

    def take(self, text: str) -> None:
        """Keep the row, and the column that it needs."""
        self.text = self.table.texts[self.name] = text
        self.table.added += filter(None, [self.needed])
        self.needed = ""

    def save(self) -> None:
        """Leave it to the table."""


def _cell(value: FileEdit, separator: str, *, quoted: bool) -> str:
    text = cell_text(value)
    if quoted or any(sign in text for sign in (separator, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _has_value(document: Document, name: str, value: FileEdit) -> bool:
    data = document.data
    fields = data.get("profile") if isinstance(data, dict) else None
    return isinstance(fields, dict) and fields.get(name) == value


def _bytes(text: str) -> bytes:
    # Bytes that are not UTF-8 come back as they were.
    return text.encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class EditableFiles:
    """Opens the places where profiles are written. A table is opened once, and replaced once."""

    folder: Path
    providers: Collection[type[Provider]]
    tables: dict[str, EditableTable] = field(default_factory=dict)

    def open(self, desired: Desired) -> EditablePlace | Diagnostic:
        """Return the place where a profile is written, or why it is not there any more; raises EnvironmentProblem."""
        relative = desired.file.removeprefix(f"{self.folder.name}/")
        if not is_table(relative):
            content = writing.original(self.folder, relative)
            text = content.decode("utf-8", "surrogateescape")
            return EditableFile(self.folder, relative, desired.file, content, text)
        table = self.tables.get(relative) or self._table(relative, desired.file)
        if isinstance(table, Diagnostic):
            return table
        self.tables[relative] = table
        name, row = desired.target.profile, table.rows.get(desired.target.profile)
        if row is None:
            return error("not-edited", f"no row of it is {name} any more", location=Location(desired.file))
        return EditableRow(table, name, table.texts.get(name, table.cells.text[row.begin : row.end]))

    def _table(self, relative: str, file: str) -> EditableTable | Diagnostic:
        content = writing.original(self.folder, relative)
        cells = read_table(content, file)
        if not isinstance(cells, Table):
            return cells[0]
        rows, _ = named_rows(cells, relative.removesuffix(TABLE_SUFFIX))
        return EditableTable(self.folder, relative, content, cells, dict(rows), self.providers)

    def close(self) -> Mapping[str, EnvironmentProblem]:
        """Replace the tables. Return, by its file, why a table could not be replaced."""
        failed = {}
        for table in self.tables.values():
            try:
                if table.texts:
                    table.save()
            except EnvironmentProblem as problem:
                failed[table.cells.file] = problem
        return failed
