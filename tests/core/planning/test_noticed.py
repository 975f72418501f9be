from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reconciler.core.fields import Mode, SecretRef, Value, Webhook
from reconciler.core.memory.records import FieldRecord, LedgerEntry, RecordState, Stamp, record_intent, record_seen
from reconciler.core.memory.spending import AccountRecord
from reconciler.core.planning.field_plan import UnreadableField
from reconciler.core.planning.noticed import looks_at, noticed_entry, remembered
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.target import Known, Live, LiveField, Opened, Origin, Unknown, Unreadable, WriteOnly
from tests.support import asked, change, desired, entry, observed, picture, planned, record, target
from tests.support.planning import grid, planned_target, seen, wanted

NOW = Stamp(at="2026-09-01T08:00:00Z", run="13", commit="d" * 40)
UNSETTLED = RecordState.UNSETTLED
FILE = picture("a", grid=grid(100))
SERVED = picture("b", grid=grid(101), file="")
OFF = picture("c", grid=grid(121), file="")


def looked(
    want: Value,
    live: Value | LiveField,
    kept: FieldRecord | None = None,
    *,
    field: str = "about",
    mode: Mode = Mode.MANAGED,
    keyless: bool = False,
) -> tuple[FieldRecord, ...]:
    """Plan one field and return what is to be remembered of it."""
    want_now, live_now = wanted({field: want}, mode), seen({field: live})
    memory = entry(kept) if kept is not None else None
    planned = planned_target(want_now, live_now, memory)
    return remembered(want_now, planned, live_now, entry=memory, stamp=NOW, keyless=keyless)


@pytest.mark.parametrize("mode", [Mode.MANAGED, Mode.OBSERVE])
def test_a_field_that_is_as_desired_is_remembered_though_it_was_never_sent(mode: Mode) -> None:
    """A later move of the live value is then known to be drift."""
    assert looked("New", "New", mode=mode) == (record_seen("about", "New", shown="New", stamp=NOW),)


@pytest.mark.parametrize(
    ("want", "live", "kept"),
    [
        ("New", "New", record(sent="New", shown="New")),
        ("New", "New ", record(sent="New", shown="New ")),
        ("New", "new", record(sent="New", shown="new")),
    ],
)
def test_what_is_remembered_already_is_not_said_again(want: str, live: str, kept: FieldRecord) -> None:
    assert looked(want, live, kept) == ()


@pytest.mark.parametrize(
    "kept",
    [
        record(sent="Old", shown="Old"),
        record(sent="New"),
        record(state=RecordState.IGNORED, sent="New", before="Old", attempts=2),
        record(state=UNSETTLED, intent="New"),
        record(state=UNSETTLED, sent="New", shown="New", intent="Newer"),
        record(state=RecordState.RELEASED, sent="New", shown="New"),
    ],
)
def test_a_record_that_says_something_else_is_renewed(kept: FieldRecord) -> None:
    assert looked("New", "New", kept) == (record_seen("about", "New", shown="New", stamp=NOW),)


def test_a_value_in_the_form_the_provider_gave_it_closes_an_open_intent() -> None:
    """Left open, the intent would let the next drift pass for what a crash left behind, and be overwritten."""
    kept = record(state=UNSETTLED, sent="New", shown="New ", intent="Newer")
    (closed,) = looked("New", "New ", kept)
    assert closed == record_seen("about", "New", shown="New ", stamp=NOW)
    later = planned_target(desired(about="New"), observed(about="Elsewhere"), entry(closed))
    assert [one.origin for one in later.changes] == [Origin.DRIFTED]


@pytest.mark.parametrize(
    ("live", "closed"),
    [
        ("Newer", record(sent="Newer", shown="Newer")),
        ("old", replace(record(sent="Old", shown="old"), asked=asked("Newer", "it never arrived", over=None))),
    ],
)
def test_an_intent_that_the_live_value_tells_of_is_closed_though_the_field_is_to_change(
    live: str, closed: FieldRecord
) -> None:
    """The record keeps the stamp of the run that sent the value; this one only looked."""
    kept = record(state=UNSETTLED, sent="Old", shown="old", intent="Newer")
    assert looked("Newest", live, kept) == (closed,)


@pytest.mark.parametrize(
    ("live", "kept"),
    [
        ("Other", None),
        ("Other", record(state=RecordState.RELEASED, sent="New", shown="New")),
        ("Other", record(sent="New", shown="New")),
        ("Other", record(state=UNSETTLED, sent="Old", shown="Old", intent="New")),
        ("Old", record(state=RecordState.IGNORED, sent="New", before="Old", attempts=2)),
        (WriteOnly(), None),
        (WriteOnly(), record(sent="New")),
        (WriteOnly(), record(state=UNSETTLED, intent="New")),
        (Unreadable(reason="a timeout"), record(sent="Old", shown="Old")),
    ],
)
def test_nothing_is_remembered_of_what_is_not_in_sync_or_cannot_be_read(
    live: Value | LiveField, kept: FieldRecord | None
) -> None:
    assert looked("New", live, kept) == ()


@pytest.mark.parametrize(
    ("kept", "live", "shown"),
    [
        (None, SERVED, None),
        (record("picture", sent=FILE, shown=picture("d", grid=grid(102))), SERVED, SERVED),
        (record("picture", sent=FILE, shown=SERVED), SERVED, None),
        (record("picture", sent=FILE, shown=SERVED), OFF, None),
    ],
)
def test_a_picture_of_ours_that_looks_the_same_is_remembered_and_one_in_doubt_is_not(
    kept: FieldRecord | None, live: Value, shown: Value | None
) -> None:
    expected = () if shown is None else (record_seen("picture", FILE, shown=shown, stamp=NOW),)
    assert looked(FILE, live, kept, field="picture") == expected


