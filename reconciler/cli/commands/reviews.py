"""`allow`, `reviewed` and `gates` at GitHub or GitLab: they read what reviewers decided there."""

from __future__ import annotations

import click

from reconciler.cli.commands.asking_forge import ask, asked_words, author, commit_argument, kept_by, planner, workflow
from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag

_artifact = flag(
    "--artifact",
    metavar="NAME",
    default="",
    help="The artifact that holds the plan, by default reconciler-plan, or reconciler-plan-FOLDER; at GitLab the job.",
)


@click.command("allow")
@flag(
    "--commit", metavar="SHA", required=True, callback=commit_argument, help="The commit that is about to be applied."
)
@flag("--base", metavar="REV", default=None, help="The commit before the merge. Its `self_label` counts.")
@workflow
@flag("--outputs", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Add allow= and pull= to FILE.")
@flag("--summary", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Add Markdown to FILE.")
@common
def allow_command(
    common: Common, *, commit: str, base: str | None, workflow: str, outputs: str | None, summary: str | None
) -> int:
    """Show which rules the labels `allow-RULE` of a merged pull or merge request open.

    A label counts if a person who may write added it after the plan of the last push had ended. The labels of the
    author, and of the account that pushed last, do not count.
    """
    from reconciler.cli.output import append, emit
    from reconciler.forge.runs.merge import allow_run
    from reconciler.forge.text.labels import allowed_json, allowed_markdown, allowed_outputs, allowed_text
    from reconciler.render.json import dumps

    plans, words = planner(workflow), asked_words()
    allowed = ask(common, lambda context, forge, _: allow_run(context, forge, commit=commit, base=base, workflow=plans))
    emit(dumps(allowed_json(allowed, words=words)) if common.json else allowed_text(allowed, words=words))
    if outputs:
        append(outputs, allowed_outputs(allowed))
    if summary:
        append(summary, allowed_markdown(allowed, words=words))
    return 0


@click.command("reviewed")
@flag(
    "--commit", metavar="SHA", required=True, callback=commit_argument, help="The commit that is about to be applied."
)
@flag("--out", metavar="FILE", required=True, type=click.Path(dir_okay=False), help="Write the plan to FILE.")
@workflow
@_artifact
@common
def reviewed_command(common: Common, *, commit: str, out: str, workflow: str, artifact: str) -> int:
    """Fetch the plan that was reviewed before the merge. If there is none, exit with 3 and write nothing."""
    from reconciler.cli.output import emit
    from reconciler.core.basics import Reason, exit_code
    from reconciler.forge.rules.merge import NotReviewed, ReviewedRun
    from reconciler.forge.runs.merge import reviewed_run_of
    from reconciler.forge.text.pull_request import reviewed_json, reviewed_text
    from reconciler.render.json import dumps

    plans, kept, words = planner(workflow), kept_by(artifact, workflow), asked_words()
    found = ask(
        common,
        lambda context, forge, _: reviewed_run_of(context, forge, commit=commit, workflow=plans, artifact=kept),
    )
    if isinstance(found, ReviewedRun):
        _write(out, found.plan)
    said = reviewed_text(found, commit=commit, file=out, words=words)
    emit(dumps(reviewed_json(found, commit=commit)) if common.json else said)
    return exit_code({Reason.STOPPED} if isinstance(found, NotReviewed) else ())


def _write(file: str, plan: bytes) -> None:
    """Write the plan byte by byte as it was reviewed; raises NotWritten if the file cannot be written."""
    from pathlib import Path

    from reconciler.cli.output import NotWritten

    try:
        Path(file).write_bytes(plan)
    except OSError as problem:
        raise NotWritten(f"{file} cannot be written: {problem.strerror}") from None


@click.command("gates")
@flag("--pull", metavar="N", type=click.IntRange(min=1), required=True, help="The pull or merge request.")
@flag("--base", metavar="REV", default=None, help="The commit before it. Its `self_label` counts.")
@workflow
@_artifact
@flag(
    "--wait",
    metavar="MINUTES",
    type=click.FloatRange(min=0, max=120),
    default=0.0,
    help="Wait so long for a plan that goes on.  [default: 0]",
)
@author
@flag("--summary", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Add Markdown to FILE.")
@common
def gates_command(
    common: Common,
    *,
    pull: int,
    base: str | None,
    workflow: str,
    artifact: str,
    wait: float,
    author: str,
    summary: str | None,
) -> int:
    """Judge the newest plan of a pull or merge request by its gates. Exit with 3 while one stops its apply.

    It says which label of which person does not count, and why, and writes the same into the comment with the plan. It
    is for people: the apply judges gates and labels again.
    """
    from reconciler.cli.output import append, emit
    from reconciler.core.basics import exit_code
    from reconciler.effects.world import Context
    from reconciler.forge.port import Forge, ForgeResult
    from reconciler.forge.rules.gates import GatesResult
    from reconciler.forge.runs.gates import GatesRequest, gates_run, note_run
    from reconciler.forge.text.gates import gates_json, gates_markdown, gates_text, reasons_of
    from reconciler.forge.text.pull_request import told_text
    from reconciler.render.json import dumps

    wanted, words = GatesRequest(pull, base, planner(workflow), kept_by(artifact, workflow), wait * 60), asked_words()

    async def judge(context: Context, forge: Forge, who: str) -> tuple[GatesResult, ForgeResult]:
        result = await gates_run(context, forge, wanted)
        return result, await note_run(context, forge, result, author=who)

    result, told = ask(common, judge, author=author, wait=wanted.wait)
    said = f"{gates_text(result, words=words)}\n{told_text(told, words=words)}"
    emit(dumps(gates_json(result, words=words)) if common.json else said)
    if summary:
        append(summary, gates_markdown(result, words=words))
    return exit_code(reasons_of(result))
