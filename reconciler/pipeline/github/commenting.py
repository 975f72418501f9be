"""commenting: a page → the one comment that its pull request has for it."""

from __future__ import annotations

from typing import assert_never

from reconciler.core.github import Comment
from reconciler.core.merge import told_of
from reconciler.core.page import Page
from reconciler.core.sticky import Edit, Leave, Post, sticky
from reconciler.core.told import Did, Told, warned
from reconciler.core.workflow import Running, same_name
from reconciler.effects.context import Context
from reconciler.effects.github import GitHub
from reconciler.pipeline.github.made_up import made_up
from reconciler.pipeline.github.running import branch, running
from reconciler.render.github.comment import comment_body

_THING = "comment"


async def comment_run(
    context: Context, github: GitHub, *, page: Page, author: str, pull: int = 0, commit: str = ""
) -> Told:
    """Write the page into the comment of a pull request: the one numbered `pull`, or the one that merged `commit`."""
    run = running(context, github.place)
    if not pull:
        found = told_of(await github.pulls_of(commit), commit, branch=branch(context))
        if found is None:
            return Told(thing=_THING, why=f"no merged pull request is known for {commit[:12]}")
        pull = found.number
    return await _written(github, pull, page=page, author=author, run=run)


async def _written(github: GitHub, pull: int, *, page: Page, author: str, run: Running) -> Told:
    comments = await github.comments(pull)
    place = sticky(comments, page, key=run.folder, author=author, running=run)
    if isinstance(place, Leave) and place.newer and await made_up(github, place.newer):
        place = sticky(comments, page, key=run.folder, author=author, running=run, made_up=place.newer)
    match place:
        case Leave(why=why):
            return Told(thing=_THING, number=pull, why=why)
        case Post():
            written = await github.comment(pull, comment_body(page, run))
            return _told(pull, written, did=Did.WRITTEN, author=author)
        case Edit(id=number, plan=plan):
            edited = await github.edit_comment(number, comment_body(page, run, plan=plan))
            return _told(pull, edited, did=Did.UPDATED, author=author)
        case _:
            assert_never(place)


def _told(pull: int, comment: Comment, *, did: Did, author: str) -> Told:
    warning = "" if same_name(comment.author, author) else warned(comment.author, author)
    return Told(thing=_THING, number=pull, done=(did,), url=comment.url, warning=warning)
