from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.explanations import FINDINGS
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.safety.decision import ALLOWABLE, Approval, Decision, decide, held
from reconciler.core.safety.gates import GATES, PlanReport, gates
from reconciler.core.settings import Bulk, OnFinding, Policy, Rule
from reconciler.core.target import Origin
from tests.support import change, planned, target

KEYS = {Origin.DRIFTED: "on_drift", Origin.CONFLICT: "on_conflict", Origin.UNRECORDED: "on_unrecorded"}
SENT = tuple(origin for origin in Origin if origin not in KEYS)
NOBODY = "nobody can be asked here: run it at a terminal, or say yes with --auto-approve"
CALM = Policy(first_contact=Rule.ALLOW)


class Person:
    """Sits at the terminal, answers always the same, and keeps what was shown."""

    def __init__(self, *, says: bool) -> None:
        self.says = says
        self.shown: list[PlanReport] = []

    def __call__(self, report: PlanReport) -> bool:
        """Look at the plan and answer."""
        self.shown.append(report)
        return self.says


def of(*origins: Origin, after: str = "New") -> Plan:
    """Return a plan with one change of each origin, each in a profile of its own."""
    return Plan(
        targets=tuple(
            planned(change(before="Old", after=after, origin=origin), to=target(origin, address=origin))
            for origin in origins
        )
    )


def split(decision: Decision) -> tuple[list[Origin], list[Origin]]:
    """Return the origins of what is sent and of what is left alone."""
    return [c.origin for _, c in decision.sending], [c.origin for _, c, _ in decision.left]


def test_what_the_repository_asked_for_is_sent_and_what_was_changed_elsewhere_is_left() -> None:
    decision = decide(of(*Origin), CALM, approval=Approval(auto=True))
    assert split(decision) == (list(SENT), list(FINDINGS))
    assert decision.stopped == ""


@pytest.mark.parametrize("origin", FINDINGS)
def test_what_is_left_alone_says_how_it_would_be_sent(origin: Origin) -> None:
    decision = decide(of(origin), CALM, approval=Approval(auto=True))
    assert [why for _, _, why in decision.left] == [
        f"{origin.value}: --allow {origin.value}, or `policy: {{{KEYS[origin]}: overwrite}}`, sends it"
    ]


@pytest.mark.parametrize("origin", FINDINGS)
def test_each_finding_is_sent_by_its_own_setting_or_flag_and_by_no_other(origin: Origin) -> None:
    overwriting: dict[str, Any] = {KEYS[origin]: OnFinding.OVERWRITE}
    setting = replace(CALM, **overwriting)
    by_setting = decide(of(*FINDINGS), setting, approval=Approval(auto=True))
    by_flag = decide(of(*FINDINGS), CALM, approval=Approval(auto=True, allowed=frozenset({origin.value})))
    others = [one for one in FINDINGS if one is not origin]
    assert split(by_setting) == split(by_flag) == ([origin], others)


def test_a_yes_under_a_plan_that_shows_them_sends_the_findings_too() -> None:
    person, plan = Person(says=True), of(*Origin)
    decision = decide(plan, CALM, approval=Approval(ask=person))
    assert split(decision) == (list(Origin), [])
    assert decision.stopped == ""
    assert person.shown == [PlanReport(plan=plan, tripped=decision.tripped)]


def test_a_yes_that_was_given_beforehand_covers_no_finding() -> None:
    """--auto-approve at a terminal: nobody reads the plan, so nobody can have seen them."""
    person = Person(says=True)
    decision = decide(of(*Origin), CALM, approval=Approval(auto=True, ask=person))
    assert (split(decision), person.shown) == ((list(SENT), list(FINDINGS)), [])


def test_a_no_stops_the_run() -> None:
    assert decide(of(Origin.EDITED), CALM, approval=Approval(ask=Person(says=False))).stopped == "it was not approved"


def test_without_anybody_to_ask_nothing_is_sent() -> None:
    assert decide(of(Origin.EDITED), CALM, approval=Approval()).stopped == NOBODY


@pytest.mark.parametrize("plan", [of(), of(Origin.DRIFTED), of(*FINDINGS)])
def test_a_run_that_sends_nothing_needs_no_yes(plan: Plan) -> None:
    decision = decide(plan, Policy(empty=Rule.ALLOW), approval=Approval())
    assert (decision.sending, decision.tripped, decision.stopped) == ((), (), "")


CLEARING = of(Origin.EDITED, after="")
YES, NO = (lambda: Person(says=True)), (lambda: Person(says=False))


