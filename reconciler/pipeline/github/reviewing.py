"""reviewing: a commit → the plan that people looked at before they merged it, or why there is none."""

from __future__ import annotations

from reconciler.core.archive import one_file
from reconciler.core.github import WorkflowRun
from reconciler.core.merge import merge_of
from reconciler.core.reviewed import Reviewed, Unreviewed, artifact_of, reviewed_run
from reconciler.effects.context import Context
from reconciler.effects.github import GitHub
from reconciler.pipeline.github.running import branch

PLAN = "plan.json"
LARGEST = 128 * 1024 * 1024


async def reviewed_run_of(
    context: Context, github: GitHub, *, commit: str, workflow: str, artifact: str
) -> Reviewed | Unreviewed:
    """Return the plan of the pull request that `commit` merged, as the named artifact of its `workflow` holds it."""
    merged = merge_of(await github.pulls_of(commit), commit, branch=branch(context))
    if not merged:
        return Unreviewed(why="it is the merge of no pull request: somebody pushed it")
    pull = merged[0]
    runs = await github.runs(workflow, head=pull.head, event="pull_request")
    run = reviewed_run(pull, runs, repository=github.place.repository, workflow=workflow)
    return run if isinstance(run, Unreviewed) else await _plan(github, run, pull=pull.number, name=artifact)


async def _plan(github: GitHub, run: WorkflowRun, *, pull: int, name: str) -> Reviewed | Unreviewed:
    found = artifact_of(run, await github.artifacts(run.id), name=name)
    if isinstance(found, Unreviewed):
        return found
    plan = one_file(await github.download(found, most=LARGEST), PLAN, most=LARGEST)
    if isinstance(plan, str):
        return Unreviewed(why=f"the artifact {name} of run {run.id} is not used: {plan}")
    return Reviewed(pull=pull, run=run, artifact=found, plan=plan)
