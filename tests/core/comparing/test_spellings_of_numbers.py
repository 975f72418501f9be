"""Two spellings of one number are one number; two numbers never are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.comparing.spellings import (
    SPELLING_RULES,
    SpellingRule,
    is_in_full,
    is_same_number,
    number_shown,
    one_spelling,
)
from reconciler.core.reading.lookalikes import number_problem

RULES = pytest.mark.parametrize("rule", SPELLING_RULES, ids=lambda rule: rule.country)


@pytest.mark.parametrize(
    ("shown", "one"),
    [
        ("+5215512345678", "+525512345678"),
        ("+5216641633345", "+526641633345"),
        ("+556481234567", "+5564981234567"),
        ("+551161234567", "+5511961234567"),
        ("+22997123456", "+2290197123456"),
        ("+22501020304", "+2250101020304"),
        ("+22543020304", "+2250143020304"),
        ("+22506020304", "+2250506020304"),
        ("+22596020304", "+2250596020304"),
        ("+22508020304", "+2250708020304"),
        ("+22589020304", "+2250789020304"),
    ],
)
def test_two_spellings_are_one_number(shown: str, one: str) -> None:
    assert one_spelling(shown) == one_spelling(one) == one
    assert is_same_number(shown, one)
    assert is_same_number(one, shown)


@pytest.mark.parametrize(
    ("number", "other"),
    [
        ("+493012345678", "+493012345679"),
        ("+525512345678", "+525512345679"),
        # An area code that begins with a 1, or a digit too few: not the old spelling of a mobile number.
        ("+5211512345678", "+521512345678"),
        ("+521551234567", "+52551234567"),
        # Eight digits of a landline, to which a mobile number of the same digits may exist.
        ("+556431234567", "+5564931234567"),
        # Argentina: a landline without the 9, a mobile number with it.
        ("+541112345678", "+5491112345678"),
        # An Ivorian landline, whose old digits do not say its operator.
        ("+22520301234", "+2252720301234"),
        ("+22501020304", "+2250501020304"),
        ("+22997123456", "+2290297123456"),
        ("+15215512345678", "+1525512345678"),
    ],
)
def test_two_numbers_are_two(number: str, other: str) -> None:
    assert not is_same_number(number, other)


@RULES
@settings(max_examples=30)
@given(data=st.data())
def test_every_spelling_of_a_rule_is_a_number_and_has_one_other(rule: SpellingRule, data: st.DataObject) -> None:
    """Whatever an API shows by a rule, `validate` takes; and its other spelling stays as it is."""
    number = data.draw(st.from_regex(re.compile(rule.other, re.ASCII), fullmatch=True))
    one = one_spelling(number)
    assert number != one == one_spelling(one)
    assert [number_problem(number), number_problem(one)] == ["", ""]
    assert is_in_full(number)


@settings(max_examples=200)
@given(st.from_regex(r"\+[1-9][0-9]{4,14}", fullmatch=True))
def test_at_most_one_rule_is_about_a_number(number: str) -> None:
    assert sum(re.fullmatch(rule.other, number) is not None for rule in SPELLING_RULES) <= 1
    assert one_spelling(one_spelling(number)) == one_spelling(number)


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        ("+52 1 664 163 3345", "+5216641633345"),
        ("+49 30 12345678", "+493012345678"),
        ("15550783881", "+15550783881"),
        ("+1 631-555-5555", "+16315555555"),
        ("", ""),
        ("+", ""),
        ("not a number", ""),
        (None, ""),
        (4930, ""),
        (["+4930"], ""),
    ],
)
def test_what_an_api_shows_is_a_plus_and_digits(shown: object, number: str) -> None:
    assert number_shown(shown) == number


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("+493012345678", True),
        ("+49301", True),
        ("+123456789012345", True),
        ("+1234567890123456", False),
        ("+4930", False),
        ("+0493012345", False),
        ("493012345678", False),
        ("+49 3012345678", False),
        ("+493012345678\n", False),
        ("+٤٩٣٠١٢٣٤٥", False),
    ],
)
def test_a_number_in_full_is_a_plus_and_digits(text: str, is_so: bool) -> None:
    assert is_in_full(text) is is_so
