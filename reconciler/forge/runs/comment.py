"""comment_run: a page → the one comment that its pull request has for it.

page_of: a file → the page in it; raises InvalidInput if it holds none.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import assert_never

from reconciler.core.basics import InvalidInput, Location, error
from reconciler.core.reports.handover import LARGEST_HANDOVER, Handover, HandoverKind, read_handover
from reconciler.effects.world import Context
from reconciler.forge.port import (
    Comment,
    Forge,
    ForgeAction,
    ForgeResult,
    WorkflowContext,
    author_warning,
    is_same_name,
)
from reconciler.forge.rules.comment import EditComment, LeaveComment, PostComment, comment_target, commit_of_merge
from reconciler.forge.runs.context import is_made_up, workflow_run
from reconciler.forge.text.pull_request import comment_body


def page_of(file: str, *, kinds: Collection[HandoverKind] = tuple(HandoverKind)) -> Handover:
    """Return the page that `--report` wrote, if it is one of `kinds`.

    The page of one shard is refused: in a comment or an issue, it would stand for all of them.
    """
    hint = "name the page.json that --report wrote"
    try:
        with Path(file).open("rb") as opened:
            found = read_handover(opened.read(LARGEST_HANDOVER + 1))
    except OSError as problem:
        found = f"it cannot be read: {problem.strerror}"
    if isinstance(found, Handover) and found.kind not in kinds:
        found = f"it is of {found.kind}, and this takes one of {' or '.join(kinds)}"
    if isinstance(found, Handover) and found.shard:
        hint = f"merge the shards: reconciler {found.kind} merge FILE... --report FOLDER"
        found = f"it is of shard {found.shard:.10} alone"
    if isinstance(found, Handover):
        return found
    raise InvalidInput((error("no-page", found, hint=hint, location=Location(file=file)),))


_THING = "comment"


async def comment_run(
    context: Context, forge: Forge, *, page: Handover, author: str, pull: int = 0, commit: str = ""
) -> ForgeResult:
    """Write the page into the comment of a pull request: the one numbered `pull`, or the one that merged `commit`."""
    run = workflow_run(context, forge)
    if not pull:
        found = commit_of_merge(await forge.pulls_of(commit), commit, branch=context.ci.branch)
        if found is None:
            return ForgeResult(thing=_THING, why=f"no merged {forge.words.pull} is known for {commit[:12]}")
        pull = found.number
    return await _written(forge, pull, page=page, author=author, run=run)


async def _written(forge: Forge, pull: int, *, page: Handover, author: str, run: WorkflowContext) -> ForgeResult:
    comments = await forge.comments(pull)
    place = comment_target(comments, page, key=run.folder, author=author, running=run)
    if isinstance(place, LeaveComment) and place.newer and await is_made_up(forge, place.newer):
        place = comment_target(comments, page, key=run.folder, author=author, running=run, made_up=place.newer)
    match place:
        case LeaveComment(why=why):
            return ForgeResult(thing=_THING, number=pull, why=why)
        case PostComment():
            written = await forge.comment(pull, comment_body(page, run))
            return _told(forge, pull, written, did=ForgeAction.WRITTEN, author=author)
        case EditComment(id=number, plan=plan):
            edited = await forge.edit_comment(pull, number, comment_body(page, run, plan=plan))
            return _told(forge, pull, edited, did=ForgeAction.UPDATED, author=author)
        case _:
            assert_never(place)


def _told(forge: Forge, pull: int, comment: Comment, *, did: ForgeAction, author: str) -> ForgeResult:
    same = is_same_name(comment.author, author)
    warning = "" if same else author_warning(comment.author, author, forge=forge.words.name)
    return ForgeResult(thing=_THING, number=pull, done=(did,), url=comment.url, warning=warning)
