from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.comparing.kinds import Equality, empty, equality, is_identical, is_same
from reconciler.core.comparing.picture_comparison import GRID_BYTES
from reconciler.core.fields import SecretRef, Value, Webhook
from tests.support import picture

BLACK, WHITE = (base64.b64encode(bytes([shade]) * GRID_BYTES).decode() for shade in (0, 255))
SAME, DIFFERENT, UNSURE = Equality.SAME, Equality.DIFFERENT, Equality.CANNOT_TELL
TOKEN = SecretRef(env="WEBHOOK_A")
TEXT = st.text(max_size=8)
VALUES: st.SearchStrategy[Any] = (
    TEXT
    | st.lists(TEXT, max_size=2).map(tuple)
    | st.builds(Webhook, url=TEXT)
    | st.builds(picture, st.sampled_from("ab"), grid=st.sampled_from(["", BLACK, WHITE]), alpha=st.booleans())
)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a", "a", SAME),
        ("a", "A", DIFFERENT),
        ("a", "a ", DIFFERENT),
        ("é", "e\u0301", DIFFERENT),
        ("", (), SAME),
        ("", Webhook(url=""), SAME),
        (("https://a.example",), ("https://a.example/",), SAME),
        (("https://a.example/b",), ("https://a.example/b/",), DIFFERENT),
        (("https://a.example", "https://b.example"), ("https://b.example", "https://a.example"), DIFFERENT),
        (("https://[::1",), ("https://a.example",), DIFFERENT),
        (("a",), "a", DIFFERENT),
        (Webhook(url="https://a.example"), Webhook(url="https://a.example/", verify_token=TOKEN), SAME),
        (Webhook(url="https://a.example/x"), Webhook(url="https://a.example/y"), DIFFERENT),
        (Webhook(url="https://a.example"), "", DIFFERENT),
        (picture("a"), picture("a", file="other.png"), SAME),
        (picture("a"), picture("b"), UNSURE),
        (picture("a", grid=BLACK), picture("b", grid=BLACK), SAME),
        (picture("a", grid=BLACK), picture("b", grid=WHITE), DIFFERENT),
        (picture("a", grid=BLACK, alpha=True), picture("b", grid=WHITE), UNSURE),
        (picture("a", grid=BLACK), picture("b", grid=WHITE, alpha=True), UNSURE),
        (picture("a", grid=BLACK, alpha=True), picture("b", grid=BLACK), SAME),
        (picture("a"), "", DIFFERENT),
    ],
)
def test_values_are_compared_as_a_customer_sees_them(one: Value, other: Value, expected: Equality) -> None:
    assert [equality(one, other), equality(other, one)] == [expected, expected]
    assert is_same(one, other) == (expected is SAME)


@settings(max_examples=60)
@given(VALUES)
def test_every_value_is_the_same_as_itself(value: Value) -> None:
    assert is_same(value, value)
    assert is_identical(value, value)


@settings(max_examples=100)
@given(VALUES, VALUES)
def test_comparing_has_no_direction(one: Value, other: Value) -> None:
    assert equality(one, other) is equality(other, one)
    assert is_identical(one, other) is is_identical(other, one)


def test_nothing_set_is_the_same_however_it_is_written() -> None:
    empties = [empty(name) for name in ("about", "websites", "picture", "webhook")]
    assert all(is_same(one, other) for one in empties for other in empties)


def test_another_file_is_another_picture_however_alike() -> None:
    """Did we change it? Asked of bytes; whether live moved is asked of what is seen."""
    one, other = picture("a", grid=BLACK), picture("b", grid=BLACK)
    assert (is_same(one, other), is_identical(one, other)) == (True, False)
    assert is_identical(one, picture("a"))
    assert not is_identical(one, "")
