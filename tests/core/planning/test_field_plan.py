"""A field beside everything that is known of it: what is sent, over what, and on whose word."""

from __future__ import annotations

import pytest

from reconciler.core.comparing.difference import Became, Detail
from reconciler.core.fields import Value
from reconciler.core.memory.records import LedgerEntry, RecordState
from reconciler.core.planning.comparison import diff
from reconciler.core.planning.field_plan import (
    FieldInputs,
    UnchangedField,
    UnreadableField,
    altered_warnings,
    plan_field,
)
from reconciler.core.planning.origin import BaseValue, SameReason
from reconciler.core.target import Assumed, Before, Change, Known, LiveField, Origin, Unknown, WriteOnly
from tests.support import STAMP, desired, entry, record
from tests.support.planning import seen, wanted

SENT = entry(record(sent="Old"))
OLD = Assumed(value="Old", since=STAMP.at, run=STAMP.run)


def weighed(
    want: Value,
    live: Value | LiveField,
    kept: LedgerEntry | None = None,
    *,
    base: Value | None = None,
    offline: bool = False,
    resend: bool = False,
) -> Change | UnchangedField | UnreadableField:
    (comparison,) = diff(wanted({"about": want}), seen({"about": live}))
    was = BaseValue(value=base) if base is not None else None
    return plan_field(comparison, kept, FieldInputs(base=was, offline=offline, resend=resend))


def moved(found: Change | UnchangedField | UnreadableField) -> tuple[Origin, Before]:
    assert isinstance(found, Change)
    return found.origin, found.before


@pytest.mark.parametrize(
    ("kept", "base", "origin", "before"),
    [
        (SENT, None, Origin.EDITED, OLD),
        (SENT, "Base", Origin.EDITED, OLD),
        (SENT, "New", Origin.PENDING, OLD),
        (None, "Base", Origin.EDITED, Assumed(value="Base", since="")),
        (None, "", Origin.EDITED, Assumed(value="", since="")),
        (None, None, Origin.ADOPTED, Unknown()),
        (entry(record("email", sent="a@b.example")), None, Origin.UNRECORDED, Unknown()),
        (entry(record(intent="Lost", state=RecordState.UNSETTLED)), "Base", Origin.UNSETTLED, Unknown()),
    ],
)
def test_offline_what_was_sent_stands_for_what_is_live_and_then_what_the_base_has(
    kept: LedgerEntry | None, base: str | None, origin: Origin, before: Before
) -> None:
    assert moved(weighed("New", WriteOnly(), kept, base=base, offline=True)) == (origin, before)


def test_what_can_never_be_read_is_not_assumed_to_be_what_the_base_has() -> None:
    """The base says what was asked for, and only a record that it was sent."""
    assert moved(weighed("New", WriteOnly(), base="Base")) == (Origin.EDITED, Unknown())


def test_offline_what_is_as_the_base_has_it_is_assumed_and_does_not_say_since_when() -> None:
    found = weighed("New", WriteOnly(), base="New", offline=True)
    assert found == UnchangedField(field="about", reason=SameReason.ASSUMED, note="as the base revision has it")


def test_offline_the_items_that_moved_are_those_that_moved_since_the_base() -> None:
    wants, shows = wanted({"websites": ("https://a.example",)}), seen({"websites": WriteOnly()})
    (comparison,) = diff(wants, shows, {"websites": ("https://b.example",)})
    found = plan_field(comparison, None, FieldInputs(base=BaseValue(value=("https://b.example",)), offline=True))
    assert isinstance(found, Change)
    assert found.details == (Detail("[0]", Became.CHANGED, before="https://b.example/", after="https://a.example/"),)


