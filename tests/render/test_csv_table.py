"""Cells that no spreadsheet computes, and that are read back as they were written."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.fields import Json, Picture, Value, Webhook
from reconciler.core.reports.exported import exported_profiles
from reconciler.core.target import Linked, Observed
from reconciler.providers import providers
from reconciler.render.csv_table import cell_says, cell_value, csv_text, inert_cell, is_exact, value_text
from tests.support import desired

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


def parsed(text: str) -> list[list[str]]:
    """Return the cells as the standard library reads them, which knows nothing of ours."""
    return [*csv.reader(io.StringIO(text, newline=""), strict=True)]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Fresh bread", "Fresh bread"),
        ("", "(empty)"),
        ("=1+1", "'=1+1"),
        ("+493012345678", "'+493012345678"),
        ("-5 %", "'-5 %"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("''@x", "'''@x"),
        ("'s Gravenhage", "'s Gravenhage"),
        ("(empty)", "'(empty)"),
        ("(Empty)", "'(Empty)"),
        ("(empty) shop", "(empty) shop"),
        ("two\nlines", "two\nlines"),
        ("\n=1+1", "'\n=1+1"),
        ("  @x", "'  @x"),
    ],
)
def test_a_cell_says_its_text_and_is_never_a_formula(text: str, cell: str) -> None:
    assert (inert_cell(text), cell_value(cell), is_exact(text)) == (cell, text, True)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("\t=1+1", "\\t=1+1"),
        ("a\tb", "a\\tb"),
        (" outer ", " outer "),
        ("a\rb", "a\\rb"),
        ("evil \u202etxt", "evil ⟨U+202E⟩txt"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
    ],
)
def test_what_a_cell_cannot_say_exactly_is_known_and_still_inert(text: str, cell: str) -> None:
    assert (inert_cell(text), is_exact(text)) == (cell, False)


@given(
    st.lists(st.text(st.sampled_from("=+-@'() ,;\"\n\tab\uff1de\u00e4mpty\u202e"), max_size=8), min_size=1, max_size=4)
)
@example(["'(empty)", "=1,2", '"', "a;b"])
def test_every_text_is_inert_and_an_exact_one_comes_back(texts: list[str]) -> None:
    header, row = parsed(csv_text(["t"] * len(texts), [[inert_cell(text) for text in texts]]))
    assert header == ["t"] * len(texts)
    assert not any(cell.lstrip().startswith(tuple(SIGNS)) for cell in row)
    assert [cell_value(cell) for cell, text in zip(row, texts, strict=True) if is_exact(text)] == [
        text for text in texts if is_exact(text)
    ]
    # Only hidden characters and outer white space are lost.
    assert all(is_exact(text) for text in texts if text == text.strip() and not {*"\u202e\t"} & {*text})


def test_a_value_of_each_kind_has_a_text() -> None:
    picture = Picture(sha256="a", mime="image/png", size=1, width=1, height=1, grid="", file="pictures/a.png")
    values: list[Value] = [
        "x",
        ("https://a.example", "https://b.example"),
        picture,
        Webhook(url="https://hooks.example"),
    ]
    assert [value_text(one) for one in values] == [
        "x",
        "https://a.example https://b.example",
        "pictures/a.png",
        "https://hooks.example",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("Fresh", True),
        ("1E+5", True),
        ("#N/A", True),
        ("# 1 in Berlin", True),
        ("x ", False),
        (["https://a.example", "https://b.example"], True),
        ({"url": "https://hooks.example"}, True),
        ({"url": "https://hooks.example", "headers": {}}, False),
        (5, False),
    ],
)
def test_a_field_that_no_cell_can_say_is_known(data: Json, says: bool) -> None:
    assert cell_says(data) == says


def test_a_link_is_made_a_value_before_it_is_exported() -> None:
    one = desired(about="x")
    shown = Observed(fields={"picture": Linked(url="https://a.example")})
    traits = {one.target.provider: providers()[one.target.provider].traits}
    with pytest.raises(AssertionError, match="before it is exported"):
        exported_profiles([one], {one.target.key: shown}, traits, ("picture",))
