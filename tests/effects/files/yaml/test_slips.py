"""Where sound YAML reads less or other than what was typed: what is found, where, and what is not."""

from __future__ import annotations

import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.core.basics import Diagnostic
from reconciler.core.yaml_documents import Document, SlipKind
from reconciler.effects.files.yaml import read_yaml


def read(text: str) -> Document:
    """Return the document of a text that the reader takes."""
    found = read_yaml(text.encode(), "f.yaml")
    assert isinstance(found, Document), found
    return found


def refused(text: str) -> tuple[Diagnostic, ...]:
    """Return what is said of a text that the reader does not take."""
    found = read_yaml(text.encode(), "f.yaml")
    assert not isinstance(found, Document)
    return found


def slips(text: str) -> list[tuple[str, str, int, int]]:
    """Return the kind of each slip, what it names, and its place."""
    return [(str(one.kind), one.text or str(one.lines), one.mark.line, one.mark.column) for one in read(text).slips]


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("a: Fresh #berlin\n", "#berlin"),
        ("a: Fresh   #1 in town  \r\n", "#1 in town"),
        ("a: Fresh #été # x", "#été # x"),
        ("a: Fresh #${tag}", "#${tag}"),
        ("a: Fresh\n  #berlin #bread\nb: x\n", "#berlin #bread"),
        ("a: Fresh\r\n\r\n  #berlin\r\n", "#berlin"),
        ("v: {\n  a: Fresh #berlin\n  }\n", "#berlin"),
    ],
)
def test_a_word_with_a_hash_behind_a_text_is_a_comment(text: str, tail: str) -> None:
    assert slips(text) == [("hash", tail, 2 if text.startswith("v") else 1, 6 if text.startswith("v") else 4)]


@pytest.mark.parametrize(
    "text",
    [
        "a: Fresh # berlin",
        "a: Fresh #",
        "a: Fresh ##berlin",
        "a: Fresh #!berlin",
        "a: Fresh #$5",
        "a: Fresh#berlin",
        "a: https://a.example/#b",
        "a: https://a.example/#b # c",
        "a: 'Fresh #berlin'",
        'a: "Fresh #berlin"',
        'a: "Fresh" #berlin',
        "a: |\n  Fresh #berlin\n  #bread\n",
        "a: >-\n  Fresh\n  #bread\n",
        "a: |  #berlin\n  Fresh\n",
        "a: Fresh\n#berlin\nb: x\n",
        "v:\n  a: Fresh\n  #b: 'was here'\n  c: x\n",
        "v:\n  a: Fresh\n    #b: commented out\n",
        "a: |\n  Fresh\n#berlin\n",
        "- Fresh\n  #berlin\n",
        "#berlin\na: Fresh\n",
        "a: [x]\n  #berlin\n",
        "a:\n  #berlin\n",
        "Fresh\n",
    ],
)
def test_what_is_meant_as_a_comment_or_is_a_part_of_the_text_is_no_slip(text: str) -> None:
    assert slips(text) == []


def test_where_the_hash_comes_first_the_value_is_empty() -> None:
    assert (slips("a: #1 in town\nb: x\n"), read("a: #1 in town\nb: x\n").data) == (
        [("hash", "#1 in town", 2, 1)],
        {"a": None, "b": "x"},
    )


@pytest.mark.parametrize(
    "text", ["a: |\n    Fresh\n  #berlin\nb: x\n", "a: >\n    Fresh\n\n\n  #berlin\n", "a: |+\n    Fresh\n\n  #berlin"]
)
def test_a_line_left_of_its_block_is_a_comment(text: str) -> None:
    assert slips(text) == [("hash-below", "#berlin", 1, 4)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: Torstraße 1\n  10119 Berlin\n", 2),
        ("a:\n  Torstraße 1\r\n  10119 Berlin\r\n  Germany", 3),
        ("a: 'Torstraße 1\n  10119 Berlin'", 2),
        ('a: "Torstraße 1\n\n  10119 Berlin"', 3),
        ("a: Torstraße 1\n  - 10119 Berlin\n", 2),
    ],
)
def test_lines_that_are_joined_are_counted(text: str, lines: int) -> None:
    assert [(kind, count) for kind, count, *_ in slips(text)] == [("folded", str(lines))]


