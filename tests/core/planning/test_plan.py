from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.basics import Location, error, notice, warning
from reconciler.core.comparing.difference import Became, Detail, Piece
from reconciler.core.fields import Mode
from reconciler.core.memory.records import FieldRecord
from reconciler.core.planning.base import base
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, PlanInputs, TargetPlan, TargetStatus, plan
from reconciler.core.planning.treatment import NO_CONSENT, summarize
from reconciler.core.target import (
    Assumed,
    Before,
    Binding,
    Change,
    Desired,
    Known,
    Linked,
    Live,
    Origin,
    Unknown,
    Unreadable,
    WriteOnly,
)
from tests.support import STAMP, change, desired, entry, observed, planned, record, target
from tests.support.planning import planned_target

FILE = "profiles/berlin.yaml"


def test_unread_targets_are_planned_as_offline_and_the_others_by_looking() -> None:
    wanted = tuple(desired(to=target(name, address=name), about="New") for name in ("berlin", "munich"))
    live: dict[tuple[str, str, str], Live] = {one.target.key: observed(about="Old") for one in wanted}
    remembered = {one.target.key: entry(record(sent="Sent"), to=one.target) for one in wanted}
    made = plan(PlanInputs(wanted, live, remembered, skipped={wanted[1].target.key}))
    whole = plan(PlanInputs(wanted, {}, remembered, offline=True))
    assert made.targets == (plan(PlanInputs(wanted, live, remembered)).targets[0], whole.targets[1])
    assert [one.offline for one in made.targets] == [False, True]
    assert [change.before_value for _, change in made.changes] == ["Old", "Sent"]
    assert (made.offline, made.complete) == (False, True)


@pytest.mark.parametrize(
    ("modes", "blind", "offline"),
    [
        ((Mode.MANAGED, Mode.OBSERVE), 2, True),
        ((Mode.MANAGED, Mode.OBSERVE), 1, False),
        ((Mode.MANAGED, Mode.PAUSED), 1, True),
        ((Mode.PAUSED, Mode.MANAGED), 1, False),
        ((Mode.PAUSED,), 1, False),
        ((), 0, False),
    ],
)
def test_a_plan_for_which_no_provider_was_asked_is_offline(
    modes: tuple[Mode, ...], blind: int, *, offline: bool
) -> None:
    wanted = tuple(desired(mode, to=target(f"{n}", address=f"{n}"), about="New") for n, mode in enumerate(modes))
    live: dict[tuple[str, str, str], Live] = {one.target.key: observed(about="Old") for one in wanted}
    made = plan(PlanInputs(wanted, live, {}, skipped=[one.target.key for one in wanted[:blind]]))
    assert made.offline is offline
    assert [one.offline for one in made.targets] == [
        n < blind and mode is not Mode.PAUSED for n, mode in enumerate(modes)
    ]


def test_what_decides_where_a_field_goes_is_part_of_its_change() -> None:
    wanted = desired(about="New", email="a@b.example")
    way = (Binding(name="credential", value="{env: D360_A}"),)
    fields = (replace(wanted.fields[0], via=way), wanted.fields[1])
    made = planned_target(replace(wanted, fields=fields), observed(about="", email=""), None)
    assert [(change.field, change.via) for change in made.changes] == [("about", way), ("email", ())]


def test_a_planned_target_says_of_every_managed_field_what_is_known() -> None:
    wanted = desired(about="New", address="Here 1", email="a@b.example", websites=("https://a.example",))
    live = observed(
        about="Old",
        address="Here 1",
        email=Unreadable(reason="a timeout"),
        websites=("https://b.example/",),
        notes=("A note.",),
    )
    assert planned_target(wanted, live, None) == TargetPlan(
        target=target(),
        status=TargetStatus.PLANNED,
        file=FILE,
        differences=(
            Change(
                field="about",
                before=Known(value="Old"),
                after="New",
                origin=Origin.ADOPTED,
                source=Location(file=FILE, line=6, column=3),
                details=(
                    Detail("", Became.CHANGED, pieces=(Piece(Became.REMOVED, "Old"), Piece(Became.ADDED, "New"))),
                ),
            ),
            Change(
                field="websites",
                before=Known(value=("https://b.example/",)),
                after=("https://a.example",),
                origin=Origin.ADOPTED,
                source=Location(file=FILE, line=9, column=3),
                details=(Detail("[0]", Became.CHANGED, before="https://b.example/", after="https://a.example/"),),
            ),
        ),
        unchanged=(UnchangedField(field="address", reason=SameReason.IN_SYNC),),
        unreadable=(UnreadableField(field="email", reason="a timeout"),),
        notes=("A note.",),
    )