@pytest.mark.parametrize(
    ("rule", "allowed", "auto", "person", "stopped", "asked"),
    [
        (Rule.ALLOW, "", True, None, "", False),
        (Rule.ALLOW, "", False, None, NOBODY, False),
        (Rule.ALLOW, "", False, YES, "", True),
        (Rule.WARN, "", True, None, "", False),
        (Rule.WARN, "", False, None, NOBODY, False),
        (Rule.WARN, "", True, YES, "", False),
        (Rule.ASK, "", True, None, "the gate clear stopped it", False),
        (Rule.ASK, "", False, None, "the gate clear stopped it", False),
        (Rule.ASK, "webhook", True, None, "the gate clear stopped it", False),
        (Rule.ASK, "clear", True, None, "", False),
        (Rule.ASK, "clear", False, None, NOBODY, False),
        (Rule.ASK, "", False, YES, "", True),
        (Rule.ASK, "", False, NO, "it was not approved", True),
        (Rule.ASK, "", True, YES, "", True),
        (Rule.ASK, "", True, NO, "it was not approved", True),
        (Rule.ASK, "clear", True, NO, "", False),
        (Rule.DENY, "", True, None, "the gate clear stopped it", False),
        (Rule.DENY, "clear", True, None, "the gate clear stopped it", False),
        (Rule.DENY, "clear", True, YES, "the gate clear stopped it", False),
        (Rule.DENY, "clear", False, YES, "the gate clear stopped it", False),
    ],
)
def test_a_yes_to_the_plan_opens_no_gate_and_nothing_opens_what_is_denied(
    *, rule: Rule, allowed: str, auto: bool, person: Callable[[], Person] | None, stopped: str, asked: bool
) -> None:
    ask = person() if person is not None else None
    approval = Approval(auto=auto, allowed=frozenset({allowed} - {""}), ask=ask)
    assert decide(CLEARING, Policy(clear=rule), approval=approval).stopped == stopped
    assert (ask is not None and len(ask.shown) == 1) is asked


def test_every_gate_that_stops_is_named() -> None:
    policy = Policy(bulk=Bulk(profiles=0, percent=0))
    decision = decide(of(Origin.ADOPTED, after=""), policy, approval=Approval(auto=True))
    assert decision.stopped == "the gates bulk, clear, first-contact stopped it"
    assert [one.gate for one in decision.tripped] == ["bulk", "clear", "first-contact"]


def test_a_gate_is_not_tripped_by_what_is_left_alone() -> None:
    decision = decide(of(Origin.UNRECORDED, Origin.EDITED), Policy(), approval=Approval(auto=True))
    assert (split(decision), decision.tripped) == (([Origin.EDITED], [Origin.UNRECORDED]), ())
    overwriting = Policy(on_unrecorded=OnFinding.OVERWRITE)
    assert decide(of(Origin.UNRECORDED), overwriting, approval=Approval(auto=True)).stopped == (
        "the gate first-contact stopped it"
    )


@pytest.mark.parametrize(
    ("rule", "person", "stopped", "asked"),
    [
        (Rule.DENY, YES, "the gate empty stopped it", False),
        (Rule.ASK, None, "the gate empty stopped it", False),
        (Rule.ASK, YES, "", True),
        (Rule.ASK, NO, "it was not approved", True),
        (Rule.WARN, None, "", False),
        (Rule.ALLOW, None, "", False),
    ],
)
@pytest.mark.parametrize("plan", [Plan(targets=()), Plan(targets=(planned(status=TargetStatus.PAUSED),))])
def test_an_empty_selection_stops_unless_the_settings_or_a_person_say_otherwise(
    plan: Plan, rule: Rule, *, person: Callable[[], Person] | None, stopped: str, asked: bool
) -> None:
    ask = person() if person is not None else None
    assert decide(plan, Policy(empty=rule), approval=Approval(auto=True, ask=ask)).stopped == stopped
    assert (ask is not None and len(ask.shown) == 1) is asked


def test_what_can_be_allowed_for_one_run_is_every_gate_but_the_empty_one_and_every_finding() -> None:
    assert set(ALLOWABLE) == {*GATES, *FINDINGS} - {"empty"}
    assert list(ALLOWABLE) == sorted(ALLOWABLE)


@given(
    origins=st.lists(st.sampled_from(Origin), unique=True),
    status=st.sampled_from(TargetStatus),
    allowed=st.frozensets(st.sampled_from(ALLOWABLE)),
    drift=st.sampled_from(OnFinding),
    auto=st.booleans(),
    person=st.sampled_from((None, True, False)),
)
@settings(max_examples=120)
def test_every_change_is_either_sent_or_left_alone_with_a_reason(
    *,
    origins: list[Origin],
    status: TargetStatus,
    allowed: frozenset[str],
    drift: OnFinding,
    auto: bool,
    person: bool | None,
) -> None:
    watched = planned(change("email"), to=target("zagreb", address="z"), status=status)
    plan = Plan(targets=(*of(*origins).targets, watched))
    ask = None if person is None else Person(says=person)
    policy = Policy(on_drift=drift)
    decision = decide(plan, policy, approval=Approval(auto=auto, allowed=allowed, ask=ask))
    left = [(p, c) for p, c, why in decision.left if why]
    assert [one for one in plan.changes if one in decision.sending] == list(decision.sending)
    assert [one for one in plan.changes if one not in decision.sending] == left
    assert decision.tripped == gates(plan, policy, sending=decision.sending)
    assert not (decision.sending and not auto and not person and not decision.stopped)


def test_what_nobody_asked_for_is_counted_by_its_origin() -> None:
    plan = of(Origin.UNRECORDED, Origin.DRIFTED, Origin.EDITED, Origin.DRIFTED, Origin.CONFLICT)
    assert held(plan, Policy()) == ((Origin.DRIFTED, 2), (Origin.CONFLICT, 1), (Origin.UNRECORDED, 1))
    assert held(plan, Policy(on_drift=OnFinding.OVERWRITE, on_conflict=OnFinding.OVERWRITE)) == (
        (Origin.UNRECORDED, 1),
    )
