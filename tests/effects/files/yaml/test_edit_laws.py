"""Laws of editing: what comes out says exactly what was asked for, and everything else is as somebody wrote it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.core.basics import Diagnostic
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.files.yaml.editor import FileEdit, edited_file

FILE = "profiles/berlin.yaml"
TEXTS = ("about", "address", "description", "email", "picture")
PIECES = (
    *("#", " # x", ":", ": ", "- ", "---", "?", "!x", "&a", "*a", "<<", "%", "@", "|", ">-", "{", "}", "[", "]", ","),
    *("'", '"', "\\", "$${", "~", "null", "True", "0", "1e5", "12:30", "2026-01-01", " ", "\t", "\n", "\n\n", "\r\n"),
    *("\0", "\x85", "\xa0", "\u200b", "\u2028", "\ufeff", "\uffff", "😀", "é", "word", "word " * 30, "x" * 150),
)
TEXT = st.text(max_size=20) | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
ITEMS = st.lists(TEXT | st.sampled_from(["a", "b", "c"]), max_size=4)
EDITS: st.SearchStrategy[dict[str, FileEdit]] = st.builds(
    lambda texts, lists: {**texts, **lists},
    st.dictionaries(st.sampled_from(TEXTS), TEXT, max_size=4),
    st.dictionaries(st.just("websites"), ITEMS, max_size=1),
)
# Each way of writing a text; `_` is the indent of the lines below a key.
BLOCK_STYLES = (
    *("Fresh bread", "'it''s'", '"a \\"b\\" \\u00e9"', '""', "''", "Brötchen 🥐", '"${city}: $${x}"', "a#b:c", "- "),
    *("two\n_lines", "two\n\n_paragraphs\n_of three", "'two\n_lines'", '"two \\\n_lines\n\n_more"', "\n_below"),
    *("\n_'below'", "|\n_one\n_two", "|-%\n_one\n\n_two", "|+\n_one\n_\n", ">%\n_one\n_two\n\n_three", ">-\n_one"),
    *(">+\n_one\n\n\n", "|2\n   one", "|-\n_# no comment\n_two: three", '"\n_lines\n_"', "|\n\n_one\n\n"),
)
FLOW_STYLES = ("Fresh bread", "'it''s, ok'", '"a \\"b\\" }"', '""', "two\n  lines", "'two\n  lines'", "a#b", "Brot 🥐")
LISTS = (
    *("[]", "[a, 'b']", "[ a , b , ]", "[a]", '["a",b]', "[\n_a,\n_b,\n_]", "[\n_a, %\n_b %\n_]", "[ %\n_a\n_, b]"),
    *("%\n_- a\n_- b", "\n_- 'a' %\n_%\n_- b %", "%\n_- a", "\n_- a\n\n_- b\n_- c %\n_- a", "\n_- %\n_  a\n_- b"),
    *("\n=- a\n=- b %", '\n=- "a" %\n=%\n=- b', "\n_-   a\n_-   |\n_    b"),
)


@dataclass(frozen=True)
class Written:
    """A file as the pieces it is made of: those of a field of `profile` by its name, the others by an empty one."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The whole file."""
        return "".join(text for _, text in self.pieces)

    @property
    def data(self) -> Any:
        """What it says."""
        return data_of(self.text)

    def replaced(self, names: Collection[str]) -> re.Pattern[str]:
        """Return what a file looks like in which only the fields `names` are others."""
        return re.compile(
            "".join("(?s:.*?)" if name in names else re.escape(text) for name, text in self.pieces) + r"\Z"
        )


def data_of(text: str) -> Any:
    """Return what a file says, None where the reader refuses it."""
    found = read_yaml(text.encode(), FILE)
    return found.data if isinstance(found, Document) else None


def comments(text: str) -> list[str]:
    """Return every comment, in its order."""
    return re.findall("# c[0-9]+§", text)


@st.composite
def blocks(draw: st.DrawFn) -> Written:
    """A profile as lines, indented by two or four."""
    indent = draw(st.sampled_from(["  ", "    "]))
    names = draw(st.lists(st.sampled_from((*TEXTS, "websites")), unique=True, min_size=1, max_size=4))
    pieces = [("", f"profile:{draw(st.sampled_from(['', '%']))}")]
    for name in names:
        style = draw(st.sampled_from(LISTS if name == "websites" else BLOCK_STYLES))
        behind = draw(st.sampled_from(["", "%"])) if "\n" not in style else ""
        body = style.replace("\n_", f"\n{indent}  ").replace("\n=", f"\n{indent}")
        pieces.append((name, f"\n{indent}{name}: {body}{behind}"))
        # A blank line behind a text that keeps its blank lines is a part of it.
        blank = "" if "+" in style else "\n"
        pieces.append(("", draw(st.sampled_from(["", blank, f"\n{indent}%", "\n%"]))))
    pieces.append(("", draw(st.sampled_from(["", "\nmode: observe%", "\nvars:\n  city: Berlin%", "\n%"]))))
    return _file(draw, pieces)


