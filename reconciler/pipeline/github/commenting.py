"""commenting: a page → the one comment that its pull request has for it."""

from __future__ import annotations

from typing import assert_never

from reconciler.core.github import Comment
from reconciler.core.handover import Handover
from reconciler.core.merge import commit_of_merge
from reconciler.core.sticky import EditComment, LeaveComment, PostComment, comment_target
from reconciler.core.told import ForgeAction, ForgeResult, author_warning
from reconciler.core.workflow import WorkflowContext, same_name
from reconciler.effects.github import GitHub
from reconciler.effects.world import Context
from reconciler.pipeline.github.made_up import is_made_up
from reconciler.pipeline.github.running import branch, workflow_run
from reconciler.render.github.comment import comment_body

_THING = "comment"


async def comment_run(
    context: Context, github: GitHub, *, page: Handover, author: str, pull: int = 0, commit: str = ""
) -> ForgeResult:
    """Write the page into the comment of a pull request: the one numbered `pull`, or the one that merged `commit`."""
    run = workflow_run(context, github.place)
    if not pull:
        found = commit_of_merge(await github.pulls_of(commit), commit, branch=branch(context))
        if found is None:
            return ForgeResult(thing=_THING, why=f"no merged pull request is known for {commit[:12]}")
        pull = found.number
    return await _written(github, pull, page=page, author=author, run=run)


async def _written(github: GitHub, pull: int, *, page: Handover, author: str, run: WorkflowContext) -> ForgeResult:
    comments = await github.comments(pull)
    place = comment_target(comments, page, key=run.folder, author=author, running=run)
    if isinstance(place, LeaveComment) and place.newer and await is_made_up(github, place.newer):
        place = comment_target(comments, page, key=run.folder, author=author, running=run, made_up=place.newer)
    match place:
        case LeaveComment(why=why):
            return ForgeResult(thing=_THING, number=pull, why=why)
        case PostComment():
            written = await github.comment(pull, comment_body(page, run))
            return _told(pull, written, did=ForgeAction.WRITTEN, author=author)
        case EditComment(id=number, plan=plan):
            edited = await github.edit_comment(number, comment_body(page, run, plan=plan))
            return _told(pull, edited, did=ForgeAction.UPDATED, author=author)
        case _:
            assert_never(place)


def _told(pull: int, comment: Comment, *, did: ForgeAction, author: str) -> ForgeResult:
    warning = "" if same_name(comment.author, author) else author_warning(comment.author, author)
    return ForgeResult(thing=_THING, number=pull, done=(did,), url=comment.url, warning=warning)
