"""Which plan a check before the merge judges, its gates, and the label for each."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.settings import Rule
from reconciler.forge.port import WorkflowRun
from reconciler.forge.rules.gates import (
    GatesResult,
    NoPlan,
    PlanGates,
    TrippedGate,
    judge_gates,
    newest_plan,
    tripped_in,
)
from reconciler.forge.rules.labels import AllowedByLabels, IgnoredLabel, LabelDoubt
from tests.support.conversing import HEAD, event, pull, workflow_run

OPEN = pull(merged=False)
CLEAR = TrippedGate(
    gate="clear", rule=Rule.ASK, summary="address of 1 profile would be emptied", hint="", profiles=("berlin",)
)
WHOLE: dict[str, Any] = {
    "format_version": "2.0",
    "gates": [CLEAR.model_dump(mode="json")],
    "base": HEAD,
    "complete": True,
    "errored": False,
    "targets": [{"offline": False}],
    "offline": False,
}


def newest(*runs: WorkflowRun, source: str = "goldcrust/profiles") -> WorkflowRun | NoPlan:
    ours = replace(OPEN, head_repository=source)
    return newest_plan(ours, runs, repository="goldcrust/profiles", workflow="plan.yml")


def test_the_plan_is_that_of_the_newest_run_of_the_last_commit() -> None:
    older, newer = workflow_run(5, -10), workflow_run(6, -5, conclusion="failure")
    others = [
        workflow_run(7, head="b" * 40),
        workflow_run(8, source="eve/profiles"),
        workflow_run(9, path=".github/workflows/apply.yml"),
    ]
    assert newest(older, newer, *others) == newer


@pytest.mark.parametrize(
    ("run", "why", "waits"),
    [
        (workflow_run(7, head="b" * 40), "no run of plan.yml is known for its last commit aaaaaaa", True),
        (workflow_run(7, conclusion=""), "the plan of its last commit aaaaaaa, run 7, goes on", True),
        (
            workflow_run(7, conclusion="cancelled"),
            "run 7 of plan.yml ended with cancelled; run it again, and then this check",
            False,
        ),
    ],
)
def test_no_older_plan_stands_in_for_the_newest(run: WorkflowRun, why: str, *, waits: bool) -> None:
    found = newest(run) if run.head != HEAD else newest(workflow_run(5, -20), run)
    assert isinstance(found, NoPlan)
    assert (found.why, found.patience > 0) == (why, waits)


def test_a_fork_s_plan_asked_no_provider() -> None:
    found = newest(workflow_run(source="eve/profiles"), source="eve/profiles")
    assert found == NoPlan("it comes from a fork, whose plan asks no provider; push its branch to this repository")


def test_the_gates_of_a_plan_are_read_and_nothing_else_of_it() -> None:
    more = {"digest": "not looked at", "further_gates": [{}]}
    assert tripped_in(json.dumps(WHOLE | more).encode()) == PlanGates((CLEAR,), HEAD)


@pytest.mark.parametrize(
    "wrong", [{"complete": False}, {"offline": True}, {"targets": [{"offline": True}]}], ids=lambda one: next(iter(one))
)
def test_a_plan_that_may_not_know_all_gates_says_so(wrong: dict[str, Any]) -> None:
    found = tripped_in(json.dumps(WHOLE | wrong).encode())
    assert isinstance(found, PlanGates)
    assert found.partly


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (b"[]", "it is no JSON object"),
        (b'{"format_version": "2.0", "errored": true}', "it is no whole plan"),
        (json.dumps(WHOLE | {"gates": [{"gate": "clear", "rule": "maybe"}]}).encode(), "it is no whole plan"),
        (json.dumps(WHOLE | {"errored": True}).encode(), "its files have errors"),
    ],
)
def test_a_document_without_gates_opens_none(plan: bytes, why: str) -> None:
    found = tripped_in(plan)
    assert isinstance(found, str)
    assert found.startswith(why)


def test_each_gate_has_the_labels_that_are_for_it() -> None:
    late = IgnoredLabel("allow-clear", "ada", LabelDoubt.AUTHOR)
    allowed = AllowedByLabels(17, ("bulk",), (event("allow-bulk"),), (late,))
    gates = [CLEAR, TrippedGate(gate="bulk", rule=Rule.ASK, summary="", hint="")]
    clear, opened = judge_gates(gates, allowed)
    assert (clear.stands, clear.by, clear.ignored) == (True, (), (late,))
    assert (opened.stands, opened.by, opened.ignored) == (False, (event("allow-bulk"),), ())


@pytest.mark.parametrize(("rule", "stands"), [(Rule.ASK, False), (Rule.WARN, False), (Rule.DENY, True)])
def test_no_label_opens_a_gate_that_the_settings_deny(rule: Rule, *, stands: bool) -> None:
    gate = TrippedGate(gate="clear", rule=rule, summary="", hint="")
    (found,) = judge_gates([gate], AllowedByLabels(17, ("clear",), (event(),)))
    assert found.stands is stands


def test_a_check_without_a_plan_is_red_and_one_with_nothing_to_judge_is_green() -> None:
    assert not GatesResult(17, why="no plan").passes
    assert GatesResult(17, settled=True).passes
    assert GatesResult(17, run=5).passes
    assert not GatesResult(17, run=5, gates=judge_gates([CLEAR], AllowedByLabels())).passes


@pytest.mark.parametrize(
    ("base", "tip", "moved"), [("a", "b", True), ("a", "a", False), ("", "b", False), ("a", "", False)]
)
def test_a_branch_has_moved_only_if_both_commits_are_known(base: str, tip: str, *, moved: bool) -> None:
    assert GatesResult(17, run=5, base=base, tip=tip).moved is moved
