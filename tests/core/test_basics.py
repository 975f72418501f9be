"""From foreign data to a value, and back: a dataclass is held to its own fields."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from reconciler.core.basics import Cause, checked, cut, to_dict
from reconciler.core.memory.records import Stamp


@dataclass(frozen=True, slots=True)
class Inner:
    """A value in another one."""

    count: int = 0


@dataclass(frozen=True, slots=True)
class Outer:
    """A value of every kind of part."""

    name: str
    parts: tuple[Inner, ...] = ()
    stamp: Stamp | None = None


CAUSE = Cause("Invalid parameter.", reason="Too long.", code="100/1", trace="AYMX", hint="shorten it")


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (CAUSE, "Invalid parameter: Too long. [100/1] (shorten it)"),
        (replace(CAUSE, reason=""), "Invalid parameter. [100/1] (shorten it)"),
        (replace(CAUSE, code=""), "Invalid parameter: Too long. (shorten it)"),
        (replace(CAUSE, code="", hint=""), "Invalid parameter: Too long."),
        (Cause("No"), "No"),
        (Cause("No", code="190", credential="META_TOKEN"), "No [190, META_TOKEN]"),
        (Cause("No", credential="META_TOKEN"), "No [META_TOKEN]"),
    ],
)
def test_a_cause_is_told_as_message_reason_code_and_what_to_do(cause: Cause, text: str) -> None:
    assert cause.text() == text


def test_what_to_do_can_be_left_out_and_the_trace_be_told() -> None:
    assert CAUSE.text(hint=False, trace=True) == "Invalid parameter: Too long. [100/1, trace AYMX]"
    assert replace(CAUSE, code="").text(hint=False, trace=True) == "Invalid parameter: Too long. [trace AYMX]"
    assert replace(CAUSE, trace="").text(hint=False, trace=True) == "Invalid parameter: Too long. [100/1]"


@pytest.mark.parametrize(("text", "shown"), [("abcd", "abcd"), ("abcde", "abc…"), ("ab  cd", "ab…"), ("", "")])
def test_a_long_text_is_cut_and_says_so(text: str, shown: str) -> None:
    assert cut(text, 4) == shown


def test_data_that_is_right_becomes_the_value_that_it_describes() -> None:
    assert checked(Inner, {"count": 3}) == Inner(count=3)
    assert checked(Outer, {"name": "a", "parts": (Inner(),)}) == Outer(name="a", parts=(Inner(),))
    assert checked(Inner, {}) == Inner()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Inner, {"count": "3"}),
        (Inner, {"count": True}),
        (Inner, {"count": None}),
        (Inner, {"cuont": 3}),
        (Inner, [3]),
        (Outer, {}),
        (Outer, {"name": 3}),
        (Outer, {"name": "a", "parts": [Inner()]}),
        (Outer, {"name": "a", "parts": ({"count": 3},)}),
    ],
)
def test_what_is_not_exactly_a_value_is_refused(kind: type[Any], data: object) -> None:
    with pytest.raises(ValueError, match=f"validation error for {kind.__name__}"):
        checked(kind, data)


def test_a_value_is_a_dictionary_in_the_order_of_its_fields() -> None:
    value = Outer(name="a", parts=(Inner(count=1), Inner()))
    assert list(to_dict(value)) == ["name", "parts", "stamp"]
    assert to_dict(value) == {"name": "a", "parts": ({"count": 1}, {"count": 0}), "stamp": None}
    assert to_dict(value, without=("name", "stamp")) == {"parts": ({"count": 1}, {"count": 0})}
