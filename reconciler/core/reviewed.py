"""reviewed: (a merged pull request, runs of the plan's workflow) → the run whose plan people looked at, or why none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.core.github import Artifact, Pull, WorkflowRun
from reconciler.core.labels import runs_of
from reconciler.core.model import Model
from reconciler.core.workflow import same_name


class Unreviewed(Model):
    """No plan of what was merged can be trusted to be the one that was looked at, and why."""

    why: str


class Reviewed(Model):
    """The run that made the plan which people looked at, and the plan as it is in its artifact."""

    pull: int
    run: WorkflowRun
    artifact: Artifact
    plan: bytes


def reviewed_run(
    pull: Pull, runs: Iterable[WorkflowRun], *, repository: str, workflow: str
) -> WorkflowRun | Unreviewed:
    """Return the newest run for exactly what was merged that ended well.

    A plan of a fork's pull request asked no provider, and its code is a stranger's.
    """
    found = runs_of(runs, pull, repository=repository, workflow=workflow)
    ours = [run for run in found if same_name(run.head_repository, repository)]
    good = next((run for run in ours if run.conclusion == "success"), None)
    if good is not None:
        return good
    if ours:
        return Unreviewed(why=f"run {ours[0].id} of {workflow} ended with {ours[0].conclusion or 'no result yet'}")
    if found:
        return Unreviewed(why="it came from a fork, and what runs there is a stranger's")
    return Unreviewed(why=f"no run of {workflow} is known for its last commit {pull.head[:7]}")


def artifact_of(run: WorkflowRun, artifacts: Sequence[Artifact], *, name: str) -> Artifact | Unreviewed:
    """Return the newest artifact of that name that can still be had."""
    named = sorted((one for one in artifacts if one.name == name), key=lambda one: one.id, reverse=True)
    if not named:
        return Unreviewed(why=f"run {run.id} has no artifact {name}")
    found = next((one for one in named if not one.expired), None)
    return found or Unreviewed(why=f"the artifact {name} of run {run.id} has expired: run the workflow again")
