"""What a reviewer reads beside the table's rows: reasons, notes, and writes that never showed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.fields import SecretRef, Value, Webhook
from reconciler.core.memory.records import Asked, FieldRecord, RecordState
from reconciler.core.planning.comparison import Comparison, diff
from reconciler.core.planning.origin import Attribution, BaseValue, Movement, SameReason, Unchanged, attribute
from reconciler.core.target import LiveField, Origin, WriteOnly
from tests.support import asked, record
from tests.support.planning import seen, wanted

AT = "2026-08-02T09:30:00Z"
STUCK = f"sent {AT}, still shows the value from before"
LOST = f"sent {AT} by run 12, and whether it arrived is not known"
PENDING = Movement(origin=Origin.PENDING, note=STUCK)
IGNORED = Unchanged(reason=SameReason.IGNORED, note=f'{STUCK}; live: "Old"')
DRIFTED = Movement(origin=Origin.DRIFTED, note=f"last in sync {AT}")
EDITED = Movement(origin=Origin.EDITED)
CONFLICT = Movement(origin=Origin.CONFLICT)
IN_SYNC = Unchanged(reason=SameReason.IN_SYNC)
ALREADY_LIVE = Unchanged(reason=SameReason.ALREADY_LIVE)
SHOWN = 'shown as " New"; differs only in white space at the ends'
SPELLED = Unchanged(reason=SameReason.ECHO, note=SHOWN)
ALTERED = Unchanged(reason=SameReason.ALTERED, note='live: "Ne"')


def compared(want: Value, live: Value | LiveField, *, field: str = "about") -> Comparison:
    (comparison,) = diff(wanted({field: want}), seen({field: live}))
    return comparison


def swallowed(state: RecordState = RecordState.UNCONVERGED) -> FieldRecord:
    """Remember that "New" was acknowledged over "Old" and never showed."""
    return record(state=state, sent="New", before="Old", attempts=1 if state is RecordState.UNCONVERGED else 2)


@pytest.mark.parametrize(
    ("kept", "live", "finding"),
    [
        (None, "New", IN_SYNC),
        (record(sent="New", shown="New"), "New", IN_SYNC),
        (record(sent="New", shown=" New"), " New", SPELLED),
        (record(sent="New", shown="New"), " New", SPELLED),
        (record(sent="New"), " New", SPELLED),
        (record(sent="New", shown="Ne"), " New", SPELLED),
        (record(sent="New", shown="Ne"), "Ne", ALTERED),
        (record(sent="New", shown="Ne"), "N", DRIFTED),
        (record(sent="Newer", shown="Ne"), "Ne", EDITED),
        (record(sent="New", shown="Ne"), "New", IN_SYNC),
        (None, " New", Movement(origin=Origin.ADOPTED)),
        (
            record(sent="New"),
            WriteOnly(),
            Unchanged(reason=SameReason.ASSUMED, since=AT, run="12"),
        ),
        (
            record(sent="New", shown="Ne"),
            WriteOnly(),
            Unchanged(reason=SameReason.ASSUMED, note='when last read, live: "Ne"', since=AT, run="12"),
        ),
        (record(sent="New", shown="New"), "Other", DRIFTED),
        (record(sent="New"), "Other", DRIFTED),
        (record(sent="Old", shown="Old"), "Old", EDITED),
        (record(sent="Old", shown="Old"), "Other", CONFLICT),
    ],
)
def test_a_finding_says_why(kept: FieldRecord | None, live: Value | LiveField, finding: Attribution) -> None:
    assert attribute(compared("New", live), kept) == finding


@pytest.mark.parametrize(
    ("kept", "live", "note"),
    [
        (None, "New", ""),
        (record(sent="Old", shown="Old"), "New", ""),
        (record(sent="New", shown="New"), "New", ""),
        (record(sent="New", shown=" New"), " New", SHOWN),
    ],
)
def test_an_edit_that_is_live_already_is_said_to_be_however_the_provider_spells_it(
    kept: FieldRecord | None, live: str, note: str
) -> None:
    found = attribute(compared("New", live), kept, base=BaseValue(value="Old"))
    assert found == Unchanged(reason=SameReason.ALREADY_LIVE, note=note)


@pytest.mark.parametrize("base", [None, BaseValue(value="Old"), BaseValue(value="New"), BaseValue(value=None)])
def test_what_the_provider_altered_is_not_in_sync_whatever_the_base_asked_for(base: BaseValue | None) -> None:
    assert attribute(compared("New", "Ne"), record(sent="New", shown="Ne"), base=base) == ALTERED


@pytest.mark.parametrize("state", [RecordState.UNCONVERGED, RecordState.IGNORED])
def test_a_spelling_that_an_older_version_took_for_no_answer_is_in_sync(state: RecordState) -> None:
    """Its ledger says that the provider does not take the value: it takes it, and spells it in its own way."""
    kept = record(state=state, sent="New", before=" New", attempts=2)
    assert attribute(compared("New", " New"), kept) == SPELLED


@pytest.mark.parametrize("base", [None, BaseValue(value="New"), BaseValue(value=None)])
def test_what_is_as_the_base_has_it_is_in_sync(base: BaseValue | None) -> None:
    assert attribute(compared("New", "New"), None, base=base) == IN_SYNC


@pytest.mark.parametrize(
    ("kept", "want", "live", "finding"),
    [
        (swallowed(), "New", "Old", PENDING),
        (swallowed(RecordState.IGNORED), "New", "Old", IGNORED),
        (swallowed(), "New", "New", IN_SYNC),
        (swallowed(RecordState.IGNORED), "New", "New", IN_SYNC),
        (swallowed(), "New", "Other", DRIFTED),
        (swallowed(RecordState.IGNORED), "New", "Other", DRIFTED),
        (swallowed(), "Newer", "Old", EDITED),
        (swallowed(RecordState.IGNORED), "Newer", "Old", EDITED),
        (swallowed(), "Newer", "New", EDITED),
        (swallowed(), "Newer", "Other", CONFLICT),
        (swallowed(), "Old", "Old", IN_SYNC),
    ],
)
def test_a_value_that_never_showed_is_pending_then_ignored_until_desired_or_live_moves(
    kept: FieldRecord, want: str, live: str, finding: Attribution
) -> None:
    """Another desired value over what was there before is an edit: nobody else has changed anything."""
    assert attribute(compared(want, live), kept) == finding


def test_a_value_that_never_showed_is_not_edited_here_where_the_base_asked_for_it_too() -> None:
    found = attribute(compared("Newer", "Old"), swallowed(), base=BaseValue(value="Newer"))
    assert found == Movement(origin=Origin.PENDING)


@pytest.mark.parametrize("state", [RecordState.UNCONVERGED, RecordState.IGNORED])
def test_a_stuck_record_without_the_value_from_before_is_no_reason_to_be_quiet(state: RecordState) -> None:
    assert attribute(compared("New", "Old"), record(state=state, sent="New")) == DRIFTED


IN_VAIN = "asked for 2026-08-02T09:30:00Z by run 12: it never arrived"


@pytest.mark.parametrize(
    ("kept", "want", "live", "finding"),
    [
        (record(intent="New"), "New", "Old", Movement(origin=Origin.UNSETTLED, note=LOST)),
        (record(intent="New"), "Newer", "Old", Movement(origin=Origin.UNSETTLED, note=LOST)),
        (record(intent="New"), "New", WriteOnly(), Movement(origin=Origin.UNSETTLED, note=LOST)),
        (record(sent="Old", intent="New"), "New", WriteOnly(), Movement(origin=Origin.UNSETTLED, note=LOST)),
        (record(intent="New"), "New", "New", IN_SYNC),
        (record(intent="New"), "Old", "Old", IN_SYNC),
        (record(intent="New"), "Newer", "New", EDITED),
        (record(sent="Old", shown="old", intent="New"), "New", "old", Movement(origin=Origin.EDITED, note=IN_VAIN)),
        (record(sent=" New", shown="New", intent="Old"), "New", "New", IN_SYNC),
        (record(sent="New", shown=" New", intent="Old"), "New", " New", SPELLED),
        (record(sent="Old", shown="old", intent="New"), "Old", "old", Unchanged(SameReason.ALTERED, 'live: "old"')),
    ],
)
def test_a_write_whose_reply_was_lost_is_unsettled_until_the_live_value_tells(
    kept: FieldRecord, want: str, live: Value | LiveField, finding: Attribution
) -> None:
    assert attribute(compared(want, live), kept) == finding


@pytest.mark.parametrize(
    ("kept", "finding"),
    [
        (
            asked("New", "stopped"),
            Movement(origin=Origin.ADOPTED, note="asked for 2026-08-02T09:30:00Z by run 12: stopped"),
        ),
        (asked("Older", "stopped"), Movement(origin=Origin.ADOPTED)),
    ],
)
def test_a_change_says_who_asked_for_this_very_value_before_and_why_it_was_not_sent(
    kept: Asked, finding: Attribution
) -> None:
    found = attribute(
        compared("New", "Theirs"), replace(record(), asked=kept), base=BaseValue("New"), target_known=True
    )
    assert found == finding


def test_what_was_changed_elsewhere_keeps_its_own_words_though_it_was_asked_for() -> None:
    again = replace(record(sent="New", shown="New"), asked=asked("New"))
    assert attribute(compared("New", "Theirs"), again) == DRIFTED


@pytest.mark.parametrize("state", RecordState)
def test_a_record_without_any_value_remembers_nothing(state: RecordState) -> None:
    """Such a record is what a ledger of other hands may hold; it neither hides a change nor explains one."""
    found = attribute(compared("New", "Old"), record(state=state), target_known=True)
    assert found == Movement(origin=Origin.UNRECORDED)


def test_a_webhook_is_told_by_its_url_and_by_where_its_secrets_come_from() -> None:
    """The token can never be read back; that its file names another one is a change all the same."""
    first, second = (
        Webhook(url="https://hooks.example/a", verify_token=SecretRef(env=f"WEBHOOK_{name}")) for name in "AB"
    )
    live = Webhook(url="https://hooks.example/a")
    kept = record("webhook", sent=first, shown=live)
    assert attribute(compared(first, live, field="webhook"), kept) == IN_SYNC
    assert attribute(compared(second, live, field="webhook"), kept) == Movement(origin=Origin.EDITED)
    assert attribute(compared(second, live, field="webhook"), None) == IN_SYNC
    assert attribute(compared(first, WriteOnly(), field="webhook"), kept) == Unchanged(
        reason=SameReason.ASSUMED, since=AT, run="12"
    )
    assert attribute(compared(second, WriteOnly(), field="webhook"), kept) == Movement(origin=Origin.EDITED)
