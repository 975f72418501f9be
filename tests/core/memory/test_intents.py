"""A write that is about to happen: what is remembered of it, how it is closed, taken back, or let go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.explanations import FINDINGS
from reconciler.core.fields import SecretRef, Value, Webhook
from reconciler.core.memory.records import (
    FieldRecord,
    RecordState,
    Stamp,
    cannot_settle,
    has_arrived,
    record_asked,
    record_intent,
    record_withdrawn,
    record_written,
    release,
    settle,
)
from reconciler.core.target import Assumed, Before, Known, Origin, Unknown
from tests.support import STAMP, asked, change, entry, record

NOW = Stamp(at="2026-09-01T08:00:00Z", run="13", commit="d" * 40)


@pytest.mark.parametrize(
    ("before", "over"),
    [(Known(value="Old"), "Old"), (Assumed(value="Old", since=STAMP.at), None), (Unknown(), None)],
)
def test_an_intent_remembers_what_was_live_where_that_can_be_read(before: Before, over: Value | None) -> None:
    made = record_intent(change(before=before), previous=None, stamp=NOW)
    assert (made.over, made.intent, made.tried, made.state) == (over, "New", NOW, RecordState.UNSETTLED)


def test_an_intent_over_history_knows_nothing_of_it() -> None:
    history = record(state=RecordState.RELEASED, sent="Old", shown="Old")
    assert record_intent(change(), previous=history, stamp=NOW) == record_intent(change(), previous=None, stamp=NOW)


def test_an_intent_keeps_what_is_known_of_the_secrets_that_were_sent() -> None:
    marked = replace(record("webhook", sent=Webhook(url="https://h.example")), mark="abc")
    assert record_intent(change("webhook"), previous=marked, stamp=NOW).mark == "abc"


KNOWN = record(sent="Older", shown="older")
OPEN = record_intent(change(before="Old"), previous=KNOWN, stamp=NOW)
ARRIVED = replace(record(sent="New", shown="New"), stamp=NOW)
LOST = replace(KNOWN, asked=asked(why="it never arrived", over="Old", stamp=NOW))


@pytest.mark.parametrize(
    ("live", "closed"),
    [
        ("New", ARRIVED),
        ("New ", replace(ARRIVED, shown="New ")),
        ("Old", LOST),
        ("older", LOST),
        ("Older", LOST),
        ("Other", OPEN),
    ],
)
def test_an_intent_did_not_arrive_where_what_was_live_still_is(live: str, closed: FieldRecord) -> None:
    """What it was to replace may be somebody else's: nothing was ever sent from here, or shown, that looks like it."""
    assert settle(OPEN, Known(value=live)) == closed


def test_an_intent_that_was_the_first_word_of_a_field_was_asked_for_where_it_did_not_arrive() -> None:
    closed = settle(record_intent(change(before="Old"), previous=None, stamp=NOW), Known(value="Old"))
    lost = asked(why="it never arrived", over="Old", stamp=NOW)
    assert closed == FieldRecord("about", RecordState.SETTLED, NOW, asked=lost)


def hook(name: str = "VERIFY", url: str = "https://h.example") -> Webhook:
    return Webhook(url=url, verify_token=SecretRef(env=f"WEBHOOK_{name}"))


@pytest.mark.parametrize(
    ("over", "hidden"),
    [
        (Known(value=Webhook(url="https://h.example")), True),
        (Known(value=Webhook(url="https://h.example/")), True),
        (Known(value=Webhook(url="https://elsewhere.example")), False),
        (Known(value=Webhook(url="")), False),
        (Unknown(), False),
    ],
)
def test_of_a_webhook_whose_secrets_alone_were_sent_no_live_value_tells(over: Before, *, hidden: bool) -> None:
    kept = record_intent(change("webhook", before=over, after=hook()), previous=None, stamp=NOW)
    assert cannot_settle(kept) is hidden
    closed = settle(kept, Known(value=Webhook(url="https://h.example")))
    assert (closed == kept) is hidden
    assert closed.sent == (None if hidden else hook())


@pytest.mark.parametrize("kept", [record(sent=hook()), record(sent="New", intent="Newer")])
def test_what_is_no_open_intent_of_secrets_can_be_settled(kept: FieldRecord) -> None:
    assert cannot_settle(kept) is False


@pytest.mark.parametrize(
    ("before", "told"), [(None, True), (Webhook(url=""), True), (Webhook(url="https://h.example"), False)]
)
def test_a_webhook_that_shows_its_url_arrived_only_where_it_did_not_show_it_before(
    before: Value | None, *, told: bool
) -> None:
    assert has_arrived("webhook", Webhook(url="https://h.example"), hook(), before) is told


