from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.fields import FIELD, FIELD_NAMES, Picture, SecretRef, Value, ValueKind, Webhook
from reconciler.core.memory.records import Asked, FieldRecord, LedgerEntry, RecordState, Stamp
from reconciler.core.memory.stored import entry_from_json, entry_to_json
from tests.support import asked, entry, picture, record
from tests.support.laws import tried

WORD = st.text(max_size=8)
COUNT = st.integers(min_value=0, max_value=10**6)
PICTURES = st.builds(
    Picture, sha256=WORD, mime=WORD, size=COUNT, width=COUNT, height=COUNT, grid=WORD, alpha=st.booleans(), file=WORD
)
SECRETS = st.one_of(
    st.none(), st.builds(SecretRef, env=WORD.filter(bool)), st.builds(SecretRef, file=WORD.filter(bool))
)
VALUES: dict[ValueKind, st.SearchStrategy[Value]] = {
    ValueKind.URLS: st.lists(WORD, max_size=3).map(tuple),
    ValueKind.PICTURE: st.one_of(st.just(""), PICTURES),
    ValueKind.WEBHOOK: st.builds(Webhook, url=WORD, verify_token=SECRETS),
}


def records(name: str) -> st.SearchStrategy[FieldRecord]:
    value = st.one_of(st.none(), VALUES.get(FIELD[name].kind, WORD))
    return st.builds(
        FieldRecord,
        field=st.just(name),
        state=st.sampled_from(RecordState),
        stamp=st.builds(Stamp, at=WORD, run=WORD, commit=WORD),
        sent=value,
        shown=value,
        intent=value,
        over=value,
        before=value,
        attempts=COUNT,
        mark=WORD,
        tried=st.none() | st.builds(Stamp, at=WORD, run=WORD, commit=WORD),
        asked=st.none()
        | st.builds(Asked, value.filter(lambda one: one is not None), st.builds(Stamp, at=WORD, run=WORD), WORD, value),
        consented=st.booleans(),
    )


ENTRIES = st.builds(
    lambda key, profile, kept: LedgerEntry(key=key).with_records(tuple(kept), profile=profile),
    st.tuples(WORD, WORD, WORD),
    WORD,
    st.lists(st.sampled_from(FIELD_NAMES).flatmap(records), max_size=4),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORD),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORD, inner, max_size=3)),
    max_leaves=8,
)


@given(kept=ENTRIES)
@tried(80)
def test_an_entry_is_the_same_after_a_journey_through_json(kept: LedgerEntry) -> None:
    assert entry_from_json(json.loads(json.dumps(entry_to_json(kept)))) == kept


def test_an_entry_is_written_without_what_is_absent() -> None:
    stuck = record("websites", state=RecordState.UNCONVERGED, sent=("https://a.example",), before=(), attempts=1)
    kept = entry(record(sent="", shown="", intent="New", state=RecordState.UNSETTLED), stuck)
    stamp = {"at": "2026-08-02T09:30:00Z", "run": "12", "commit": "c" * 40}
    assert entry_to_json(kept) == {
        "format": "1.2",
        "key": ["meta", "sandbox", "106540352242922"],
        "profile": "",
        "fields": {
            "about": {"state": "unsettled", **stamp, "sent": "", "shown": "", "intent": "New"},
            "websites": {
                "state": "unconverged",
                **stamp,
                "attempts": 1,
                "sent": ["https://a.example"],
                "before": [],
            },
        },
    }


def test_the_number_that_a_credential_opened_is_kept_and_an_older_entry_has_none() -> None:
    kept = replace(entry(record(sent="New")), identity="106540352242922")
    written = entry_to_json(kept)
    assert written["identity"] == "106540352242922"
    assert entry_from_json(written) == kept
    assert entry_from_json(entry_to_json(entry(record(sent="New")))).identity == ""


def test_what_was_asked_for_is_written_beside_what_was_sent() -> None:
    waiting = replace(record(sent="Old"), asked=asked("New", "the gate clear stopped it", over="Live"))
    stamp = {"at": "2026-08-02T09:30:00Z", "run": "12", "commit": "c" * 40}
    (kept,) = entry_to_json(entry(waiting))["fields"].values()
    why = {"why": "the gate clear stopped it", "value": "New", "over": "Live"}
    assert kept == {"state": "settled", **stamp, "sent": "Old", "asked": {**stamp, **why}}


def test_of_a_webhook_that_was_asked_for_only_references_to_its_secrets_are_kept() -> None:
    hook = Webhook(url="https://h.example", verify_token=SecretRef(env="WEBHOOK_VERIFY"))
    (kept,) = entry_to_json(entry(replace(record("webhook"), asked=asked(hook, over=None))))["fields"].values()
    assert kept["asked"]["value"] == {"url": "https://h.example", "verify_token": {"env": "WEBHOOK_VERIFY"}}


