"""How a command asks GitHub, how it ends where GitHub refuses, and the options that such commands share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.cli.options import Common, flag

if TYPE_CHECKING:
    from reconciler.effects.world import Context
    from reconciler.forge.github.client import GitHub

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
