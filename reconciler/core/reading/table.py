"""Tables: a CSV file that declares one number a row: its cells, what its columns mean, and whose row each row is.

Table, ProfileRow, TableCell: the cells of a file, each with its place.
own_columns: providers → the columns that the keys of their profiles make.
meanings: (a table, those) → what each column means, and what is wrong with the header.
named_rows: a table → each profile's name with its row, and what is wrong with the names.

`cells` reads the content of a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.fields import FIELDS, ValueKind
from reconciler.core.provider import Provider
from reconciler.core.reading.suggestions import nearest
from reconciler.core.yaml_documents import Path

TABLE_SUFFIX: Final = ".csv"
CLEARED: Final = "(empty)"
# As a spreadsheet shows 4915123456789: with the sign of the exponent, which a text rarely has.
SHORTENED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+\Z")
_SUFFIXES = (".yaml", ".yml", TABLE_SUFFIX)


class TableCell(NamedTuple):
    """One cell: its text without quotes and outer spaces, its place, and where it stands in the text of the file."""

    text: str
    line: int
    column: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The cells of one row, which stands between `begin` and `end` of the text and begins in `line`."""

    cells: tuple[TableCell, ...]
    line: int
    begin: int
    end: int

    @property
    def is_blank(self) -> bool:
        """True if nothing stands in it."""
        return not any(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A file's cells: the header, and the rows that are not blank. `text` is all of it, without a byte order mark."""

    file: str
    text: str
    separator: str
    header: ProfileRow
    rows: tuple[ProfileRow, ...]

    def place(self, cell: TableCell) -> Location:
        """Return where a cell stands."""
        return Location(self.file, cell.line, cell.column)


class CellForm(Enum):
    """How the text of a cell becomes a value."""

    TEXT = "text"
    LIST = "words with spaces between"
    WHOLE = "a whole number"
    SECRET = "the name of a variable"
    NOTHING = "(empty)"


class TableColumn(NamedTuple):
    """What the cells of a column mean: the place of the value in a profile, and its form."""

    path: Path
    form: CellForm


def _field_columns() -> Iterator[tuple[str, TableColumn]]:
    for spec in FIELDS:
        path = ("profile", spec.name)
        if spec.kind is ValueKind.WEBHOOK:
            yield spec.name, TableColumn(path, CellForm.NOTHING)
            yield f"{spec.name}.url", TableColumn((*path, "url"), CellForm.TEXT)
            yield f"{spec.name}.verify_token", TableColumn((*path, "verify_token"), CellForm.SECRET)
        else:
            yield spec.name, TableColumn(path, CellForm.LIST if spec.kind is ValueKind.URLS else CellForm.TEXT)


_NAME = "name"
_VARIABLE = "vars."
_COLUMNS: Final[Mapping[str, TableColumn]] = {
    _NAME: TableColumn((), CellForm.TEXT),
    **{key: TableColumn((key,), CellForm.TEXT) for key in ("account", "number", "mode")},
    **{key: TableColumn((key,), CellForm.LIST) for key in ("extends", "omit")},
    **dict(_field_columns()),
}
OwnColumns = Mapping[str, TableColumn]


def own_columns(providers: Iterable[type[Provider]]) -> OwnColumns:
    """Return the columns that providers add: the keys of their profiles, and the credential of a number."""
    found: dict[str, TableColumn] = {}
    for provider in providers:
        traits = provider.traits
        for key, info in traits.keys.model_fields.items():
            form = CellForm.TEXT if info.annotation is str else CellForm.WHOLE
            found[key] = TableColumn((key,), form)
        for credential in traits.account_credentials if traits.credential_per_number else ():
            found[f"credentials.{credential}"] = TableColumn(("credentials", credential), CellForm.SECRET)
    return found


def is_title(text: str) -> bool:
    """True if a column of every table can have this title."""
    return _meant(text, _COLUMNS) is not None


def is_table(file: str) -> bool:
    """True if a file is a table by its name."""
    return file.endswith(TABLE_SUFFIX)


def columns_of(own: OwnColumns) -> Mapping[str, TableColumn]:
    """Return every column by its title, but for those of variables."""
    return {**_COLUMNS, **own}


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the columns of a table mean, by their number. `missing` are keys of a profile that have no column."""

    columns: Mapping[int, TableColumn]
    titles: Mapping[int, str]
    missing: frozenset[str]
    problems: tuple[Diagnostic, ...] = ()


def meanings(table: Table, own: OwnColumns) -> Meanings:
    """Return what each column means; a wrong one has no meaning, and its cells are not looked at."""
    known = columns_of(own)
    columns: dict[int, TableColumn] = {}
    titles: dict[int, str] = {}
    seen: set[str] = set()
    problems: list[Diagnostic] = []
    told = frozenset[str]() if _place_of_names(table) is not None else _without_names(table).titles
    for index, cell in enumerate(table.header.cells):
        if not cell.text:
            continue
        meant = _meant(cell.text, known)
        if cell.text in told:
            # `named_rows` says what is wrong with it.
            pass
        elif cell.text in seen:
            summary = f"the column {cell.text!r} stands twice"
            problems.append(error("table-column", summary, hint="keep one of the two", location=table.place(cell)))
        elif meant is None:
            summary, hint = f"unknown column {cell.text!r}", _near_column(cell.text, known)
            problems.append(error("table-column", summary, hint=hint, location=table.place(cell)))
        else:
            columns[index] = meant
        titles[index] = cell.text
        seen.add(cell.text)
    keys = {column.path[0] for title, column in known.items() if len(column.path) == 1}
    missing = frozenset(map(str, keys)) - {str(column.path[0]) for column in columns.values() if column.path}
    return Meanings(columns, titles, missing, tuple(problems))


def _meant(title: str, known: Mapping[str, TableColumn]) -> TableColumn | None:
    if title.startswith(_VARIABLE) and title != _VARIABLE:
        return TableColumn(("vars", title.removeprefix(_VARIABLE)), CellForm.TEXT)
    return known.get(title)


def _near_column(title: str, known: Mapping[str, TableColumn]) -> str:
    if title.startswith("webhook."):
        return "write the other parts of a webhook into a template, and name it under `extends`"
    plain = title.removeprefix("profile.")
    if title.casefold().startswith(_VARIABLE):
        return f"write `{_VARIABLE}` in small letters, and the variable's name behind it"
    if near := nearest(plain, known):
        return f"did you mean {near[0]}?"
    return f"a variable for a template has the title {_VARIABLE}{plain}"


def _place_of_names(table: Table) -> int | None:
    return next((index for index, cell in enumerate(table.header.cells) if cell.text == _NAME), None)


class _WithoutNames(NamedTuple):
    """The error for a header without a column of names, and the titles that it is about."""

    problem: Diagnostic
    titles: frozenset[str]


def _without_names(table: Table) -> _WithoutNames:
    cells = {cell.text: cell for cell in table.header.cells if cell.text}
    for title, cell in cells.items():
        if not is_title(title) and nearest(title, _COLUMNS) == (_NAME,):
            summary, hint = f"unknown column {title!r}", f"did you mean {_NAME}?"
            problem = error("table-column", summary, hint=hint, location=table.place(cell))
            return _WithoutNames(problem, frozenset((title,)))
    summary, hint = f"there is no column {_NAME!r}", "give each row a name: it is the profile's"
    titles = _EXPORTED & cells.keys()
    if titles:
        summary += ": this is a table as `export` writes it, which shows profiles and declares none"
        hint = f"move it out of the folder; a table that declares numbers has `{_NAME}` in place of `profile`"
    where = table.place(table.header.cells[0])
    return _WithoutNames(error("table-column", summary, hint=hint, location=where), titles)


# Columns of `export` that no table of numbers has.
_EXPORTED: Final = frozenset(("profile", "notes"))


def named_rows(table: Table, prefix: str) -> tuple[tuple[tuple[str, ProfileRow], ...], tuple[Diagnostic, ...]]:
    """Return each profile's name, which begins with `prefix`, with its row; a row without a name is a problem."""
    at = _place_of_names(table)
    if at is None:
        return (), (_without_names(table).problem,)
    found: dict[str, ProfileRow] = {}
    problems: list[Diagnostic] = []
    for row in table.rows:
        cell = row.cells[at] if at < len(row.cells) else TableCell("", row.line, 1, row.begin, row.begin)
        name = f"{prefix}/{cell.text}"
        if why := _wrong_name(cell.text):
            problems.append(error("table-name", why, hint=_NAME_HINT, location=table.place(cell)))
        elif name in found:
            summary = f"the rows of line {found[name].line} and line {row.line} are both the profile {name!r}"
            problems.append(error("same-name", summary, hint="rename one of them", location=table.place(cell)))
        else:
            found[name] = row
    return tuple(found.items()), tuple(problems)


_NAME_HINT = "a name is letters, digits, hyphens and the like, such as berlin"


def _wrong_name(name: str) -> str:
    """Return why no profile can have a row's name, or ""."""
    if not name or name.casefold() == CLEARED:
        return "the row has no name"
    if SHORTENED.match(name):
        return f"the name {name!r} is a number that a spreadsheet shortened"
    if not name.isprintable():
        return "the name holds a character that cannot be shown"
    if sign := next((sign for sign in ("/", "\\") if sign in name), ""):
        return f"the name {name!r} holds {sign!r}: a row stands in the folder of its table's name"
    if name.startswith((".", "=")) or name.endswith(_SUFFIXES):
        return f"the name {name!r} {'begins with ' + repr(name[0]) if name[0] in '.=' else 'ends like a file'}"
    return ""