@pytest.mark.parametrize("live", [None, Unreadable(reason="a timeout"), observed(about="Old")])
def test_a_paused_profile_needs_no_live_value_and_plans_nothing(live: Live | None) -> None:
    assert planned_target(desired(Mode.PAUSED, about="New"), live, None) == TargetPlan(
        target=target(), status=TargetStatus.PAUSED, file=FILE, reason="paused in its file"
    )


@pytest.mark.parametrize(("live", "reason"), [(None, "it was not read"), (Unreadable(reason="a timeout"), "a timeout")])
@pytest.mark.parametrize("mode", [Mode.MANAGED, Mode.OBSERVE])
def test_nothing_is_planned_from_a_failed_read(mode: Mode, live: Live | None, reason: str) -> None:
    assert planned_target(desired(mode, about=""), live, None) == TargetPlan(
        target=target(), status=TargetStatus.UNREADABLE, file=FILE, reason=reason
    )


@pytest.mark.parametrize(
    ("mode", "blocked", "status", "sends"),
    [
        (Mode.MANAGED, "", TargetStatus.PLANNED, True),
        (Mode.MANAGED, "It is on the Business app.", TargetStatus.BLOCKED, False),
        (Mode.OBSERVE, "", TargetStatus.OBSERVED, False),
        (Mode.OBSERVE, "It is on the Business app.", TargetStatus.OBSERVED, False),
    ],
)
def test_differences_are_kept_whatever_the_mode_and_only_changes_may_be_sent(
    mode: Mode, blocked: str, status: TargetStatus, *, sends: bool
) -> None:
    made = planned_target(desired(mode, about="New"), observed(blocked, about="Old"), None)
    assert (made.status, made.reason, len(made.differences)) == (status, blocked, 1)
    assert made.changes == (made.differences if sends else ())


@pytest.mark.parametrize(
    ("kept", "before"),
    [
        (None, Unknown()),
        (record("email", sent="a@b.example"), Unknown()),
        (record(intent="New"), Unknown()),
        (record(sent="Old"), Assumed(value="Old", since=STAMP.at, run=STAMP.run)),
    ],
)
def test_what_cannot_be_read_is_assumed_to_be_what_was_sent(kept: FieldRecord | None, before: Before) -> None:
    made = planned_target(desired(about="New"), observed(about=WriteOnly()), entry(kept) if kept is not None else None)
    assert [one.before for one in made.changes] == [before]


def test_a_list_that_cannot_be_read_is_detailed_against_what_was_sent() -> None:
    kept = entry(record("websites", sent=("https://a.example", "https://b.example")))
    made = planned_target(desired(websites=("https://a.example",)), observed(websites=WriteOnly()), kept)
    assert [one.details for one in made.changes] == [(Detail("[1]", Became.REMOVED, before="https://b.example/"),)]


@pytest.mark.parametrize(
    ("kept", "origin"),
    [
        (None, Origin.ADOPTED),
        (record("email", sent="a@b.example"), Origin.UNRECORDED),
        (record(sent="Old", shown="Old"), Origin.EDITED),
        (record(sent="New", shown="New"), Origin.DRIFTED),
        (record(sent="Older", shown="Older"), Origin.CONFLICT),
        (record(intent="New"), Origin.UNSETTLED),
    ],
)
def test_the_ledger_says_why_a_field_differs(kept: FieldRecord | None, origin: Origin) -> None:
    """A target that the ledger knows by another field alone is not adopted: its difference is unrecorded."""
    made = planned_target(desired(about="New"), observed(about="Old"), entry(kept) if kept is not None else None)
    assert [one.origin for one in made.changes] == [origin]


def test_a_link_without_its_picture_is_a_mistake_of_the_stage_before() -> None:
    with pytest.raises(AssertionError, match=r"^only what was read, or can never be, is planned$"):
        planned_target(desired(about="New"), observed(about=Linked(url="https://pps.whatsapp.net/1")), None)


