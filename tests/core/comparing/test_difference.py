from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.comparing import difference
from reconciler.core.comparing.difference import Became, Piece, text_detail

MARKS = {Became.KEPT: "{}", Became.REMOVED: "[-{}-]", Became.ADDED: "[+{}+]"}
ANY = st.text(st.characters(exclude_categories=()), max_size=20) | st.text(st.sampled_from("ab .\n"), max_size=30)


def marked(pieces: tuple[Piece, ...]) -> str:
    return "".join(MARKS[one.became].format(one.text) for one in pieces)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Open six to six.", "Open seven to six.", "Open [-six-][+seven+] to six."),
        (
            "Baked in our own ovens. Open six to six.",
            "Baked in our own ovens, by the people who sell them. Open seven to six.",
            "Baked in our own ovens[+, by the people who sell them+]. Open [-six-][+seven+] to six.",
        ),
        ("Bread, cakes and tea", "Bread and tea", "Bread[-, cakes-] and tea"),
        # Two changes with a space between them are one.
        ("We bake fresh bread here", "We bake white rolls here", "We bake [-fresh bread-][+white rolls+] here"),
        ("one\ntwo\nthree", "one\n2\nthree", "one\n[-two-][+2+]\nthree"),
        (
            "We bake bread - rolls at noon",
            "We bake cakes - tarts at noon",
            "We bake [-bread - rolls-][+cakes - tarts+] at noon",
        ),
        (
            "We bake bread -- rolls at noon",
            "We bake cakes -- tarts at noon",
            "We bake [-bread-][+cakes+] -- [-rolls-][+tarts+] at noon",
        ),
        # A line break keeps two changes apart.
        ("a shop one\ntwo in town", "a shop 1\n2 in town", "a shop [-one-][+1+]\n[-two-][+2+] in town"),
        # Little in common: both are whole.
        ("Bread and cakes", "Sold out and closed", "[-Bread and cakes-][+Sold out and closed+]"),
        ("", "New", "[+New+]"),
        ("Old", "", "[-Old-]"),
        ("...", "..!", "..[-.-][+!+]"),
        # A mark stays with its letter, an emoji is one piece, and without spaces each letter is one.
        ("Le Caf\u00e9 ici", "Le Cafe\u0301 ici", "Le [-Caf\u00e9-][+Cafe\u0301+] ici"),
        ("ok 👍 ok", "ok 👍🏽 ok", "ok [-👍-][+👍🏽+] ok"),
        ("ok 👩\u200d🍳 ok", "ok 👩\u200d🏫 ok", "ok [-👩\u200d🍳-][+👩\u200d🏫+] ok"),
        ("新鲜的面包店", "新鲜的蛋糕店", "新鲜的[-面包-][+蛋糕+]店"),
    ],
)
def test_the_words_that_changed_are_marked(before: str, after: str, shown: str) -> None:
    assert marked(text_detail(before, after).pieces) == shown


@given(ANY, ANY)
@settings(max_examples=200, deadline=None)
def test_the_pieces_are_both_texts_and_no_piece_is_empty_or_split(before: str, after: str) -> None:
    pieces = text_detail(before, after).pieces
    assert "".join(one.text for one in pieces if one.became is not Became.ADDED) == before
    assert "".join(one.text for one in pieces if one.became is not Became.REMOVED) == after
    assert all(one.text for one in pieces)
    all_became = [one.became for one in pieces]
    assert all(one is not other for one, other in pairwise(all_became))


@pytest.mark.parametrize(("before", "after"), [("a b " * 600, "b a " * 600), ("a " * 600, " a" * 600)])
def test_a_foreign_text_of_any_size_is_not_aligned(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    """A provider may send a megabyte; aligning that word by word would take hours."""
    monkeypatch.delattr(difference, "SequenceMatcher")
    assert text_detail(before, after).pieces[0] == Piece(Became.REMOVED, before)


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ("Open six to six.", "Open seven to six.", ""),
        ("Open\u00a0from six to six.", "Open from seven to six.", "character 5: U+00A0 no-break space → space"),
        (
            "A caf\u0435 and a b\u0430r in town",
            "A cafe and a bar out of town",
            (
                "character 6: U+0435 cyrillic small letter ie → U+0065 latin small letter e"
                "; character 15: U+0430 cyrillic small letter a → U+0061 latin small letter a"
            ),
        ),
        # The place is that in the text before, also behind longer changes.
        (
            "We are open from two to four daily ",
            "We are closed for the day, open from two to four daily",
            "character 35: space at the end → nothing",
        ),
    ],
)
def test_an_invisible_change_is_named_also_beside_a_visible_one(before: str, after: str, note: str) -> None:
    assert text_detail(before, after).note == note
