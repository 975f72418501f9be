from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.fields import Value
from reconciler.core.memory.records import (
    FieldRecord,
    LedgerEntry,
    RecordState,
    Stamp,
    has_not_converged,
    record_intent,
    record_seen,
    record_written,
    settle,
)
from reconciler.core.target import Assumed, Before, Known, Linked, LiveField, Unknown, Unreadable, WriteOnly
from tests.support import STAMP, change, entry, picture, record
from tests.support.planning import grid

NOW = Stamp(at="2026-09-01T08:00:00Z", run="13", commit="d" * 40)


def tried_now(stamp: Stamp, *, sent: str | None = None, shown: str | None = None) -> FieldRecord:
    """What was known stays under its own stamp; what was tried now, over an empty value, has this one."""
    known = record_seen("about", sent or "", shown=shown or "", stamp=stamp)
    return replace(known, state=RecordState.UNSETTLED, intent="New", over="", tried=NOW, sent=sent, shown=shown)


def written(
    shown: LiveField, previous: FieldRecord | None = None, *, before: Value | Before = "Old", after: Value = "New"
) -> FieldRecord:
    return record_written(change(before=before, after=after), shown, previous=previous, stamp=NOW)


def stuck(attempts: int = 1, *, sent: Value = "New", before: Value = "Old") -> FieldRecord:
    state = RecordState.UNCONVERGED if attempts == 1 else RecordState.IGNORED
    return FieldRecord(field="about", state=state, stamp=NOW, sent=sent, before=before, attempts=attempts)


def settled(*, sent: Value = "New", shown: Value | None) -> FieldRecord:
    return FieldRecord(field="about", state=RecordState.SETTLED, stamp=NOW, sent=sent, shown=shown)


def test_an_entry_gives_the_record_of_a_field_or_none() -> None:
    kept = entry(record("about"), record("email", sent="a@b.example"))
    assert kept.get("email") == record("email", sent="a@b.example")
    assert kept.get("address") is None


def test_new_records_stand_in_place_of_those_of_the_same_fields_in_one_order() -> None:
    kept = entry(record("email", sent="1"), record("about", sent="2"))
    merged = kept.with_records((record("address", sent="3"), record("email", sent="4")))
    assert merged == LedgerEntry(
        key=kept.key, records=(record("about", sent="2"), record("address", sent="3"), record("email", sent="4"))
    )


def test_a_field_found_in_sync_is_recorded_as_if_it_had_been_sent() -> None:
    assert record_seen("about", "New", shown="new", stamp=NOW) == settled(shown="new")


@pytest.mark.parametrize(
    ("before", "shown", "kept"),
    [
        ("Old", Known(value="New"), settled(shown="New")),
        ("Old", Known(value="new"), settled(shown="new")),
        ("New", Known(value="New"), settled(shown="New")),
        ("Old", WriteOnly(), settled(shown=None)),
        ("Old", Known(value="Old"), stuck()),
        (Unknown(), Known(value="Old"), settled(shown="Old")),
        (Assumed(value="Old", since=STAMP.at), Known(value="Old"), settled(shown="Old")),
        (Assumed(value="Old", since=STAMP.at), WriteOnly(), settled(shown=None)),
        ("Old", Known(value="New "), settled(shown="New ")),
        ("New ", Known(value="New "), settled(shown="New ")),
        ("Ne", Known(value="Ne"), stuck(before="Ne")),
    ],
)
def test_what_a_write_showed_is_recorded_only_once_it_has_moved(
    before: Value | Before, shown: LiveField, kept: object
) -> None:
    assert written(shown, before=before) == kept


@pytest.mark.parametrize(
    ("previous", "attempts"),
    [
        (None, 1),
        (record(sent="New", shown="New"), 1),
        (record(state=RecordState.UNSETTLED, sent="New", intent="New", attempts=1), 1),
        (stuck(1), 2),
        (stuck(2), 3),
        (stuck(1, sent="Another"), 1),
        (stuck(2, sent="Another"), 1),
    ],
)
def test_the_second_identical_write_without_effect_is_the_last(previous: FieldRecord | None, attempts: int) -> None:
    assert written(Known(value="Old"), previous) == stuck(attempts)
    assert stuck(attempts).state is (RecordState.IGNORED if attempts > 1 else RecordState.UNCONVERGED)


