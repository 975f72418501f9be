"""Of two policies the stricter one, rule by rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.safety.policy import held_to, rule_changes, rules, stricter_of
from reconciler.core.settings import Bulk, OnFinding, OnPlaceholder, Policy, Rule, SelfLabel

NUMBERS = st.integers(0, 100)
POLICIES = st.builds(
    Policy,
    bulk=st.builds(Bulk, profiles=NUMBERS, percent=NUMBERS, never_above=NUMBERS),
    **{
        gate: st.sampled_from(Rule)
        for gate in ("clear", "webhook", "first_contact", "same_value", "removed", "last_look", "empty")
    },
    **{found: st.sampled_from(OnFinding) for found in ("on_drift", "on_conflict", "on_unrecorded")},
    self_label=st.sampled_from(SelfLabel),
    placeholders=st.sampled_from(OnPlaceholder),
)


@given(POLICIES, POLICIES)
def test_each_rule_is_one_of_the_two_and_neither_of_them_is_stricter(one: Policy, other: Policy) -> None:
    found = stricter_of(one, other)
    assert found == stricter_of(other, one)
    assert stricter_of(found, one) == stricter_of(found, other) == found
    both = rules(one), rules(other)
    assert all(rule in (both[0][path], both[1][path]) for path, rule in rules(found).items())


@given(POLICIES, POLICIES)
def test_nothing_moves_but_what_was_laxer(one: Policy, other: Policy) -> None:
    counts = held_to(one, other)
    assert rule_changes(counts, stricter_of(counts, other)).keys() <= {("self_label",), ("placeholders",)}
    assert rule_changes(one, counts) == {
        p: (now, rules(other)[p]) for p, now in rules(one).items() if now != rules(counts)[p]
    }
    assert (counts.self_label, counts.placeholders) == (one.self_label, one.placeholders)


def test_rules_stand_where_files_have_them() -> None:
    one = Policy(bulk=Bulk(percent=40), first_contact=Rule.ALLOW)
    assert rule_changes(one, Policy()) == {("bulk", "percent"): ("40", "30"), ("first-contact",): ("allow", "ask")}
