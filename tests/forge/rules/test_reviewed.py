"""Which run's plan people looked at before they merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.forge.port import Artifact, WorkflowRun
from reconciler.forge.rules.merge import NotReviewed, artifact_of, reviewed_runs
from tests.support.conversing import NOON, pull, workflow_run


def chosen(*runs: WorkflowRun, source: str = "goldcrust/profiles") -> tuple[WorkflowRun, ...] | NotReviewed:
    return reviewed_runs(pull(source=source), runs, repository="goldcrust/profiles", workflow="plan.yml")


def test_the_newest_run_that_came_to_its_end_comes_first() -> None:
    """A job after the plan may have failed: the plan is what people looked at."""
    failed, good, old = workflow_run(4, -10, conclusion="failure"), workflow_run(3, -20), workflow_run(2, -30)
    assert chosen(good, workflow_run(5, -5, conclusion="cancelled"), old, failed) == (failed, good, old)


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (workflow_run(conclusion="cancelled"), "run 5 of plan.yml ended with cancelled"),
        (workflow_run(minutes=1), "no run of plan.yml is known for its last commit aaaaaaa"),
        (workflow_run(conclusion=""), "run 5 of plan.yml ended with no result yet"),
        (workflow_run(source="eve/profiles"), "no run of plan.yml is known for its last commit aaaaaaa"),
        (workflow_run(source=""), "no run of plan.yml is known for its last commit aaaaaaa"),
        (workflow_run(head="b" * 40), "no run of plan.yml is known for its last commit aaaaaaa"),
        (workflow_run(event="push"), "no run of plan.yml is known for its last commit aaaaaaa"),
        (workflow_run(repository="eve/profiles"), "no run of plan.yml is known for its last commit aaaaaaa"),
        (workflow_run(path=".github/workflows/my-plan.yml"), "no run of plan.yml is known for its last commit aaaaaaa"),
    ],
)
def test_a_run_that_cannot_be_trusted_says_why(run: WorkflowRun, why: str) -> None:
    assert chosen(run) == NotReviewed(why=why)


@pytest.mark.parametrize("source", ["eve/profiles", ""], ids=["there", "gone"])
def test_a_plan_that_was_made_for_a_fork_is_a_stranger_s(source: str) -> None:
    why = "it came from a fork, and what runs there is a stranger's"
    assert chosen(workflow_run(source=source), source=source) == NotReviewed(why=why)


def artifact(number: int, minutes: int = -5, *, name: str = "reconciler-plan", expired: bool = False) -> Artifact:
    made = NOON + timedelta(minutes=minutes)
    return Artifact(id=number, name=name, size=1, expired=expired, created=made)


def test_the_newest_artifact_of_that_name_counts() -> None:
    run, held = workflow_run(), [artifact(1), artifact(3, name="other"), artifact(2), artifact(4, expired=True)]
    assert artifact_of(run, held, name="reconciler-plan", merged=NOON) == artifact(2)
    assert artifact_of(run, [artifact(3, name="other")], name="reconciler-plan", merged=NOON) == NotReviewed(
        why="run 5 has no artifact reconciler-plan"
    )
    assert artifact_of(run, [artifact(4, expired=True)], name="reconciler-plan", merged=NOON) == NotReviewed(
        why="the artifact reconciler-plan of run 5 has expired, and nothing else holds what was looked at"
    )


def test_before_the_merge_the_newest_artifact_counts_whenever_it_was_made() -> None:
    held = [artifact(1), artifact(2, minutes=1)]
    assert artifact_of(workflow_run(), held, name="reconciler-plan", merged=None) == artifact(2, minutes=1)


def test_a_plan_from_after_the_merge_was_not_reviewed_before_it() -> None:
    """A run can be started again, and then has another artifact of the same name."""
    again = [artifact(1), artifact(2, minutes=1)]
    assert artifact_of(workflow_run(), again, name="reconciler-plan", merged=NOON) == artifact(1)
    nobody_knows = replace(artifact(3), created=None)
    for late in (artifact(2, minutes=1), nobody_knows):
        assert artifact_of(workflow_run(), [late], name="reconciler-plan", merged=NOON) == NotReviewed(
            why="the artifact reconciler-plan of run 5 was made after the merge"
        )
