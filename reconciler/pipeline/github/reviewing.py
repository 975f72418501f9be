"""reviewing: a commit → the plan that people looked at before they merged it, or why there is none."""

from __future__ import annotations

from reconciler.core.archive import one_file_of
from reconciler.core.github import Pull, WorkflowRun
from reconciler.core.merge import merge_of
from reconciler.core.reviewed import NotReviewed, ReviewedRun, artifact_of, reviewed_runs
from reconciler.core.safety.approval import LARGEST_PLAN, ApprovedPlan, approved
from reconciler.effects.github import GitHub
from reconciler.effects.world import Context
from reconciler.pipeline.github.running import branch

PLAN = "plan.json"


async def reviewed_run_of(
    context: Context, github: GitHub, *, commit: str, workflow: str, artifact: str
) -> ReviewedRun | NotReviewed:
    """Return the plan of the pull request that `commit` merged, as the named artifact of its `workflow` holds it."""
    merged = merge_of(await github.pulls_of(commit), commit, branch=branch(context))
    if not merged:
        return NotReviewed(why="it is the merge of no pull request: somebody pushed it")
    pull = merged[0]
    runs = await github.runs(workflow, head=pull.head, event="pull_request")
    ended = reviewed_runs(pull, runs, repository=github.place.repository, workflow=workflow)
    if isinstance(ended, NotReviewed):
        return ended
    refused: list[NotReviewed] = []
    for run in ended:
        found = await _plan(github, run, pull=pull, name=artifact)
        if isinstance(found, ReviewedRun):
            return found
        refused.append(found)
    return refused[0]


async def _plan(github: GitHub, run: WorkflowRun, *, pull: Pull, name: str) -> ReviewedRun | NotReviewed:
    found = artifact_of(run, await github.artifacts(run.id), name=name, merged=pull.merged_at)
    if isinstance(found, NotReviewed):
        return found
    plan = one_file_of(await github.download(found, most=LARGEST_PLAN), PLAN, most=LARGEST_PLAN)
    why = plan if isinstance(plan, str) else _refused(plan)
    if isinstance(plan, str) or why:
        return NotReviewed(why=f"the artifact {name} of run {run.id} is not used: {why}")
    return ReviewedRun(pull=pull.number, run=run, artifact=found, plan=plan)


def _refused(plan: bytes) -> str:
    """Return why the document is no plan, or an empty text: a plan that was stopped leaves one that says by what."""
    found = approved(plan, file=PLAN)
    return "" if isinstance(found, ApprovedPlan) else f"{PLAN}: {found[0].summary}"
