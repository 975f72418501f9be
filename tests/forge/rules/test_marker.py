"""The hidden line by which a later run knows its own text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.reports.handover import COMMENT_BYTES, HandoverKind
from reconciler.forge.marker import Marker, first_line, hidden, read_marker, unmarked

MARKER = Marker(key="", kind=HandoverKind.PLAN, run=17, attempt=2, commit="a" * 40)


@given(key=st.text(), commit=st.text(), run=st.integers(0, 2**53))
def test_what_is_hidden_comes_back_and_nothing_ends_its_comment(key: str, commit: str, run: int) -> None:
    marker = Marker(key=key, kind=HandoverKind.APPLY, run=run, attempt=1, commit=commit)
    line = hidden("comment", marker)
    assert read_marker("comment", line, of=Marker) == marker
    assert line.isascii()
    assert (line.count("-->"), line.count("<"), "\n" in line) == (1, 1, False)


def test_a_line_that_is_no_marker_of_that_name_is_none() -> None:
    line = hidden("comment", MARKER)
    assert [read_marker(name, text, of=Marker) for name, text in (("drift", line), ("comment", f"> {line}"))] == [
        None,
        None,
    ]
    assert read_marker("comment", "", of=Marker) is None


def test_an_edited_marker_is_broken_and_says_why() -> None:
    broken = {
        "{}": "it is not what this program writes there",
        "[1]": "it is no JSON object, and a marker is one",
        "{": "it is not JSON",
        '{"key":"","kind":"plan","run":1,"run":2,"attempt":1}': "the key 'run' stands twice in one place",
        '{"key":"","kind":"plan","run":-1,"attempt":1}': "it is not what this program writes there",
        '{"key":"","kind":"plan","run":99999999999999999999,"attempt":1}': "it is not what this program writes there",
        '{"key":"","kind":"plan","run":"1","attempt":1}': "it is not what this program writes there",
        " " * COMMENT_BYTES + "{": "it is larger than 0 MiB, and no marker is",
    }
    found = {text: read_marker("comment", f"<!-- reconciler:comment {text} -->", of=Marker) for text in broken}
    assert found == broken


def test_line_ends_that_an_editor_leaves_change_nothing() -> None:
    assert read_marker("comment", first_line(hidden("comment", MARKER) + "\r\nText\r\n"), of=Marker) == MARKER


def test_a_page_cannot_hold_a_marker() -> None:
    text = unmarked(f"Words\n{hidden('comment', MARKER)}\nmore <!-- reconciler:below -->")
    assert "<!--" not in text
    assert [read_marker("comment", line, of=Marker) for line in text.splitlines()] == [None, None, None]
