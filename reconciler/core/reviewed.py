"""reviewed: (a merged pull request, runs of the plan's workflow) → the run whose plan people looked at, or why none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from reconciler.core.basics import Model
from reconciler.core.github import Artifact, Pull, WorkflowRun
from reconciler.core.labels import of_branch
from reconciler.core.workflow import same_name

# Others were stopped half way, or are still at it.
_ENDED: Final = ("success", "failure")


class NotReviewed(Model):
    """No plan of what was merged can be trusted to be the one that was looked at, and why."""

    why: str


class ReviewedRun(Model):
    """The run that made the plan which people looked at, and the plan as it is in its artifact."""

    pull: int
    run: WorkflowRun
    artifact: Artifact
    plan: bytes


def reviewed_runs(
    pull: Pull, runs: Iterable[WorkflowRun], *, repository: str, workflow: str
) -> tuple[WorkflowRun, ...] | NotReviewed:
    """Return the runs for exactly what was merged that came to their end, the newest first.

    One that failed may have failed at something else than its plan. A plan of a fork's pull request asked no provider,
    and its code is a stranger's.
    """
    of_ours = (run for run in runs if of_branch(run, pull, repository=repository, workflow=workflow))
    found = sorted(of_ours, key=lambda run: (run.created, run.id), reverse=True)
    at_head = [run for run in found if run.head == pull.head]
    if not at_head:
        return NotReviewed(why=f"no run of {workflow} is known for its last commit {pull.head[:7]}")
    if not same_name(pull.head_repository, repository):
        return NotReviewed(why="it came from a fork, and what runs there is a stranger's")
    ended = tuple(run for run in at_head if run.conclusion in _ENDED)
    newest = at_head[0]
    return ended or NotReviewed(why=f"run {newest.id} of {workflow} ended with {newest.conclusion or 'no result yet'}")


def artifact_of(
    run: WorkflowRun, artifacts: Sequence[Artifact], *, name: str, merged: datetime | None
) -> Artifact | NotReviewed:
    """Return the newest artifact of that name that can still be had; what was made after the merge, nobody reviewed."""
    named = sorted((one for one in artifacts if one.name == name), key=lambda one: one.id, reverse=True)
    if not named:
        return NotReviewed(why=f"run {run.id} has no artifact {name}")
    made = [one for one in named if merged and one.created and one.created <= merged]
    if not made:
        return NotReviewed(why=f"the artifact {name} of run {run.id} was made after the merge")
    found = next((one for one in made if not one.expired), None)
    gone = f"the artifact {name} of run {run.id} has expired, and nothing else holds what was looked at"
    return found or NotReviewed(why=gone)