def test_live_values_and_records_are_found_by_key_and_never_by_name() -> None:
    """The sandbox is never mistaken for production."""
    here, there = target(), target(endpoint="https://graph.facebook.com")
    wanted = (desired(about="New", to=here),)
    live = {there.key: observed(about="New"), here.key: observed(about="Old")}
    ledger = {there.key: entry(record(sent="Old", shown="Old"), to=there)}
    (made,) = plan(PlanInputs(wanted, live, ledger)).targets
    assert [(one.before, one.origin) for one in made.changes] == [(Known(value="Old"), Origin.ADOPTED)]


def test_a_plan_is_in_the_order_of_the_profiles() -> None:
    wanted: tuple[Desired, ...] = tuple(desired(to=target(name, address=name)) for name in ("c", "a", "b"))
    assert [one.target.profile for one in plan(PlanInputs(wanted, {}, {})).targets] == ["a", "b", "c"]


def test_profiles_in_sync_hold_the_list_of_their_fields_once() -> None:
    wanted = [desired(to=target(name, address=name), about="Hi", email="a@b.example") for name in "ab"]
    live = {one.target.key: observed(about="Hi", email="a@b.example") for one in wanted}
    one, other = plan(PlanInputs(tuple(wanted), live, {})).targets
    assert [field.field for field in one.unchanged] == ["about", "email"]
    assert one.unchanged is other.unchanged


UNREAD = (UnreadableField(field="email", reason="a timeout"),)


@pytest.mark.parametrize(
    ("status", "changes", "unreadable", "complete"),
    [
        (TargetStatus.PLANNED, (), (), True),
        (TargetStatus.PLANNED, (change(),), (), True),
        (TargetStatus.PLANNED, (), UNREAD, False),
        (TargetStatus.OBSERVED, (change(),), (), True),
        (TargetStatus.OBSERVED, (change(),), UNREAD, False),
        (TargetStatus.PAUSED, (), (), True),
        (TargetStatus.BLOCKED, (), (), True),
        (TargetStatus.BLOCKED, (change(),), (), False),
        (TargetStatus.BLOCKED, (), UNREAD, False),
        (TargetStatus.UNREADABLE, (), (), False),
    ],
)
def test_a_target_is_complete_when_it_was_read_and_what_differs_could_be_written(
    status: TargetStatus, changes: tuple[Change, ...], unreadable: tuple[UnreadableField, ...], *, complete: bool
) -> None:
    one = replace(planned(*changes, status=status), unreadable=unreadable)
    assert one.complete is complete
    assert Plan(targets=(planned(), one)).complete is complete


def test_only_what_may_be_sent_is_a_change_of_the_plan() -> None:
    sent, watched = planned(change()), planned(change(), status=TargetStatus.OBSERVED)
    assert Plan(targets=(watched, sent)).changes == ((sent, change()),)
    assert Plan(targets=(watched, sent)).has_changes is True
    assert Plan(targets=(watched,)).has_changes is False


def test_a_plan_with_an_error_among_its_diagnostics_is_errored() -> None:
    said = (warning("a", "A."), notice("b", "B."))
    assert plan(PlanInputs((), {}, {}, diagnostics=said)).errored is False
    assert plan(PlanInputs((), {}, {}, diagnostics=(*said, error("c", "C.")))).errored is True


def test_a_plan_says_which_commits_it_compared_and_what_is_no_longer_managed() -> None:
    was = base(
        "b" * 40, [desired(about="Old", email=""), desired(about="Old", to=target("gone", address="1"))], whole=True
    )
    made = plan(
        PlanInputs(
            (desired(about="New"),),
            {target().key: observed(about="Old")},
            {},
            base=was,
            head="c" * 40,
            all_profiles=(desired(about="New"),),
        )
    )
    assert (made.base, made.head, made.offline) == ("b" * 40, "c" * 40, False)
    assert [change.origin for _, change in made.changes] == [Origin.EDITED]
    assert [(one.profile, one.fields, one.whole) for one in made.released] == [
        ("berlin", ("email",), False),
        ("gone", ("about",), True),
    ]
    assert made.digest == replace(made, base="", head="", released=()).digest


def test_an_offline_plan_needs_no_live_value_and_is_complete() -> None:
    watched = desired(Mode.OBSERVE, about="New", to=target("watched", address="1"))
    made = plan(PlanInputs((desired(about="New"), watched), {}, {}, offline=True))
    assert [one.status for one in made.targets] == [TargetStatus.PLANNED, TargetStatus.OBSERVED]
    assert (made.offline, made.complete, summarize(made, NO_CONSENT).in_sync) == (True, True, 0)
    assert [change.before for _, change in made.changes] == [Unknown()]
