"""`reconciler github …`: what workflows call that write at GitHub, or read what people decided there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.effects.world import Context
    from reconciler.forge.github.client import GitHub
    from reconciler.forge.port import ForgeResult

_T = TypeVar("_T")


def _named(_: click.Context, __: click.Parameter, text: str) -> str:
    """Return what was named; an empty name would match what nobody meant."""
    if not text.strip():
        raise click.BadParameter("it is empty")
    return text.strip()


author = flag(
    "--author",
    metavar="LOGIN",
    default="github-actions[bot]",
    show_default=True,
    callback=_named,
    help="Whose comments and issues are this program's own: the account of GITHUB_TOKEN.",
)
handover_option = partial(flag, "--page", "file", metavar="FILE", type=click.Path(), help="The page.json of --report.")
workflow = flag(
    "--workflow",
    metavar="FILE",
    default="plan.yml",
    show_default=True,
    callback=_named,
    help="The workflow that makes plans, by the name of its file.",
)


def commit_argument(_: click.Context, __: click.Parameter, text: str | None) -> str:
    """Return a commit's full name: a part of one, or a branch, means something else tomorrow."""
    from reconciler.effects.git.clone import is_commit_name

    if text is not None and not is_commit_name(text):
        raise click.BadParameter("name a commit by all of its 40 characters")
    return text or ""


def ask(common: Common, work: Callable[[Context, GitHub], Awaitable[_T]]) -> _T:
    """Return what `work` makes of GitHub; raises GitHubProblem where GitHub refuses: the command ends with 6 then."""
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
        # What plan, apply or drift found in another job is not touched by it: it is only that not everybody was told.
        problem.exit_code = exit_code({Reason.INCOMPLETE})
        raise


@click.command("comment")
@handover_option(required=True)
@flag("--pull", metavar="N", type=click.IntRange(min=1), default=None, help="The pull request to write to.")
@flag(
    "--commit", metavar="SHA", default=None, callback=commit_argument, help="Instead: the commit that it was merged by."
)
@author
@common
def comment_command(common: Common, file: str, *, pull: int | None, commit: str, author: str) -> int:
    """Write a page into the one comment that this program has at a pull request.

    An older run overwrites nothing that a newer one wrote. What an apply did goes above the plan that was reviewed.
    """
    from reconciler.cli.output import emit
    from reconciler.forge.runs.comment import comment_run, page_of
    from reconciler.forge.text.comment import told_json, told_text
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
    help="Instead: what ended before it could write one, apply or drift.",
)
@author
@common
def issue_command(common: Common, file: str | None, *, stopped: str | None, author: str) -> int:
    """Keep the one issue about drift, or about an apply that failed, as a page says.

    It is opened when there is something, commented on when other fields differ than before, and closed when a look
    that could read everything finds nothing.
    """
    from reconciler.cli.output import emit
    from reconciler.forge.text.comment import told_json, told_text
    from reconciler.render.json import dumps

    if bool(file) == bool(stopped):
        raise click.UsageError("name the page: --page FILE, or what ended before it could write one: --stopped KIND")
    told = ask(common, _page(file, author=author) if file else _stopped(str(stopped), author=author))
    emit(dumps(told_json(told)) if common.json else told_text(told))
    return 0


def _page(file: str, *, author: str) -> Callable[[Context, GitHub], Awaitable[ForgeResult]]:
    """Return the work that a page asks for; raises InvalidInput where the file is none."""
    from reconciler.forge.runs.comment import page_of
    from reconciler.forge.runs.issue import ISSUE_KINDS, issue_run

    found = page_of(file, kinds=ISSUE_KINDS)
    return lambda context, github: issue_run(context, github, page=found, author=author)


def _stopped(kind: str, *, author: str) -> Callable[[Context, GitHub], Awaitable[ForgeResult]]:
    """Return the work where there is no page."""
    from reconciler.core.handover import HandoverKind
    from reconciler.forge.runs.issue import stopped_run

    return lambda context, github: stopped_run(context, github, kind=HandoverKind(kind), author=author)


@click.command("allow")
@flag(
    "--commit", metavar="SHA", required=True, callback=commit_argument, help="The commit that is about to be applied."
)
@flag("--base", metavar="REV", default=None, help="The commit before: its `self_label` counts.")
@workflow
@flag("--outputs", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Add allow= and pull= to FILE.")
@flag("--summary", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Add Markdown to FILE.")
@common
def allow_command(
    common: Common, *, commit: str, base: str | None, workflow: str, outputs: str | None, summary: str | None
) -> int:
    """Say which rules the labels `allow-RULE` of a merged pull request let through.

    A label counts if somebody who may write put it on, after the last push, and not the pull request's author.
    """
    from reconciler.cli.output import append, emit
    from reconciler.forge.runs.merge import allow_run
    from reconciler.forge.text.merge import allowed_json, allowed_markdown, allowed_outputs, allowed_text
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
@flag("--artifact", metavar="NAME", default="reconciler-plan", show_default=True, help="The artifact that holds it.")
@common
def reviewed_command(common: Common, *, commit: str, out: str, workflow: str, artifact: str) -> int:
    """Fetch the plan that people looked at before they merged; ends with 3, and writes nothing, where there is none."""
    from reconciler.cli.output import emit
    from reconciler.core.memory.runs import Reason, exit_code
    from reconciler.forge.rules.reviewed import NotReviewed, ReviewedRun
    from reconciler.forge.runs.merge import reviewed_run_of
    from reconciler.forge.text.merge import reviewed_json, reviewed_text
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
    """Write the plan byte by byte as it was reviewed; raises NotWritten when it cannot be."""
    from pathlib import Path

    from reconciler.cli.output import NotWritten

    try:
        Path(file).write_bytes(plan)
    except OSError as problem:
        raise NotWritten(f"{file} cannot be written: {problem.strerror}") from None


@click.command("propose")
@flag("--branch", metavar="NAME", default="reconciler/adopt", show_default=True, help="Our branch, written anew.")
@flag("--base", metavar="BRANCH", default="", help="Where to merge it; else the branch that the workflow runs for.")
@flag("--page", "file", metavar="FILE", default=None, help="The page.json of `drift --adopt --report`, to be shown.")
@author
@common
def propose_command(common: Common, *, branch: str, base: str, file: str | None, author: str) -> int:
    """Open or update the pull request with what `drift --adopt` changed below profiles/.

    It is one commit on top of what is checked out. A branch that somebody else committed to is left alone.
    """
    from reconciler.cli.output import emit
    from reconciler.core.handover import HandoverKind
    from reconciler.forge.runs.comment import page_of
    from reconciler.forge.runs.propose import propose_run
    from reconciler.forge.text.propose import proposed_json, proposed_text
    from reconciler.render.json import dumps

    page = page_of(file, kinds=(HandoverKind.DRIFT,)) if file else None
    report = ask(
        common,
        lambda context, github: propose_run(context, github, branch=branch, base=base, page=page, author=author),
    )
    emit(dumps(proposed_json(report)) if common.json else proposed_text(report))
    return 0


@click.group("github")
def command() -> None:
    """What the workflows do at GitHub: comments, issues, labels, the plan that was reviewed."""


for _one in (comment_command, issue_command, allow_command, reviewed_command, propose_command):
    command.add_command(_one)
