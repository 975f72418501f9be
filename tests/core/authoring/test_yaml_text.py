"""Data as YAML that a person would have written, and that is read as the same data."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.authoring.yaml_text import flow, mapping, quoted_scalar, scalar
from reconciler.core.fields import Json
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import read_yaml

FAMILY = "👩\u200d👩\u200d👧"
BREAD = "Fresh bread and cakes since 1911, baked in the middle of Berlin every morning but on Mondays and holidays."
PIECES = (
    *("#", " #", "# ", ":", ": ", "- ", "-", "---", "...", "?", "? ", "!x", "!!str ", "&a", "*a", "<<", "%", "@", "`"),
    *("|", ">", "|-", "{", "}", "[", "]", ",", "'", '"', "\\", "\\n", "$${", "${x}", "=", "~", "null", "True", "no"),
    *("0", "1", "0x1f", "0o7", "1e5", "1_000", "12:30", ".5", "+1", "2026-01-01", "2026-01-01T10:00:00Z", ".inf"),
    *(" ", "  ", "\t", "\n", "\n\n", "\r", "\r\n", "\0", "\x07", "\x1b", "\x7f", "\x85", "\xa0", "\xad", "\u061c"),
    *("\u200b", "\u200d", "\u200e", "\u202e", "\u2028", "\u2029", "\u3000", "\ufeff", "\ufffd", "\ufffe", "\uffff"),
    *("\U000e0041", "\U0001fffe", "\ue000", FAMILY, "é", "e\u0301", "ß", "日本", "a", "word", "x" * 600, "word " * 120),
)
TEXT = st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
# A key is a name: YAML takes none of more than 1024 characters.
KEY = st.text(max_size=20) | st.lists(st.sampled_from(PIECES[:-2]), max_size=4).map("".join)
# What JSON calls a number; the reader rounds what has more than thirty digits.
NUMBER = st.integers(-(10**29), 10**29) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    TEXT | NUMBER | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=8,
)


def text_of(data: dict[str, Json], *, indent: int = 0) -> str:
    return "\n".join(mapping(data, indent=indent)) + "\n"


def data_of(text: str) -> Any:
    """Return what the strict reader makes of a text; a refusal is shown as such."""
    found = read_yaml(text.encode(), "profiles/berlin.yaml")
    return found.data if isinstance(found, Document) else [problem.summary for problem in found]


# Laws


@given(TEXT)
@example("\ufffe")
@example("\uffff")
@example("x" * 600)
@example("word " * 120)
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    assert data_of(text_of({"about": text})) == {"about": text}
    assert data_of(text_of({"profile": {"about": text, "websites": [text, text]}, "mode": text})) == {
        "profile": {"about": text, "websites": [text, text]},
        "mode": text,
    }


@given(st.dictionaries(KEY, JSON, min_size=1, max_size=4))
@example({"a": [{"b,c": 1}]})
@example({"a": [{"[b]": "}"}]})
@example({"": {"": [[{"": ""}], {}]}})
def test_any_data_is_read_back_as_it_was(data: dict[str, Json]) -> None:
    assert data_of(text_of(data)) == data
    assert list(data_of(text_of(data))) == list(data)


@given(st.dictionaries(KEY, JSON, min_size=1, max_size=3))
def test_a_mapping_may_stand_below_another(data: dict[str, Json]) -> None:
    assert data_of(f"outer:\n{text_of(data, indent=2)}") == {"outer": data}


@given(st.lists(st.sampled_from(["Bread", "and", "cakes,", "daily:", "#1", "-", "10:30", "é", "it's"]), max_size=100))
def test_words_are_read_back_however_they_are_folded(words: list[str]) -> None:
    text = " ".join(words)
    written = text_of({"description": text})
    assert data_of(written) == {"description": text}
    assert max(map(len, written.splitlines())) <= 120


@given(TEXT)
def test_no_line_of_a_text_begins_where_a_key_could(text: str) -> None:
    """A text that has lines could say `mode: paused` for everybody who reads the file."""
    first, *others = text_of({"about": text}).splitlines()
    assert first.startswith("about: ")
    assert all(line.startswith("  ") for line in others if line)


@given(TEXT)
def test_nothing_that_cannot_be_seen_stands_in_a_file(text: str) -> None:
    hidden = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
    assert hidden.search("".join(mapping({"about": text, "websites": [text]}))) is None
    assert hidden.search(flow({text: text})) is None


@pytest.mark.parametrize("char", ["\u2800", "\u3164", "\ufe0f", "\U000e0101", "\u034f", "\ue000", "\u206a", "\u200d"])
def test_what_hides_in_a_text_is_spelled_out_in_the_file(char: str) -> None:
    """What is written into a file is reviewed there: the same table as in `validate` says what must be seen."""
    (line,) = mapping({"about": f"a{char}b"})
    assert char not in line
    assert data_of(f"{line}\n") == {"about": f"a{char}b"}


@pytest.mark.parametrize("text", [FAMILY, "\u2764\ufe0f", "\u0645\u06cc\u200c\u062e\u0648", "\u0915\u094d\u200d\u0937"])
def test_what_is_drawn_with_hidden_characters_stays_whole_in_the_file(text: str) -> None:
    assert text in "".join(mapping({"about": text}))


# Looks


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Berlin",
            "Fresh bread, daily",
            "it's",
            'a "b" c',
            "https://a.example/x?y=1#z",
            "a:b",
            "a#b",
            "café ☕",
            "日本",
        ),
        *("1st", "12 Main Street", "a]", "a {b}", "Mr. X", "yes!", "e\u0301", "7up"),
    ],
)
def test_an_ordinary_text_stands_plain(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", '""'),
        (" a", '" a"'),
        ("a ", '"a "'),
        ("a:", '"a:"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("#a", '"#a"'),
        ("- a", '"- a"'),
        ("*a", '"*a"'),
        ("@a", '"@a"'),
        ("'a'", "\"'a'\""),
        ('"a"', r'"\"a\""'),
        ("a\\b", "a\\b"),
        ("_a", '"_a"'),
        ("null", '"null"'),
        ("True", '"True"'),
        ("NO", '"NO"'),
        ("y", '"y"'),
        ("123", '"123"'),
        ("1.5e3", '"1.5e3"'),
        ("12:30", '"12:30"'),
        ("0x", '"0x"'),
        ("10:30 to 18:00", '"10:30 to 18:00"'),
        ("2026-01-01", '"2026-01-01"'),
        ("+49 30", '"+49 30"'),
        ("a\tb", r'"a\tb"'),
        ("a\u2028b", r'"a\u2028b"'),
        ("a\x85b", r'"a\u0085b"'),
        ("\ufeffa", r'"\ufeffa"'),
        ("a\u202eb", r'"a\u202eb"'),
        ("\U000e0041", r'"\U000e0041"'),
        (FAMILY, f'"{FAMILY}"'),
    ],
)
def test_what_yaml_would_take_for_something_else_stands_in_quotes(text: str, written: str) -> None:
    assert scalar(text) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (-7, "-7"),
        (1.5, "1.5"),
        ([], "[]"),
        ({}, "{}"),
        ("a b", "a b"),
        ({"token": {"env": "META_TOKEN"}}, "{token: {env: META_TOKEN}}"),
        (["about", "e-mail", "a,b", "{}", "1"], '[about, e-mail, "a,b", "{}", "1"]'),
    ],
)
def test_a_value_on_one_line(value: Json, written: str) -> None:
    assert flow(value) == written


def test_a_key_is_quoted_where_its_characters_mean_something() -> None:
    assert flow({"a,b": 1, "c}": 2, "[d": 3}) == '{"a,b": 1, "c}": 2, "[d": 3}'


def test_a_mapping_as_it_is_written() -> None:
    data: dict[str, Json] = {
        "about": "Fresh bread: daily",
        "address": "Main Street 1\n10115 Berlin",
        "description": BREAD + " " + BREAD,
        "email": "a@b.example",
        "websites": ["https://a.example", "# b", {"c": "d, e"}],
        "picture": "x" * 120,
        "webhook": {"url": "https://h.example", "headers": {}},
        "none": [],
    }
    assert list(mapping(data, indent=2)) == [
        '  about: "Fresh bread: daily"',
        "  address: |-",
        "    Main Street 1",
        "    10115 Berlin",
        "  description: >-",
        "    Fresh bread and cakes since 1911, baked in the middle of Berlin every morning but on Mondays and",
        "    holidays. Fresh bread and cakes since 1911, baked in the middle of Berlin every morning but on",
        "    Mondays and holidays.",
        "  email: a@b.example",
        "  websites:",
        "    - https://a.example",
        '    - "# b"',
        '    - {c: "d, e"}',
        "  picture: >-",
        f"    {'x' * 120}",
        "  webhook:",
        "    url: https://h.example",
        "    headers: {}",
        "  none: []",
    ]


@pytest.mark.parametrize(
    "text", [" a\nb", "a\n \nb", "a\n\n", "\n\na", "a \nb", "a\n", "\na", "a\r\nb", "a\tb\nc", "a\x85\nb"]
)
def test_lines_that_a_block_would_change_stand_in_quotes(text: str) -> None:
    assert list(mapping({"about": text})) == [f"about: {quoted_scalar(text)}"]


@pytest.mark.parametrize(("text", "between"), [("a\n\nb", [""]), ("a\n\n\nb", ["", ""])])
def test_a_blank_line_between_two_others_stays_blank(text: str, between: list[str]) -> None:
    assert list(mapping({"about": text}, indent=2)) == ["  about: |-", "    a", *between, "    b"]


@pytest.mark.parametrize(("length", "folded"), [(100, False), (101, True)])
def test_a_text_is_folded_when_it_is_long(length: int, folded: bool) -> None:
    text = ("ab " * 40)[:length].replace(" ", "-", 1)
    text = text[:-1] + "x"
    assert (next(mapping({"about": text})) == "about: >-") == folded


@pytest.mark.parametrize("text", [f"{BREAD}  {BREAD}", f" {BREAD}", f"{BREAD} ", f"{BREAD}\xa0{BREAD}"])
def test_a_long_text_that_folding_would_change_stays_on_its_line(text: str) -> None:
    assert list(mapping({"about": text})) == [f"about: {scalar(text)}"]
