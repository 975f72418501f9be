"""allow_run: the labels of the pull requests that a commit merged → the rules that they let through.

reviewed_run_of: a commit → the plan that people reviewed before they merged it, or why there is none.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from reconciler.core.safety.approval import LARGEST_PLAN, ApprovedPlan, approved
from reconciler.core.safety.policy import KnownBase
from reconciler.core.settings import SelfLabel
from reconciler.effects.base import read_base_revision
from reconciler.effects.world import Context
from reconciler.forge.port import BranchPush, Forge, Pull, WorkflowRun, is_same_name
from reconciler.forge.rules.comment import merge_of
from reconciler.forge.rules.labels import AllowedByLabels, in_all, is_of_branch, judge_labels, last_push, put_on
from reconciler.forge.rules.merge import NotReviewed, ReviewedRun, artifact_of, reviewed_runs
from reconciler.forge.runs.context import of_folder
from reconciler.providers import providers

_ONE_COMMIT = "Only what the newest commit merged counts. What else was pushed with it lets nothing through."


async def allow_run(context: Context, forge: Forge, *, commit: str, base: str | None, workflow: str) -> AllowedByLabels:
    """Judge the labels of what `commit` merged; the rules about them are those of `base`."""
    merged = merge_of(await forge.pulls_of(commit), commit, branch=context.ci.branch)
    if not merged:
        return AllowedByLabels(
            notes=(f"{commit[:12]} is the merge of no {forge.words.pull}: it was pushed.", _ONE_COMMIT)
        )
    self_label, said = await self_label_of(context, base)
    judged = [await judged_labels(forge, pull, workflow=workflow, self_label=self_label) for pull in merged]
    return replace(in_all(judged), notes=(_ONE_COMMIT, *said))


async def judged_labels(forge: Forge, pull: Pull, *, workflow: str, self_label: bool) -> AllowedByLabels:
    """Judge the labels of one pull request, merged or not."""
    events = await forge.events(pull.number)
    on = put_on(pull, events)
    if not on:
        return AllowedByLabels(pull=pull.number, pulls=(pull.number,))
    actors = sorted({event.actor for event in on})
    permissions = {actor: await forge.permission(actor) for actor in actors}
    ours = partial(is_of_branch, pull=pull, repository=forge.repository, workflow=workflow)
    found = await forge.plan_runs_back(pull, workflow=workflow, enough=lambda run: ours(run) and run.head != pull.head)
    pushes: tuple[BranchPush, ...] = ()
    if is_same_name(pull.head_repository, forge.repository):
        pushes = await forge.pushes(pull.head_ref, enough=lambda push: push.head == pull.head)
    push = last_push(pull, filter(ours, found), events, pushes)
    return judge_labels(pull, events, push=push, permissions=permissions, self_label=self_label)


async def self_label_of(context: Context, base: str | None) -> tuple[bool, tuple[str, ...]]:
    """Return whether an own label counts, by the base's policy: a pull request cannot allow it for itself."""
    was = await read_base_revision(context, providers(), base)
    if isinstance(was.base_policy, KnownBase):
        return was.base_policy.settings.policy.self_label is SelfLabel.ALLOW, ()
    return False, ("The settings of the base are not known here, so no own label of an author or a pusher counts.",)


PLAN = "plan.json"


async def reviewed_run_of(
    context: Context, forge: Forge, *, commit: str, workflow: str, artifact: str
) -> ReviewedRun | NotReviewed:
    """Return the plan of the pull request that `commit` merged, from an artifact of its `workflow`.

    An empty name is the one that the workflow gives to the plan of the folder.
    """
    merged = merge_of(await forge.pulls_of(commit), commit, branch=context.ci.branch)
    if not merged:
        return NotReviewed(why=f"it is the merge of no {forge.words.pull}: it was pushed")
    pull = merged[0]
    runs = await forge.plan_runs(pull, workflow=workflow)
    ended = reviewed_runs(pull, runs, repository=forge.repository, workflow=workflow)
    if isinstance(ended, NotReviewed):
        return ended
    refused: list[NotReviewed] = []
    for run in ended:
        found = await _reviewed(forge, run, pull=pull, name=artifact or of_folder("reconciler-plan", context))
        if isinstance(found, ReviewedRun):
            return found
        refused.append(found)
    return refused[0]


async def _reviewed(forge: Forge, run: WorkflowRun, *, pull: Pull, name: str) -> ReviewedRun | NotReviewed:
    found = await kept_plan(forge, run, pull=pull, name=name)
    if isinstance(found, ReviewedRun) and (why := _refused(found.plan)):
        return NotReviewed(why=f"the artifact {name} of run {run.id} is not used: {why}")
    return found


async def kept_plan(forge: Forge, run: WorkflowRun, *, pull: Pull, name: str) -> ReviewedRun | NotReviewed:
    """Return the file of the plan that a run kept, whatever stands in it."""
    found = artifact_of(run, await forge.artifacts(run.id), name=name, merged=pull.merged_at)
    if isinstance(found, NotReviewed):
        return found
    plan = await forge.kept_file(found, PLAN, most=LARGEST_PLAN)
    if isinstance(plan, str):
        return NotReviewed(why=f"the artifact {name} of run {run.id} is not used: {plan}")
    return ReviewedRun(pull=pull.number, run=run, artifact=found, plan=plan)


def _refused(plan: bytes) -> str:
    """Return why the document is no plan, or "": a plan that was stopped leaves a document that says by what."""
    found = approved(plan, file=PLAN)
    return "" if isinstance(found, ApprovedPlan) else f"{PLAN}: {found[0].summary}"
