from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.basics import Cause, Reason
from reconciler.core.formats import RECORD_FORMAT
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.memory.stored import record_from_json, record_to_json
from reconciler.core.target import Target
from tests.support import change, target
from tests.support.laws import tried

WORD = st.text(max_size=8)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), WORD),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORD, inner, max_size=3)),
    max_leaves=6,
)
FIELDS = st.builds(
    FieldOutcome,
    field=WORD,
    status=st.sampled_from(FieldStatus),
    detail=WORD,
    before=JSON,
    before_is=WORD,
    after=JSON,
    cause=st.none() | st.builds(Cause, message=WORD, reason=WORD, code=WORD, trace=WORD, hint=WORD),
)
OUTCOMES = st.builds(
    Outcome,
    target=st.builds(Target, provider=WORD, endpoint=WORD, address=WORD, account=WORD, profile=WORD, number=WORD),
    fields=st.lists(FIELDS, max_size=2).map(tuple),
    detail=WORD,
    skipped=st.booleans(),
    reasons=st.sets(st.sampled_from(Reason), max_size=2).map(lambda found: tuple(sorted(found))),
)
RECORDS = st.builds(
    RunRecord,
    run=WORD,
    commit=WORD,
    started=WORD,
    finished=WORD,
    digest=WORD,
    outcomes=st.lists(OUTCOMES, max_size=2).map(tuple),
    interrupted=WORD,
    edited=st.booleans(),
)


def told() -> RunRecord:
    fields = (
        FieldOutcome.of(change("about", before="Old", after="New"), FieldStatus.APPLIED),
        FieldOutcome.of(
            change("websites", before=(), after=("https://a.example",)),
            FieldStatus.FAILED,
            detail="no",
            cause=Cause(message="no", reason="why", code="100", trace="A1"),
        ),
    )
    outcome = Outcome(target=target(), fields=fields, detail="partly", reasons=(Reason.PARTLY, Reason.INCOMPLETE))
    return RunRecord(run="12", commit="c", started="s", finished="f", digest="d", outcomes=(outcome,))


def document(**changed: Any) -> dict[str, Any]:
    """Return a record as JSON, with something `changed` in its first outcome."""
    data: dict[str, Any] = json.loads(json.dumps(record_to_json(told())))
    data["outcomes"][0].update(changed)
    return data


@given(record=RECORDS)
@tried(60)
def test_a_record_is_the_same_after_a_journey_through_json(record: RunRecord) -> None:
    assert record_from_json(json.loads(json.dumps(record_to_json(record)))) == record


def test_a_record_is_written_for_people_with_what_became_of_each_target() -> None:
    assert record_to_json(told()) == {
        "format_version": RECORD_FORMAT,
        "run": "12",
        "commit": "c",
        "started": "s",
        "finished": "f",
        "digest": "d",
        "interrupted": "",
        "edited": False,
        "outcomes": [
            {
                **asdict(target()),
                "status": "partial",
                "detail": "partly",
                "skipped": False,
                "reasons": ["incomplete", "partly applied"],
                "fields": [
                    {
                        "field": "about",
                        "status": "applied",
                        "detail": "",
                        "before": "Old",
                        "before_is": "known",
                        "after": "New",
                        "cause": None,
                    },
                    {
                        "field": "websites",
                        "status": "failed",
                        "detail": "no",
                        "before": [],
                        "before_is": "known",
                        "after": ["https://a.example"],
                        "cause": {
                            "message": "no",
                            "reason": "why",
                            "code": "100",
                            "trace": "A1",
                            "hint": "",
                            "credential": "",
                        },
                    },
                ],
            }
        ],
    }


def test_what_became_of_a_target_is_found_out_again_and_not_believed() -> None:
    (outcome,) = record_from_json(document(status="applied")).outcomes
    assert outcome.status == "partial"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "not the record of a run"),
        ([], "not the record of a run"),
        ({}, "not the record of a run"),
        ({"format_version": 1}, "not the record of a run"),
        ({"format_version": "1.0"}, "not the record of a run"),
        ({"format_version": "1.0", "outcomes": {}}, "not the record of a run"),
        (
            {"format_version": "2.0" + "x" * 100},
            f"a record of format '2.0{'x' * 17}', and this version of the tool knows 1.0",
        ),
        ({"format_version": "1.0", "outcomes": []}, "not the record of a run: run: Field required"),
        (document() | {"run": 7}, "not the record of a run: run: Input should be a valid string"),
        (document() | {"outcomes": [7]}, "not the record of a run: an outcome cannot be read"),
        (document(fields=[7]), "not the record of a run: an outcome cannot be read"),
        (document(fields=[{"status": "failed", "cause": "no"}]), "not the record of a run: an outcome cannot be read"),
        (
            document(fields=[{"status": "failed", "cause": {"code": "1"}}]),
            "not the record of a run: message: Field required",
        ),
        (document(fields=[{}]), "not the record of a run: an outcome cannot be read"),
        (document(fields=[{"status": "s3cret"}]), "not the record of a run: an outcome cannot be read"),
        (document(fields=[{"status": []}]), "not the record of a run: an outcome cannot be read"),
        (document(fields=[{"status": "applied"}]), "not the record of a run: field: Field required"),
        (document(reasons=["s3cret"]), "not the record of a run: an outcome cannot be read"),
        (document(reasons=[{}]), "not the record of a run: an outcome cannot be read"),
        (document(skipped=1), "not the record of a run: an outcome cannot be read"),
        (document(number=7), "not the record of a run: number: Input should be a valid string"),
    ],
)
def test_what_is_no_record_is_said_to_be_none_without_quoting_it(data: Any, why: str) -> None:
    with pytest.raises(ValueError) as found:
        record_from_json(data)
    assert str(found.value) == why


def test_what_is_too_much_is_said_without_quoting_it() -> None:
    for data in (document() | {"\x1b[2J": 1}, document(fields=[{"field": "about", "status": "applied", "\x1b[2J": 1}])):
        with pytest.raises(ValueError) as found:
            record_from_json(data)
        assert "\x1b" not in str(found.value)


@given(data=JSON, place=st.sampled_from(["outcomes", "run", "fields", "reasons", "detail", "status", "target"]))
@tried(80)
def test_anything_at_all_is_a_record_or_a_value_error(data: Any, place: str) -> None:
    forged = document(**{place: data}) if place not in ("outcomes", "run") else document() | {place: data}
    for one in (data, forged, document(fields=[data])):
        with contextlib.suppress(ValueError):
            assert isinstance(record_from_json(one), RunRecord)