@pytest.mark.parametrize(
    ("previous", "kept"),
    [
        (record(sent="New", shown="Ne"), settled(shown="Ne")),
        (record(sent="New", shown="N"), stuck(before="Ne")),
        (record(sent="New"), stuck(before="Ne")),
        (record(sent="Newer", shown="Ne"), stuck(before="Ne")),
    ],
)
def test_what_the_provider_made_of_a_value_before_it_may_make_of_it_again(
    previous: FieldRecord, kept: FieldRecord
) -> None:
    """It is sent again where a person asks for it, and what it then shows is no news."""
    assert written(Known(value="Ne"), previous, before="Ne") == kept


@pytest.mark.parametrize(
    ("kept", "altered"),
    [
        (record(sent="New", shown="Ne"), True),
        (record(sent="New", shown=""), True),
        (record(sent="New", shown="New "), False),
        (record(sent="New", shown="New"), False),
        (record(sent="New"), False),
        (record(shown="New"), False),
    ],
)
def test_a_record_tells_whether_the_provider_altered_what_was_sent(kept: FieldRecord, *, altered: bool) -> None:
    """Also one that an older version wrote, which called this the provider's form."""
    assert kept.altered is altered


def test_a_clearing_that_shows_no_effect_is_counted_as_any_other_write() -> None:
    first = written(Known(value="Old"), after="")
    assert first == stuck(1, sent="")
    assert written(Known(value="Old"), first, after="") == stuck(2, sent="")


def test_a_picture_is_stuck_where_the_one_from_before_is_served_whatever_its_bytes() -> None:
    before, again = (picture(mark, grid=grid(100)) for mark in "ab")
    file, served = (picture(mark, grid=grid(200)) for mark in "cd")
    assert written(Known(value=again), before=before, after=file) == stuck(sent=file, before=again)
    assert written(Known(value=served), before=before, after=file) == settled(sent=file, shown=served)


@pytest.mark.parametrize(
    ("previous", "kept"),
    [
        (None, tried_now(NOW)),
        (record(sent="Old", shown="old"), tried_now(STAMP, sent="Old", shown="old")),
        (record(state=RecordState.UNSETTLED, intent="Newest"), tried_now(STAMP)),
    ],
)
def test_a_write_of_unknown_fate_is_an_intent_beside_what_was_known(
    previous: FieldRecord | None, kept: FieldRecord
) -> None:
    assert record_intent(change(), previous=previous, stamp=NOW) == kept


@pytest.mark.parametrize("keyless", [False, True])
@pytest.mark.parametrize("previous", [settled(shown="Free bread!"), stuck(before="Free bread!")])
def test_memory_that_may_be_forged_says_nothing_of_what_a_write_came_to(
    previous: FieldRecord, *, keyless: bool
) -> None:
    """The new record is vouched for, and so must not repeat what the forged one says the provider made of the value."""
    one = change(before="Free bread!", after="New")

    def found(previous: FieldRecord | None) -> FieldRecord:
        return record_written(one, Known(value="Free bread!"), previous=previous, stamp=NOW, keyless=keyless)

    assert found(previous) != found(None)
    assert found(replace(previous, vouched=False)) == found(previous if keyless else None)


@pytest.mark.parametrize("previous", [None, record(sent="Old", shown="Old")])
def test_a_write_that_could_not_be_read_back_is_of_unknown_fate(previous: FieldRecord | None) -> None:
    expected = record_intent(change(before="Old"), previous=previous, stamp=NOW)
    assert written(Unreadable(reason="a timeout"), previous) == expected


def test_a_link_to_a_picture_is_no_value_that_can_be_recorded() -> None:
    with pytest.raises(AssertionError, match=r"^a link is made a value before it is recorded$"):
        written(Linked(url="https://pps.whatsapp.net/1"))


