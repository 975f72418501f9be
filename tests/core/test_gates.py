from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.change import Assumed, Before, Change, Origin, Unknown
from reconciler.core.gates import GATES, Tripped, gates
from reconciler.core.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.profile import UNTOUCHED
from reconciler.core.settings import Bulk, Policy, Rule
from reconciler.core.target import Known
from reconciler.core.value import Value, Webhook
from tests.support import change, planned, target

PAUSED, UNREADABLE = TargetStatus.PAUSED, TargetStatus.UNREADABLE
HOOK = Webhook(url="https://hooks.example/a")


def berlin(*changes: Change) -> Plan:
    return Plan(targets=(planned(*changes),))


def tripped(plan: Plan, policy: Policy | None = None) -> tuple[Tripped, ...]:
    return gates(plan, policy or Policy(), sending=plan.changes)


def hint(gate: str) -> str:
    return (
        f"--allow {gate} lets this one run pass; to let every run pass, set `policy: {{{gate}: allow}}` "
        "in profiles/reconciler.yaml"
    )


def test_a_plan_without_changes_trips_nothing() -> None:
    assert tripped(berlin()) == ()


def test_emptying_a_field_says_which_fields_of_which_profiles() -> None:
    plan = Plan(
        targets=(
            planned(change("about", before="Old", after=""), change("email", before="Old", after="")),
            planned(change("about", before="Old", after=""), to=target("ankara", address="2")),
            planned(change("about", before="", after="New"), to=target("athens", address="3"), status=PAUSED),
        )
    )
    assert tripped(plan) == (
        Tripped(
            gate="clear",
            rule=Rule.ASK,
            summary="about, email of 2 profiles would be emptied",
            hint=hint("clear"),
            profiles=("ankara", "berlin"),
        ),
    )


def test_a_webhook_that_changes_says_what_follows_it() -> None:
    assert tripped(berlin(change("webhook", before=Webhook(url=""), after=HOOK))) == (
        Tripped(
            gate="webhook",
            rule=Rule.ASK,
            summary="webhook of 1 profile would change: customers' messages are delivered where it says",
            hint=hint("webhook"),
            profiles=("berlin",),
        ),
    )


def test_taking_a_webhook_away_trips_both_its_gates() -> None:
    found = tripped(berlin(change("webhook", before=HOOK, after=Webhook(url=""))))
    assert [one.gate for one in found] == ["clear", "webhook"]


def test_a_first_contact_says_what_it_would_replace() -> None:
    assert tripped(berlin(change(before="Old", origin=Origin.ADOPTED))) == (
        Tripped(
            gate="first-contact",
            rule=Rule.ASK,
            summary="about of 1 profile would replace live values that this tool did not write",
            hint=hint("first-contact"),
            profiles=("berlin",),
        ),
    )


@pytest.mark.parametrize(
    ("origin", "before", "after", "trips"),
    [
        (Origin.ADOPTED, Known(value="Old"), "New", True),
        (Origin.UNRECORDED, Known(value="Old"), "New", True),
        (Origin.ADOPTED, Known(value=""), "New", False),
        (Origin.ADOPTED, Known(value=UNTOUCHED["about"]), "New", False),
        (Origin.UNRECORDED, Known(value=UNTOUCHED["about"]), "New", False),
        (Origin.EDITED, Known(value="Old"), "New", False),
        (Origin.PENDING, Known(value="Old"), "New", False),
        (Origin.UNSETTLED, Known(value="Old"), "New", False),
        (Origin.DRIFTED, Known(value="Old"), "New", False),
        (Origin.CONFLICT, Known(value="Old"), "New", False),
        (Origin.ADOPTED, Unknown(), "New", True),
        (Origin.UNRECORDED, Unknown(), "New", True),
        (Origin.UNSETTLED, Unknown(), "New", True),
        (Origin.EDITED, Assumed(value="Old", since="2026-08-02"), "New", False),
    ],
)
def test_a_first_contact_is_a_value_that_somebody_else_may_have_written(
    origin: Origin, before: Before, after: Value, *, trips: bool
) -> None:
    found = tripped(berlin(change(before=before, after=after, origin=origin)))
    assert [one.gate for one in found] == (["first-contact"] if trips else [])


def test_the_untouched_text_is_only_untouched_where_the_provider_puts_it() -> None:
    found = tripped(berlin(change("description", before=UNTOUCHED["about"], origin=Origin.ADOPTED)))
    assert [one.gate for one in found] == ["first-contact"]


