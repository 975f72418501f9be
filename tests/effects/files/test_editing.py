"""New values in rows: the cell says them, and every other byte of the table is what it was."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.basics import Diagnostic, EnvironmentProblem
from reconciler.core.target import Desired, Target
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.editing import EditableFiles, EditableRow
from reconciler.effects.files.table import BYTE_ORDER_MARK, SEPARATORS
from reconciler.effects.files.yaml.editor import FileEdit
from reconciler.providers import providers


def opened(folder: Path, name: str = "a", content: bytes | None = None) -> tuple[EditableFiles, EditableRow]:
    if content is not None:
        (folder / "shops.csv").write_bytes(content)
    files = EditableFiles(folder, providers().values())
    place = files.open(desired(name))
    assert isinstance(place, EditableRow)
    return files, place


def desired(name: str) -> Desired:
    target = Target("meta", "sandbox", "1", account="s", profile=f"shops/{name}", number="+49")
    return Desired(target, fields=(), file="profiles/shops.csv")


def edit(folder: Path, content: bytes, field: str, value: FileEdit, name: str = "b") -> bytes | str:
    """Return the table with a value in a row, or why it cannot be there."""
    files, place = opened(folder, name, content)
    new = place.edited(field, value)
    if isinstance(new, Diagnostic):
        return f"{new.code}: {new.summary}"
    place.take(new)
    place.save()
    assert files.close() == {}
    return (folder / "shops.csv").read_bytes()


@pytest.mark.parametrize(
    ("before", "field", "value", "after"),
    [
        (b"name,about\na,x\nb,y\nc,z\n", "about", "new", b"name,about\na,x\nb,new\nc,z\n"),
        (b"\xef\xbb\xbfname;about\r\na;x\r\nb;y\r\n", "about", "a;b", b'\xef\xbb\xbfname;about\r\na;x\r\nb;"a;b"\r\n'),
        (b"sep=;\nname;about\nb; y ;\n\n;;\n", "about", "new", b"sep=;\nname;about\nb;new;\n\n;;\n"),
        (b'"name"\t"about"\r"b"\t"y"', "about", 'say "hi"\nnow', b'"name"\t"about"\r"b"\t"say ""hi""\nnow"'),
        (b'about,name\n"x\ny",b\n', "about", "", b'about,name\n"(empty)",b\n'),
        (b"name,about\nb,x\n", "about", "=1+1", b"name,about\nb,'=1+1\n"),
        (b"name,about\nb,x\n", "about", "#N/A", b"name,about\nb,'#N/A\n"),
        (b"name,websites\nb,https://a.example\n", "websites", ["https://b.example", "https://a.example"],
         b"name,websites\nb,https://b.example https://a.example\n"),
        (b"name,websites\nb,https://a.example\n", "websites", [], b"name,websites\nb,(empty)\n"),
        (b"name,account,about\na,s,x\nb\nc,s,z\n", "about", "new", b"name,account,about\na,s,x\nb,,new\nc,s,z\n"),
        (b"name,account\na,s\nb\nc,s", "about", "new", b"name,account,about\na,s\nb,,new\nc,s"),
        (b"name,,\nb,,\n", "about", "new", b"name,,,about\nb,,,new\n"),
    ],
)  # fmt: skip
def test_a_cell_changes_and_nothing_else(
    folder: Path, before: bytes, field: str, value: FileEdit, after: bytes
) -> None:
    assert edit(folder, before, field, value) == after


LOST = "not-edited: a cell cannot say it: white space at its ends, or a line break of its kind, would be lost"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (" x", LOST),
        ("x\ry", LOST),
        ("a\0b", "yaml-forbidden-character: U+0000, a NUL character, may not stand in a table"),
    ],
)  # fmt: skip
def test_what_cannot_stand_in_a_cell_is_said(folder: Path, value: str, why: str) -> None:
    content = b"name,about\na,x\nb,y\n"
    assert edit(folder, content, "about", value) == why
    assert (folder / "shops.csv").read_bytes() == content


def test_a_column_that_was_needed_for_nothing_does_not_come(folder: Path) -> None:
    files, place = opened(folder, "a", b"name,account\na,s\nb,s\n")
    assert isinstance(place.edited("about", " lost "), Diagnostic)
    new = place.edited("email", "a@b.example")
    assert (new, place.remark) == ("a,s,a@b.example", "in a new column 'email'")
    place.take(str(new))
    again = files.open(desired("b"))
    assert isinstance(again, EditableRow)
    new = again.edited("email", "b@b.example")
    assert (new, again.remark) == ("b,s,b@b.example", "")
    again.take(str(new))
    assert files.close() == {}
    assert (folder / "shops.csv").read_bytes() == b"name,account,email\na,s,a@b.example\nb,s,b@b.example\n"


def test_a_row_that_went_and_a_table_that_broke_are_said(folder: Path) -> None:
    (folder / "shops.csv").write_bytes(b"name,about\na,x\n")
    gone = EditableFiles(folder, ()).open(desired("b"))
    assert isinstance(gone, Diagnostic)
    assert gone.summary == "no row of it is shops/b any more"
    (folder / "shops.csv").write_bytes(b'name,about\na,"x\n')
    broken = EditableFiles(folder, ()).open(desired("a"))
    assert isinstance(broken, Diagnostic)
    assert broken.code == "table-quotes"


def test_a_table_that_another_program_changed_is_left_alone(folder: Path) -> None:
    files, place = opened(folder, "a", b"name,about\na,x\n")
    place.take(str(place.edited("about", "new")))
    (folder / "shops.csv").write_bytes(b"name,about\na,other\n")
    assert [str(one) for one in files.close().values()] == [
        "profiles/shops.csv changed while this ran, and was left alone; run it again"
    ]
    assert (folder / "shops.csv").read_bytes() == b"name,about\na,other\n"


def test_a_row_that_would_reach_into_others_is_not_written(folder: Path) -> None:
    files, place = opened(folder, "a", b"name,about\na,x\nb,y\n")
    place.take('a,"x')
    assert [str(one) for one in files.close().values()] == [
        "profiles/shops.csv has no safe place for the new cells, and was left alone"
    ]


def test_a_row_that_is_none_is_said_as_such(folder: Path) -> None:
    _, place = opened(folder, "a", b"name,about\na,x\n")
    assert isinstance(place.document('a,"x'), Diagnostic)
    place.text = 'a,"x'
    assert isinstance(place.edited("about", "new"), Diagnostic)


CELL = st.text(st.sampled_from('ab ",;\t\n=\u00e9'), max_size=5)
VALUE = st.text(st.sampled_from("ab\",;\t\n=+'#(\u00e9"), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(CELL, min_size=3, max_size=3),
    VALUE.filter(lambda text: text == text.strip(" \t\n")),
    st.integers(0, 2),
    st.tuples(st.booleans(), st.sampled_from(SEPARATORS), st.sampled_from(["\n", "\r\n"]), st.booleans()),
)
def test_an_edit_of_one_cell_leaves_every_other_byte(
    folder: Path, cells: list[str], value: str, at: int, form: tuple[bool, str, str, bool]
) -> None:
    """And the cell says the value, whatever the table looks like."""
    mark, separator, newline, quoted = form
    stream = io.StringIO()
    writer = csv.writer(
        stream,
        delimiter=separator,
        lineterminator=newline,
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
    )
    writer.writerows([["name", "about", "number"], *([f"r{n}", cell, "x"] for n, cell in enumerate(cells))])
    content = (BYTE_ORDER_MARK if mark else "") + stream.getvalue()
    files, place = opened(folder, f"r{at}", content.encode())
    new = place.edited("about", value)
    if isinstance(new, Diagnostic):
        # Another cell of the row may be a formula, and so may the value be one of another kind.
        assert new.code.startswith("table-")
        return
    place.take(new)
    assert files.close() == {}
    row = place.table.rows[f"shops/r{at}"]
    text = place.table.cells.text
    begin, end = len(text[: row.begin].encode()), len(text[row.end :].encode())
    after, offset = (folder / "shops.csv").read_bytes(), 3 if mark else 0
    assert after[: begin + offset] == content.encode()[: begin + offset]
    assert after[len(after) - end :] == content.encode()[len(content.encode()) - end :]
    read = place.document(new)
    assert isinstance(read, Document)
    assert isinstance(read.data, dict)
    assert read.data["profile"]["about"] == value


def test_a_table_that_cannot_be_read_is_the_machines_problem(folder: Path) -> None:
    with pytest.raises(EnvironmentProblem):
        EditableFiles(folder, ()).open(desired("a"))
