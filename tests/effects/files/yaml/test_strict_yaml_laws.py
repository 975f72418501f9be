from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.files.yaml.source import LIMIT, lines_of
from tests.support.authoring import marks
from tests.support.counting import calls_of

PIECES = [
    *(
        "a",
        "b: ",
        "\n",
        "\n  ",
        "- ",
        "? ",
        ":",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        '"',
        "|\n",
        ">",
        "*",
        "&",
        "!",
        "!!",
        "!<",
    ),
    *(
        "%",
        "%YAML 1.2",
        "---",
        "\n---",
        "\n...",
        " #",
        "\t",
        "@",
        "`",
        "\\",
        "\\ud800",
        "\\U00110000",
        "~",
        "1",
        "<<: ",
    ),
    *("\r", "\r\n", "\x85", "\u2028", "\0", "\ufeff", "é", "😀", "12:30", "2026-01-01", "0x", "!e!x ", "\\x4"),
]


def within(source: bytes) -> None:
    """Read; nothing is raised, and each problem stands in the file, in order and in one line."""
    found = read_yaml(source, "a.yaml")
    if isinstance(found, Document):
        return
    assert found
    assert list(found) == sorted(found, key=lambda one: one.order)
    lines = lines_of(source.decode("utf-8", "replace"))
    for one in found:
        assert one.hint
        assert "\n" not in one.summary
        assert 1 <= one.location.line <= len(lines)
        assert 1 <= one.location.column <= len(lines[one.location.line - 1]) + 1


@given(st.binary(max_size=200))
def test_reading_never_raises_whatever_the_bytes(source: bytes) -> None:
    within(source)


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_reading_never_raises_whatever_the_yaml(pieces: list[str]) -> None:
    within("".join(pieces).encode())


@given(st.data())
def test_reading_never_raises_on_a_profile_with_a_slip(data: st.DataObject) -> None:
    source = "a: x\nb:\n  - 'y'\n  - {c: \"z\", d: [1, 2]}\ne: |\n  f: g\n\n  h\n"
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 3)))
    within((source[:start] + data.draw(st.sampled_from(PIECES)) + source[end:]).encode())


# What YAML can write: everything but surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TREES = st.recursive(
    TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def quoted(tree: object) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_style = '"'  # type: ignore[assignment]  # ruamel.yaml declares it as nothing but None
    writer.default_flow_style = False
    written = io.StringIO()
    writer.dump(tree, written)
    return written.getvalue()


def paths(tree: object, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], object]:
    found = {path: tree}
    if isinstance(tree, dict):
        for key, value in tree.items():
            found |= paths(value, (*path, key))
    if isinstance(tree, list):
        for index, value in enumerate(tree):
            found |= paths(value, (*path, index))
    return found


@given(TREES)
def test_what_another_program_writes_in_quotes_is_read_back_with_the_place_of_everything(tree: object) -> None:
    source = quoted(tree)
    found = read_yaml(source.encode(), "a.yaml")
    assert isinstance(found, Document)
    assert found.data == tree
    keys, values, sources = marks(found)
    assert sources == {}
    lines = lines_of(source)
    assert values.keys() == paths(tree).keys()
    for path, value in paths(tree).items():
        mark = values[path]
        if isinstance(value, str):
            assert lines[mark.line - 1][mark.column - 1] == '"'
        if path and isinstance(path[-1], str):
            key = keys[path]
            assert lines[key.line - 1][key.column - 1] == '"'


WORDS = st.sampled_from(["x", "über alles", "0123", "12:30", "true", "2026-01-01", "1.5", "y%", "yes", "😀", "+49301"])


@given(st.dictionaries(st.from_regex(r"[a-w]{1,4}", fullmatch=True), WORDS | st.lists(WORDS, min_size=1), min_size=1))
def test_each_unquoted_key_and_value_stands_where_its_mark_says(tree: dict[str, str | list[str]]) -> None:
    source = "".join(
        f"  {key}: {value}\n" if isinstance(value, str) else f"  {key}: [{', '.join(value)}]\n"
        for key, value in tree.items()
    )
    found = read_yaml(source.encode(), "a.yaml")
    assert isinstance(found, Document) or {one.code for one in found} == {"yaml-key-not-text"}
    if not isinstance(found, Document):
        return
    keys, values, sources = marks(found)
    lines = lines_of(source)
    for path, value in paths(tree).items():
        mark = values[path]
        if isinstance(value, str):
            assert lines[mark.line - 1][mark.column - 1 :].startswith(value)
            assert sources.get(path, value) == value
    for path, mark in keys.items():
        assert lines[mark.line - 1][mark.column - 1 :].startswith(f"{path[-1]}:")


def calls(opening: str, *, times: int) -> int:
    """Return how many Python functions are called to refuse `opening`, repeated."""
    source = (opening * times).encode()[:LIMIT]
    found: list[object] = []
    called = calls_of(lambda: found.append(read_yaml(source, "a.yaml")))
    assert isinstance(found[0], tuple)
    return called


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "[\n", "{\n? ", "a: [", "&a [", "*a : ["])
def test_deep_nesting_is_refused_without_recursion_and_no_file_costs_more_than_the_depth(opening: str) -> None:
    """Calls are counted, not seconds; the tenth is for what a first use fills, and for the collector's callbacks."""
    assert calls(opening, times=20_000) <= 1.1 * calls(opening, times=4_000)


def test_a_deep_file_at_the_limit_is_read() -> None:
    found = read_yaml(("[" * 16 + "]" * 16).encode(), "a.yaml")
    assert isinstance(found, Document)
