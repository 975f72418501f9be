from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.reading.lookalikes import suspicious, suspicious_host


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
    ("url", "why"),
    [
        ("https://bakery.example/bäckerei", ""),
        ("https://1.2.3.4:80", ""),
        ("no link at all", ""),
        ("https://bäckerei.example", "its host is not written in ASCII"),
        ("https://пример.рф", "its host is not written in ASCII"),
        ("https://b\u0430kery.example", "its host mixes alphabets (cyrillic, latin)"),
    ],
)
def test_a_host_is_judged_by_its_alphabets(url: str, why: str) -> None:
    assert suspicious_host(url) == why


@settings(max_examples=100)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_printable_ascii_is_never_suspicious(text: str) -> None:
    assert suspicious(text) == ()


def test_of_the_characters_that_most_texts_have_only_those_that_hide_something_are_suspicious() -> None:
    often = [*map(chr, range(0x350)), *map(chr, range(0x2010, 0x2060))]
    hiding = {char for char in often if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in "\n\t"}
    assert {char for char in often if suspicious(f"a{char}b")} == {*hiding, "\u034f"}