@pytest.mark.parametrize(
    "text", ['a: "Torstraße 1, \\\n  10119 Berlin"', "a: >-\n  x\n  y\n", "a: |\n  x\n  y\n", "a: 'it''s'", 'a: "\\n"']
)
def test_lines_that_are_meant_as_they_are_read_are_no_slip(text: str) -> None:
    assert slips(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "named", "line", "column"),
    [
        ("a: “Fresh”\n", "quotes", "“”", 1, 4),
        ("a: „Fresh“\n", "quotes", "„“", 1, 4),
        ("a: «Fresh»\n", "quotes", "«»", 1, 4),
        ("“a”: Fresh\n", "quotes", "“”", 1, 1),
        ("a\u00a0: Fresh\n", "sign", "\u00a0", 1, 2),
        ("p:\n\u00a0\u00a0a: Fresh\n", "sign", "\u00a0", 2, 1),
        ("p:\n  a:\u00a0Fresh\n", "sign", "\u00a0", 2, 5),
        ("p:\n  a\u202f: Fresh\u3000\n", "sign", "\u202f", 2, 4),
        ("p:\n  a\uff1aFresh\n", "sign", "\uff1a", 2, 4),
        ("v: {a:\u00a0Fresh}\n", "sign", "\u00a0", 1, 7),
        ("a:\n  \u2013 https://a.example\n", "sign", "\u2013", 2, 3),
        ("a:\n  -\u00a0https://a.example\n", "sign", "\u00a0", 2, 4),
        ("a: bakery\u00a0\n", "sign", "\u00a0", 1, 10),
        ("a: bakery\u200b\n", "sign", "\u200b", 1, 10),
        ("a: Fresh\u00a0# note\n", "glued", "\u00a0", 1, 9),
    ],
)
def test_what_only_looks_like_a_sign_of_yaml_is_named_with_its_place(
    text: str, kind: str, named: str, line: int, column: int
) -> None:
    assert (kind, named, line, column) in slips(text)


def test_a_sign_in_a_later_line_of_a_text_has_its_own_place() -> None:
    assert slips("a: Fresh\n   bread\u00a0# note\n") == [("folded", "2", 1, 4), ("glued", "\u00a0", 2, 9)]


@pytest.mark.parametrize(
    "text",
    [
        "a: “Fresh” bread\n",
        "a: Fresh “bread”\n",
        "a: '“Fresh”'\n",
        "a: Fresh\u00a0bread\n",
        "a: Fresh bread\u00a0#1\n",
        "a: Fresh \u2013 bread\n",
        "'“a”': x\n",
        "a: '\u00a0Fresh'\n",
        "a: |\n  “Fresh”\n  \u00a0# bread\n",
        "# a:\u00a0b\na: x\n",
    ],
)
def test_the_same_characters_inside_of_a_text_or_its_quotes_mean_themselves(text: str) -> None:
    assert slips(text) == []


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("p:\n  a:\u00a0Fresh\n  b: x\n", "lookalike", 2, 5),
        ("p:\n  a\uff1aFresh\n  b: x\n", "lookalike", 2, 4),
        ("p:\n  a: x\n  \u2013\u00a0b\n", "lookalike", 3, 3),
        ("a: “Open: every day”\n", "typographic-quotes", 1, 4),
        ("v: {a: Berlin #1}\n", "yaml-unclosed-bracket", 1, 4),
    ],
)
def test_where_it_is_no_yaml_for_that_the_character_is_named(text: str, code: str, line: int, column: int) -> None:
    (found,) = refused(text)
    assert (found.code, found.location.line, found.location.column) == (code, line, column)


