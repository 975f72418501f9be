"""`reconciler github …`: five commands for the workflows. They write at GitHub, or read what reviewers decided there.

First the options that they share and `ask`, which opens the connection; then the commands; then the group.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.cli.invocation import Common, Group
from reconciler.cli.options import common, flag

if TYPE_CHECKING:
    from reconciler.effects.world import Context
    from reconciler.forge.github.client import GitHub
    from reconciler.forge.port import ForgeResult

_T = TypeVar("_T")


def _named(_: click.Context, __: click.Parameter, text: str) -> str:
    """Return the name; raises BadParameter for an empty one."""
    if not text.strip():
        raise click.BadParameter("it is empty")
    return text.strip()


author = flag(
    "--author",
    metavar="LOGIN",
    default="github-actions[bot]",
    show_default=True,
    callback=_named,
    help="The account of GITHUB_TOKEN. Only its comments and issues are updated.",
)
handover_option = partial(flag, "--page", "file", metavar="FILE", type=click.Path(), help="The page.json of --report.")
workflow = flag(
    "--workflow",
    metavar="FILE",
    default="plan.yml",
    show_default=True,
    callback=_named,
    help="The file name of the workflow that plans.",
)


def commit_argument(_: click.Context, __: click.Parameter, text: str | None) -> str:
    """Return a commit's full name; raises BadParameter for a part of one or a branch, which may change."""
    from reconciler.effects.git.clone import is_commit_name

    if text is not None and not is_commit_name(text):
        raise click.BadParameter("name a commit by all of its 40 characters")
    return text or ""


def ask(common: Common, work: Callable[[Context, GitHub], Awaitable[_T]]) -> _T:
    """Return what `work` returns; raises GitHubProblem if GitHub refuses, and the command then exits with 6."""
    import asyncio

    from reconciler.core.memory.runs import Reason, exit_code
    from reconciler.effects.world import interruptible
    from reconciler.forge.github.calls import GitHubProblem, github_place
    from reconciler.forge.github.client import GitHub

    async def run() -> _T:
        context = common.context()
        async with GitHub(github_place(context), context=context) as github:
            return await work(context, github)

    try:
        return asyncio.run(interruptible(lambda _: run()))
    except GitHubProblem as problem:
        # The result of plan, apply or drift stands in another job. Only its report is incomplete.
        problem.exit_code = exit_code({Reason.INCOMPLETE})
        raise


@click.command("comment")
@handover_option(required=True)
@flag("--pull", metavar="N", type=click.IntRange(min=1), default=None, help="The pull request to write to.")
@flag(
    "--commit",
    metavar="SHA",
    default=None,
    callback=commit_argument,
    help="Instead of --pull: the commit that merged it.",
)
@author
@common
def comment_command(common: Common, file: str, *, pull: int | None, commit: str, author: str) -> int:
    """Write a result into the pull request's one comment.

    An older run never overwrites a newer one. The result of an apply stands above the plan that was reviewed.
    """
    from reconciler.cli.output import emit
    from reconciler.forge.runs.comment import comment_run, page_of
    from reconciler.forge.text.pull_request import told_json, told_text
    from reconciler.render.json import dumps

    if bool(pull) == bool(commit):
        raise click.UsageError("name the pull request by --pull N, or by the commit that merged it: --commit SHA")
    found = page_of(file)
    told = ask(
        common,
        lambda context, github: comment_run(context, github, page=found, author=author, pull=pull or 0, commit=commit),
    )
    emit(dumps(told_json(told)) if common.json else told_text(told))
    return 0


@click.command("issue")
@handover_option(default=None)
@flag(
    "--stopped",
    metavar="KIND",
    type=click.Choice(["apply", "drift"]),
    default=None,
    help="Instead of --page: the command that ended before it wrote one.",
)
@author
@common
def issue_command(common: Common, file: str | None, *, stopped: str | None, author: str) -> int:
    """Open, update or close the drift or failure issue.

    The issue is opened when something is found, and gets a comment when other fields differ than before. It is closed
    when every profile was read and nothing is found.
    """
    from reconciler.cli.output import emit
    from reconciler.forge.text.pull_request import told_json, told_text
    from reconciler.render.json import dumps

    if bool(file) == bool(stopped):
        raise click.UsageError("name the page: --page FILE, or what ended before it could write one: --stopped KIND")
    told = ask(common, _page(file, author=author) if file else _stopped(str(stopped), author=author))
    emit(dumps(told_json(told)) if common.json else told_text(told))
    return 0


def _page(file: str, *, author: str) -> Callable[[Context, GitHub], Awaitable[ForgeResult]]:
    """Return the work that a page asks for; raises InvalidInput if the file is not a page."""
    from reconciler.forge.runs.comment import page_of
    from reconciler.forge.runs.issue import ISSUE_KINDS, issue_run

    found = page_of(file, kinds=ISSUE_KINDS)
    return lambda context, github: issue_run(context, github, page=found, author=author)


def _stopped(kind: str, *, author: str) -> Callable[[Context, GitHub], Awaitable[ForgeResult]]:
    """Return the work for a command that left no page."""
    from reconciler.core.handover import HandoverKind
    from reconciler.forge.runs.issue import stopped_run

    return lambda context, github: stopped_run(context, github, kind=HandoverKind(kind), author=author)


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
@flag(
    "--artifact",
    metavar="NAME",
    default="",
    help="The artifact that holds the plan, by default reconciler-plan, or reconciler-plan-FOLDER for a folder.",
)
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


@click.command("propose")
@flag(
    "--branch",
    metavar="NAME",
    default="",
    help="The branch of the pull request, by default reconciler/adopt, or reconciler/adopt-FOLDER. It is written anew.",
)
@flag(
    "--base",
    metavar="BRANCH",
    default="",
    help="The branch to merge into, by default the one that the workflow runs for.",
)
@flag("--page", "file", metavar="FILE", default=None, help="Show the page.json of `drift --adopt --report`.")
@author
@common
def propose_command(common: Common, *, branch: str, base: str, file: str | None, author: str) -> int:
    """Open or update the pull request with what `drift --adopt` changed below profiles/.

    It is one commit on top of what is checked out. A branch with another account's commits is left alone.
    """
    from reconciler.cli.output import emit
    from reconciler.core.handover import HandoverKind
    from reconciler.forge.runs.comment import page_of
    from reconciler.forge.runs.propose import propose_run
    from reconciler.forge.text.pull_request import proposed_json, proposed_text
    from reconciler.render.json import dumps

    page = page_of(file, kinds=(HandoverKind.DRIFT,)) if file else None
    report = ask(
        common,
        lambda context, github: propose_run(context, github, branch=branch, base=base, page=page, author=author),
    )
    emit(dumps(proposed_json(report)) if common.json else proposed_text(report))
    return 0


_COMMANDS = {
    str(one.name): one for one in (comment_command, issue_command, allow_command, reviewed_command, propose_command)
}
_SUMMARIES = {
    "comment": "Write a result into the pull request's one comment.",
    "issue": "Open, update or close the drift or failure issue.",
    "allow": "Show which rules the labels of a merged pull request open.",
    "reviewed": "Fetch the plan that was reviewed before the merge.",
    "propose": "Open or update the pull request of `drift --adopt`.",
}


@click.group("github", cls=Group, summaries=_SUMMARIES, load=_COMMANDS.__getitem__)
def command() -> None:
    """Write comments, issues and pull requests at GitHub, and read labels and the reviewed plan, for the workflows."""
