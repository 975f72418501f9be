"""Which profiles a plan against a base need not read. In doubt, a profile is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.fields import SecretRef, Webhook
from reconciler.core.memory.records import FieldRecord, RecordState
from reconciler.core.planning.plan import PlanInputs, TargetStatus, plan
from reconciler.core.planning.treatment import NO_CONSENT, summarize
from reconciler.core.planning.unread import need_not_read
from reconciler.core.safety.gates import report_plan
from reconciler.core.target import Desired
from tests.support import asked, desired, entry, observed, record, target

DONE = record(sent="Hi", shown="Hi")
HOOK = Webhook(url="https://hooks.example/", verify_token=SecretRef(env="WEBHOOK_TOKEN"))
HOOKED = replace(record("webhook", sent=HOOK, shown=Webhook(url=HOOK.url)), mark="hmac:1")


def is_left(
    *records: FieldRecord, one: Desired | None = None, unmoved: bool = True, mark: str = "", keyless: bool = False
) -> bool:
    one = one or desired(about="Hi")
    key = one.target.key
    entries = {key: entry(*records)} if records else {}
    marks = {key: (mark,)} if mark else {}
    found = need_not_read([one], entries, unmoved=lambda _: unmoved, marks=marks, unvouched=keyless)
    assert found <= {key}
    return bool(found)


def test_what_was_applied_and_asks_for_nothing_new_is_not_read() -> None:
    assert is_left(DONE)
    assert is_left(DONE, record("email", state=RecordState.RELEASED, sent="a@b.example"))


@pytest.mark.parametrize(
    "known",
    [
        record(),
        record(sent="Hi"),
        record(sent="Other", shown="Other"),
        record(sent="Hi", shown="Hi!", state=RecordState.SETTLED),
        record(sent="Hi", shown="Hi", intent="Lost", state=RecordState.UNSETTLED),
        record(sent="Hi", shown="Old", before="Old", state=RecordState.UNCONVERGED),
        record(sent="Hi", shown="Old", before="Old", state=RecordState.IGNORED),
        record(sent="Hi", shown="Hi", state=RecordState.RELEASED),
        record("email", sent="Hi", shown="Hi"),
        replace(DONE, asked=asked("Hi")),
        replace(DONE, vouched=False),
    ],
)
def test_what_the_ledger_does_not_say_to_be_applied_is_read(known: FieldRecord) -> None:
    assert not is_left(known)


def test_what_nothing_vouches_for_counts_only_where_it_is_said() -> None:
    assert is_left(replace(DONE, vouched=False), keyless=True)
    assert not is_left(replace(DONE, vouched=False, sent="Other"), keyless=True)


def test_what_asks_for_something_new_or_was_never_applied_is_read() -> None:
    assert not is_left(DONE, unmoved=False)
    assert not is_left()
    assert not is_left(DONE, one=desired(about="Hi", email="a@b.example"))


@pytest.mark.parametrize(("mark", "left"), [("", True), ("hmac:1", True), ("hmac:2", False)])
def test_a_webhook_whose_secret_has_another_value_is_read(mark: str, left: bool) -> None:
    assert is_left(HOOKED, one=desired(webhook=HOOK), mark=mark) is left


def test_a_field_that_is_to_be_sent_once_more_is_read() -> None:
    one = desired(about="Hi")
    for resend in ("about", "webhook"):
        found = need_not_read([one], {one.target.key: entry(DONE)}, unmoved=lambda _: True, marks={}, resend=[resend])
        assert bool(found) is (resend != "about")


def fleet(changed: int, *, unread: int) -> PlanInputs:
    places = [replace(target(f"n{index:02}"), address=f"{index}") for index in range(changed + unread)]
    profiles = tuple(desired(to=place, about="New") for place in places)
    keys = [one.target.key for one in profiles]
    live = {key: observed(about="Old") for key in keys[:changed]}
    return PlanInputs(profiles, live, {}, unread=frozenset(keys[changed:]))


def test_a_profile_that_was_not_read_is_counted_apart_and_hides_nothing() -> None:
    made = plan(fleet(1, unread=3))
    assert [one.status for one in made.targets] == [TargetStatus.PLANNED, *[TargetStatus.NOT_READ] * 3]
    found = summarize(made, NO_CONSENT)
    assert (found.profiles, found.not_read, found.in_sync, found.assumed, found.unmanaged) == (4, 3, 0, 0, 0)
    assert (made.complete, made.offline) == (True, False)
    assert made.digest == plan(fleet(1, unread=0)).digest


@pytest.mark.parametrize(("unread", "stops"), [(0, True), (13, True), (14, False)])
def test_bulk_counts_the_whole_selection_and_what_was_not_read_too(unread: int, stops: bool) -> None:
    """Six of nineteen are more than thirty percent, and six of twenty are not."""
    tripped = report_plan(plan(fleet(6, unread=unread)), NO_CONSENT).tripped
    tripped += report_plan(plan(fleet(6, unread=unread)), NO_CONSENT).further
    assert ("bulk" in {gate.gate for gate in tripped}) is stops
