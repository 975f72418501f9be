"""Texts: absent, empty and null; lengths; variables; e-mail; industries."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.fields import FIELD_NAMES, INDUSTRIES
from reconciler.core.reading.parsing import NULL_HINT
from reconciler.core.traits import Capability, Traits
from tests.support.authoring import META, checked

FEW = replace(
    META,
    title="Elsewhere",
    capabilities={
        **META.capabilities,
        "about": Capability(wire="about"),
        "industry": Capability(wire="i", industries=("AUTO", "EDU"), fact="E-1"),
        "webhook": Capability(lacking="it delivers nothing", fact="E-1"),
    },
)
LEAVE = "to leave the field as it is, leave the key out; where a template or the defaults set it, write"


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_a_null_says_both_ways_out(field: str) -> None:
    nothing = f"profile.{field} is null (nothing stands after the colon)"
    assert checked(field, "") == (None, [f"2:3 null: {nothing} | {NULL_HINT}"])


@pytest.mark.parametrize("written", ["~", "null"])
def test_a_written_null_is_not_told_that_nothing_stands_there(written: str) -> None:
    assert checked("about", written) == (None, [f"2:10 null: profile.about is null | {NULL_HINT}"])


@pytest.mark.parametrize("field", ["address", "description", "email"])
@pytest.mark.parametrize("written", ["''", '""', "${nothing}"])
def test_an_empty_text_clears_what_can_be_cleared(field: str, written: str) -> None:
    assert checked(field, written, variables={"nothing": ""}) == ("", [])


@pytest.mark.parametrize(("field", "fact"), [("about", "M-8"), ("industry", "M-9"), ("picture", "M-10")])
def test_what_cannot_be_cleared_is_refused_with_the_fact(field: str, fact: str) -> None:
    hint = f"{LEAVE} `omit: [{field}]` in the profile ({fact} in providers/APIS.md)"
    assert checked(field, "''") == (
        None,
        [f"2:{5 + len(field)} not-clearable: {field} cannot be cleared at Meta | {hint}"],
    )


def test_an_empty_variable_does_not_clear_what_cannot_be_cleared() -> None:
    hint = f"{LEAVE} `omit: [about]` in the profile (M-8 in providers/APIS.md)"
    found = checked("about", "${nothing}", variables={"nothing": ""})
    assert found == (None, [f"2:10 not-clearable: about cannot be cleared at Meta | {hint}"])


@pytest.mark.parametrize(
    ("field", "hint"), [("about", "leave the key out"), ("address", "write '' to clear it, or leave the key out")]
)
def test_white_space_is_neither_a_text_nor_empty(field: str, hint: str) -> None:
    value, told = checked(field, '" \\n "')
    assert (value, told) == (None, [f"2:{5 + len(field)} blank: {field} is nothing but white space | {hint}"])


@pytest.mark.parametrize(
    ("written", "kind", "hint"),
    [
        ("0123", "a number", ' | write it in quotes: "0123"'),
        ("1.50", "a decimal number", ' | write it in quotes: "1.50"'),
        ("2026-08-02", "a date", ' | write it in quotes: "2026-08-02"'),
        ("12:30", "a number", ' | write it in quotes: "12:30"'),
        ("true", "a boolean", ' | write it in quotes: "true"'),
        ("False", "a boolean", ' | write it in quotes: "False"'),
        ("0", "a number", ' | write it in quotes: "0"'),
        ("[]", "a list", " | to clear it, write ''"),
        ("{}", "a mapping", " | to clear it, write ''"),
        ("[x]", "a list", ""),
    ],
)
@pytest.mark.parametrize("field", ["description", "email", "industry", "picture"])
def test_what_is_no_text_gets_the_hint_to_quote_it_as_it_is_written(
    field: str, written: str, kind: str, hint: str
) -> None:
    place = f"2:{5 + len(field)}"
    assert checked(field, written) == (None, [f"{place} wrong-type: profile.{field} must be text, not {kind}{hint}"])


def test_a_field_that_the_provider_lacks_is_refused() -> None:
    assert checked("webhook", "{}", traits=FEW) == (
        None,
        [
            (
                "2:12 unsupported: Elsewhere has no webhook: it delivers nothing"
                " | take it out; where a template or the defaults set it, write `omit: [webhook]` in the profile"
                " (E-1 in providers/APIS.md)"
            )
        ],
    )


def test_a_field_without_a_limit_takes_any_length() -> None:
    assert checked("about", "x" * 10_000, traits=FEW) == ("x" * 10_000, [])


@pytest.mark.parametrize(("field", "limit"), [("about", 139), ("address", 256), ("description", 512)])
def test_one_character_over_the_limit_is_said_with_the_numbers(field: str, limit: int) -> None:
    summary = f"{field} is {limit + 1} characters, 1 over Meta's limit of {limit}"
    assert checked(field, "x" * (limit + 1)) == (
        None,
        [f"2:{5 + len(field)} too-long: {summary} | shorten it by 1 (M-11 in providers/APIS.md)"],
    )
    assert checked(field, "é" * min(limit, 256)) == ("é" * min(limit, 256), [])


def test_a_text_that_fits_only_in_code_points_is_a_warning() -> None:
    hint = "emoji count twice there; what the provider counts is not documented"
    text = "🥐" * 70
    assert checked("about", text) == (
        text,
        [f"2:10 warning maybe-too-long: about is 70 characters but 140 UTF-16 units, over 139 | {hint}"],
    )


def test_a_length_on_which_the_documents_disagree_is_a_warning() -> None:
    told = "description is 257 characters; Meta's documents disagree whether more than 256 are allowed"
    assert checked("description", "x" * 257) == ("x" * 257, [f"2:16 warning maybe-too-long: {told}"])


@settings(max_examples=60)
@given(st.text(st.sampled_from("aé🥐"), max_size=150))
def test_a_text_is_too_long_exactly_when_its_code_points_are(text: str) -> None:
    value, _ = checked("about", f'"x{text}"')
    assert (value is None) == (len(text) + 1 > 139)


def test_a_text_keeps_its_outer_space_with_a_warning() -> None:
    hint = "in a block text, `|-` and `>-` leave out the last line break"
    told = [f"2:10 warning outer-space: about begins or ends with white space | {hint}"]
    assert checked("about", "|\n    Fresh\n    bread") == ("Fresh\nbread\n", told)


def test_a_word_of_two_alphabets_is_pointed_at() -> None:
    told = 'about holds the word "P\u0430y" at character 1, which mixes alphabets (cyrillic, latin)'
    hint = "write it in one alphabet unless it is meant"
    assert checked("about", "P\u0430y here") == ("P\u0430y here", [f"2:10 warning suspicious: {told} | {hint}"])


def test_a_domain_that_is_not_what_it_looks_like_is_pointed_at() -> None:
    told = "look closely at this address: its host mixes alphabets (cyrillic, latin)"
    address = "info@b\u0430kery.example"
    assert checked("email", address) == (address, [f"2:10 warning suspicious: {told}"])


def test_hidden_characters_are_pointed_at() -> None:
    told = "about holds the direction control U+202E at character 2 | remove it unless it is meant"
    assert checked("about", '"a\\u202Eb"') == ("a\u202eb", [f"2:10 warning suspicious: {told}"])


@pytest.mark.parametrize(
    ("written", "variables", "hint"),
    [
        ("${ctiy}", {"city": "Berlin"}, "did you mean city?"),
        ("${ctiy}", {}, "declare it under `vars`"),
        ("${ctiy} ${ctiy}", {"city": "Berlin"}, "did you mean city?"),
        ("${ctiy}", {"street": "x"}, "known here: street"),
    ],
)
def test_an_undeclared_variable_is_said_once_and_nothing_else_is(
    written: str, variables: dict[str, str], hint: str
) -> None:
    told = f"2:10 unknown-variable: ${{ctiy}} is not declared under `vars` | {hint}; a literal is $${{"
    assert checked("email", written, variables=variables) == (None, [told])


@pytest.mark.parametrize(
    ("traits", "told"),
    [
        (META, "3599999861 over Meta's limit of 139 | shorten it by 3599999861 (M-11 in providers/APIS.md)"),
        (FEW, "3599995904 over Elsewhere's limit of 4096 | shorten it by 3599995904"),
    ],
    ids=["a field with a limit", "a field without one"],
)
def test_a_text_that_variables_make_too_long_is_said_and_not_built(traits: Traits, told: str) -> None:
    found = checked("about", "${a}" * 30_000, traits=traits, variables={"a": "x" * 120_000})
    assert found == (None, [f"2:10 too-long: about is 3600000000 characters, {told}"])


def test_an_undeclared_variable_is_no_mistake_where_a_part_of_them_is_unknown() -> None:
    assert checked("about", "${city}", knows_all=False) == (None, [])


def test_a_variable_without_its_end_is_an_error() -> None:
    told = "2:10 unclosed-variable: about holds a ${ without its } | close it with }; a literal is $${"
    assert checked("about", "'Fresh ${city'", variables={"city": "Berlin"}) == (None, [told])


def test_lengths_are_counted_after_filling() -> None:
    long = "a" * 140
    hint = "shorten it by 1 (M-11 in providers/APIS.md)"
    told = f"2:10 too-long: about is 140 characters, 1 over Meta's limit of 139 | {hint}"
    assert checked("about", "${long}", variables={"long": long}) == (None, [told])


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("berlin", "An email address must have an @-sign."),
        ("berlin@bakery", "The part after the @-sign is not valid. It should have a period."),
        (
            "Berlin <a@b.de>",
            'A display name and angle brackets around the email address are not permitted here. | write "a@b.de"',
        ),
        (
            "mailto:a@b.de",
            "The email address contains invalid characters before the @-sign: ':'. | write \"a@b.de\"",
        ),
    ],
)
def test_what_is_no_e_mail_address_is_refused(written: str, reason: str) -> None:
    assert checked("email", written) == (None, [f"2:10 email: email is not an e-mail address: {reason}"])


def test_an_e_mail_address_is_taken_as_it_is_written() -> None:
    assert checked("email", "Berlin@${domain}", variables={"domain": "bakery.example"}) == ("Berlin@bakery.example", [])


@pytest.mark.parametrize("code", INDUSTRIES)
def test_every_industry_is_taken_by_its_code(code: str) -> None:
    assert checked("industry", code) == (code, [])


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("Beauty, Spa and Salon", "did you mean BEAUTY?"),
        ("shopping and retail", "did you mean RETAIL?"),
        ("restaurant", "did you mean RESTAURANT?"),
        ("RESTARANT", "did you mean RESTAURANT?"),
        ("12", f"known here: {', '.join(sorted(INDUSTRIES))}"),
    ],
)
def test_an_unknown_industry_is_answered_with_the_nearest_code(written: str, hint: str) -> None:
    assert checked("industry", f"'{written}'") == (None, [f"2:13 industry: '{written}' is not an industry | {hint}"])


def test_an_industry_that_only_others_have_is_answered_with_the_list() -> None:
    told = "2:13 industry: Elsewhere has no industry ALCOHOL | it has: AUTO, EDU (E-1 in providers/APIS.md)"
    assert checked("industry", "ALCOHOL", traits=FEW) == (None, [told])
    assert checked("industry", "EDU", traits=FEW) == ("EDU", [])
