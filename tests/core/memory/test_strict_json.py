from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.memory.stored import loaded

MOST = 3 * 1024**2


def test_an_object_is_returned_as_it_is() -> None:
    assert loaded('{"a": [1, "é", null], "b": {"a": true}}'.encode(), "record", most=MOST) == {
        "a": [1, "é", None],
        "b": {"a": True},
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b" " * (MOST + 1), "it is larger than 3 MiB, and no record is"),
        (b"", "it is not JSON"),
        (b"{'a': 1}", "it is not JSON"),
        (b'{"a": NaN}', "it is not JSON"),
        (b'{"a": "\xe9"}', "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "it is not JSON"),
        (b"[]", "it is no JSON object, and a record is one"),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', "the key 'c' stands twice in one place"),
        (b'{"' + b"k" * 99 + b'": 1, "' + b"k" * 99 + b'": 1}', f"the key '{'k' * 39} stands twice in one place"),
    ],
)
def test_what_cannot_be_trusted_says_why(content: bytes, told: str) -> None:
    assert loaded(content, "record", most=MOST) == told


@given(st.binary(max_size=50) | st.text(alphabet='{}[]":,aNn1e-\\u0', max_size=30).map(str.encode))
def test_whatever_the_bytes_nothing_is_raised(content: bytes) -> None:
    found = loaded(content, "record", most=MOST)
    assert isinstance(found, str) or found == json.loads(content)
