from __future__ import annotations

import pytest

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.yaml_documents import Document, Mark
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.files.yaml.source import LIMIT
from tests.support.authoring import marks

PROFILE = """# a comment
account: meta-eu
number: "+493012345678"
extends: [templates/bakery.yaml]
vars: {city: Berlin}
profile:
  about: 'It''s fresh: daily'
  description: |
    --- not a document
    %not a directive, *not* an alias
  websites:
    - https://bakery.example/a#b
    -
mode: managed
"""


def document(source: str | bytes) -> Document:
    found = read_yaml(source.encode() if isinstance(source, str) else source, "a.yaml")
    assert isinstance(found, Document), found
    return found


def problems(source: str | bytes) -> tuple[Diagnostic, ...]:
    found = read_yaml(source.encode() if isinstance(source, str) else source, "a.yaml")
    assert isinstance(found, tuple), found
    return found


def places(source: str | bytes) -> list[tuple[str, int, int]]:
    return [(one.code, one.location.line, one.location.column) for one in problems(source)]


def test_a_profile_is_read_with_the_place_of_each_key_and_value() -> None:
    read_profile = document(PROFILE)
    assert read_profile.data == {
        "account": "meta-eu",
        "number": "+493012345678",
        "extends": ["templates/bakery.yaml"],
        "vars": {"city": "Berlin"},
        "profile": {
            "about": "It's fresh: daily",
            "description": "--- not a document\n%not a directive, *not* an alias\n",
            "websites": ["https://bakery.example/a#b", None],
        },
        "mode": "managed",
    }
    keys, values, sources = marks(read_profile)
    assert keys["vars", "city"] == Mark(5, 8)
    assert values["vars", "city"] == Mark(5, 14)
    assert values["profile", "description"] == Mark(8, 16)
    assert values["profile", "websites", 1] == Mark(13, 6)
    assert sources == {("profile", "websites", 1): ""}


@pytest.mark.parametrize("source", ["", "# only a comment\n", "---\n", "---\n...\n", "\ufeff", " \n\n"])
def test_an_empty_file_is_none(source: str) -> None:
    assert document(source).data is None


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("\ufeffa: x\n", {"a": "x"}),
        ("---\na: x\n...\n", {"a": "x"}),
        ("a: x\r\nb: y\rc: z\n", {"a": "x", "b": "y", "c": "z"}),
        ("a: x << y\nb: <<\n'<<': z\n", {"a": "x << y", "b": "<<", "<<": "z"}),
        ('a: "\\ud83d\\ude00 \\u00fc"\n', {"a": "😀 ü"}),
        ("? a\n: b\n", {"a": "b"}),
        ("a: {b: x, c}\nd: [e: x]\n", {"a": {"b": "x", "c": None}, "d": [{"e": "x"}]}),
        ("a:\n- 50% off & more!\n- b@c\n", {"a": ["50% off & more!", "b@c"]}),
        ("'': x\n\"1\": y\n", {"": "x", "1": "y"}),
    ],
)
def test_what_is_allowed_is_read(source: str, data: object) -> None:
    assert document(source).data == data