def test_a_bracket_that_a_hash_takes_away_is_told_from_one_that_is_missing() -> None:
    cut = ("v: {a: b #1}\n", "v: {a: b #1 #2}\n")
    missing = ("v: {a: b\nc: x", "v: {a: 'b #1}\n", "v: {a: b} #1\nc: [d", "v: {a: b #1 #2\n")
    assert [refused(text)[0].hint.startswith("To keep the hash") for text in (*cut, *missing)] == [True] * 2 + [
        False
    ] * 4


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("p: {about: Bread in ${city}}\n", 21),
        ("token: {env: ${META_TOKEN}}\n", 14),
        ("a: {b: 'it''s', c: \"$ \\\" {\", d: $5 ${e}}\n", 36),
    ],
)
def test_a_variable_that_opens_a_bracket_between_brackets_is_named(text: str, column: int) -> None:
    (found,) = refused(text)
    assert (found.code, found.location.line, found.location.column) == ("yaml-unclosed-bracket", 1, column)
    assert found.hint == (
        'Put the whole text in quotes, as in `{about: "Bread in ${city}"}`. For a secret write {env: NAME}.'
    )


@pytest.mark.parametrize("text", ['a: {b: "${c}", d\n', "a: {b: '${c}'\n", "a: [b # ${c}\n"])
def test_a_variable_in_quotes_or_in_a_comment_opens_none(text: str) -> None:
    assert [one.summary for one in refused(text)] == [
        "the bracket that opens here is not closed, or something between the brackets is not separated by a comma"
    ]


# Held against ruamel's own reading, which keeps comments


WORDS = st.text("aé1 #:/-_${", min_size=1, max_size=12)
SPELLINGS = st.sampled_from(["{}", "'{}'", '"{}"', "|\n    {}", ">-\n    {}"])
BEHIND = st.sampled_from(["", " #b", " # b", "#b", "\n    #b", "\n  #b: x", "\n#b", "\n  #b", " ##b", "\t#1"])


@given(WORDS, SPELLINGS, BEHIND)
def test_a_hash_is_a_slip_only_where_ruamel_reads_a_comment(words: str, spelling: str, behind: str) -> None:
    text = f"a: {spelling.format(words)}{behind}\nz: x\n"
    found = read_yaml(text.encode(), "f.yaml")
    assume(isinstance(found, Document))
    slipped = [one.text for one in read(text).slips if one.kind in (SlipKind.HASH, SlipKind.HASH_BELOW)]
    comments = _comments(text)
    assert all(any(one in comment for comment in comments) for one in slipped)
    in_line = [comment for one in comments[:1] if (comment := one.split("\n")[0].rstrip()) and spelling == "{}"]
    if in_line and f" {in_line[0]}\n" in text.partition("z: x")[0] and "\n" not in behind:
        assert slipped == [comment for comment in in_line if comment[1:2].isalnum() or comment[1:3] == "${"]


def _comments(text: str) -> list[str]:
    """Return the comments of a text as ruamel's round trip keeps them."""
    data = YAML(typ="rt").load(io.StringIO(text))
    tokens = [token for item in data.ca.items.values() for token in item if token is not None]
    flat = [one for token in tokens for one in (token if isinstance(token, list) else [token])]
    return [one.value for one in flat]


@given(st.text("ab1é #", min_size=1, max_size=16))
def test_no_word_that_was_typed_is_lost_without_a_slip(typed: str) -> None:
    """A plain line is whole in its value, in a slip, and in a comment that has no word right behind its hash."""
    words = " ".join(f"x{typed}".split())
    found = read(f"a: {words}\n")
    kept = " ".join([str(found.data["a"]), *(one.text for one in found.slips)]) if isinstance(found.data, dict) else ""
    lost = words.removeprefix(kept).strip()
    assert words.startswith(kept)
    assert not lost[1:2].isalnum()
