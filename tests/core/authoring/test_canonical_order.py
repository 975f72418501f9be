"""The order of a file's keys: entries move whole, with their comments, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.authoring.canonical_order import FormatReport, FormatState, Formatted, in_canonical_order
from reconciler.core.basics import error
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import read_yaml
from tests.support.laws import tried

BERLIN = """\
# yaml-language-server: $schema=../schemas/profile.meta.schema.json
# The first shop.

profile:
  websites:
    - https://goldcrust.example  # the shop
    # and more to come
  # What everybody sees.
  about: Fresh bread

  description: |
    Sourdough.

    # no comment
vars: {city: Berlin, slug: berlin}  # in brackets
# The phone number's id.
phone_number_id: "106540352242922"
number: "+493012345678"

account: bakery
# The end.
"""
IN_ORDER = """\
# yaml-language-server: $schema=../schemas/profile.meta.schema.json
# The first shop.


account: bakery
number: "+493012345678"
# The phone number's id.
phone_number_id: "106540352242922"
vars: {city: Berlin, slug: berlin}  # in brackets
profile:
  # What everybody sees.
  about: Fresh bread

  description: |
    Sourdough.

    # no comment
  websites:
    - https://goldcrust.example  # the shop
    # and more to come
# The end.
"""


def ordered(text: str) -> str:
    document = read_yaml(text.encode(), "a.yaml")
    assert isinstance(document, Document), document
    return in_canonical_order(text, document)


def test_entries_move_with_their_comments_and_the_head_and_the_end_stay() -> None:
    assert ordered(BERLIN) == IN_ORDER


@pytest.mark.parametrize(
    "text",
    [
        IN_ORDER,
        "",
        "# only a comment\n",
        "{number: '1', account: a}\n",
        "account: a\nprofile: {description: b, about: c}\n",
        "- number\n- account\n",
        "account: a\nodd: b\nother: c\nprofile: {}\n",
        "account: a\nprofile:\n  unknown: 1\n  other: 2\n",
    ],
)
def test_what_is_in_order_or_in_brackets_stays_as_it_is(text: str) -> None:
    assert ordered(text) == text


def test_the_last_line_without_a_break_gets_one_when_it_moves_up() -> None:
    assert ordered("number: '1'\naccount: a") == "account: a\nnumber: '1'"
    assert ordered("number: '1'\r\naccount: a") == "account: a\r\nnumber: '1'"


def test_a_list_that_stands_no_deeper_than_its_key_moves_with_it() -> None:
    before = "profile: {}\nextends:\n- a.yaml\n- b.yaml\nnumber: '1'\nomit:\n- about\n"
    assert ordered(before) == "number: '1'\nextends:\n- a.yaml\n- b.yaml\nomit:\n- about\nprofile: {}\n"


def test_an_explicit_key_keeps_the_order_of_its_mapping() -> None:
    text = "? number\n: '1'\n? account\n: a\n"
    assert ordered(text) == text


VALUES = st.sampled_from(
    ["a", "'b'  # why", "|\n{i}  # text\n\n{i}  more", "\n{i}  - x\n{i}  # y\n{i}  - z", "[p,\n{i}  q]", ""]
)
ABOVE = st.sampled_from(["", "{i}# above\n", "\n", "\n{i}# one\n\n{i}# two\n"])
TOP = ["account", "number", "phone_number_id", "waba", "credentials", "mode", "extends", "vars", "omit"]


@st.composite
def entries(draw: st.DrawFn, names: list[str], indent: str) -> str:
    chosen = draw(st.permutations(names))[: draw(st.integers(1, len(names)))]
    lines = ((draw(ABOVE), f"{{i}}{name}: {draw(VALUES)}\n") for name in chosen)
    return "".join(f"{above}{line}" for above, line in lines).replace("{i}", indent)


@tried(150)
@given(top=entries(TOP, ""), inner=entries([*FIELD_NAMES], "  "), first=st.booleans())
def test_the_data_and_every_line_stay_and_twice_is_once(top: str, inner: str, *, first: bool) -> None:
    profile = f"profile:\n{inner}"
    text = f"{profile}{top}" if first else f"{top}{profile}"
    found = ordered(text)
    before, after = read_yaml(text.encode(), "a.yaml"), read_yaml(found.encode(), "a.yaml")
    assert isinstance(before, Document)
    assert isinstance(after, Document)
    assert after.data == before.data
    assert sorted(found.split("\n")) == sorted(text.split("\n"))
    assert ordered(found) == found
    assert isinstance(after.data, dict)
    assert [*after.data["profile"]] == sorted(after.data["profile"], key=FIELD_NAMES.index)


def test_a_report_ends_with_1_for_a_broken_file_and_for_a_finding() -> None:
    fine, moved = Formatted("a.yaml", FormatState.IN_ORDER), Formatted("b.yaml", FormatState.FORMATTED)
    broken = Formatted("c.yaml", FormatState.BROKEN, (error("yaml-tag", "is a tag"),))
    assert FormatReport((fine, moved)).exit_code == 0
    assert FormatReport((fine,), check=True).exit_code == 0
    assert FormatReport((fine, moved), check=True).exit_code == 1
    assert FormatReport((fine, broken)).exit_code == 1
    assert FormatReport((fine, broken)).problems == broken.problems