@pytest.mark.parametrize("version", [1, "1.0", "1.1", "1.2", "1.99"])
def test_entries_of_every_minor_version_are_read_and_the_first_ones_had_a_number(version: Any) -> None:
    kept = entry(record(sent="New"))
    assert entry_from_json(entry_to_json(kept) | {"format": version}) == kept


@pytest.mark.parametrize("wrong", ["x", None, {}, {"value": "New"}, {"why": 7}])
def test_what_is_not_what_was_asked_for_is_refused(wrong: Any) -> None:
    data = tampered(about={"asked": wrong})
    with pytest.raises(ValueError, match=r"^not what a ledger record says was asked for$"):
        entry_from_json(data)


def test_a_picture_is_kept_with_its_grid_or_its_likeness_could_never_be_told_again() -> None:
    (kept,) = entry_to_json(entry(record("picture", sent=picture(grid="abc", alpha=True))))["fields"].values()
    assert (kept["sent"]["grid"], kept["sent"]["alpha"]) == ("abc", True)


def test_the_records_come_back_in_one_order_and_a_field_that_no_longer_exists_is_forgotten() -> None:
    data = entry_to_json(entry(record("email", sent="a@b.example"), record("about", sent="New")))
    data["fields"]["shoe_size"] = {"state": "worn"}
    assert entry_from_json(data) == entry(record("about", sent="New"), record("email", sent="a@b.example"))


def tampered(**changed: Any) -> dict[str, Any]:
    """Return the JSON of a sound entry whose one record is changed; None takes a key away."""
    data = entry_to_json(entry(record(sent="New")))
    fields = {"about": {**data["fields"]["about"], **changed.pop("about", {})}}
    merged = {**data, "fields": fields, **changed}
    return {key: value for key, value in merged.items() if value is not None}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        tampered(format=2),
        tampered(format="1"),
        tampered(format="2.0"),
        tampered(format=True),
        tampered(format=None),
        tampered(key=None),
        tampered(key=["meta", "sandbox"]),
        tampered(key=["meta", "sandbox", 106540352242922]),
        tampered(key="meta/sandbox/1"),
        tampered(fields=[]),
        tampered(profile=7),
        tampered(identity=106540352242922),
        {key: value for key, value in tampered().items() if key != "profile"},
    ],
)
def test_what_is_no_entry_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r"^not a ledger entry$"):
        entry_from_json(data)


@pytest.mark.parametrize("kept", [None, [], {}, {"state": "settled", "at": "now"}, {"state": 1}, "settled"])
def test_what_is_no_record_is_refused(kept: Any) -> None:
    with pytest.raises(ValueError, match=r"^not a ledger record$"):
        entry_from_json(tampered(fields={"about": kept}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("about", None),
        ("about", 1),
        ("about", ["New"]),
        ("websites", "https://a.example"),
        ("websites", [1]),
        ("picture", []),
        ("webhook", "https://hooks.example"),
    ],
)
@pytest.mark.parametrize("name", ["sent", "shown", "intent", "over", "before"])
def test_a_value_of_another_kind_is_refused(field: str, value: Any, name: str) -> None:
    """An entry that could mix the kinds up would make a plan fail far from the cause."""
    sound = {key: kept for key, kept in tampered()["fields"]["about"].items() if key != "sent"}
    assert entry_from_json(tampered(fields={field: sound})) == entry(record(field))
    with pytest.raises(ValueError, match=f"^not a value of {field}$"):
        entry_from_json(tampered(fields={field: {**sound, name: value}}))


@pytest.mark.parametrize(
    "about",
    [{"state": "happy"}, {"attempts": "two"}, {"attempts": None}, {"attempts": True}, {"attempts": 1.5}],
)
def test_an_unknown_state_and_attempts_that_are_no_number_are_refused(about: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not a valid RecordState|attempts"):
        entry_from_json(tampered(about=about))


@pytest.mark.parametrize("field", ["picture", "webhook"])
def test_a_model_with_unknown_or_missing_keys_is_refused(field: str) -> None:
    kept = {**tampered()["fields"]["about"], "sent": {"colour": "red"}}
    with pytest.raises(ValueError, match="colour"):
        entry_from_json(tampered(fields={field: kept}))


@given(data=JSON, at=st.sampled_from(("whole", "key", "fields", "record", "sent", "state", "attempts")))
@tried(150)
def test_garbage_raises_a_value_error_and_nothing_else(data: Any, at: str) -> None:
    kept = tampered()["fields"]["about"]
    placed = {
        "whole": data,
        "key": {**tampered(), "key": data},
        "fields": {**tampered(), "fields": data},
        "record": {**tampered(), "fields": {"picture": data}},
    }.get(at, {**tampered(), "fields": {"webhook": {**kept, "sent": {"url": ""}, at: data}}})
    read: Any = None
    with contextlib.suppress(ValueError):
        read = entry_from_json(placed)
    assert read is None or entry_from_json(entry_to_json(read)) == read


def test_keys_that_are_no_text_are_no_fields() -> None:
    assert entry_from_json(tampered(fields={1: {}, None: {}})) == entry()