def test_what_was_released_is_history_and_no_memory() -> None:
    """Managed again, the field is met as if it never had been; so is a target of which all was released."""
    history = entry(record(sent="Old", shown="Old", state=RecordState.RELEASED))
    assert moved(weighed("New", "Old", history)) == (Origin.ADOPTED, Known(value="Old"))
    assert moved(weighed("New", WriteOnly(), history)) == (Origin.ADOPTED, Unknown())
    other = history.with_records((record("email", sent="a@b.example"),))
    assert moved(weighed("New", "Old", other)) == (Origin.UNRECORDED, Known(value="Old"))


def test_what_is_sent_again_is_a_change_though_nothing_differs() -> None:
    assert moved(weighed("New", "New", resend=True)) == (Origin.RESENT, Known(value="New"))
    assert moved(weighed("Old", WriteOnly(), SENT, resend=True)) == (Origin.RESENT, OLD)


UNSURE = Known(value="", doubt="nothing was there")


@pytest.mark.parametrize(
    ("kept", "before"),
    [
        (None, UNSURE),
        (entry(record(intent="Lost", state=RecordState.UNSETTLED)), UNSURE),
        (SENT, Known(value="")),
    ],
)
def test_the_doubt_about_an_empty_value_is_said_and_counts_until_the_field_was_sent(
    kept: LedgerEntry | None, before: Known
) -> None:
    found = weighed("New", UNSURE, kept)
    assert isinstance(found, Change)
    assert found.before == before
    assert found.note.endswith("nothing was there")


@pytest.mark.parametrize(
    ("want", "live", "kept", "note"),
    [
        ("New\n", "New", None, "differs only in white space at the ends"),
        ("New", "Cafe", None, ""),
        ("New", "New\u200b", None, ""),
        ("Cafe\u0301", "Café", entry(record(sent="Older", shown="Café")), "differs only in the Unicode normal form"),
        (
            "New ",
            "New",
            entry(record(state=RecordState.UNCONVERGED, sent="Newer", before="New")),
            "differs only in white space at the ends",
        ),
    ],
)
def test_a_value_that_was_not_sent_yet_is_a_change_that_says_where_it_differs_in_spelling_alone(
    want: str, live: str, kept: LedgerEntry | None, note: str
) -> None:
    found = weighed(want, live, kept)
    assert isinstance(found, Change)
    assert found.note == note


def test_where_a_write_was_lost_the_note_says_that_too() -> None:
    found = weighed("New ", "New", entry(record(intent="Lost", state=RecordState.UNSETTLED)))
    assert isinstance(found, Change)
    assert found.note.endswith("whether it arrived is not known; differs only in white space at the ends")


def test_each_field_that_is_not_as_it_was_sent_is_a_warning_at_its_line() -> None:
    found = (
        UnchangedField("email", SameReason.IGNORED, note="still shows the value from before"),
        UnchangedField("address", SameReason.ECHO, note='shown as "Main Street"'),
        UnchangedField("about", SameReason.ALTERED, note='live: "Ne"'),
    )
    told = list(altered_warnings(desired(about="New", address="Main Street ", email="a@b.example"), found))
    assert [(one.code, one.summary, one.location.line, one.profile) for one in told] == [
        ("not-as-sent", 'about of berlin: the provider altered it after it was sent; live: "Ne"', 6, "berlin"),
        (
            "not-as-sent",
            "email of berlin: the provider does not take this value; still shows the value from before",
            8,
            "berlin",
        ),
    ]
    assert told[0].hint.endswith("`--resend about`")


def test_fields_of_which_there_is_nothing_to_tell_but_why_are_one_value() -> None:
    """A fleet in sync has thousands of them."""
    first, second = weighed("Fresh", "Fresh"), weighed("Other", "Other")
    assert first == UnchangedField("about", SameReason.IN_SYNC)
    assert first is second
    assumed = weighed("Old", WriteOnly(), SENT)
    assert isinstance(assumed, UnchangedField)
    assert (assumed.reason, assumed.since, assumed.run) == (SameReason.ASSUMED, STAMP.at, STAMP.run)