EMPTY_HINT = "name files or folders under profiles/, or set `policy: {empty: allow}` where an empty run is meant"


@pytest.mark.parametrize(
    ("statuses", "summary"),
    [
        ((), "no profile is selected"),
        ((PAUSED,), "every selected profile is paused"),
        ((PAUSED, PAUSED), "every selected profile is paused"),
    ],
)
def test_nothing_to_do_is_never_green(statuses: tuple[TargetStatus, ...], summary: str) -> None:
    plan = Plan(targets=tuple(planned(status=status) for status in statuses))
    assert tripped(plan) == (Tripped(gate="empty", rule=Rule.DENY, summary=summary, hint=EMPTY_HINT),)
    assert tripped(plan, Policy(empty=Rule.ALLOW)) == ()


@pytest.mark.parametrize(
    "statuses",
    [(PAUSED, TargetStatus.PLANNED), (TargetStatus.OBSERVED,), (TargetStatus.BLOCKED,), (PAUSED, UNREADABLE)],
)
def test_a_selection_with_anything_to_look_at_is_not_empty(statuses: tuple[TargetStatus, ...]) -> None:
    assert tripped(Plan(targets=tuple(planned(status=status) for status in statuses))) == ()


SENDING = berlin(
    change("about", before="Old", after="", origin=Origin.ADOPTED), change("webhook", before=HOOK, after=HOOK)
)


@pytest.mark.parametrize("rule", [Rule.WARN, Rule.ASK, Rule.DENY])
def test_a_gate_carries_the_rule_of_the_settings(rule: Rule) -> None:
    policy = Policy(clear=rule, webhook=rule, first_contact=rule)
    assert [(one.gate, one.rule) for one in tripped(SENDING, policy)] == [
        ("clear", rule),
        ("webhook", rule),
        ("first-contact", rule),
    ]


def test_a_gate_that_the_settings_open_is_not_spoken_of() -> None:
    assert tripped(SENDING, Policy(clear=Rule.ALLOW, webhook=Rule.ALLOW, first_contact=Rule.ALLOW)) == ()


def test_only_what_would_be_sent_is_judged() -> None:
    assert gates(SENDING, Policy(), sending=()) == ()


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("allowed", [(), ("clear",), ("webhook",), ("clear", "webhook")])
@pytest.mark.parametrize("rule", Rule)
def test_asking_is_opened_by_an_answer_or_a_flag_of_its_name_and_denial_by_neither(
    rule: Rule, allowed: tuple[str, ...], *, answered: bool
) -> None:
    gate = Tripped(gate="clear", rule=rule, summary="", hint="")
    opened = answered or "clear" in allowed
    expected = {Rule.ALLOW: False, Rule.WARN: False, Rule.ASK: not opened, Rule.DENY: True}
    assert gate.stops(allowed=allowed, answered=answered) is expected[rule]


VALUES = st.sampled_from(("", "Old", UNTOUCHED["about"]))
BEFORE = st.one_of(
    st.builds(Known, value=VALUES), st.builds(Assumed, value=VALUES, since=st.just("now")), st.just(Unknown())
)
CHANGES = st.builds(
    Change,
    field=st.sampled_from(("about", "email", "webhook")),
    before=BEFORE,
    after=st.sampled_from(("", "New")),
    origin=st.sampled_from(Origin),
)


@given(
    many=st.lists(st.tuples(st.integers(0, 5), CHANGES), max_size=8),
    left_out=st.sets(st.integers(0, 7)),
    bulk=st.builds(Bulk, profiles=st.integers(0, 3), percent=st.integers(0, 100), never_above=st.integers(0, 5)),
)
@settings(max_examples=120, deadline=None)
def test_one_more_change_never_closes_a_gate_again(
    many: list[tuple[int, Change]], left_out: set[int], bulk: Bulk
) -> None:
    plan = Plan(targets=tuple(planned(to=target(str(n), address=str(n))) for n in range(6)))
    full: list[tuple[TargetPlan, Change]] = [(plan.targets[n], one) for n, one in many]
    some = [one for n, one in enumerate(full) if n not in left_out]
    before, after = (gates(plan, Policy(bulk=bulk), sending=sending) for sending in (some, full))
    assert {one.gate for one in before} <= {one.gate for one in after} <= set(GATES)
    assert all(
        set(one.profiles) <= {p for more in after if more.gate == one.gate for p in more.profiles} for one in before
    )