@st.composite
def flows(draw: st.DrawFn) -> Written:
    """A profile in brackets, or none."""
    names = draw(st.lists(st.sampled_from((*TEXTS, "websites")), unique=True, max_size=4))
    flowing = [style.replace("\n_", "\n    ") for style in LISTS if style.startswith("[")]
    begin, end = draw(
        st.sampled_from([("profile: {", "}"), ("profile: { ", " }%"), ("profile:\n  {", "}\nmode: observe")])
    )
    pieces = [("", begin)]
    for name in names:
        style = draw(st.sampled_from(flowing if name == "websites" else FLOW_STYLES))
        pieces.append((name, f"{name}: {style}"))
        pieces.append(("", draw(st.sampled_from([", ", ",\n  ", ", %\n  "]))))
    pieces[-1] = ("", draw(st.sampled_from(["", ",", " %\n  "]))) if names else pieces[-1]
    none = [("", draw(st.sampled_from(["mode: observe%", "# nothing"])))]
    return _file(draw, draw(st.sampled_from([[*pieces, ("", end)], [*pieces, ("", end)], none])))


def _file(draw: st.DrawFn, body: list[tuple[str, str]]) -> Written:
    head = draw(st.sampled_from(["", "---\n", "%\n"])) + 'account: bakery%\nnumber: "+493012345678"\n'
    end = draw(st.sampled_from(["", "\n", "\n\n", "\n...\n"]))
    newline = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    mark = draw(st.sampled_from(["", "", "\ufeff"]))
    numbers = iter(range(1000))
    pieces = [
        (name, re.sub("%", lambda _: f" # c{next(numbers)}§", text).replace("\n", newline))
        for name, text in (("", head), *body, ("", end))
    ]
    written = Written((("", mark), *pieces))
    assume(written.data is not None)
    return written


@given(blocks() | flows(), EDITS)
def test_what_comes_out_says_what_was_asked_for_and_keeps_every_comment(
    written: Written, edits: dict[str, FileEdit]
) -> None:
    before = written.data
    result = edited_file(written.text, edits, file=FILE)
    assert isinstance(result, str)
    assert data_of(result) == ({**before, "profile": {**before.get("profile", {}), **edits}} if edits else before)
    assert comments(result) == comments(written.text)
    assert edited_file(result, edits, file=FILE) == result


@given(blocks() | flows(), EDITS)
def test_everything_else_stays_byte_for_byte(written: Written, edits: dict[str, FileEdit]) -> None:
    there = {name: value for name, value in edits.items() if name in written.data.get("profile", {})}
    result = edited_file(written.text, there, file=FILE)
    assert isinstance(result, str)
    assert written.replaced(there).match(result)


@given(blocks() | flows(), EDITS)
def test_a_file_keeps_its_line_breaks(written: Written, edits: dict[str, FileEdit]) -> None:
    result = edited_file(written.text, edits, file=FILE)
    assert isinstance(result, str)
    assert set(re.findall(r"\r\n|\r|\n", result)) <= set(re.findall(r"\r\n|\r|\n", written.text))


@given(blocks() | flows(), EDITS)
def test_the_way_back_says_what_was_said_before(written: Written, edits: dict[str, FileEdit]) -> None:
    before = written.data.get("profile", {})
    there = {name: value for name, value in edits.items() if name in before}
    result = edited_file(written.text, there, file=FILE)
    assert isinstance(result, str)
    again = edited_file(result, {name: before[name] for name in there}, file=FILE)
    assert isinstance(again, str)
    assert (data_of(again), comments(again)) == (written.data, comments(written.text))


@given(
    st.lists(st.sampled_from(("profile:", "\n  about:", "\n", " ", "websites:", "? ", "\n  ", *PIECES)), max_size=12),
    EDITS,
)
def test_whatever_the_file_nothing_is_raised_and_nothing_else_is_meant(
    pieces: list[str], edits: dict[str, FileEdit]
) -> None:
    text = "".join(pieces)
    result = edited_file(text, edits, file=FILE)
    if isinstance(result, Diagnostic):
        assert (result.location.file, bool(result.hint)) == (FILE, True)
    elif edits:
        before = data_of(text)
        assert data_of(result) == {**before, "profile": {**before.get("profile", {}), **edits}}
