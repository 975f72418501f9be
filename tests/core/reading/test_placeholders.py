"""Texts that were left to be filled in: which are seen, which are not, and what the policy makes of them."""

from __future__ import annotations

import pytest

from reconciler.core.reading.lookalikes import placeholders
from tests.support.authoring import HEAD, SETTINGS, checked, resolved, said

MEANT = "for texts that are meant so, `policy: {placeholders: allow}`"


@pytest.mark.parametrize(
    "left",
    [
        "{{ city }}",
        "{{city}}",
        "{% if open %}",
        "{city}",
        "{shop name}",
        "$city",
        "$CITY_NAME",
        "%city%",
        "%(city)s",
        "__CITY__",
        "<city>",
        "<insert name>",
        "<b>",
        "</b>",
        '<a href="x">',
        "[insert]",
        "[Insert city here]",
        "[your name]",
        "[CITY]",
        "[hier einfügen]",
        "[su ciudad]",
        "TBD",
        "FIXME",
        "fixme",
        "lorem ipsum",
        "Lorem Ipsum",
        "changeme",
        "CHANGE_ME",
        "example.com",
        "example.org",
    ],
)
def test_what_is_left_to_be_filled_in_is_seen(left: str) -> None:
    assert placeholders(f"Bread in {left}, every day") == (left,)


def test_each_is_named_once_and_in_order() -> None:
    assert placeholders("TODO: {{ b }} <a> {{ b }} TODO(anna)") == ("TODO", "{{ b }}", "<a>")


@pytest.mark.parametrize(
    "text",
    [
        "Fresh bread, every day",
        "Todo a 5 €: pan, café",
        "todo: pan fresco",
        "TODO pan",
        "¡TODOS!",
        "$5, $ 5, US$5, $USD 20, 5$ a loaf, A$AP",
        "I <3 bread, 2 < 3 > 1, a <- b, x->y",
        "Bread [new], [DE], [1]",
        "50% off, 100 % rye, 20%-30%",
        "${city}",
        "{1} {} { }",
        "_italic_, *bold*, ~gone~, __x__",
        "https://a.example/%C3%A4pfel/%20a%20b",
        "https://bread.example.com.example/x?a=1",
        "https://myexample.com",
        "info@goldcrust.example",
        "Loremo, ipsum",
        "A change: me too",
    ],
)
def test_what_people_write_on_purpose_is_left_alone(text: str) -> None:
    assert placeholders(text) == ()


@pytest.mark.parametrize(
    ("field", "written", "place", "summary"),
    [
        ("about", "'Bread in {{ city }}'", "2:10", "about holds {{ city }}"),
        ("description", "'TODO: <a> [insert] $b'", "2:16", "description holds TODO, <a>, [insert]"),
        ("email", "info@example.com", "2:10", "email holds example.com"),
        ("websites", "['https://a.example/{slug}']", "2:14", "websites[0] holds {slug}"),
    ],
)
def test_a_placeholder_is_a_warning_with_its_place(field: str, written: str, place: str, summary: str) -> None:
    value, told = checked(field, written)
    hint = f"write what is meant; {MEANT}"
    assert value is not None
    assert told[0] == f"{place} warning placeholder: {summary}, which is left to be filled in | {hint}"


@pytest.mark.parametrize("written", ["In {{ city }}", "In $city", "In {city}", "In %city%", "In [city]", "In <city>"])
def test_a_placeholder_with_the_name_of_a_variable_is_told_how_a_variable_is_written(written: str) -> None:
    (line,) = checked("about", f"'{written}'", variables={"city": "Berlin"})[1]
    assert line.endswith(f"| write ${{city}}; {MEANT}")


def test_what_a_variable_brings_along_is_seen_and_a_literal_one_is_meant() -> None:
    (line,) = checked("about", "In ${city}", variables={"city": "TBD"})[1]
    assert "about holds TBD" in line
    assert checked("about", "'Write $${city}'")[1] == []


@pytest.mark.parametrize(("rule", "weight"), [("deny", "placeholder"), ("warn", "warning placeholder"), ("allow", "")])
def test_the_policy_says_how_much_it_weighs(rule: str, weight: str) -> None:
    text = f"{HEAD}profile: {{about: 'FIXME'}}\n"
    found = resolved(text, rules=f"{SETTINGS}policy: {{placeholders: {rule}}}\n")
    assert [line.split(" ", 1)[1].partition(":")[0] for line in said(found.diagnostics)] == [weight] * bool(weight)
    assert len(found.desired) == (rule != "deny")


def test_of_a_template_it_is_told_once() -> None:
    texts = {f"p{n}": HEAD.replace("5678", f"567{n}").replace("2922", f"292{n}") for n in range(5)}
    texts = {name: f"{text}extends: [templates/a.yaml]\n" for name, text in texts.items()}
    found = resolved(texts, templates={"templates/a.yaml": "profile: {about: 'TODO: text'}\n"})
    (line,) = said(found.diagnostics)
    assert line.endswith("; found for p0, p1, p2 and 2 more")
