from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.fields import UNTOUCHED, Mode, Value, Webhook
from reconciler.core.planning.base import Unmanaged
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.safety.gates import GATES, Tripped, gates
from reconciler.core.settings import Bulk, Policy, Rule
from reconciler.core.target import Assumed, Before, Change, Known, Origin, Unknown
from tests.support import change, planned, target
from tests.support.laws import tried

PAUSED, UNREADABLE = TargetStatus.PAUSED, TargetStatus.UNREADABLE
HOOK = Webhook(url="https://hooks.example/a")


def berlin(*changes: Change) -> Plan:
    return Plan(targets=(planned(*changes),))


def tripped(plan: Plan, policy: Policy | None = None) -> tuple[Tripped, ...]:
    return gates(plan, policy or Policy(), sending=plan.changes)


BEGINNINGS = {
    Rule.WARN: "it stops nothing; to hear no more of it",
    Rule.ASK: "--allow {gate} lets this one run pass; to let every run pass",
    Rule.DENY: "--allow {gate} does not open it; to let every run pass",
}


def hint(gate: str, rule: Rule = Rule.ASK) -> str:
    return f"{BEGINNINGS[rule].format(gate=gate)}, set `policy: {{{gate}: allow}}` in profiles/reconciler.yaml"


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
def test_a_first_contact_is_a_value_that_this_program_may_not_have_written(
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


SENDING = Plan(
    targets=(
        planned(
            change("about", before="Old", after="", origin=Origin.ADOPTED),
            change("email", before="a@shop.example", after="all@shop.example"),
            change("webhook", before=HOOK, after=HOOK),
        ),
        planned(change("email", before="b@shop.example", after="all@shop.example"), to=target("ankara", address="2")),
    ),
    released=(Unmanaged(key=("meta", "sandbox", "3"), profile="athens", fields=("about",), whole=True),),
)


@pytest.mark.parametrize("origin", [Origin.ADOPTED, Origin.PENDING, Origin.EDITED])
def test_a_value_that_is_in_doubt_is_a_first_contact_whatever_the_origin(origin: Origin) -> None:
    unsure = Known(value=Webhook(url=""), doubt="nothing was there")
    found = tripped(berlin(replace(change("webhook", after=HOOK, origin=origin), before=unsure)))
    assert [one.gate for one in found] == ["webhook", "first-contact"]
    assert found[1].summary == "webhook of 1 profile would be sent, and the current value cannot be read"


RULED = ("clear", "webhook", "first-contact", "same-value", "removed", "last-look")


def ruled(rule: Rule) -> Policy:
    """Return settings in which every gate that has a rule has this one."""
    policy = Policy(clear=rule, webhook=rule, first_contact=rule, same_value=rule, removed=rule)
    return replace(policy, last_look=rule, empty=rule)


@pytest.mark.parametrize("rule", [Rule.WARN, Rule.ASK, Rule.DENY])
def test_a_gate_carries_the_rule_of_the_settings_and_says_what_opens_it_then(rule: Rule) -> None:
    found = [(one.gate, one.rule, one.hint) for one in tripped(SENDING, ruled(rule))]
    assert found == [(gate, rule, hint(gate, rule)) for gate in RULED]


@pytest.mark.parametrize("rule", [Rule.WARN, Rule.ASK, Rule.DENY])
def test_what_to_do_about_an_empty_run_is_the_same_whatever_its_rule(rule: Rule) -> None:
    """No flag opens it: who wants an empty run wants it each time."""
    (found,) = tripped(Plan(targets=()), ruled(rule))
    assert (found.gate, found.rule, found.hint) == ("empty", rule, EMPTY_HINT)


def test_a_gate_that_the_settings_open_is_not_spoken_of() -> None:
    assert tripped(SENDING, ruled(Rule.ALLOW)) == tripped(Plan(targets=()), ruled(Rule.ALLOW)) == ()


def test_only_what_would_be_sent_is_judged_and_what_is_gone() -> None:
    assert [one.gate for one in gates(SENDING, Policy(), sending=())] == ["removed"]


def test_where_a_last_look_is_wanted_whatever_is_sent_asks_and_nothing_else_does() -> None:
    policy = Policy(last_look=Rule.ASK)
    (gate,) = tripped(berlin(change("about", before="", after="New")), policy)
    assert (gate.gate, gate.rule, gate.profiles) == ("last-look", Rule.ASK, ("berlin",))
    assert gate.summary == "about of 1 profile would be sent"
    assert [one.gate for one in gates(SENDING, policy, sending=())] == ["removed"]
    assert tripped(berlin(change("about", before="", after="New"))) == ()


def test_profiles_whose_files_are_gone_are_named_and_live_on() -> None:
    names = {"athens": True, "": True, "berlin": False, "ankara": True}
    released = tuple(
        Unmanaged(key=("meta", "sandbox", str(n)), profile=name, fields=("about",), whole=whole)
        for n, (name, whole) in enumerate(names.items())
    )
    assert tripped(Plan(targets=(planned(),), released=released)) == (
        Tripped(
            gate="removed",
            rule=Rule.WARN,
            summary="3 profiles without a file any more: live stays as it is, for removing a file clears nothing",
            hint=hint("removed", Rule.WARN),
            profiles=("1", "ankara", "athens"),
        ),
    )


def test_a_profile_that_moved_has_a_file_still() -> None:
    """Its file names another account or number now, and the old one keeps what it shows."""
    released = tuple(
        Unmanaged(key=("360dialog", "sandbox", name), profile=name, fields=("about",), whole=True)
        for name in ("berlin", "munich")
    )
    (gate,) = tripped(Plan(targets=(planned(),), released=released))
    assert (gate.gate, gate.profiles) == ("removed", ("berlin", "munich"))
    assert gate.summary == (
        "1 profile without a file any more: live stays as it is, for removing a file clears nothing; "
        "1 profile moved to another account or number: the old one keeps what it shows"
    )


def test_profiles_that_are_not_watched_any_more_are_named_and_why() -> None:
    """A field that goes is no number that goes."""
    modes = {"athens": Mode.OBSERVE, "berlin": Mode.PAUSED, "bonn": Mode.PAUSED, "ulm": Mode.MANAGED}
    released = tuple(
        Unmanaged(key=("meta", "sandbox", name), profile=name, fields=("about",), whole=False, mode=mode)
        for name, mode in modes.items()
    )
    (gate,) = tripped(Plan(targets=(planned(),), released=released))
    assert (gate.gate, gate.profiles) == ("removed", ("athens", "berlin", "bonn"))
    assert gate.summary == (
        "1 profile only observed from now on: no apply sends their values any more; "
        "2 profiles paused from now on: neither plan nor drift looks at them any more"
    )


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


VALUES = st.sampled_from(("", "Old", "Older", UNTOUCHED["about"]))
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
RELEASED = st.builds(
    Unmanaged,
    key=st.tuples(st.just("meta"), st.just("sandbox"), st.sampled_from("78")),
    profile=st.sampled_from(("", "gone")),
    fields=st.just(("about",)),
    whole=st.booleans(),
)


@given(
    many=st.lists(st.tuples(st.integers(0, 5), CHANGES), max_size=8),
    gone=st.lists(RELEASED, max_size=3),
    left_out=st.sets(st.integers(0, 7)),
    bulk=st.builds(Bulk, profiles=st.integers(0, 3), percent=st.integers(0, 100), never_above=st.integers(0, 5)),
)
@tried(120)
def test_one_more_change_never_closes_a_gate_again(
    many: list[tuple[int, Change]], gone: list[Unmanaged], left_out: set[int], bulk: Bulk
) -> None:
    plan = Plan(targets=tuple(planned(to=target(str(n), address=str(n))) for n in range(6)), released=tuple(gone))
    full: list[tuple[TargetPlan, Change]] = [(plan.targets[n], one) for n, one in many]
    some = [one for n, one in enumerate(full) if n not in left_out]
    fewer = replace(plan, released=tuple(one for n, one in enumerate(gone) if n not in left_out))
    before, after = (gates(made, Policy(bulk=bulk), sending=sending) for made, sending in ((fewer, some), (plan, full)))
    assert {one.gate for one in before} <= {one.gate for one in after} <= set(GATES)
    assert all(
        set(one.profiles) <= {p for more in after if more.gate == one.gate for p in more.profiles} for one in before
    )
