"""What is counted is what an apply does: sent, left alone, left for a person, and what needs no change."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.explanations import FINDINGS, ORIGINS
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import (
    Consent,
    Summary,
    Treatment,
    summarize,
    treated,
    treatment,
    with_treatment,
)
from reconciler.core.safety.decision import ALLOWABLE
from reconciler.core.settings import OnFinding, Policy
from reconciler.core.target import Change, Origin
from tests.support import change, planned, target

SENT, ALONE, PERSON = Treatment.SENT, Treatment.LEFT_ALONE, Treatment.FOR_A_PERSON
UNREAD = (UnreadableField(field="email", reason="a timeout"),)
OVERWRITE = Policy(on_drift=OnFinding.OVERWRITE, on_conflict=OnFinding.OVERWRITE, on_unrecorded=OnFinding.OVERWRITE)
LEFT_BY_DEFAULT = {Origin.DRIFTED: ALONE, Origin.CONFLICT: PERSON, Origin.UNRECORDED: PERSON}


def of(origin: Origin, *, accepted: str = "") -> Change:
    return replace(change(before="Old", origin=origin), acknowledged=accepted)


@pytest.mark.parametrize("origin", Origin)
def test_what_the_files_ask_for_is_sent_and_what_was_changed_elsewhere_is_left(origin: Origin) -> None:
    assert treatment(of(origin), Consent()) is LEFT_BY_DEFAULT.get(origin, SENT)


@pytest.mark.parametrize("origin", FINDINGS)
def test_a_setting_a_flag_or_an_answer_for_just_this_origin_has_it_sent(origin: Origin) -> None:
    setting: dict[str, Any] = {ORIGINS[origin].setting: OnFinding.OVERWRITE}
    others = frozenset(FINDINGS) - {origin}
    for consent in (
        Consent(Policy(**setting)),
        Consent(allowed=frozenset({origin.value})),
        Consent(answered=frozenset({origin})),
    ):
        assert treatment(of(origin), consent) is SENT
        assert {treatment(of(other), consent) for other in others} <= {ALONE, PERSON}


@pytest.mark.parametrize("origin", FINDINGS)
def test_an_accepted_difference_is_left_alone_and_only_its_own_flag_has_it_sent(origin: Origin) -> None:
    one = of(origin, accepted="a campaign, until 2026-12-27")
    every = frozenset(ALLOWABLE) - {origin.value}
    assert treatment(one, Consent(OVERWRITE, every, frozenset(FINDINGS))) is ALONE
    assert treatment(one, Consent(allowed=frozenset({origin.value}))) is SENT


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TargetStatus.PLANNED, SENT),
        (TargetStatus.OBSERVED, Treatment.OBSERVED),
        (TargetStatus.BLOCKED, Treatment.BLOCKED),
    ],
)
def test_what_may_not_be_written_is_not_sent_whatever_is_allowed(status: TargetStatus, expected: Treatment) -> None:
    consent = Consent(OVERWRITE, frozenset(ALLOWABLE))
    assert {treated(planned(status=status), of(origin), consent) for origin in Origin} == {expected}


def managing(*reasons: SameReason) -> TargetPlan:
    """Return a profile whose fields need no change for these reasons."""
    return replace(planned(), unchanged=tuple(UnchangedField(field=reason, reason=reason) for reason in reasons))


def numbered(*targets: TargetPlan) -> Plan:
    return Plan(targets=tuple(replace(one, target=target(f"p{n}", address=f"{n}")) for n, one in enumerate(targets)))


def test_a_plan_counts_every_target_once() -> None:
    plan = numbered(
        planned(change(), change("email")),
        replace(planned(change()), unreadable=UNREAD),
        planned(of(Origin.DRIFTED), change("email")),
        planned(of(Origin.DRIFTED)),
        planned(of(Origin.CONFLICT), replace(of(Origin.UNRECORDED), field="email")),
        planned(of(Origin.CONFLICT, accepted="a campaign")),
        managing(SameReason.IN_SYNC, SameReason.ECHO),
        managing(SameReason.IN_SYNC, SameReason.ASSUMED),
        managing(SameReason.LOOKS_THE_SAME, SameReason.ASSUMED),
        managing(SameReason.ALTERED, SameReason.IN_SYNC),
        planned(),
        replace(planned(), unreadable=UNREAD),
        planned(change(), status=TargetStatus.OBSERVED),
        planned(status=TargetStatus.PAUSED),
        planned(change(), status=TargetStatus.BLOCKED),
        planned(status=TargetStatus.BLOCKED),
        planned(status=TargetStatus.UNREADABLE),
        planned(status=TargetStatus.NOT_READ),
    )
    assert summarize(plan, Consent()) == Summary(
        will_be_sent=4,
        left_alone=3,
        left_for_a_person=2,
        profiles=18,
        changed=3,
        left=3,
        in_sync=1,
        assumed=1,
        not_as_sent=1,
        unverified=1,
        unmanaged=1,
        observed=1,
        paused=1,
        blocked=2,
        unreadable=3,
        not_read=1,
    )
    overwriting = summarize(plan, Consent(OVERWRITE))
    assert (overwriting.will_be_sent, overwriting.left_alone, overwriting.left_for_a_person) == (8, 1, 0)
    assert (overwriting.changed, overwriting.left) == (5, 1)


TARGETS = st.builds(
    lambda status, found: planned(*found, status=status),
    # Of the others nothing was compared.
    st.sampled_from((TargetStatus.PLANNED, TargetStatus.OBSERVED, TargetStatus.BLOCKED)),
    st.lists(st.builds(of, st.sampled_from(Origin), accepted=st.sampled_from(("", "a campaign"))), max_size=3),
)
CONSENT = st.builds(
    Consent, st.sampled_from((Policy(), OVERWRITE)), st.frozensets(st.sampled_from(ALLOWABLE)), st.just(frozenset())
)


@given(targets=st.lists(TARGETS, max_size=5), consent=CONSENT)
@settings(max_examples=60)
def test_every_difference_and_every_profile_that_was_read_is_counted_once(
    *, targets: list[TargetPlan], consent: Consent
) -> None:
    plan = numbered(*targets)
    found = summarize(plan, consent)
    assert found.will_be_sent + found.left_alone + found.left_for_a_person == len(plan.changes)
    assert sum(len(with_treatment(plan, consent, way)) for way in Treatment) == sum(
        len(one.differences) for one in plan.targets
    )
    numbers = asdict(found)
    three = ("will_be_sent", "left_alone", "left_for_a_person", "profiles")
    assert sum(number for name, number in numbers.items() if name not in three) == found.profiles
