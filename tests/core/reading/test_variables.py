from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.reading.layers import (
    MOST_FILLED,
    Filled,
    as_inherited,
    defaults,
    fill,
    literal,
    mentioned,
    rewritten,
    template,
)
from reconciler.core.yaml_documents import Document

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


@pytest.mark.parametrize(
    ("text", "value", "filled"),
    [
        ("${a}" * 30_000, "x" * 120_000, Filled("", frozenset("a"), too_long=3_600_000_000)),
        ("-${a}${b}$${", "x" * MOST_FILLED, Filled("-${b}${", frozenset("a"), ("b",), too_long=MOST_FILLED + 7)),
        ("${a}", "x" * (MOST_FILLED + 1), Filled("", frozenset("a"), too_long=MOST_FILLED + 1)),
        ("${a}", "x" * MOST_FILLED, Filled("x" * MOST_FILLED, frozenset("a"))),
        ("${a}" + "y" * MOST_FILLED, "1234", Filled("1234" + "y" * MOST_FILLED, frozenset("a"))),
    ],
    ids=["gigabytes", "one and more", "just too long", "just fits", "long as written"],
)
def test_a_text_that_variables_make_too_long_is_measured_and_not_built(text: str, value: str, filled: Filled) -> None:
    assert fill(text, {"a": value}) == filled


@given(st.text("${}ab"), st.dictionaries(st.text("ab"), st.text("${}ab")))
def test_what_is_measured_is_what_would_be_built(text: str, variables: dict[str, str]) -> None:
    long = fill(f"{text}-{'${long}' * MOST_FILLED}", {**variables, "long": "0123456789"})
    assert long.too_long == len(fill(text, variables).text) + 1 + 10 * MOST_FILLED


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


@pytest.mark.parametrize(
    ("was", "now", "written"),
    [
        ("Bread in ${city}", "Closed in Berlin until May", "Closed in ${city} until May"),
        ("${city}: ${street}", "Torstraße, Berlin", "${street}, ${city}"),
        ("${city} and ${city}", "Berlin", "${city}"),
        ("Bread in ${city}", "Bread", "Bread"),
        ("Bread in ${city}", "Costs ${x} in Berlin", "Costs $${x} in ${city}"),
        # Each of these leaves a doubt.
        ("Bread in ${city}", "Berlin, Berlin", "Berlin, Berlin"),
        ("Berlin: bread in ${city}", "Rolls in Berlin", "Rolls in Berlin"),
        ("Bread in ${city}", "A Berliner", "A Berliner"),
        ("${city} ${borough}", "Berlin Mitte", "${borough}"),
        ("${york} / ${new}", "New York City", "New York City"),
        ("${city} ${same}", "Berlin Berlin", "Berlin Berlin"),
        ("From ${since} on", "From 6 on", "From 6 on"),
        ("In ${country} now", "In DE now", "In DE now"),
        ("At ${nr} o'clock", "At 1200 o'clock", "At 1200 o'clock"),
        ("Costs ${city}", "Costs $Berlin", "Costs $Berlin"),
        ("Bread", "Bread in Berlin", "Bread in Berlin"),
        ("${gone}", "Berlin", "Berlin"),
    ],
)
def test_a_variable_stays_where_its_value_stands_without_a_doubt(was: str, now: str, written: str) -> None:
    values = {"city": "Berlin", "street": "Torstraße", "borough": "Berlin Mitte", "same": "Berlin", "since": "6"}
    values |= {"country": "DE", "nr": "1200", "york": "York City", "new": "New York"}
    assert rewritten(now, was, values) == written


@settings(max_examples=200)
@given(st.text("a B${}1", max_size=12), st.text("a B${}1", max_size=12))
def test_whatever_is_rewritten_is_filled_to_itself(was: str, now: str) -> None:
    values = {"a": "aB a", "B": "aaa", "": "BBB"}
    assert fill(rewritten(now, was, values), values).text == now


def test_the_nearest_writing_of_a_field_counts_and_every_variable() -> None:
    above = Document(file="t", data={"profile": {"about": "In ${city}"}, "vars": {"city": "x", "zip": "1"}})
    rules = Document(file="s", data={"defaults": {"email": "${zip}"}})
    own = Document(file="p", data={"vars": {"city": "Berlin"}})
    layers = (defaults(rules, ("defaults",)), template(Document(file="e", data=None)), template(above), template(own))
    variables = {"city": "Berlin", "zip": "1"}
    found = [as_inherited(layers, name) for name in ("about", "email", "address")]
    assert found == [("In ${city}", variables), ("${zip}", variables), (None, variables)]