# What is taken back, and let go


@pytest.mark.parametrize("previous", [record(sent="Old", shown="old"), OPEN])
def test_what_was_certainly_not_sent_leaves_all_as_it_was_and_was_asked_for(previous: FieldRecord) -> None:
    withdrawn = record_withdrawn(change(before="Live"), previous=previous, stamp=NOW, why="refused")
    assert withdrawn == replace(previous, asked=asked(why="refused", over="Live", stamp=NOW))


@pytest.mark.parametrize("origin", FINDINGS)
def test_what_a_person_let_overwrite_another_change_was_not_asked_for_by_the_files(origin: Origin) -> None:
    """The next run needs the same consent."""
    found = change(origin=origin)
    previous = record(sent="Old", shown="Old")
    assert record_withdrawn(found, previous=previous, stamp=NOW, why="refused") == previous
    crashed = record_intent(found, previous=previous, stamp=NOW)
    assert settle(crashed, Known(value="")) == previous


@pytest.mark.parametrize("previous", [None, record(state=RecordState.RELEASED, sent="Old", shown="Old")])
def test_what_was_asked_for_first_is_remembered_as_asked_and_makes_nothing_managed(
    previous: FieldRecord | None,
) -> None:
    """A released record is history: it explains nothing."""
    found = record_asked(change(before=Unknown()), previous=previous, stamp=NOW, why="w" * 400)
    assert found == FieldRecord("about", RecordState.SETTLED, NOW, asked=asked(why="w" * 300, over=None, stamp=NOW))
    assert entry(found).managed is False
    assert entry(found).memory("about") == found


def test_what_is_asked_again_for_the_same_reason_is_no_news() -> None:
    first = record_asked(change(), previous=None, stamp=STAMP, why="stopped")
    assert record_asked(change(), previous=first, stamp=NOW, why="stopped") == first
    assert record_asked(change(), previous=first, stamp=NOW, why="refused").asked == asked(why="refused", stamp=NOW)


def test_what_is_sent_or_found_in_sync_is_asked_for_no_more() -> None:
    waiting = record_asked(change(), previous=None, stamp=STAMP, why="stopped")
    intended = record_intent(change(), previous=waiting, stamp=NOW)
    assert intended.asked == waiting.asked
    assert settle(intended, Known(value="New")).asked is None
    assert record_written(change(), Known(value="New"), previous=intended, stamp=NOW).asked is None


def test_where_nothing_was_before_what_is_withdrawn_says_nothing_and_vanishes() -> None:
    nothing = record_withdrawn(change(origin=Origin.CONFLICT), previous=None, stamp=NOW, why="refused")
    assert nothing.says_anything is False
    begun = entry(record_intent(change(), previous=None, stamp=NOW), record("email", sent="a@b.example"))
    assert begun.with_records((nothing,)) == entry(record("email", sent="a@b.example"))


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (record(), False),
        (record(shown="Seen"), False),
        (record(sent=""), True),
        (record(intent=""), True),
        (replace(record(), asked=asked("")), True),
    ],
)
def test_a_record_says_something_where_anything_was_sent_or_tried_be_it_empty(kept: FieldRecord, *, says: bool) -> None:
    assert kept.says_anything is says
    assert entry().with_records((kept,)).records == ((kept,) if says else ())


def test_released_fields_are_history_and_all_others_stay_memory() -> None:
    about, email = replace(OPEN, asked=asked()), record("email", sent="a@b.example")
    released = release(entry(about, email), ("about", "address"))
    assert released == (record(state=RecordState.RELEASED, sent="Older", shown="older"),)
    after = entry(about, email).with_records(released)
    assert (after.memory("about"), after.memory("email"), after.memory("address")) == (None, email, None)
    assert (after.get("about"), after.managed) == (released[0], True)


@pytest.mark.parametrize("kept", [(), (record(state=RecordState.RELEASED, sent="Old"),)])
def test_an_entry_without_memory_is_of_an_unmanaged_target(kept: tuple[FieldRecord, ...]) -> None:
    assert entry(*kept).managed is False


def test_an_entry_keeps_the_last_name_that_is_known() -> None:
    named = entry().with_records((), profile="berlin")
    assert named.with_records((record(sent="New"),)).profile == "berlin"
    assert named.with_records((), profile="mitte").profile == "mitte"


def test_an_entry_keeps_what_its_credential_opened_until_there_is_news_of_it() -> None:
    known = replace(entry(record(sent="New")), identity="111111")
    assert known.with_news(entry(record("email", sent="a@b.example"))).identity == "111111"
    assert known.with_news(replace(entry(), identity="222222")) == replace(known, identity="222222")
