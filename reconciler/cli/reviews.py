"""`reconciler github allow`, `reviewed` and `gates`: they read what reviewers decided at GitHub."""

from __future__ import annotations

import click

from reconciler.cli.asking_github import ask, author, commit_argument, workflow
from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag

_artifact = flag(
    "--artifact",
    metavar="NAME",
    default="",
    help="The artifact that holds the plan, by default reconciler-plan, or reconciler-plan-FOLDER for a folder.",
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
    """Show which rules the labels `allow-RULE` of a merged pull request open.

    A label counts if a person who may write added it after the plan of the last push had ended. The labels of the
    author, and of the account that pushed last, do not count.
    """
    from reconciler.cli.output import append, emit
    from reconciler.forge.runs.merge import allow_run
    from reconciler.forge.text.labels import allowed_json, allowed_markdown, allowed_outputs, allowed_text
    from reconciler.render.json import dumps

    allowed = ask(
        common, lambda context, github: allow_run(context, github, commit=commit, base=base, workflow=workflow)
    )
    emit(dumps(allowed_json(allowed)) if common.json else allowed_text(allowed))
    if outputs:
        append(outputs, allowed_outputs(allowed))
    if summary:
        append(summary, allowed_markdown(allowed))
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
    from reconciler.core.memory.runs import Reason, exit_code
    from reconciler.forge.rules.merge import NotReviewed, ReviewedRun
    from reconciler.forge.runs.merge import reviewed_run_of
    from reconciler.forge.text.pull_request import reviewed_json, reviewed_text
    from reconciler.render.json import dumps

    found = ask(
        common,
        lambda context, github: reviewed_run_of(context, github, commit=commit, workflow=workflow, artifact=artifact),
    )
    if isinstance(found, ReviewedRun):
        _write(out, found.plan)
    emit(dumps(reviewed_json(found, commit=commit)) if common.json else reviewed_text(found, commit=commit, file=out))
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
@flag("--pull", metavar="N", type=click.IntRange(min=1), required=True, help="The pull request.")
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
    """Judge the gates of a pull request's newest plan before the merge. Exit with 3 while one stops its apply.

    It says which label of which person does not count, and why, and writes the same into the comment with the plan. It
    is for people: the apply judges gates and labels again.
    """
    from reconciler.cli.output import append, emit
    from reconciler.core.memory.runs import exit_code
    from reconciler.effects.world import Context
    from reconciler.forge.github.client import GitHub
    from reconciler.forge.port import ForgeResult
    from reconciler.forge.rules.gates import GatesResult
    from reconciler.forge.runs.gates import GatesRequest, gates_run, note_run
    from reconciler.forge.text.gates import gates_json, gates_markdown, gates_text, reasons_of
    from reconciler.forge.text.pull_request import told_text
    from reconciler.render.json import dumps

    wanted = GatesRequest(pull, base, workflow, artifact, wait * 60)

    async def judge(context: Context, github: GitHub) -> tuple[GatesResult, ForgeResult]:
        result = await gates_run(context, github, wanted)
        return result, await note_run(context, github, result, author=author)

    result, told = ask(common, judge, wait=wanted.wait)
    emit(dumps(gates_json(result)) if common.json else f"{gates_text(result)}\n{told_text(told)}")
    if summary:
        append(summary, gates_markdown(result))
    return exit_code(reasons_of(result))
