"""What an issue remembers, in its own body."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.reports.handover import HandoverKind
from reconciler.forge.marker import Marker, hidden, read_marker
from reconciler.forge.rules.issue import (
    STATE_BYTES,
    DriftedField,
    DriftIssueState,
    EachField,
    IssueMarker,
    ManyFields,
    bounded,
    issue_marker,
)

MARKER = Marker(key="north", kind=HandoverKind.DRIFT, run=17, attempt=1, commit="a" * 40)
FIELDS = st.builds(DriftedField, profile=st.text(max_size=20), field=st.text(max_size=9), since=st.text(max_size=17))
EACH = st.builds(EachField, fields=st.lists(FIELDS, max_size=8, unique_by=lambda one: one.place).map(tuple))


def line(standing: DriftIssueState) -> str:
    return hidden("drift", issue_marker(MARKER, standing, looked="2026-08-02T12:00Z"))


@given(
    standing=EACH | st.builds(ManyFields, count=st.integers(0, 9999), digest=st.text("0123456789abcdef", min_size=1))
)
def test_what_is_remembered_comes_back(standing: DriftIssueState) -> None:
    found = read_marker("drift", line(standing), of=IssueMarker)
    assert isinstance(found, IssueMarker)
    assert found.standing == standing
    assert (found.key, found.order, found.looked) == ("north", (17, 1), "2026-08-02T12:00Z")


@given(standing=EACH)
def test_the_same_fields_have_the_same_digest_in_any_order_and_at_any_time(standing: EachField) -> None:
    turned = EachField(fields=tuple(replace(one, since="x", seen="y") for one in reversed(standing.fields)))
    assert turned.digest == standing.digest
    assert (
        EachField(fields=(*standing.fields, DriftedField(profile="one more", field="x" * 10))).digest != standing.digest
    )


def test_a_field_that_was_typed_in_twice_is_one() -> None:
    twice = EachField(
        fields=(DriftedField(profile="berlin", field="about"), DriftedField(profile="berlin", field="about", since="x"))
    )
    found = read_marker("drift", line(twice), of=IssueMarker)
    assert isinstance(found, IssueMarker)
    assert found.standing == EachField(fields=twice.fields[1:])


@pytest.mark.parametrize("row", ['["berlin","about",""]', '["berlin","about","","",1]', '"berlin"'])
def test_a_typed_row_that_cannot_be_read_is_broken(row: str) -> None:
    text = line(EachField(fields=(DriftedField(profile="berlin", field="about"),))).replace(
        '["berlin","about","","",""]', row
    )
    assert read_marker("drift", text, of=IssueMarker) == "it is not what this program writes there"


@pytest.mark.parametrize("name", ["shop-{:05}", "<\u202e{:05}"])
def test_what_is_remembered_is_bounded(name: str) -> None:
    """Names that are long when they are written down count as long as that."""
    found = [
        DriftedField(profile=name.format(index), field="about", since="2026-08-02T12:00Z") for index in range(5000)
    ]
    counts = range(0, 1200, 100)
    fits = max(number for number in counts if isinstance(bounded(EachField(fields=tuple(found[:number]))), EachField))
    assert 200 <= fits < counts[-1]
    few, many = bounded(EachField(fields=tuple(found[:fits]))), bounded(EachField(fields=tuple(found)))
    assert len(line(few)) <= STATE_BYTES + 100
    assert len(line(many)) < 300
    assert (many.count, many.digest) == (5000, EachField(fields=tuple(found)).digest)
