"""Marks on stored memory: what a key vouches for, and everything that a forger can try without it."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.memory.records import LedgerEntry, RecordState, Stamp
from reconciler.core.memory.stored import entry_to_json, record_from_json
from reconciler.core.memory.vouching import (
    NO_KEYS,
    LedgerKeys,
    entry_document,
    parse_keys,
    run_document,
    vouched_entry,
    vouched_run,
)
from tests.support import asked, entry, record
from tests.support.stores import run_record

NEW, OLD, OTHER = (letter * 32 for letter in "nok")


def keys(*texts: str) -> LedgerKeys:
    """Return the keys in these texts."""
    found = parse_keys(" ".join(texts))
    assert isinstance(found, LedgerKeys)
    return found


KEYS = keys(NEW)
BERLIN = replace(
    entry(
        replace(record("about", sent="Bread", shown="Bread."), asked=asked("Rolls")),
        record("email", state=RecordState.UNCONVERGED, sent="a@b.example", before="", attempts=1),
    ),
    profile="berlin",
    identity="106540352242000",
)
DOCUMENT = entry_document(BERLIN, KEYS)


def vouches(found: LedgerEntry) -> dict[str, bool]:
    """Return what a mark vouches for."""
    return {**{one.field: one.vouched for one in found.records}, "identity": found.vouched}


ALL, NOTHING = (dict.fromkeys(("about", "email", "identity"), told) for told in (True, False))


def test_what_was_written_with_the_key_is_vouched_for_and_reads_as_it_was_written() -> None:
    found = vouched_entry(json.loads(json.dumps(DOCUMENT)), KEYS)
    assert (found, vouches(found)) == (BERLIN, ALL)


def test_a_mark_is_of_the_ledgers_documents_and_stays_the_same_in_every_version() -> None:
    """The key marks secrets of webhooks too, and one kind of mark is never taken for the other."""
    bare = {name: value for name, value in DOCUMENT.items() if name != "mark"}
    text = "reconciler ledger\n" + json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert DOCUMENT["mark"] == hmac.new(NEW.encode(), text.encode(), hashlib.sha256).hexdigest()


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every piece of a document that holds no other."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found = [place for key, value in pairs for place in places(value, (*at, key))]
    return found or [at]


def changed(place: tuple[Any, ...]) -> dict[str, Any]:
    """Return the document with something else at `place`."""
    made = copy.deepcopy(DOCUMENT)
    inner: Any = made
    for step in place[:-1]:
        inner = inner[step]
    was = inner[place[-1]]
    inner[place[-1]] = was + 1 if isinstance(was, int) else "settled" if was == "unconverged" else f"{was}1"
    return made


@pytest.mark.parametrize("place", places(DOCUMENT), ids=str)
def test_a_document_of_which_anything_was_changed_is_vouched_for_in_no_part(place: tuple[Any, ...]) -> None:
    try:
        found = vouched_entry(changed(place), KEYS)
    except ValueError:
        assert place in {("format",), ("fields", "about", "state")}, "only these two have no other form"
    else:
        assert not any(vouches(found).values())


@given(st.sampled_from(places(DOCUMENT)), st.recursive(st.none() | st.booleans() | st.text(max_size=3), st.lists))
def test_no_document_that_differs_is_vouched_for(place: tuple[Any, ...], value: Any) -> None:
    made = changed(place)
    inner: Any = made
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert KEYS.vouches_for(made) is (made == DOCUMENT)


def test_an_entry_that_was_moved_to_another_target_is_unvouched() -> None:
    moved = {**DOCUMENT, "key": ["meta", "sandbox", "106540352242999"]}
    assert vouches(vouched_entry(moved, KEYS)) == NOTHING


@pytest.mark.parametrize(
    "mark", [None, "", 1, True, [], {}, "é" * 64, "0" * 64, str(DOCUMENT["mark"]).upper(), str(DOCUMENT["mark"])[:-1]]
)
def test_no_mark_and_no_other_mark_vouches(mark: object) -> None:
    bare = {name: value for name, value in DOCUMENT.items() if name != "mark"}
    assert vouches(vouched_entry(bare if mark is None else {**bare, "mark": mark}, KEYS)) == NOTHING


@pytest.mark.parametrize(
    ("written", "read", "counts"),
    [
        ((NEW,), (NEW,), True),
        ((NEW,), (OTHER,), False),
        ((NEW,), (), False),
        ((OLD,), (NEW, OLD), True),
        ((NEW, OLD), (NEW,), True),
        ((NEW, OLD), (OLD,), False),
        ((), (NEW,), False),
    ],
)
def test_the_first_key_marks_and_the_marks_of_all_count(
    written: tuple[str, ...], read: tuple[str, ...], *, counts: bool
) -> None:
    document = entry_document(BERLIN, keys(*written))
    assert set(vouches(vouched_entry(document, keys(*read))).values()) == {counts}


def test_without_a_key_an_entry_is_written_as_it_always_was() -> None:
    assert entry_document(BERLIN, NO_KEYS) == entry_to_json(BERLIN)
    assert run_document(run_record(), NO_KEYS) == run_document(replace(run_record(), vouched=False), KEYS)


def test_a_run_that_adds_to_an_unvouched_entry_vouches_for_its_own_records_alone() -> None:
    forged = vouched_entry(entry_to_json(BERLIN), KEYS)
    news = forged.with_records((record("about", sent="Rolls", shown="Rolls"),))
    document = entry_document(news, KEYS)
    assert document["unvouched"] == ["email", "identity"]
    found = vouched_entry(json.loads(json.dumps(document)), KEYS)
    assert vouches(found) == {"about": True, "email": False, "identity": False}
    # Its list belongs to what is marked: a forger cannot shorten it.
    assert vouches(vouched_entry({**document, "unvouched": []}, KEYS)) == NOTHING
    told = found.with_records((record("email", sent="a@b.example"),), identity="106540352242000")
    assert vouches(told) == ALL


def test_an_old_document_with_its_mark_counts_again() -> None:
    """A mark tells who wrote it and of what, and not when: docs/memory.md says what a replay can do."""
    newer = entry_document(BERLIN.with_records((record("about", sent="Rolls", shown="Rolls"),)), KEYS)
    assert newer != DOCUMENT
    assert vouches(vouched_entry(DOCUMENT, KEYS)) == ALL


RUN = replace(run_record("12"), digest="d" * 64)


@pytest.mark.parametrize("key", [*run_document(RUN, KEYS)])
def test_the_record_of_a_run_is_vouched_for_as_it_was_written_and_not_otherwise(key: str) -> None:
    document = run_document(RUN, KEYS)
    assert vouched_run(document, KEYS) == RUN
    assert vouched_run(document, KEYS).vouched
    if key in ("format_version", "outcomes"):
        assert not KEYS.vouches_for({**document, key: "2"})
        return
    value = not document[key] if isinstance(document[key], bool) else f"{document[key]}1"
    assert not vouched_run({**document, key: value}, KEYS).vouched
    assert not vouched_run(document, keys(OTHER)).vouched


@pytest.mark.parametrize("document", [None, [], "x", {}])
def test_what_is_no_record_is_refused_with_or_without_a_key(document: object) -> None:
    with pytest.raises(ValueError, match="not the record of a run"):
        vouched_run(document, KEYS)


def test_no_record_says_of_itself_that_it_is_vouched_for() -> None:
    with pytest.raises(ValueError, match="not the record of a run"):
        record_from_json({**run_document(RUN, NO_KEYS), "vouched": True})


@pytest.mark.parametrize(
    ("text", "found"),
    [("", NO_KEYS), (" \n", NO_KEYS), ("k" * 31, 31), (f"{NEW} short", 5), (f"\n{NEW}\t{OLD} ", keys(NEW, OLD))],
)
def test_keys_stand_apart_by_white_space_and_each_is_long_enough(text: str, found: object) -> None:
    assert parse_keys(text) == found


def test_no_representation_shows_a_key() -> None:
    assert NEW not in repr(KEYS)


def test_a_half_character_of_a_provider_can_be_marked() -> None:
    odd = entry(record("about", sent="\ud83d", shown="\ud83d"))
    assert vouches(vouched_entry(json.loads(json.dumps(entry_document(odd, KEYS))), KEYS))["about"]


def test_whether_memory_is_vouched_for_is_no_part_of_what_is_remembered() -> None:
    assert replace(BERLIN, vouched=False) == BERLIN
    assert replace(BERLIN.records[0], vouched=False) == BERLIN.records[0]
    assert replace(RUN, vouched=False) == RUN


def test_a_stamp_is_part_of_what_is_marked() -> None:
    one = BERLIN.records[0]
    later = replace(one, stamp=Stamp(at=one.stamp.at, run=one.stamp.run, commit="f" * 40))
    assert entry_document(entry(later), KEYS)["mark"] != entry_document(entry(one), KEYS)["mark"]
