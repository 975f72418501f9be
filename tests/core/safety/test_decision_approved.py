"""Reviewed means sent: what an approved plan lets through, and what nobody's yes does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.explanations import FINDINGS
from reconciler.core.planning.digest import change_digest
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.treatment import Consent
from reconciler.core.safety.approval import ApprovedPlan, approved
from reconciler.core.safety.decision import ALLOWABLE, Approval, Decision, Question, decide
from reconciler.core.safety.gates import report_plan
from reconciler.core.settings import OnFinding, Policy, Rule
from reconciler.core.target import Change, Origin
from reconciler.render.json import dumps, plan_json
from tests.support import change, planned, target
from tests.support.counting import calls_of
from tests.support.documents import ANYTHING, PLANS, document, forged, places, resealed
from tests.support.laws import tried

CALM = Policy(first_contact=Rule.ALLOW)
OVERWRITE = replace(
    CALM, on_drift=OnFinding.OVERWRITE, on_conflict=OnFinding.OVERWRITE, on_unrecorded=OnFinding.OVERWRITE
)
EVERYTHING = frozenset(ALLOWABLE)
ONE, TWO = "1 change is", "2 changes are"
NOT_IN_IT = "not in the approved plan: plan again, and have that plan approved"


def of(*changes: Change) -> Plan:
    """Return a plan of one profile for each change."""
    return Plan(targets=tuple(planned(one, to=target(f"p{n}", address=f"{n}")) for n, one in enumerate(changes)))


def decided(now: Plan, then: Plan, policy: Policy = CALM, **approval: Any) -> Decision:
    return decide(now, policy, approval=Approval(plan=ApprovedPlan(plan=then), **approval))


def sent(decision: Decision) -> list[Change]:
    """Return what leaves the machine."""
    return [] if decision.stopped else [one for _, one in decision.sending]


@pytest.mark.parametrize("origin", Origin)
def test_a_change_that_was_approved_is_sent_wherever_it_comes_from(origin: Origin) -> None:
    plan = of(change(before="Old", origin=origin))
    for policy, allowed in ((OVERWRITE, frozenset()), (CALM, frozenset({origin.value}))):
        assert sent(decided(plan, plan, policy, allowed=allowed)) == [one for _, one in plan.changes]


@pytest.mark.parametrize("origin", FINDINGS)
def test_what_the_approved_plan_shows_as_left_is_left(origin: Origin) -> None:
    """Its reader approved that it is left. Neither the approval nor a setting since then sends it; its flag does."""
    plan = of(change(before="Old", origin=origin), change("email"))
    document = dumps(plan_json(report_plan(plan, Consent(CALM))))
    then = approved(document.encode(), file="plan.json")
    assert isinstance(then, ApprovedPlan)
    for policy in (CALM, OVERWRITE):
        found = decide(plan, policy, approval=Approval(plan=then))
        assert (sent(found), found.stopped, found.unapproved) == ([change("email")], "", ())
    overwriting = decide(plan, OVERWRITE, approval=Approval(plan=then))
    assert [why for _, _, why in overwriting.left] == [
        "the approved plan shows it as left: plan again, and have that plan approved"
    ]
    allowed = decide(plan, CALM, approval=Approval(plan=then, allowed=frozenset({origin.value})))
    assert len(sent(allowed)) == 2


def test_an_approved_change_is_not_asked_about() -> None:
    plan = of(change())
    assert sent(decided(plan, plan, ask=lambda _: pytest.fail("nobody need be asked"))) != []


def test_what_is_no_longer_needed_is_no_problem() -> None:
    kept, done = change(before="Old"), change("email")
    assert sent(decided(of(kept), of(kept, done))) == [kept]
    assert decided(of(), of(done), Policy(empty=Rule.ALLOW)).stopped == ""


@pytest.mark.parametrize("allowed", [frozenset(), EVERYTHING])
@pytest.mark.parametrize("policy", [CALM, OVERWRITE])
@pytest.mark.parametrize("origin", Origin)
def test_one_change_that_is_not_in_the_plan_stops_all_of_it_whatever_else_says_yes(
    origin: Origin, policy: Policy, allowed: frozenset[str]
) -> None:
    good, new = change(before="Old"), change("email", before="Old", origin=origin)
    decision = decided(of(good, new), of(good), policy, auto=True, allowed=allowed, ask=lambda _: True)
    assert (sent(decision), decision.stopped) == ([], f"{ONE} {NOT_IN_IT}")
    assert [one.now for one in decision.unapproved] == [new]


def test_live_that_moved_since_the_review_stops_it_and_both_are_told() -> None:
    then = of(change(before="Old"), change("email"))
    decision = decided(of(change(before="Hacked"), change("email", after="b@b.example")), then)
    assert decision.stopped == f"{TWO} {NOT_IN_IT}"
    assert [(one.now, one.approved) for one in decision.unapproved] == [
        (change(before="Hacked"), change(before="Old")),
        (change("email", after="b@b.example"), change("email")),
    ]


def test_what_was_planned_offline_stops_the_run_where_anything_of_it_is_to_be_sent() -> None:
    blind = Plan(targets=(planned(change(), to=target("p0", address="0"), offline=True),))
    again = "plan again with the credentials that were missing, and have that plan approved"
    decision = decided(of(change()), blind, allowed=EVERYTHING)
    assert (sent(decision), decision.stopped) == ([], f"{ONE} not in the approved plan: {again}")
    assert decided(Plan(targets=(planned(),)), blind).stopped == ""


CLEARING = of(change(before="Old", after=""))


@pytest.mark.parametrize(
    ("rule", "approval", "stopped"),
    [
        (Rule.ASK, {}, "the gate clear stopped it"),
        (Rule.ASK, {"auto": True}, "the gate clear stopped it"),
        (Rule.ASK, {"allowed": frozenset({"clear"})}, ""),
        (Rule.ASK, {"ask": lambda _: True}, ""),
        (Rule.ASK, {"ask": lambda _: False}, "it was not approved"),
        (Rule.DENY, {"allowed": frozenset({"clear"}), "ask": lambda _: True}, "the gate clear stopped it"),
        (Rule.WARN, {}, ""),
    ],
)
def test_an_approved_plan_opens_no_gate(rule: Rule, approval: dict[str, Any], stopped: str) -> None:
    """Beside it a gate is opened as it always is: by its flag, or by a person who sees it."""
    assert decided(CLEARING, CLEARING, Policy(clear=rule), **approval).stopped == stopped


def test_what_is_not_in_the_plan_is_said_before_any_gate() -> None:
    decision = decided(CLEARING, of(), Policy(clear=Rule.DENY))
    assert (decision.stopped, [gate.gate for gate in decision.tripped]) == (f"{ONE} {NOT_IN_IT}", ["clear"])


def test_an_approved_plan_of_which_nothing_is_left_is_an_empty_run() -> None:
    assert decided(Plan(targets=()), of(change()), Policy()).stopped == "the gate empty stopped it"


def accepted(origin: Origin, *, before: str = "Old") -> Change:
    return replace(change(before=before, origin=origin), acknowledged="a campaign, until 2026-12-27")


def everybody(_: Question) -> bool:
    """Say yes to whatever is shown."""
    return True


YES: dict[str, dict[str, Any]] = {
    "--auto-approve": {"auto": True},
    "a person": {"ask": everybody},
    "an approved plan": {"plan": None},
}


@pytest.mark.parametrize("others", [False, True])
@pytest.mark.parametrize("who", YES)
@pytest.mark.parametrize("origin", FINDINGS)
def test_accepted_drift_is_left_alone_and_only_its_own_flag_sends_it(origin: Origin, who: str, *, others: bool) -> None:
    plan = of(accepted(origin), change("email"))
    yes = {"plan": ApprovedPlan(plan=plan)} if "plan" in YES[who] else YES[who]
    allowed = EVERYTHING - {origin.value} if others else frozenset()
    for policy in (CALM, OVERWRITE):
        left = decide(plan, policy, approval=Approval(allowed=allowed, **yes))
        assert (sent(left), left.stopped) == ([change("email")], "")
        assert [why for _, _, why in left.left] == [
            f"accepted: a campaign, until 2026-12-27; only --allow {origin} sends it"
        ]
    opened = decide(plan, CALM, approval=Approval(allowed=frozenset({origin.value}), **yes))
    assert sent(opened) == [accepted(origin), change("email")]


def test_what_is_accepted_and_so_not_sent_need_not_be_in_the_plan() -> None:
    now, then = of(accepted(Origin.DRIFTED), change("email")), of(change(), change("email"))
    assert sent(decided(now, then)) == [change("email")]
    opened = decided(now, then, allowed=frozenset({"drifted"}))
    assert (sent(opened), len(opened.unapproved)) == ([], 1)


@pytest.mark.parametrize("origin", [*FINDINGS, Origin.PENDING])
def test_what_was_accepted_when_the_plan_was_approved_is_not_sent_once_it_no_longer_is(origin: Origin) -> None:
    """Its day has passed meanwhile. The plan said that it is left alone, and nobody approved anything else."""
    now, then = of(change(before="Old", origin=origin), change("email")), of(accepted(origin), change("email"))
    found = decided(now, then, OVERWRITE)
    assert (sent(found), found.stopped, found.unapproved) == ([change("email")], "", ())
    assert [why for _, _, why in found.left] == [
        "it was accepted when the plan was approved, and is no longer: plan again, and have that plan approved"
    ]
    assert len(sent(decided(now, then, allowed=frozenset({origin.value})))) == 2


def test_what_is_accepted_is_counted_among_what_an_apply_leaves_alone() -> None:
    assert report_plan(of(accepted(Origin.DRIFTED), change()), Consent(OVERWRITE)).held == {Origin.DRIFTED: 1}


def check(now: Plan, permitted: ApprovedPlan, allowed: frozenset[str]) -> None:
    """What is sent are changes of the plan made now, each of them in the approved one; all of them, or none."""
    decision = decide(now, CALM, approval=Approval(plan=permitted, allowed=allowed, ask=everybody))
    pairs = {id(one) for _, one in now.changes}
    assert all(id(one) in pairs for one in sent(decision))
    strange = [
        one
        for planned, one in now.changes
        if (change_digest(planned.target, one), planned.target.account) not in permitted.permits
    ]
    assert [one.now for one in decision.unapproved] == strange
    assert not (strange and sent(decision))


ALLOWED = st.frozensets(st.sampled_from(ALLOWABLE))


@given(now=PLANS, then=PLANS, allowed=ALLOWED)
@tried(80)
def test_nothing_is_sent_that_is_not_asked_for_now_and_was_not_approved_then(
    *, now: Plan, then: Plan, allowed: frozenset[str]
) -> None:
    check(now, ApprovedPlan(plan=then), allowed)
    check(now, ApprovedPlan(plan=now), allowed)


@given(now=PLANS, value=ANYTHING, careful=st.booleans(), allowed=ALLOWED, data=st.data())
@tried(150)
def test_a_forged_plan_is_refused_or_permits_some_of_what_the_files_ask_for(
    *, now: Plan, value: Any, careful: bool, allowed: frozenset[str], data: st.DataObject
) -> None:
    """Whatever stands in one place of it, also with digests made anew: nothing that was not asked for is sent."""
    text = document(now)
    forgery = forged(text, data.draw(st.sampled_from(list(places(json.loads(text))))), value)
    found = approved((resealed(forgery) if careful and forgery.startswith("{") else forgery).encode(), file="plan.json")
    if isinstance(found, ApprovedPlan):
        check(now, found, allowed)
    else:
        assert found != ()


def test_a_decision_on_four_times_as_many_changes_takes_four_times_the_calls() -> None:
    few, many = (of(*(change(before="Old", after=f"New {n}") for n in range(number))) for number in (50, 200))
    # What is over the four is for what a first use fills.
    assert calls_of(lambda: decided(many, many)) <= 4.1 * calls_of(lambda: decided(few, few))
