from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.explanations import FINDINGS
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.planning.treatment import Consent
from reconciler.core.safety.decision import ALLOWABLE, Approval, Decision, Question, decide
from reconciler.core.safety.gates import GATES, gates, report_plan
from reconciler.core.settings import Bulk, OnFinding, Policy, Rule
from reconciler.core.target import Origin
from tests.support import change, planned, target
from tests.support.laws import tried

KEYS = {Origin.DRIFTED: "on_drift", Origin.CONFLICT: "on_conflict", Origin.UNRECORDED: "on_unrecorded"}
SENT = tuple(origin for origin in Origin if origin not in KEYS)
NOBODY = "there is no person to ask here: run it at a terminal, or say yes with --auto-approve"
# One change of each origin is no mass change, however many origins there are.
CALM = Policy(first_contact=Rule.ALLOW, bulk=Bulk(profiles=100))


class Person:
    """Sits at the terminal, answers always the same or as told for an origin, and keeps what was asked."""

    def __init__(self, *, says: bool, apart: Mapping[Origin, bool] | None = None) -> None:
        self.says = says
        self.apart = apart or {}
        self.shown: list[Question] = []

    def __call__(self, question: Question) -> bool:
        """Read the question and answer."""
        self.shown.append(question)
        return self.apart.get(question.origin, self.says) if question.origin is not None else self.says

    @property
    def asked(self) -> list[tuple[Origin | None, list[Origin], list[str]]]:
        """What each question was about: its origin, what a yes sends, and the gates that it opens."""
        return [(q.origin, [c.origin for _, c in q.sending], [gate.gate for gate in q.tripped]) for q in self.shown]


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


def test_one_yes_never_sends_what_was_changed_elsewhere_together_with_an_edit() -> None:
    person, plan = Person(says=True), of(*Origin)
    decision = decide(plan, CALM, approval=Approval(ask=person))
    assert split(decision) == (list(Origin), [])
    assert decision.stopped == ""
    assert person.asked == [(None, list(SENT), []), *((origin, [origin], []) for origin in FINDINGS)]


@pytest.mark.parametrize("origin", FINDINGS)
def test_a_no_to_one_question_leaves_just_what_it_was_about(origin: Origin) -> None:
    person = Person(says=True, apart={origin: False})
    decision = decide(of(*Origin), CALM, approval=Approval(ask=person))
    assert (split(decision), decision.stopped) == (([one for one in Origin if one is not origin], [origin]), "")


def test_a_no_to_the_first_question_stops_the_run_and_nothing_else_is_asked() -> None:
    person = Person(says=False)
    decision = decide(of(*Origin), CALM, approval=Approval(ask=person))
    assert (decision.stopped, len(person.shown)) == ("it was not approved", 1)


def test_where_only_drift_differs_the_only_question_is_about_it_and_a_no_leaves_it_alone() -> None:
    person = Person(says=False)
    decision = decide(of(Origin.DRIFTED), CALM, approval=Approval(ask=person))
    assert (split(decision), decision.stopped) == (([], [Origin.DRIFTED]), "")
    assert person.asked == [(Origin.DRIFTED, [Origin.DRIFTED], [])]


def test_a_question_names_the_gates_that_its_yes_opens_and_no_other() -> None:
    edited = planned(change(before="Old", after=""), to=target("edited", address="e"))
    drifted = planned(change("webhook", before="Old", origin=Origin.DRIFTED), to=target("drifted", address="d"))
    person = Person(says=True)
    decision = decide(Plan(targets=(edited, drifted)), CALM, approval=Approval(ask=person))
    assert person.asked == [(None, [Origin.EDITED], ["clear"]), (Origin.DRIFTED, [Origin.DRIFTED], ["webhook"])]
    assert [gate.gate for gate in decision.tripped] == ["clear", "webhook"]


def test_what_a_denied_gate_would_stop_is_not_asked_about() -> None:
    person, policy = Person(says=True), Policy(clear=Rule.DENY)
    plan = Plan(targets=(planned(change(before="Old", after="", origin=Origin.DRIFTED)),))
    decision = decide(plan, policy, approval=Approval(ask=person))
    assert (split(decision), decision.stopped, person.shown) == (([], [Origin.DRIFTED]), "", [])


def test_an_accepted_difference_is_never_asked_about() -> None:
    person = Person(says=True)
    accepted = replace(change(before="Old", origin=Origin.DRIFTED), acknowledged="a campaign")
    decision = decide(Plan(targets=(planned(accepted),)), CALM, approval=Approval(ask=person))
    assert (split(decision), person.shown) == (([], [Origin.DRIFTED]), [])


def test_a_yes_that_was_given_beforehand_covers_no_finding() -> None:
    """--auto-approve at a terminal: nobody reads the plan, so nobody can have seen them."""
    person = Person(says=True)
    decision = decide(of(*Origin), CALM, approval=Approval(auto=True, ask=person))
    assert (split(decision), person.shown) == ((list(SENT), list(FINDINGS)), [])


def test_a_no_stops_the_run() -> None:
    assert decide(of(Origin.EDITED), CALM, approval=Approval(ask=Person(says=False))).stopped == "it was not approved"


def test_without_a_person_to_ask_nothing_is_sent() -> None:
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
@tried(120)
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


def test_what_is_left_is_counted_by_its_origin() -> None:
    plan = of(Origin.UNRECORDED, Origin.DRIFTED, Origin.EDITED, Origin.DRIFTED, Origin.CONFLICT)
    held = report_plan(plan, Consent()).held
    assert list(held.items()) == [(Origin.DRIFTED, 2), (Origin.CONFLICT, 1), (Origin.UNRECORDED, 1)]
    overwriting = Policy(on_drift=OnFinding.OVERWRITE, on_conflict=OnFinding.OVERWRITE)
    assert report_plan(plan, Consent(overwriting)).held == {Origin.UNRECORDED: 1}


def test_a_plan_names_the_gates_of_what_is_sent_apart_from_those_of_what_is_left() -> None:
    cleared = planned(change(before="Old", after=""), to=target("a", address="a"))
    accepted = replace(change("webhook", before="Old", origin=Origin.DRIFTED), acknowledged="a campaign")
    plan = Plan(targets=(cleared, planned(accepted, to=target("b", address="b")), *of(Origin.UNRECORDED).targets))
    report = report_plan(plan, Consent())
    assert [gate.gate for gate in report.tripped] == ["clear"]
    assert [gate.gate for gate in report.further] == ["first-contact"]
    assert report_plan(plan, Consent(allowed=frozenset({"unrecorded"}))).further == ()
