from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.reading.lookalikes import email_problem, link_problem, number_problem


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("+493012345678", ""),
        ("+14155550123", ""),
        ("+390612345678", ""),
        ("+49 30 12345678", "'+49 30 12345678' must be written as +493012345678"),
        ("+49 (0)30 12345678", "'+49 (0)30 12345678' must be written as +493012345678"),
        ("tel:+49-30-12345678", "'tel:+49-30-12345678' must be written as +493012345678"),
        ("+493012345678 ext. 5", "'+493012345678 ext. 5' must be written as +493012345678"),
        ("\uff0b493012345678", "'\uff0b493012345678' must be written as +493012345678"),
        (" +493012345678", "' +493012345678' must be written as +493012345678"),
        ("+493012345678\n", "'+493012345678\\n' must be written as +493012345678"),
        ("493012345678", "'493012345678' is not a phone number in international form"),
        ("00493012345678", "'00493012345678' is not a phone number in international form"),
        ("030 12345678", "'030 12345678' is not a phone number in international form"),
        ("+999123456789", "'+999123456789' is not a phone number in international form"),
        ("", "'' is not a phone number in international form"),
        ("berlin", "'berlin' is not a phone number in international form"),
        ("+4412", "'+4412' is too short or too long for its country"),
        ("+15550123", "'+15550123' is too short or too long for its country"),
        ("+141555501234567", "'+141555501234567' is too short or too long for its country"),
    ],
)
def test_a_number_has_one_spelling(number: str, problem: str) -> None:
    assert number_problem(number) == problem


@settings(max_examples=100)
@given(st.text() | st.text("+0123456789 -", min_size=5).map("+".__add__))
def test_what_passes_as_a_number_is_a_plus_and_digits(number: str) -> None:
    if not number_problem(number):
        assert number[0] == "+"
        assert number[1:].isdigit()
        assert number.isascii()


@settings(max_examples=60)
@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    assert isinstance(email_problem(text), str)
    assert link_problem(text, ("nothing",)) != ""
