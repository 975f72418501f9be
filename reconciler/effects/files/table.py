"""Tables of numbers: the bytes of a CSV file → its cells, each with its place.

read_table: (a file's content, its name) → its cells, or every problem with their form.
table_rows: (a text, what stands between its cells) → the rows.

The standard library's `csv` says, strictly, what the cells are; it does not say where they stand, which is found here.
The reader survives what spreadsheets do: a byte order mark, `;` and tabs between the cells, the line `sep=;`, quotes,
CRLF, line breaks in quotes, empty columns and rows at the end. Must never: raise, whatever the bytes; guess an
encoding.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from reconciler.core.basics import Diagnostic, Location, error, in_order
from reconciler.core.reading.table import ProfileRow, Table, TableCell, is_title
from reconciler.core.yaml_documents import LINE, LINE_BREAK
from reconciler.effects.files.yaml.source import MOST_DIAGNOSTICS, as_text, merge_conflict, without_forbidden

LARGEST_TABLE = 4 * 1024 * 1024
MOST_ROWS = 20_000
# All fields together have twenty; the rest is for variables.
MOST_COLUMNS = 1000
# A row may be written on several lines.
_MOST_LINES = 10 * MOST_ROWS
_TOO_LONG = "field limit"
SEPARATORS = (",", ";", "\t")
BYTE_ORDER_MARK = "\ufeff"
_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')
_SAYS_SEPARATOR = re.compile(r"\"?sep=([,;\t])\"?[ \t]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
_UTF8 = "Save it again as `CSV UTF-8`: the spreadsheet asks for it when it saves."
# White space around the text of a cell is not part of it.
_OUTER = " \t\r\n"


def read_table(content: bytes, file: str) -> Table | tuple[Diagnostic, ...]:
    """Return the cells of a table, or every problem with their form, in order."""
    if len(content) > LARGEST_TABLE:
        over = len(content) - LARGEST_TABLE
        summary = f"the file is {len(content)} bytes, {over} over the limit of {LARGEST_TABLE} (4 MiB)"
        return (error("table-too-big", summary, hint=_SPLIT, location=Location(file)),)
    decoded = as_text(content, file)
    if isinstance(decoded, Diagnostic):
        return (error("table-not-utf-8", decoded.summary, hint=_UTF8, location=decoded.location),)
    if conflict := merge_conflict(decoded, file):
        return (conflict,)
    text, forbidden = without_forbidden(decoded, file, "table")
    wrong = [error("table-character", one.summary, hint=one.hint, location=one.location) for one in forbidden]
    if text.count("\n") + text.count("\r") > 2 * _MOST_LINES:
        summary = f"the file has more than {_MOST_LINES} lines, and {MOST_ROWS} rows are the most"
        return (error("table-too-big", summary, hint=_SPLIT, location=Location(file)),)
    separator, begin = _separator_of(text)
    rows: list[ProfileRow] = []
    for one in table_rows(text, begin, separator, file):
        if isinstance(one, Diagnostic):
            wrong.append(one)
        elif not one.is_blank:
            rows.append(one)
        if len(rows) > MOST_ROWS + 1 or len(wrong) > MOST_DIAGNOSTICS:
            break
    wrong += _too_many(rows, file)
    if not rows and not wrong:
        hint = "its first line names the columns: name,account,number"
        wrong.append(error("table-column", "the table is empty", hint=hint, location=Location(file)))
    return in_order(wrong) if wrong else Table(file, text, separator, rows[0], tuple(rows[1:]))


def _too_many(rows: Sequence[ProfileRow], file: str) -> Iterator[Diagnostic]:
    """Yield an error for too many rows, and for too many columns; those without a title do not count."""
    if len(rows) > MOST_ROWS + 1:
        summary = f"the table has more than {MOST_ROWS} rows"
        yield error("table-too-big", summary, hint=_SPLIT, location=Location(file, rows[-1].line, 1))
    if rows and sum(bool(cell.text) for cell in rows[0].cells) > MOST_COLUMNS:
        summary = f"the table has more than {MOST_COLUMNS} columns"
        yield error("table-too-big", summary, hint=_SPLIT, location=Location(file, rows[0].line, 1))


_SPLIT = "split it into several tables; each may extend the same templates"


def _separator_of(text: str) -> tuple[str, int]:
    """Return what stands between the cells of a table, and where its header begins."""
    if said := _SAYS_SEPARATOR.match(text):
        return said[1], said.end()
    # Empty lines above the header do not count.
    header = next((line[0] for line in LINE.finditer(text) if line[0].strip(f"{_OUTER},;")), "").rstrip("\r\n")
    titles = {one: [title.strip(f'{_OUTER}"') for title in header.split(one)] for one in SEPARATORS}
    best = max(SEPARATORS, key=lambda one: (sum(map(is_title, titles[one])), len(titles[one])))
    return best, 0


def table_rows(text: str, begin: int, separator: str, file: str) -> Iterator[ProfileRow | Diagnostic]:
    """Yield each row of a text that begins at `begin`, blank ones too, or why a line is not a row."""
    lines = [match.span() for match in LINE.finditer(text, begin)]
    before = len(LINE_BREAK.findall(text, 0, begin))
    reader = csv.reader((text[first:last] for first, last in lines), delimiter=separator, strict=True)
    while True:
        number = reader.line_num
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            yield _broken(text, lines[number][0], separator, Location(file, before + number + 1, 1), str(problem))
            if _TOO_LONG in str(problem):
                # The rows behind it may be a part of it.
                return
            continue
        if values:
            first, last = lines[number][0], lines[reader.line_num - 1][1]
            end = first + len(text[first:last].rstrip("\r\n"))
            yield _row(text, (first, end), values, separator, Location(file, before + number + 1, 1))


def _row(
    text: str, span: tuple[int, int], values: Sequence[str], separator: str, at: Location
) -> ProfileRow | Diagnostic:
    """Return one row with the place of each cell, or an error where a space keeps quotes from being any."""
    begin, end = span
    place, line, line_begin = begin, at.line, begin
    cells = []
    for value in values:
        stop = _cell_end(text, place, end, separator)
        column = place - line_begin + 1
        plain = value.strip(_OUTER)
        if plain.startswith('"') and text[place] != '"':
            where = Location(at.file, line, column)
            return error("table-quotes", "a space stands before the quotes of a cell", hint=_CLOSE_UP, location=where)
        cells.append(TableCell(LINE_BREAK.sub("\n", plain), line, column, place, stop))
        for found in LINE_BREAK.finditer(text, place, stop):
            line, line_begin = line + 1, found.end()
        place = stop + 1
    return ProfileRow(tuple(cells), at.line, begin, end)


_CLOSE_UP = "delete the space: quotes begin right behind the separator"


def _cell_end(text: str, place: int, end: int, separator: str) -> int:
    """Return where the cell that begins at `place` of a sound row ends; the row ends at `end`."""
    if quoted := _QUOTED.match(text, place, end):
        return quoted.end()
    found = text.find(separator, place, end)
    return end if found < 0 else found


def _broken(text: str, begin: int, separator: str, at: Location, said: str) -> Diagnostic:
    """Return the error for a row that is no CSV, at the cell that makes it so."""
    if _TOO_LONG in said:
        summary = f"a cell is longer than {csv.field_size_limit()} characters"
        return error("table-quotes", summary, hint="close its quotes, or shorten it", location=at)
    place, line, line_begin = begin, at.line, begin
    plain = re.compile(rf"[^{separator}\r\n]*")
    while (quoted := _QUOTED.match(text, place)) or not text.startswith('"', place):
        stop = quoted.end() if quoted else next(plain.finditer(text, place)).end()
        if not text.startswith(separator, stop):
            break
        for found in LINE_BREAK.finditer(text, place, stop):
            line, line_begin = line + 1, found.end()
        place = stop + 1
    where = Location(at.file, line, place - line_begin + 1)
    if quoted:
        summary, hint = "more stands behind the closing quotes of a cell", "write each quote inside of them twice"
    else:
        summary, hint = "the quotes of a cell do not close", 'write " at its end, and "" for quotes inside of the text'
    return error("table-quotes", summary, hint=hint, location=where)
