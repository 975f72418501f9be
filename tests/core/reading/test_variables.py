from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.reading.layers import Filled, fill, literal, mentioned

NAMES = {"city": "Berlin", "nested": "${city}", "with space": "x", "literal": "$${city}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", Filled("")),
        ("no variable, $5 and {city}", Filled("no variable, $5 and {city}")),
        ("In ${city}!", Filled("In Berlin!", used=frozenset({"city"}))),
        ("${city}${city}", Filled("BerlinBerlin", used=frozenset({"city"}))),
        ("${with space}", Filled("x", used=frozenset({"with space"}))),
        ("$${city}", Filled("${city}")),
        ("$$${city}", Filled("$${city}")),
        ("$${", Filled("${")),
        ("${nested}", Filled("${city}", used=frozenset({"nested"}))),
        ("${literal}", Filled("$${city}", used=frozenset({"literal"}))),
        ("${b} ${a} ${b}", Filled("${b} ${a} ${b}", unknown=("b", "a"))),
        ("${}", Filled("${}", unknown=("",))),
        ("${CITY} ${city}", Filled("${CITY} Berlin", used=frozenset({"city"}), unknown=("CITY",))),
        ("${city", Filled("${city", unclosed=True)),
        ("${ ${city}", Filled("${ Berlin", used=frozenset({"city"}), unclosed=True)),
        ("${a{b}", Filled("${a{b}", unclosed=True)),
    ],
)
def test_a_text_is_filled_once_and_says_what_it_used(text: str, filled: Filled) -> None:
    assert fill(text, NAMES) == filled


@settings(max_examples=100)
@given(st.text("${}ab"), st.dictionaries(st.text("ab"), st.text("${}ab")))
def test_a_text_whose_openings_are_escaped_is_kept(text: str, variables: dict[str, str]) -> None:
    escaped = text.replace("$", "").replace("{", "${")
    assert fill(escaped.replace("${", "$${"), variables) == Filled(escaped)


@settings(max_examples=100)
@given(st.text("${}ab"), st.dictionaries(st.text("ab"), st.text("${}ab")))
def test_every_name_is_either_used_or_unknown(text: str, variables: dict[str, str]) -> None:
    found = fill(text, variables)
    assert found.used <= variables.keys()
    assert not variables.keys() & set(found.unknown)
    assert mentioned(text) == found.used | set(found.unknown)


def test_names_are_found_wherever_they_are_mentioned() -> None:
    data = {"url": "${a}", "list": ["${b}", {"x": "${c}${d}"}], "n": 1, "literal": "$${e}"}
    assert mentioned(data) == {"a", "b", "c", "d"}


@given(st.text(alphabet="${}a") | st.text())
def test_a_literal_text_comes_out_as_it_was(text: str) -> None:
    assert fill(literal(text), {"a": "filled", "": "filled"}) == Filled(text)
