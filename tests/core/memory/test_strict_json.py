from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconciler
from reconciler.core.fields import strict_json
from reconciler.core.memory.stored import loaded
from reconciler.core.provider import Reply

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


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "a": 2}}]', "NaN", "[-Infinity]", "[" * 100_000, "", "{'a': 1}"]
)
def test_json_that_two_readers_could_read_differently_is_none(text: str) -> None:
    for content in (text, text.encode()):
        with pytest.raises(ValueError, match=r"."):
            strict_json(content)


def test_a_byte_order_mark_is_passed_over_in_a_providers_reply_alone() -> None:
    assert Reply(200, body=b"\xef\xbb\xbf[1]").json() == [1]
    with pytest.raises(ValueError, match="BOM"):
        strict_json(b"\xef\xbb\xbf[1]")


def test_no_other_place_reads_json() -> None:
    """The sandbox reads what the program sends, and shares no code with it."""
    top = Path(reconciler.__file__).parent
    files = (file for file in top.rglob("*.py") if "sandbox" not in file.parts)
    readers = [file.relative_to(top).as_posix() for file in files if "json.load" in file.read_text(encoding="utf-8")]
    assert readers == ["core/fields.py"]
