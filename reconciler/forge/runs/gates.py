"""gates_run: an open pull request → whether labels let the gates of its plan pass, as a check before the merge.

note_run: the result → the note about it in the pull request's one comment.

The check informs people. It holds no credential of a provider, and the apply asks nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git.checkout import BranchTip
from reconciler.effects.git.process import Git
from reconciler.effects.git.revision import listing
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.port import Forge, ForgeAction, ForgeResult, Pull, WorkflowRun
from reconciler.forge.rules.comment import LeaveComment, note_target
from reconciler.forge.rules.gates import GatesResult, NoPlan, judge_gates, newest_plan, tripped_in
from reconciler.forge.rules.merge import NotReviewed
from reconciler.forge.runs.context import of_folder, workflow_run
from reconciler.forge.runs.merge import judged_labels, kept_plan, self_label_of
from reconciler.forge.text.gates import gates_note
from reconciler.forge.text.pull_request import noted_body

# Seconds between two looks for a plan that goes on.
_BETWEEN = 15.0


@dataclass(frozen=True, slots=True)
class GatesRequest:
    """Which pull request, the commit `base` whose rules count, and where its plan is: workflow and artifact.

    It takes at most `wait` seconds for the plan to come.
    """

    pull: int
    base: str | None
    workflow: str
    artifact: str = ""
    wait: float = 0.0


async def gates_run(context: Context, forge: Forge, wanted: GatesRequest) -> GatesResult:
    """Judge the gates of the pull request's newest plan, and wait for one that goes on."""
    began = context.monotonic()
    while True:
        found = await _judged(context, forge, wanted)
        if context.monotonic() - began >= min(wanted.wait, found.patience):
            return found
        context.log(f"Waiting: {found.why}.")
        await context.sleep(_BETWEEN)


async def _judged(context: Context, forge: Forge, wanted: GatesRequest) -> GatesResult:
    pull = await forge.pull(wanted.pull)
    told = GatesResult(pull.number, pull.head, branch=pull.base_ref)
    if not pull.open:
        return replace(told, why="it is closed", settled=True)
    git = Git()
    if await run_in_thread(partial(_changes_nothing, context, wanted.base, git=git), hurry=git.hurry):
        return replace(told, why="it changes no file below profiles/", settled=True)
    runs = await forge.plan_runs(pull, workflow=wanted.workflow)
    run = newest_plan(pull, runs, repository=forge.repository, workflow=wanted.workflow)
    if isinstance(run, NoPlan):
        return replace(told, why=run.why, patience=run.patience)
    return await _of_plan(context, forge, wanted, pull=pull, run=run)


async def _of_plan(
    context: Context, forge: Forge, wanted: GatesRequest, *, pull: Pull, run: WorkflowRun
) -> GatesResult:
    """Judge the gates of the plan that `run` kept."""
    told = GatesResult(pull.number, pull.head, branch=pull.base_ref)
    kept = await kept_plan(forge, run, pull=pull, name=wanted.artifact or of_folder("reconciler-plan", context))
    if isinstance(kept, NotReviewed):
        return replace(told, why=kept.why)
    plan = tripped_in(kept.plan)
    if isinstance(plan, str):
        return replace(told, why=f"the plan of run {run.id} says nothing of gates: {plan}")
    self_label, notes = await self_label_of(context, wanted.base)
    allowed = await judged_labels(forge, pull, workflow=wanted.workflow, self_label=self_label)
    git = Git()
    tip = await run_in_thread(partial(_tip, context, pull.base_ref, git=git), hurry=git.hurry)
    return GatesResult(
        pull.number,
        pull.head,
        run=run.id,
        gates=judge_gates(plan.tripped, allowed),
        allowed=replace(allowed, notes=notes),
        partly=plan.partly,
        branch=pull.base_ref,
        base=plan.base,
        tip=tip,
    )


def _changes_nothing(context: Context, base: str | None, *, git: Git) -> bool:
    """True if git says that profiles/ is the same at the base; this asks git, and so may block."""
    now = listing(context, "HEAD", git=git)
    return base is not None and now is not None and now == listing(context, base, git=git)


def _tip(context: Context, branch: str, *, git: Git) -> str:
    """Return the newest commit of the branch at origin, or "" if it cannot be looked up."""
    try:
        return BranchTip(context, f"origin/{branch}", git=git).commit
    except EnvironmentProblem:
        return ""


async def note_run(context: Context, forge: Forge, result: GatesResult, *, author: str) -> ForgeResult:
    """Write the result above the plan in the pull request's comment, if there is one that this may write."""
    running = workflow_run(context, forge)
    if result.settled:
        return ForgeResult(thing="comment", number=result.pull, why=result.why)
    try:
        comments = await forge.comments(result.pull)
        place = note_target(comments, key=running.folder, author=author, running=running)
        if isinstance(place, LeaveComment):
            return ForgeResult(thing="comment", number=result.pull, why=place.why)
        body = noted_body(place.body, gates_note(result, running), running, commit=result.commit)
        edited = await forge.edit_comment(result.pull, place.id, body)
    except ForgeProblem as problem:
        # The token of a fork's pull request may only read. The check says the same.
        if problem.status != HTTPStatus.FORBIDDEN:
            raise
        return ForgeResult(thing="comment", number=result.pull, why="", warning=str(problem))
    return ForgeResult(thing="comment", number=result.pull, done=(ForgeAction.UPDATED,), url=edited.url)
