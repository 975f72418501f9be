"""`reconciler github …` and `reconciler gitlab …`: the commands that write there; `reviews.py` has those that read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from reconciler.cli.commands.asking_forge import ask, asked_words, author, commit_argument, handover_option
from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag

if TYPE_CHECKING:
    from reconciler.effects.world import Context
    from reconciler.forge.port import Forge, ForgeResult, People


@click.command("comment")
@handover_option(required=True)
@flag("--pull", metavar="N", type=click.IntRange(min=1), default=None, help="The pull or merge request to write to.")
@flag(
    "--commit",
    metavar="SHA",
    default=None,
    callback=commit_argument,
    help="Instead of --pull: the commit that merged it.",
)
@flag("--review-page", "review", metavar="URL", default="", help="Link the artifact with the plan's review page.")
@author
@common
def comment_command(common: Common, file: str, *, pull: int | None, commit: str, review: str, author: str) -> int:
    """Write a result into the one comment of a pull or merge request.

    An older run never overwrites a newer one. The result of an apply stands above the plan that was reviewed.
    """
    from reconciler.cli.output import emit
    from reconciler.forge.runs.comment import comment_run, page_of
    from reconciler.forge.text.pull_request import linked_page, told_json, told_text
    from reconciler.render.json import dumps

    if bool(pull) == bool(commit):
        raise click.UsageError(
            f"name the {asked_words().pull} by --pull N, or by the commit that merged it: --commit SHA"
        )
    found = page_of(file)

    async def write(context: Context, forge: Forge, who: str) -> ForgeResult:
        page = linked_page(found, review, home=context.ci.home)
        return await comment_run(context, forge, page=page, author=who, pull=pull or 0, commit=commit)

    told = ask(common, write, author=author)
    emit(dumps(told_json(told)) if common.json else told_text(told, words=asked_words()))
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
    told = ask(common, _page(file, people=people) if file else _stopped(str(stopped), people=people), author=author)
    emit(dumps(told_json(told)) if common.json else told_text(told, words=asked_words()))
    return 0


_Work = Callable[["Context", "Forge", str], Awaitable["ForgeResult"]]


def _page(file: str, *, people: People) -> _Work:
    """Return the work that a page asks for; raises InvalidInput if the file is not a page."""
    from reconciler.forge.runs.comment import page_of
    from reconciler.forge.runs.issue import ISSUE_KINDS, issue_run

    found = page_of(file, kinds=ISSUE_KINDS)
    return lambda context, forge, who: issue_run(context, forge, page=found, author=who, people=people)


def _stopped(kind: str, *, people: People) -> _Work:
    """Return the work for a command that left no page."""
    from reconciler.core.reports.handover import HandoverKind
    from reconciler.forge.runs.issue import stopped_run

    return lambda context, forge, who: stopped_run(context, forge, kind=HandoverKind(kind), author=who, people=people)


@click.command("propose")
@flag(
    "--branch",
    metavar="NAME",
    default="",
    help="The branch to merge, by default reconciler/adopt, or reconciler/adopt-FOLDER. It is written anew.",
)
@flag(
    "--base",
    metavar="BRANCH",
    default="",
    help="The branch to merge into, by default the one that the job runs for.",
)
@flag("--page", "file", metavar="FILE", default=None, help="Show the page.json of `drift --adopt --report`.")
@author
@common
def propose_command(common: Common, *, branch: str, base: str, file: str | None, author: str) -> int:
    """Open or update the pull or merge request with what `drift --adopt` changed below profiles/.

    It is one commit on top of what is checked out. A branch with another account's commits is left alone.
    """
    from reconciler.cli.output import emit
    from reconciler.core.reports.handover import HandoverKind
    from reconciler.forge.runs.comment import page_of
    from reconciler.forge.runs.propose import propose_run
    from reconciler.forge.text.proposal import proposed_json, proposed_text
    from reconciler.render.json import dumps

    page = page_of(file, kinds=(HandoverKind.DRIFT,)) if file else None
    report = ask(
        common,
        lambda context, forge, who: propose_run(context, forge, branch=branch, base=base, page=page, author=who),
        author=author,
    )
    emit(dumps(proposed_json(report)) if common.json else proposed_text(report, words=asked_words()))
    return 0