@pytest.mark.parametrize(
    ("state", "never_showed"),
    [
        (RecordState.SETTLED, False),
        (RecordState.UNCONVERGED, True),
        (RecordState.IGNORED, True),
        (RecordState.UNSETTLED, False),
    ],
)
def test_a_write_did_not_converge_in_these_states(state: RecordState, *, never_showed: bool) -> None:
    assert has_not_converged(record(state=state)) is never_showed


TRIED_ONCE: dict[str, Any] = {"state": RecordState.UNCONVERGED, "before": "Older", "attempts": 1}
IN_VAIN: dict[str, Any] = {"state": RecordState.IGNORED, "attempts": 2}


def unsettled(
    *, sent: Value | None = None, shown: Value | None = None, over: Value | None = None, attempts: int = 1
) -> FieldRecord:
    """Return a field with an open intent, whose last value had been sent in vain before."""
    told: dict[str, Any] = {"sent": sent, "shown": shown, "before": "Older", "attempts": attempts}
    return replace(record(state=RecordState.UNSETTLED, intent="New", **told), over=over)


@pytest.mark.parametrize(
    ("kept", "live", "closed"),
    [
        (unsettled(), Known(value="New"), record(sent="New", shown="New")),
        (unsettled(sent="Old", shown="old"), Known(value="New"), record(sent="New", shown="New")),
        (unsettled(sent="Old", shown="old"), Known(value="old"), record(sent="Old", shown="old", **TRIED_ONCE)),
        (unsettled(sent="Old"), Known(value="Old"), record(sent="Old", **TRIED_ONCE)),
        (unsettled(sent="Old", over="Edited"), Known(value="Edited"), record(sent="Old", **TRIED_ONCE)),
        (unsettled(sent="Old", attempts=2), Known(value="Old"), record(sent="Old", **{**TRIED_ONCE, **IN_VAIN})),
        (unsettled(sent="Old", attempts=0), Known(value="Old"), record(sent="Old", before="Older")),
    ],
)
def test_an_open_intent_is_closed_by_a_live_value_that_tells(
    kept: FieldRecord, live: LiveField, closed: FieldRecord
) -> None:
    """It arrived, or what was there before still is; nothing of an earlier stuck write stays."""
    assert replace(settle(kept, live), asked=None) == closed


OLD, ALIKE, SERVED = (picture(mark, grid=grid(level)) for mark, level in (("a", 100), ("b", 101), ("c", 102)))


@pytest.mark.parametrize(
    ("live", "sent", "shown"),
    [(OLD, OLD, OLD), (ALIKE, ALIKE, ALIKE), (SERVED, ALIKE, SERVED)],
    ids=["still the old one", "the new one", "neither by its bytes"],
)
def test_a_new_picture_that_looks_like_the_old_one_did_not_arrive_where_the_old_bytes_are_served(
    live: Value, sent: Value, shown: Value
) -> None:
    """A different file is a change even when it looks the same, and so it stays one until it has been sent."""
    kept = record(state=RecordState.UNSETTLED, sent=OLD, shown=OLD, intent=ALIKE)
    assert replace(settle(kept, Known(value=live)), asked=None) == record(sent=sent, shown=shown)


@pytest.mark.parametrize(
    ("kept", "live"),
    [
        (unsettled(), Known(value="Old")),
        (unsettled(sent="Old", shown="old"), Known(value="Other")),
        (unsettled(sent="Old", shown="old"), WriteOnly()),
        (unsettled(sent="Old", shown="old"), Unreadable(reason="a timeout")),
        (record(sent="Old", shown="old"), Known(value="Other")),
        (stuck(), Known(value="New")),
    ],
)
def test_a_record_stays_as_it_is_where_nothing_is_open_or_live_does_not_tell(
    kept: FieldRecord, live: LiveField
) -> None:
    assert settle(kept, live) == kept


def test_a_target_of_which_only_an_intent_is_known_is_not_known() -> None:
    """A first apply that died before its write arrived leaves the field as new as it was."""
    intent = record_intent(change(), previous=None, stamp=NOW)
    assert not LedgerEntry(key=("meta", "sandbox", "1"), records=(intent,)).managed
    assert LedgerEntry(key=("meta", "sandbox", "1"), records=(record(sent="Old"),)).managed
