"""Fuzz, in its short form: no text makes a reader raise, and each rejection says where it is."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.figures.fuzz import LONG, SHORT, SHORT_OWN, fuzzed
from tests.figures.mutations import mutated
from tests.figures.readers import Reader, readers

NAMES = (
    "YAML files",
    "tables of numbers",
    "drift-ignore files",
    *(f"replies of {title}" for title in ("360dialog", "Kaleyra", "Meta", "Picky Assist")),
    "plan documents",
    "ledger entries",
    "run records",
    "recovery files",
    "pages between jobs",
    "looks of shards",
    "applies of shards",
)


def test_everything_that_reads_foreign_texts_is_among_the_readers(tmp_path: Path) -> None:
    assert tuple(reader.name for reader in readers(tmp_path)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_no_text_makes_a_reader_raise(name: str, tmp_path: Path, long: bool) -> None:
    (reader,) = (one for one in readers(tmp_path) if one.name == name)
    count = LONG if long else SHORT if reader.foreign else SHORT_OWN
    found = fuzzed(reader, range(count), "0")
    assert found["failures"] == []
    # A reader that takes everything, or nothing, has seen none of its own code.
    assert 0 < found["taken"] < found["tried"]


def test_a_reader_that_raises_is_a_finding() -> None:
    def read(content: bytes, _: Random) -> bool:
        return bool(json_like(content))

    def json_like(content: bytes) -> int:
        return 1 // (len(content) % 2)

    found = fuzzed(Reader("any", (b"{}",), read), range(50), "0")
    assert found["failed"] + found["taken"] == found["tried"]
    assert "ZeroDivisionError" in found["failures"][0]["problem"]


def test_the_same_seed_makes_the_same_text() -> None:
    sound = (b'{"a": [1, {"b": "x"}]}', b"a: 1\nb: 2\n")
    made = [mutated(sound, Random(number)) for number in range(200)]
    assert made == [mutated(sound, Random(number)) for number in range(200)]
    assert len(set(made)) > 150
