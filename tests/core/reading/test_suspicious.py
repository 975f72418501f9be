from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.reading.hidden import (
    host_problem,
    mixed_words,
    suspicious,
    suspicious_email,
    suspicious_host,
    suspicious_link,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Torstraße 1\n\tBerlin",
        "👩\u200d🍳 🏳\ufe0f\u200d🌈 👩🏽\u200d🚀",
        "\u0645\u06cc\u200c\u062e\u0648",
        "क्\u200dष",
        "\u05e9\u05dc\u05d5\u05dd 你好",
    ],
)
def test_ordinary_writing_is_not_suspicious(text: str) -> None:
    assert suspicious(text) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\u202eb", "the direction control U+202E at character 2"),
        ("\u2066a", "the direction control U+2066 at character 1"),
        ("a\u200bb", "the invisible character U+200B at character 2"),
        ("a\u00adb", "the invisible character U+00AD at character 2"),
        ("a\U000e0041", "the invisible character U+E0041 at character 2"),
        ("a\u200db", "the invisible joiner U+200D at character 2"),
        ("\u200da", "the invisible joiner U+200D at character 1"),
        ("a\u200cb", "the invisible joiner U+200C at character 2"),
        ("ω\u200db", "the invisible joiner U+200D at character 2"),
        ("a\x1b[31m", "the control character U+001B at character 2"),
        ("a\rb", "the control character U+000D at character 2"),
        ("a\u2028b", "the control character U+2028 at character 2"),
        ("a\ud800", "the control character U+D800 at character 2"),
    ],
)
def test_what_hides_or_reorders_is_named_with_its_place(text: str, found: str) -> None:
    assert suspicious(text) == (found,)


def test_each_kind_is_said_once() -> None:
    assert suspicious("\u200b\u200b\u202e\u200b") == (
        "the invisible character U+200B at character 1",
        "the direction control U+202E at character 3",
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\ufe0fb", "the variation selector U+FE0F at character 2"),
        ("a\ue000b", "the private character U+E000 at character 2"),
        ("a\uffffb", "the unassigned character U+FFFF at character 2"),
        ("a\ufffdb", "the sign of a lost character U+FFFD at character 2"),
        ("a\u0301\u0302\u0303\u0304", "a stack of accents with U+0304 at character 5"),
        ("\u0e01\u0e47\u0e47\u0e47", "a stack of accents with U+0E47 at character 4"),
        ("\u0e01" + "\u0e47\u0e48" * 5, "a stack of accents with U+0E47 at character 10"),
    ],
)
def test_what_covers_or_is_not_there_is_named_with_its_place(text: str, found: str) -> None:
    assert suspicious(text) == (found,)


def test_a_direction_mark_belongs_only_near_writing_from_right_to_left() -> None:
    assert suspicious("\u05d0" + "a" * 255 + "\u200f") == ()
    assert suspicious("\u05d0" + "a" * 256 + "\u200f") == ("the direction control U+200F at character 258",)
    assert suspicious("\u200f" + "a" * 254 + "\u05d0") == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10k\u03a9, \u03bcg, \u0394t", ()),
        ("Sahara \u0421\u0430\u0445\u0430\u0440", ("letters of another alphabet that look Latin, at character 8",)),
        ("Sahara \u0421\u0430\u0445\u0430\u0440 \u0438", ()),
        ("B\u00e4ckerei \u0440\u0430\u0443", ("letters of another alphabet that look Latin, at character 10",)),
        ("a\u2215b", ("the sign U+2215 at character 2, which looks like another",)),
        ("1\u22152", ()),
        (
            "\u0430" + "b" * 50,
            (f'the word "\u0430{"b" * 39}\u2026" at character 1, which mixes alphabets (cyrillic, latin)',),
        ),
        ("x\u0663", ('the word "x\u0663" at character 1, which mixes digits or letters of two scripts',)),
        ("a\u05d0b\u05d1", ('the word "a\u05d0b\u05d1" at character 1, which mixes alphabets (hebrew, latin)',)),
    ],
)
def test_a_word_is_written_in_one_alphabet(text: str, found: tuple[str, ...]) -> None:
    assert mixed_words(text) == found


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("bakery.example", ""),
        ("bäckerei.example", ""),
        ("пример.рф", ""),
        ("\u0645\u062e\u0628\u0632.example", ""),
        ("b\u0430kery.example", "its host mixes alphabets (cyrillic, latin)"),
        ("\u0441\u043e\u0440.\u0440\u0443\u0441", ""),
        ("shop.\u0440\u0443\u0441", "its host is cyrillic and looks Latin"),
        ("1.2.3.4", "its host is a number, not a name"),
        ("bakery", "its host has no dot, so it is known in a local network only"),
        ("nas.home.arpa", "its host ends with .home.arpa, so it is known in a local network only"),
        ("xn--bckerei-5wa.example", "its host is written in punycode, and reads bäckerei.example"),
        ("xn--\u00e4.example", "its host is written in punycode, and reads (not readable: xn--\u00e4).example"),
        ("1\u0663.example", "its host mixes digits or letters of two scripts"),
        ("\u0661\u0662.example", ""),
        ("x\u0302y.example", "its host holds a loose accent U+0302"),
        ("shop\u30fclogin.example", "its host holds U+30FC, which looks like a sign"),
        ("a\u00b7b.example", "its host holds U+00B7, which looks like a sign"),
        ("col\u00b7lecci\u00f3.example", ""),
        ("\u30d9\u30fc\u30ab\u30ea\u30fc.example", ""),
        ("\u02bcbakery.example", "its host holds the phonetic letter U+02BC"),
    ],
)
def test_a_host_is_judged_part_by_part(host: str, why: str) -> None:
    assert suspicious_host(host) == why


@pytest.mark.parametrize("link", ["https://bakery.example/%0D%0A%E4", "https://\u0e19\u0e49\u0e33.example"])
def test_escapes_and_the_vowels_of_thai_are_lawful_in_a_link(link: str) -> None:
    assert suspicious_link(link) == ""


def test_what_is_behind_a_host_counts_from_there() -> None:
    found = "behind its host it holds the direction control U+202E at character 2"
    assert suspicious_link("https://bakery.example/%E2%80%AEx") == found


@settings(max_examples=200)
@given(st.text() | st.from_regex(r"xn--[a-z0-9-]{0,12}\Z"))
def test_any_text_can_be_judged_as_a_host_or_an_address(text: str) -> None:
    problem = host_problem(text)
    assert problem or "." in text or suspicious_host(text)
    assert isinstance(suspicious_email(f"info@{text}"), str)


@settings(max_examples=100)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_printable_ascii_is_never_suspicious(text: str) -> None:
    assert suspicious(text) == ()


def test_of_the_characters_that_most_texts_have_only_those_that_hide_something_are_suspicious() -> None:
    often = [*map(chr, range(0x350)), *map(chr, range(0x2010, 0x2060))]
    hiding = {char for char in often if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in "\n\t"}
    assert {char for char in often if suspicious(f"a{char}b")} == {*hiding, "\u034f"}
