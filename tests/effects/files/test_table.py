"""Cells: what a spreadsheet makes of a file is survived, and what is no table says where."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.reading.table import Table
from reconciler.effects.files.table import LARGEST_TABLE, MOST_ROWS, SEPARATORS, read_table

PLAIN = [["name", "number"], ["berlin", "+49"], ["bonn", ""]]


def cells(content: bytes) -> list[list[str]]:
    found = read_table(content, "a.csv")
    assert isinstance(found, Table), found
    return [[cell.text for cell in row.cells] for row in (found.header, *found.rows)]


def problems(content: bytes) -> list[str]:
    found = read_table(content, "a.csv")
    assert not isinstance(found, Table)
    return [f"{one.location}: {one.code}: {one.summary}" for one in found]


@pytest.mark.parametrize(
    "content",
    [
        b"name,number\nberlin,+49\nbonn,\n",
        b"name,number\nberlin,+49\nbonn,",
        b"\xef\xbb\xbfname,number\r\nberlin,+49\r\nbonn,\r\n",
        b"name;number\rberlin;+49\rbonn;\r",
        b"name\tnumber\nberlin\t+49\nbonn\t\n",
        b"sep=;\r\nname;number\r\nberlin;+49\r\nbonn;\r\n",
        b'"sep=\t"\nname\tnumber\nberlin\t+49\nbonn\t\n',
        b'"name","number"\n"berlin","+49"\n"bonn",""\n',
        b"\n\nname, number \n,\nberlin ,\t+49\n\n,,\nbonn,\n,\n",
        b'"name;with,comma";number\n'.replace(b'"name;with,comma"', b"name") + b"berlin;+49\nbonn;\n",
    ],
)
def test_the_habits_of_spreadsheets_are_survived(content: bytes) -> None:
    assert cells(content) == PLAIN


def test_a_line_break_in_quotes_belongs_to_the_cell_and_places_are_those_of_the_file() -> None:
    found = read_table(b'name,about,email\r\n"a","Fresh\r\n""bread""\r\nhere",x@y\r\nb,c,\r\n', "a.csv")
    assert isinstance(found, Table)
    assert [(cell.text, cell.line, cell.column) for row in found.rows for cell in row.cells] == [
        ("a", 2, 1),
        ('Fresh\n"bread"\nhere', 2, 5),
        ("x@y", 4, 7),
        ("b", 5, 1),
        ("c", 5, 3),
        ("", 5, 5),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ["a.csv: table-column: the table is empty"]),
        (b"\n,,\n,\n", ["a.csv: table-column: the table is empty"]),
        (b"\xff\xfen\x00", ["a.csv:1:1: table-not-utf-8: the file is UTF-16, not UTF-8"]),
        (b"name\nK\xf6ln\n", ["a.csv:2:2: table-not-utf-8: the byte 0xF6 at offset 6 is not UTF-8"]),
        (b"name\na\0b\n", ["a.csv:2:2: table-character: U+0000, a NUL character, may not stand in a table"]),
        (b'name,about\na,"b\nc,d\n', ["a.csv:2:3: table-quotes: the quotes of a cell do not close"]),
        (
            b'name,about\na,"b"c\nd,"e\nf"g\nh,i\n',
            [
                "a.csv:2:3: table-quotes: more stands behind the closing quotes of a cell",
                "a.csv:3:3: table-quotes: more stands behind the closing quotes of a cell",
            ],
        ),
        (b'name,about\n"a\nb", "c"\n', ["a.csv:3:4: table-quotes: a space stands before the quotes of a cell"]),
        (
            b'name,about\na,"' + b"x" * (csv.field_size_limit() + 1) + b"\nb,c\n",
            [f"a.csv:2:1: table-quotes: a cell is longer than {csv.field_size_limit()} characters"],
        ),
        (
            b"x" * (LARGEST_TABLE + 1),
            ["a.csv: table-too-big: the file is 4194305 bytes, 1 over the limit of 4194304 (4 MiB)"],
        ),
        (
            b"\n" * 500_000,
            ["a.csv: table-too-big: the file has more than 200000 lines, and 20000 rows are the most"],
        ),
    ],
)  # fmt: skip
def test_what_is_no_table_says_where(content: bytes, expected: list[str]) -> None:
    assert problems(content) == expected


def test_of_many_mistakes_a_hundred_are_told() -> None:
    assert len(problems(b"name\n" + b'"a"b\n' * 1000)) == 101


def test_as_many_rows_as_are_allowed_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.effects.files.table.MOST_ROWS", 20)
    assert MOST_ROWS == 20_000
    assert len(cells(b"name\n" + b"a\n" * 20)) == 21
    assert problems(b"name\n" + b"a\n" * 25) == ["a.csv:22:1: table-too-big: the table has more than 20 rows"]


def test_as_many_columns_as_are_allowed_are_read() -> None:
    """Each title is looked up, and a wrong one gets a hint: 400,000 of them took a quarter of an hour."""
    titles = ",".join(f"vars.v{number}" for number in range(1000))
    assert len(cells(f"{titles}{',' * 500}\n".encode())[0]) >= 1000
    assert problems(f"{titles},name\n".encode()) == ["a.csv:1:1: table-too-big: the table has more than 1000 columns"]


TEXT = st.text(st.sampled_from('ab",;\n\t =+(\u00e9\u4e2d'), max_size=6)


@given(st.lists(st.lists(TEXT, min_size=2, max_size=4), max_size=4), st.sampled_from(SEPARATORS), st.booleans())
def test_the_cells_are_those_of_the_csv_module_and_the_text_at_their_places_says_them(
    rows: list[list[str]], separator: str, crlf: bool
) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n" if crlf else "\n")
    writer.writerows([["name", "number", "about", "email"], *rows])
    found = read_table(stream.getvalue().encode(), "a.csv")
    assert isinstance(found, Table)
    stripped = [[cell.strip(" \t\r\n") for cell in row] for row in rows]
    assert [[cell.text for cell in row.cells] for row in found.rows] == [row for row in stripped if any(row)]
    for cell in (cell for row in found.rows for cell in row.cells):
        written = io.StringIO(found.text[cell.begin : cell.end], newline="")
        assert "".join(next(csv.reader(written, delimiter=separator), [])).strip(" \t\r\n") == cell.text


@given(st.binary(max_size=60) | st.text(st.sampled_from('nam e,;\t"\r\n\0=\ufeff'), max_size=60).map(str.encode))
def test_hostile_bytes_raise_nothing_and_each_problem_has_a_place(content: bytes) -> None:
    found = read_table(content, "a.csv")
    if not isinstance(found, Table):
        assert {one.location.file for one in found} == {"a.csv"}


def test_the_marks_of_a_merge_conflict_are_one_problem_and_no_rows() -> None:
    rows = b"name,number\n<<<<<<< HEAD\nulm,+49\n=======\nulm,+50\n>>>>>>> x\n"
    summary = "a merge is not finished: git's marks stand here and in lines 4 and 6"
    assert problems(rows) == [f"a.csv:2:1: merge-conflict: {summary}"]
    assert cells(b'name,about\nulm,"Bread\n======="\n') == [["name", "about"], ["ulm", "Bread\n======="]]
