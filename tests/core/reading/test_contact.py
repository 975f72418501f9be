from __future__ import annotations

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.core.reading.lookalikes import (
    email_problem,
    email_repair,
    link_problem,
    link_repair,
    links_repair,
    meant_number,
    number_hint,
    number_problem,
)


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
        ("+5215512345678", ""),
        ("+556481234567", ""),
        ("+52 1 55 1234 5678", "'+52 1 55 1234 5678' must be written as +5215512345678"),
        ("+52155123456789", "'+52155123456789' is too short or too long for its country"),
        ("+493012345678.0", "'+493012345678.0' must be written as +493012345678"),
        ("1.0654E+14", "'1.0654E+14' has lost its last digits"),
        ("4,93012e11", "'4,93012e11' has lost its last digits"),
        ("5E+11", "'5E+11' has lost its last digits"),
    ],
)
def test_a_number_has_one_spelling(number: str, problem: str) -> None:
    assert number_problem(number) == problem


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0049 40 1234", "+49401234"),
        ("00 49 (0)30-12345678", "+493012345678"),
        ("493012345678", "+493012345678"),
        ("493012345678.0", "+493012345678"),
        ("5215512345678", "+5215512345678"),
        ("55 64 8123-4567", "+556481234567"),
        ("'+49 30 12345678", "+493012345678"),
        ('="493012345678"', "+493012345678"),
        ("https://wa.me/5215512345678", "+5215512345678"),
        ("wa.me/493012345678", "+493012345678"),
        ("WhatsApp:+49 30 12345678", "+493012345678"),
        ("+49 30 12345678", "+493012345678"),
        ("\uff0b49\u00a030\u201112345678", "+493012345678"),
        # A national number is not taken for one of the country that its first digits happen to name.
        ("2025550123", ""),
        ("030 12345678", ""),
        ("+4412", ""),
        ("00", ""),
        ("", ""),
        ("berlin", ""),
        ("1.0654E+14", ""),
    ],
)
def test_the_number_that_is_meant_is_made_of_what_was_written(text: str, number: str) -> None:
    assert meant_number(text) == number
    assert not number or number_problem(number) == ""
    assert (f'"{number}"' in number_hint(text)) is bool(number)


@settings(max_examples=60)
@given(st.text() | st.text("+0123456789 -.()E", max_size=18))
def test_what_a_hint_says_to_write_would_be_accepted(text: str) -> None:
    assert number_problem(meant_number(text)) == "" or meant_number(text) == ""


@settings(max_examples=100)
@given(st.text() | st.text("+0123456789 -", min_size=5).map("+".__add__))
def test_what_passes_as_a_number_is_a_plus_and_digits(number: str) -> None:
    if not number_problem(number):
        assert number[0] == "+"
        assert number[1:].isdigit()
        assert number.isascii()


@pytest.mark.parametrize("sign", ["_", "a.", "a@", "/", "\u200d", "\u202e", "1", "a "])
def test_in_a_text_of_a_file_s_length_nothing_is_looked_for(sign: str) -> None:
    """Each of these took minutes."""
    text = sign * (200_000 // len(sign))
    assert email_problem(text) == "it is 200000 characters, and no address has more than 254"
    assert (email_repair(text), link_repair(text, ("https",)), links_repair(text, ("https",))) == ("", "", ())


@settings(max_examples=60)
@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    assert isinstance(email_problem(text), str)
    assert link_problem(text, ("nothing",)) != ""


NAMES = st.sampled_from(
    ["a", "shop.berlin", "a+b_c-d", "a..b", ".a", "a.", "", "é", "a b", '"a"', "x" * 64, "x" * 65, "a@b"]
)
HOSTS = st.sampled_from(
    [
        *("bakery.example", "münchen.example", "localhost", "a.test", "", "-a.com", "a..com", "[127.0.0.1]", "a.c"),
        *(
            "bakery.com",
            "BAKERY.Com",
            "a-b.co.uk",
            "a--b.com",
            "ab--c.com",
            "-.com",
            "a-.com",
            "a.c1",
            "1.com",
            "a.Test",
        ),
        *("xn--a.com", f"{'x' * 64}.com", ".".join(["x" * 63] * 3 + ["y" * 57, "com"]), ".".join(["x" * 63] * 4)),
    ]
)


@pytest.mark.parametrize("name", SPECIAL_USE_DOMAIN_NAMES)
def test_a_host_for_another_use_is_not_plain(name: str) -> None:
    assert email_problem(f"shop@a.{name}") != ""


# Both parts are short enough, and the whole is two characters too long.
@example("x" * 64, ".".join(["x" * 63] * 2 + ["y" * 59, "com"]))
@settings(max_examples=200)
@given(NAMES, HOSTS | st.text("aT-.1", max_size=12).map(lambda text: f"{text}.com"))
def test_an_address_is_judged_as_a_whole_however_its_host_was_judged_before(name: str, host: str) -> None:
    address = f"{name}@{host}"
    try:
        validate_email(address, check_deliverability=False)
        problem = ""
    except EmailNotValidError as refused:
        problem = str(refused)
    assert email_problem(address) == problem
