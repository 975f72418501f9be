from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import read_yaml
from tests.support.authoring import marks


def document(source: str) -> Document:
    found = read_yaml(source.encode(), "a.yaml")
    assert isinstance(found, Document), found
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, None) for text in ("", "~", "null", "Null", "NULL")),
        *((text, True) for text in ("true", "True", "TRUE")),
        *((text, False) for text in ("false", "False", "FALSE")),
        *(("0", 0), ("-7", -7), ("+493012345678", 493012345678), ("0123", 123), ("1_000", 1000)),
        *(("0o17", 15), ("0x1F", 31), ("-0b1_01", -5), ("12:30", 750), ("-12:30:00", -45000)),
        *(("1.5", 1.5), ("-1_0.5e3", -10500.0), (".5", 0.5), ("1.", 1.0), ("2e3", 2000.0), ("12:30.5", 750.5)),
        *((".inf", math.inf), ("+.INF", math.inf), ("-.Inf", -math.inf), ("1e999", math.inf)),
        ("9" * 31, 1e31),
        ("9" * 10_000, math.inf),
        ("-0x" + "f" * 10_000, -math.inf),
        ("1" + ":59" * 10_000, math.inf),
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31 1:02:03", datetime(2026, 1, 31, 1, 2, 3, tzinfo=UTC)),
        ("2026-1-3T01:02:03.5Z", datetime(2026, 1, 3, 1, 2, 3, 500_000, tzinfo=UTC)),
        ("2026-01-31t01:02:03 -5", datetime(2026, 1, 31, 1, 2, 3, tzinfo=timezone(timedelta(hours=-5)))),
        (
            "2026-01-31T01:02:03+05:30",
            datetime(2026, 1, 31, 1, 2, 3, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        ),
    ],
)
def test_what_any_yaml_reads_as_no_text_is_no_text_and_keeps_its_source(text: str, value: object) -> None:
    found = document(f"a: {text}\n")
    assert isinstance(found.data, dict)
    assert found.data["a"] == value
    assert type(found.data["a"]) is type(value)
    assert marks(found)[2] == {("a",): text}


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "No", "ON", "off", "y", "n", "=", "<<", "nUll", "tRUE", "nan", "inf"),
        *("08:30", "12:60", "1:2:3x", "1.2.3", "10.0.0.1", "+49 30 123", "030-123", "0o8", "0x", "0b", "0x_", "_1"),
        *(
            "1e",
            ".",
            "+",
            "--1",
            "1-2",
            "2026-1-3",
            "2026-02-30",
            "2026-02-03T25:00:00Z",
            "2026-02-03T01:00:00+99",
        ),
    ],
)
def test_what_no_yaml_converts_stays_text_as_written(text: str) -> None:
    found = document(f"- {text}\n")
    assert (found.data, marks(found)[2]) == ([text], {})


@pytest.mark.parametrize("source", ["'0123'", '"0123"', "|-\n 0123", ">-\n 0123"])
def test_quoted_and_block_text_is_always_text(source: str) -> None:
    assert document(f"a: {source}\n").data == {"a": "0123"}


def test_not_a_number_is_a_float() -> None:
    found = document(".nan")
    assert isinstance(found.data, float)
    assert math.isnan(found.data)