def test_a_picture_that_only_unvouched_memory_calls_ours_is_not_remembered() -> None:
    kept = replace(record("picture", sent=FILE, shown=OFF), vouched=False)
    assert looked(FILE, SERVED, kept, field="picture") == ()


@pytest.mark.parametrize("live", [None, Unreadable(reason="a timeout")])
def test_nothing_is_remembered_of_a_target_that_was_not_read(live: Live | None) -> None:
    want = desired(about="New")
    memory: LedgerEntry | None = entry(record(sent="Old", intent="New"))
    assert remembered(want, planned_target(want, live, memory), live, entry=memory, stamp=NOW) == ()


def test_only_the_fields_that_are_managed_and_in_sync_are_remembered() -> None:
    want = desired(about="New", address="Here 1", email="a@b.example")
    live = observed(about="New", address="There 2", email="a@b.example", description="Bread")
    planned = planned_target(want, live, None)
    assert [one.reason for one in planned.unchanged] == [SameReason.IN_SYNC, SameReason.IN_SYNC]
    assert remembered(want, planned, live, entry=None, stamp=NOW) == (
        record_seen("about", "New", shown="New", stamp=NOW),
        record_seen("email", "a@b.example", shown="a@b.example", stamp=NOW),
    )


def test_an_intent_of_unreadable_secrets_is_not_closed_by_looking() -> None:
    hook = Webhook(url="https://h.example", verify_token=SecretRef(env="WEBHOOK_VERIFY"))
    shown = Webhook(url="https://h.example")
    resent = change("webhook", before=shown, after=hook)
    kept = record_intent(resent, previous=record("webhook", sent=hook, shown=shown), stamp=NOW)
    assert looked(hook, shown, kept, field="webhook") == ()


def test_looking_keeps_what_is_known_of_the_secrets_that_were_sent() -> None:
    hook, shown = Webhook(url="https://h.example"), Webhook(url="https://h.example/")
    kept = replace(record("webhook", sent=hook, shown=hook), mark="abc")
    (renewed,) = looked(hook, shown, kept, field="webhook")
    assert (renewed.shown, renewed.mark) == (shown, "abc")


@pytest.mark.parametrize(("keyless", "mark"), [(False, ""), (True, "abc")])
def test_looking_with_a_key_takes_over_no_mark_of_secrets_that_may_be_forged(*, keyless: bool, mark: str) -> None:
    hook, shown = Webhook(url="https://h.example"), Webhook(url="https://h.example/")
    kept = replace(record("webhook", sent=hook, shown=hook), mark="abc", vouched=False)
    (renewed,) = looked(hook, shown, kept, field="webhook", keyless=keyless)
    assert (renewed.shown, renewed.mark) == (shown, mark)


SEEN = record(sent="New", shown="New")
ID = "106540352242922"


@pytest.mark.parametrize(
    ("kept", "known", "live", "identity", "records"),
    [
        (None, "", "Old", None, 0),
        (None, "", "New", ID, 1),
        (SEEN, "", "New", ID, 0),
        (SEEN, "111111", "New", ID, 0),
        (SEEN, ID, "New", None, 0),
        (replace(record(), asked=asked("New")), "", "Old", None, 0),
        (record(intent="New", state=UNSETTLED), "", "Other", ID, 0),
    ],
)
def test_the_number_that_a_credential_opened_is_remembered_beside_records(
    kept: FieldRecord | None, known: str, live: str, identity: str | None, records: int
) -> None:
    want, now = wanted({"about": "New"}), replace(seen({"about": live}), opened=Opened(identity=ID))
    memory = replace(entry(kept), identity=known) if kept is not None else None
    found = noticed_entry(want, planned_target(want, now, memory), now, entry=memory, stamp=NOW)
    assert (found.identity if found is not None else None) == identity
    assert len(found.records if found is not None else ()) == records


def in_account(name: str, **other: Any) -> TargetPlan:
    """Return a target of an account of that name, of which one field is known to differ."""
    to = replace(target(name, address=name), account=name)
    return replace(planned(change(before=Known("Old"), origin=Origin.DRIFTED), to=to), **other)


def test_a_look_counts_what_it_found_in_each_account_that_it_read_whole() -> None:
    today, unread = date(2026, 12, 1), (UnreadableField("about", "no reply"),)
    half = in_account("half")
    plan = Plan(
        targets=(
            in_account("whole"),
            in_account("whole", status=TargetStatus.PAUSED),
            in_account("calm"),
            half,
            replace(half, status=TargetStatus.UNREADABLE),
            in_account("partly", unreadable=unread),
            # Nothing of it can be read back.
            in_account("blind", differences=(change(before=Unknown()),)),
            in_account("idle", status=TargetStatus.PAUSED),
        )
    )
    found = [
        (one, one.differences[0])
        for one in plan.targets
        if one.target.account != "calm" and one.status is not TargetStatus.PAUSED
    ]
    whole, calm = (AccountRecord(("meta", plan.targets[0].target.endpoint, name)) for name in ("whole", "calm"))
    expected = (replace(whole, looks=((today, 1),)), replace(calm, looks=((today, 0),)))
    assert looks_at(plan, found, today) == expected