REFUSALS = [
    ("a: \x00\n", "yaml-forbidden-character", 1, 4),
    ("a: ü\x7f\n", "yaml-forbidden-character", 1, 5),
    ("a: x\r\nb: x\ry\x85z\n", "yaml-forbidden-character", 3, 2),
    ("a: |\n  x\u2028y\n", "yaml-forbidden-character", 2, 4),
    ("# \u2029\n", "yaml-forbidden-character", 1, 3),
    ("\ufeff\ufeffa: x\n", "yaml-forbidden-character", 1, 1),
    ("a: \uffff\n", "yaml-forbidden-character", 1, 4),
    (b"a: x\nb: \xc3\xbc\xfc\n", "yaml-not-utf-8", 2, 5),
    (b"\xef\xbb\xbfa: \xed\xa0\x80\n", "yaml-not-utf-8", 1, 4),
    ("a: x".encode("utf-16"), "yaml-not-utf-8", 1, 1),
    (b"\xfe\xff\0a", "yaml-not-utf-8", 1, 1),
    ("a: x".encode("utf-32"), "yaml-not-utf-8", 1, 1),
    (b"\0\0\xfe\xff\0\0\0a", "yaml-not-utf-8", 1, 1),
    (b"#" * (LIMIT + 1), "yaml-too-big", 0, 0),
    ("# x\n%YAML 1.2\n---\na: x\n", "yaml-directive", 2, 1),
    ("%TAG !e! tag:x,2000:\n---\na: x\n", "yaml-directive", 1, 1),
    ("a: x\n% off\n", "yaml-directive", 2, 1),
    ("a: x\n---\nb: y\n", "yaml-second-document", 2, 1),
    ("---\n---\n", "yaml-second-document", 2, 1),
    ("a: x\n...\nb: y\n", "yaml-second-document", 3, 1),
    ("a: x\n... b\n", "yaml-second-document", 2, 5),
    ("...\na: x\n", "yaml-second-document", 1, 1),
    ("a: &x y\n", "yaml-anchor", 1, 4),
    ("a: x\n&x b: y\n", "yaml-anchor", 2, 1),
    ("a: &x\n  b: y\n", "yaml-anchor", 1, 4),
    ("a: [&x]\n", "yaml-anchor", 1, 5),
    ("a: *x\n", "yaml-alias", 1, 4),
    ("* x : y\n", "yaml-alias", 1, 1),
    ("a: x\n* Bread\n", "yaml-alias", 2, 1),
    ("a: !!str x\n", "yaml-tag", 1, 4),
    ("a: !x |\n  y\n", "yaml-tag", 1, 4),
    ("- !<x>\n", "yaml-tag", 1, 3),
    ("a: x\nb: {a: y, c: z, a: w}\n", "yaml-duplicate-key", 2, 17),
    ("<<: {a: x}\n", "yaml-merge-key", 1, 1),
    ("1: x\n", "yaml-key-not-text", 1, 1),
    ("a:\n  true: x\n", "yaml-key-not-text", 2, 3),
    ("null: x\n", "yaml-key-not-text", 1, 1),
    ("2026-01-01: x\n", "yaml-key-not-text", 1, 1),
    (": x\n", "yaml-key-not-text", 1, 1),
    ("? [a]\n: x\n", "yaml-key-not-text", 1, 3),
    ("{a: x}: y\n", "yaml-key-not-text", 1, 1),
    ('a: "\\ud800"\n', "yaml-lone-surrogate", 1, 4),
    ('"\\udc00x": y\n', "yaml-lone-surrogate", 1, 1),
    ("[" * 17 + "]" * 17, "yaml-too-deep", 1, 17),
    ("a:\n\tb: x\n", "yaml-tab", 2, 1),
    ("a: b: c\n", "yaml-colon-in-text", 1, 5),
    ("a: @x\n", "yaml-reserved-start", 1, 4),
    ("a: `x`\n", "yaml-reserved-start", 1, 4),
    ("a: %x\n", "yaml-reserved-start", 1, 4),
    ("a: [|]\n", "yaml-reserved-start", 1, 5),
    ("a: ? x\n", "yaml-reserved-start", 1, 4),
    ("a: , x\n", "yaml-reserved-start", 1, 4),
    ("a: {x} y\n", "yaml-text-after-bracket", 1, 8),
    ("a: [x] y\n", "yaml-text-after-bracket", 1, 8),
    ("a: 'it's'\n", "yaml-text-after-quote", 1, 8),
    ("a: [x\nb: y\n", "yaml-unclosed-bracket", 1, 4),
    ("a: {x, y\n", "yaml-unclosed-bracket", 1, 4),
    ("a: [x,", "yaml-unclosed-bracket", 1, 4),
    ('a: x\nb: "y\nc: z\n', "yaml-unclosed-quote", 2, 4),
    ("a: 'x\n---\n", "yaml-unclosed-quote", 1, 4),
    ('a: "x\\q"\n', "yaml-escape", 1, 6),
    ('a: "\\u12"\n', "yaml-escape", 1, 5),
    ('a: "\\UFFFFFFFF"\n', "yaml-escape", 1, 5),
    ("a: >50% off\n", "yaml-block-text", 1, 6),
    ("a: |\n    \n  x\n", "yaml-indentation", 3, 3),
    ("a: - x\n", "yaml-list-item", 1, 4),
    ("a: x\nb\nc: y\n", "yaml-missing-colon", 2, 1),
    ("a\n\nb: x\n", "yaml-missing-colon", 1, 1),
    ("a:x\nb: y\n", "yaml-missing-colon", 1, 3),
    ("a: x\n  b: y\n", "yaml-indentation", 2, 3),
    ("a:\n  b: x\n c: y\n", "yaml-indentation", 3, 2),
    ("--- a: x\n", "yaml-indentation", 1, 1),
]


@pytest.mark.parametrize(("source", "code", "line", "column"), REFUSALS)
def test_what_is_refused_is_refused_once_and_where_it_stands(
    source: str | bytes, code: str, line: int, column: int
) -> None:
    assert places(source) == [(code, line, column)]


