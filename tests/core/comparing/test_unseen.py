from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.comparing.characters import look_alike, unseen
from tests.support.laws import tried

NASTY = st.text(
    st.sampled_from("ae\u0301\u00e9 \t\n\r\u00a0\u200b\u200d\ufe0f\\tn⟨U+200B⟩\u0430\u2010-'\u2019\u2028\ud800\x1b"),
    max_size=8,
)


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        (
            "Cafe\u0301",
            "Caf\u00e9",
            (
                "character 4: U+0065 latin small letter e + U+0301 combining acute accent (NFD)"
                " → U+00E9 latin small letter e with acute (NFC)"
            ),
        ),
        ("5 \u212a", "5 K", "character 3: U+212A kelvin sign → U+004B latin capital letter k"),
        (
            "Bre\u0430d",
            "Bread",
            "character 4: U+0430 cyrillic small letter a → U+0061 latin small letter a",
        ),
        ("Open\u00a0daily", "Open daily", "character 5: U+00A0 no-break space → space"),
        ("Open\u202fdaily", "Open daily", "character 5: U+202F narrow no-break space → space"),
        ("Open  daily", "Open daily", "character 6: space → nothing"),
        ("I \u2764\ufe0f bread", "I \u2764 bread", "character 4: U+FE0F variation selector-16 → nothing"),
        (
            "C:\temp",
            r"C:\temp",
            "character 3: tab → U+005C reverse solidus + U+0074 latin small letter t",
        ),
        ("a\nb", r"a\nb", "character 2: line break → U+005C reverse solidus + U+006E latin small letter n"),
        ("one\r\ntwo", "one\ntwo", "character 4: carriage return before the line's end → nothing"),
        ("one\rtwo", "one\ntwo", "character 4: carriage return → line break"),
        ("one \ntwo", "one\ntwo", "character 4: space before the line's end → nothing"),
        ("one", "one ", "character 4: nothing → space at the end"),
        ("one\n", "one", "character 4: line break → nothing"),
        ("Mo\u2011Fr", "Mo-Fr", "character 3: U+2011 non-breaking hyphen → U+002D hyphen-minus"),
        ("It\u2019s", "It's", "character 3: U+2019 right single quotation mark → U+0027 apostrophe"),
        (
            "\uff21\uff11",
            "A1",
            (
                "character 1: U+FF21 fullwidth latin capital letter a + U+FF11 fullwidth digit one"
                " → U+0041 latin capital letter a + U+0031 digit one"
            ),
        ),
        ("hy\u00adphen", "hyphen", "character 3: U+00AD soft hyphen → nothing"),
        (
            "a\u200bb",
            "a⟨U+200B⟩b",
            (
                "character 2: U+200B zero width space → U+27E8 mathematical left angle bracket"
                " + U+0055 latin capital letter u + U+002B plus sign + U+0032 digit two + 4 more"
            ),
        ),
        ("\U0001d605", "x", "character 1: U+1D605 mathematical sans-serif bold small x → U+0078 latin small letter x"),
        ("one\u2028two", "one\ntwo", "character 4: U+2028 line separator → line break"),
        ("a\x07", "a", "character 2: U+0007 → nothing"),
        # What a reader sees needs no words.
        ("Open", "OPEN", ""),
        ('say "x"', "say 'x'", ""),
        ("7", "\u0667", ""),
        ("Cafe", "Caf\u00e9", ""),
        ("same", "same", ""),
    ],
)
def test_an_invisible_difference_is_named(before: str, after: str, note: str) -> None:
    assert unseen(before, after) == note


def test_many_places_are_counted_after_the_first_three() -> None:
    stretches = [(place, "\u00a0", " ") for place in range(5)]
    assert unseen("\u00a0" * 5, " " * 5, stretches) == (
        "character 1: U+00A0 no-break space → space; character 2: U+00A0 no-break space → space; "
        "character 3: U+00A0 no-break space → space; and 2 more"
    )


@given(NASTY, NASTY)
@tried(300)
def test_two_texts_that_look_alike_have_a_note_and_only_their_characters_names_are_in_it(one: str, other: str) -> None:
    note = unseen(one, other)
    assert bool(note) is (one != other and look_alike(one, other))
    assert note.replace("→", "").isascii()
    assert note.isprintable()


@given(st.text(max_size=10))
def test_the_form_of_a_text_is_never_seen(text: str) -> None:
    assert look_alike(unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text))
