"""`reconciler github …`: commands for the workflows. These write at GitHub; those of `reviews.py` read decisions there.

First the commands that write, then the group of all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from reconciler.cli.asking_github import ask, author, commit_argument, handover_option
from reconciler.cli.invocation import Common, Group
from reconciler.cli.options import common, flag
from reconciler.cli.reviews import allow_command, gates_command, reviewed_command

if TYPE_CHECKING:
    from reconciler.effects.world import Context
    from reconciler.forge.github.client import GitHub
    from reconciler.forge.port import ForgeResult, People


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


def _logins(_: click.Context, parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names without an @ before them; raises BadParameter for what is no name, which a text may not hold."""
    from reconciler.forge.port import is_login

    found = tuple(name.removeprefix("@") for name in names)
    wrong = [name for name in found if not is_login(name, team=parameter.name == "mention")]
    if wrong:
        what = "a login, or ORG/TEAM" if parameter.name == "mention" else "a login"
        raise click.BadParameter(f"{', '.join(wrong)}: write {what}")
    return found


@click.command("issue")
@handover_option(default=None)
@flag(
    "--stopped",
    metavar="KIND",
    type=click.Choice(["apply", "drift"]),
    default=None,
    help="Instead of --page: the command that ended before it wrote one.",
)
@flag("--assign", metavar="LOGIN", multiple=True, callback=_logins, help="Assign a new issue to this account.")
@flag(
    "--mention", metavar="LOGIN|ORG/TEAM", multiple=True, callback=_logins, help="Mention them when something is new."
)
@author
@common
def issue_command(
    common: Common,
    file: str | None,
    *,
    stopped: str | None,
    assign: tuple[str, ...],
    mention: tuple[str, ...],
    author: str,
) -> int:
    """Open, update or close the drift or failure issue.

    The issue is opened when something is found, and gets a comment when other fields differ than before. It is closed
    when every profile was read and nothing is found.
    """
    from reconciler.cli.output import emit
    from reconciler.forge.port import People
    from reconciler.forge.text.pull_request import told_json, told_text
    from reconciler.render.json import dumps

    if bool(file) == bool(stopped):
        raise click.UsageError("name the page: --page FILE, or what ended before it could write one: --stopped KIND")
    people = People(assign, mention)
    work = _page(file, author=author, people=people) if file else _stopped(str(stopped), author=author, people=people)
    told = ask(common, work)
    emit(dumps(told_json(told)) if common.json else told_text(told))
    return 0


def _page(file: str, *, author: str, people: People) -> Callable[[Context, GitHub], Awaitable[ForgeResult]]:
    """Return the work that a page asks for; raises InvalidInput if the file is not a page."""
    from reconciler.forge.runs.comment import page_of
    from reconciler.forge.runs.issue import ISSUE_KINDS, issue_run

    found = page_of(file, kinds=ISSUE_KINDS)
    return lambda context, github: issue_run(context, github, page=found, author=author, people=people)


def _stopped(kind: str, *, author: str, people: People) -> Callable[[Context, GitHub], Awaitable[ForgeResult]]:
    """Return the work for a command that left no page."""
    from reconciler.core.handover import HandoverKind
    from reconciler.forge.runs.issue import stopped_run

    return lambda context, github: stopped_run(context, github, kind=HandoverKind(kind), author=author, people=people)


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
    from reconciler.forge.text.proposal import proposed_json, proposed_text
    from reconciler.render.json import dumps

    page = page_of(file, kinds=(HandoverKind.DRIFT,)) if file else None
    report = ask(
        common,
        lambda context, github: propose_run(context, github, branch=branch, base=base, page=page, author=author),
    )
    emit(dumps(proposed_json(report)) if common.json else proposed_text(report))
    return 0


_COMMANDS = {
    str(one.name): one
    for one in (comment_command, issue_command, allow_command, gates_command, reviewed_command, propose_command)
}
_SUMMARIES = {
    "comment": "Write a result into the pull request's one comment.",
    "issue": "Open, update or close the drift or failure issue.",
    "allow": "Show which rules the labels of a merged pull request open.",
    "gates": "Judge the gates of a pull request before the merge.",
    "reviewed": "Fetch the plan that was reviewed before the merge.",
    "propose": "Open or update the pull request of `drift --adopt`.",
}


@click.group("github", cls=Group, summaries=_SUMMARIES, load=_COMMANDS.__getitem__)
def command() -> None:
    """Write comments, issues and pull requests at GitHub, and read labels and the reviewed plan, for the workflows."""