def test_all_problems_come_at_once_and_in_order() -> None:
    source = "a: *b\nb: @c\nb: !d e\n1: \x00\n<<: &x y\n%Z\nz: 'x"
    assert places(source) == [
        ("yaml-alias", 1, 4),
        ("yaml-reserved-start", 2, 4),
        ("yaml-duplicate-key", 3, 1),
        ("yaml-tag", 3, 4),
        ("yaml-key-not-text", 4, 1),
        ("yaml-forbidden-character", 4, 4),
        ("yaml-merge-key", 5, 1),
        ("yaml-anchor", 5, 5),
        ("yaml-directive", 6, 1),
        ("yaml-unclosed-quote", 7, 4),
    ]


@pytest.mark.parametrize(
    ("source", "code"), [("a: x\n", "yaml-duplicate-key"), ("- *a\n", "yaml-alias"), ("\0", "yaml-forbidden-character")]
)
def test_a_file_full_of_mistakes_shows_the_first_hundred(source: str, code: str) -> None:
    assert [one[0] for one in places(source * 200)] == [code] * 100 + ["yaml-more"]


def at(line: int, column: int) -> Location:
    return Location(file="a.yaml", line=line, column=column)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            b"#" * (LIMIT + 3),
            error(
                "yaml-too-big",
                "the file is 262147 bytes, 3 over the limit of 262144 (256 KiB)",
                hint="Split the file, or remove what does not belong in it.",
                location=at(0, 0),
            ),
        ),
        (
            b"a: \xfc\n",
            error(
                "yaml-not-utf-8",
                "the byte 0xFC at offset 3 is not UTF-8",
                hint="Save the file again with the encoding UTF-8.",
                location=at(1, 4),
            ),
        ),
        (
            "a: x\u2028\n",
            error(
                "yaml-forbidden-character",
                "U+2028, a line separator, may not stand in a YAML file",
                hint="Delete it; it is invisible and usually comes along when text is pasted from another program.",
                location=at(1, 5),
            ),
        ),
        (
            "a: x\nb: y\na: z\n",
            error(
                "yaml-duplicate-key",
                '"a" stands twice; the first one is in line 1, column 1',
                hint="Keep one of the two.",
                location=at(3, 1),
            ),
        ),
        (
            "true: x\n",
            error(
                "yaml-key-not-text",
                "a key must be a text, and true without quotes is none",
                hint='Write "true" in quotes.',
                location=at(1, 1),
            ),
        ),
        (
            "a: *bold* words\n",
            error(
                "yaml-alias",
                '"*bold* words" starts with `*`, which makes it a YAML alias, which is not allowed',
                hint="If it is a text, put it in quotes; an item of a list starts with `- `.",
                location=at(1, 4),
            ),
        ),
        (
            "a: Open: daily\n",
            error(
                "yaml-colon-in-text",
                "a text with a colon before a space or at its end needs quotes",
                hint='To keep the colon, put the whole text in quotes, as in `about: "Open: every day"`.',
                location=at(1, 8),
            ),
        ),
    ],
)
def test_a_message_says_what_is_wrong_where_and_what_to_do(source: str | bytes, expected: Diagnostic) -> None:
    assert problems(source) == (expected,)


def test_the_names_of_keys_are_held_once_for_all_files() -> None:
    first, second = (document(f"profile_of_{name}: x\nphone_number_of_a_fleet: y").data for name in "ab")
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert [*first][1] is [*second][1]


CONFLICT = "profile:\n<<<<<<< HEAD\n  about: A\n||||||| base\n  about: C\n=======\n  about: B\n>>>>>>> feature/x\n"


def test_the_marks_of_a_merge_conflict_are_one_problem() -> None:
    (one,) = problems(CONFLICT)
    assert (one.code, one.location) == ("merge-conflict", Location("a.yaml", 2, 1))
    assert one.summary == "a merge is not finished: git's marks stand here and in lines 4, 6 and 8"
    assert one.hint == "keep one of the two sides, and delete the lines with <<<<<<<, ======= and >>>>>>>"
    # What else is wrong in the file may be a part of either side.
    (same,) = problems(CONFLICT.replace("\n", "\r\n") + "\t&x")
    assert same.location.line == 2


def test_one_mark_that_was_left_is_named_and_a_file_with_many_names_the_first() -> None:
    assert [one.summary for one in problems("about: A\n>>>>>>> x\n")] == [
        "a merge is not finished: git's mark stands here"
    ]
    (many,) = problems(CONFLICT * 3)
    assert many.summary == "a merge is not finished: git's marks stand here, in lines 4, 6, 8 and in 8 more"


@pytest.mark.parametrize(
    "text", ["about: <<<<<<< HEAD", "about: |\n  <<<<<<< HEAD\n  =======", "# <<<<<<< HEAD\nabout: =======\n"]
)
def test_what_only_looks_like_such_a_mark_is_a_text(text: str) -> None:
    document(text)
