"""Which run's plan people looked at before they merged."""

from __future__ import annotations

import pytest

from reconciler.core.github import Artifact, WorkflowRun
from reconciler.core.reviewed import Unreviewed, artifact_of, reviewed_run
from tests.support.conversing import pull, workflow_run


def chosen(*runs: WorkflowRun, source: str = "goldcrust/profiles") -> WorkflowRun | Unreviewed:
    return reviewed_run(pull(source=source), runs, repository="goldcrust/profiles", workflow="plan.yml")


def test_the_newest_run_that_ended_well_counts() -> None:
    good = workflow_run(3, -20)
    runs = (workflow_run(4, -10, conclusion="failure"), good, workflow_run(2, -30))
    assert chosen(*runs) == good


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (workflow_run(conclusion="failure"), "run 5 of plan.yml ended with failure"),
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
    assert chosen(run) == Unreviewed(why=why)


@pytest.mark.parametrize("source", ["eve/profiles", ""], ids=["there", "gone"])
def test_a_plan_that_was_made_for_a_fork_is_a_stranger_s(source: str) -> None:
    why = "it came from a fork, and what runs there is a stranger's"
    assert chosen(workflow_run(source=source), source=source) == Unreviewed(why=why)


def artifact(number: int, *, name: str = "reconciler-plan", expired: bool = False) -> Artifact:
    return Artifact(id=number, name=name, size=1, expired=expired)


def test_the_newest_artifact_of_that_name_counts() -> None:
    run, held = workflow_run(), [artifact(1), artifact(3, name="other"), artifact(2), artifact(4, expired=True)]
    assert artifact_of(run, held, name="reconciler-plan") == artifact(2)
    assert artifact_of(run, [artifact(3, name="other")], name="reconciler-plan") == Unreviewed(
        why="run 5 has no artifact reconciler-plan"
    )
    assert artifact_of(run, [artifact(4, expired=True)], name="reconciler-plan") == Unreviewed(
        why="the artifact reconciler-plan of run 5 has expired: run the workflow again"
    )
