"""What of a run nobody approved, and what was approved in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.safety.approval import ApprovedPlan, Rerouted, Unapproved, unapproved
from reconciler.core.target import Change, Target, Unknown
from tests.support import Assumed, change, planned, target

HERE = target()


def of(*targets: TargetPlan) -> ApprovedPlan:
    return ApprovedPlan(plan=Plan(targets=targets))


def strange(now: TargetPlan, approved: ApprovedPlan) -> tuple[Unapproved, ...]:
    return unapproved([(now, one) for one in now.changes], approved)


@pytest.mark.parametrize(
    "now",
    [
        planned(),
        planned(change()),
        planned(change(), change("email")),
        planned(change("email")),
        planned(change(note="another note"), to=replace(HERE, profile="renamed", number="+49")),
    ],
)
def test_what_the_plan_holds_is_approved_whatever_is_no_longer_needed(now: TargetPlan) -> None:
    assert strange(now, of(planned(change(), change("email")))) == ()


@pytest.mark.parametrize(
    ("now", "was"),
    [
        (change(after="Newer"), change()),
        (change(before="Hacked"), change()),
        (change(before=Unknown()), change()),
        (change(before=Assumed(value="", since="now")), change()),
        (change("email"), None),
    ],
)
def test_another_value_before_or_after_is_unapproved_and_stands_beside_what_was(
    now: Change, was: Change | None
) -> None:
    (one,) = strange(planned(now), of(planned(change())))
    assert (one.target, one.file, one.now, one.approved_for, one.approved) == (
        HERE,
        "profiles/berlin.yaml",
        now,
        HERE,
        was,
    )
    assert one.elsewhere == ()


@pytest.mark.parametrize("part", ["provider", "endpoint", "address", "account"])
def test_a_plan_for_another_place_approves_nothing_here_and_says_what_differs(part: str) -> None:
    there = replace(HERE, **{part: "other"})
    (one,) = strange(planned(change()), of(planned(change(), to=there)))
    assert (one.elsewhere, one.approved_for, one.approved) == ((part,), there, change())


KEY, BASE = "credential", "picture_base_url"


@pytest.mark.parametrize(
    ("now", "was", "rerouted"),
    [
        ({KEY: "B"}, {KEY: "A"}, [(KEY, "A", "B")]),
        ({KEY: "B"}, {}, [(KEY, "", "B")]),
        ({}, {KEY: "A"}, [(KEY, "A", "")]),
        ({KEY: "A", BASE: "y"}, {BASE: "x", KEY: "A"}, [(BASE, "x", "y")]),
        ({KEY: "B", BASE: "y"}, {KEY: "A", BASE: "x"}, [(KEY, "A", "B"), (BASE, "x", "y")]),
    ],
)
def test_what_would_go_another_way_is_unapproved_and_says_by_which_it_was_approved(
    now: dict[str, str], was: dict[str, str], rerouted: list[tuple[str, str, str]]
) -> None:
    (one,) = strange(planned(change(via=now)), of(planned(change(via=was))))
    assert one.rerouted == tuple(Rerouted(name=name, approved=then, now=here) for name, then, here in rerouted)
    assert (one.elsewhere, one.approved) == ((), change(via=was))


def test_the_order_in_which_the_ways_are_named_does_not_matter() -> None:
    one, other = change(via={KEY: "A", BASE: "x"}), change(via={BASE: "x", KEY: "A"})
    assert strange(planned(one), of(planned(other))) == ()


def test_of_what_was_planned_offline_nothing_is_approved_and_nothing_stands_beside_it() -> None:
    """Not even what is the same now: of what can never be read, memory is all that there is."""
    (one,) = strange(planned(change()), of(planned(change(), offline=True)))
    assert (one.planned_offline, one.approved_for, one.approved, one.rerouted) == (True, HERE, None, ())
    assert strange(planned(), of(planned(change(), offline=True))) == ()


def test_profiles_that_changed_their_names_are_known_by_their_addresses() -> None:
    """Berlin and Munich have swapped their files: what was approved of a number stays approved."""

    def at(profile: str, address: str) -> Target:
        return target(profile, address=address)

    approved = of(planned(change(after="A"), to=at("berlin", "1")), planned(change(after="B"), to=at("munich", "2")))
    assert strange(planned(change(after="A"), to=at("munich", "1")), approved) == ()
    (one,) = strange(planned(change(after="B"), to=at("munich", "1")), approved)
    assert (one.approved_for, one.approved) == (at("berlin", "1"), change(after="A"))


def test_a_profile_that_the_plan_does_not_name_has_nothing_approved() -> None:
    (one,) = strange(planned(change()), of())
    assert (one.approved_for, one.approved, one.elsewhere) == (None, None, ())


def test_a_difference_that_was_only_looked_at_is_not_approved() -> None:
    (one,) = strange(planned(change()), of(planned(change(), status=TargetStatus.OBSERVED)))
    assert (one.approved_for, one.approved) == (HERE, None)
