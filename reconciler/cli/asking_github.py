"""What the commands for GitHub share: the options that several take, and `ask`, which opens the connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import flag

if TYPE_CHECKING:
    from reconciler.effects.world import Context
    from reconciler.forge.github.client import GitHub

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


def ask(common: Common, work: Callable[[Context, GitHub], Awaitable[_T]], *, wait: float = 0.0) -> _T:
    """Return what `work` returns; raises ForgeProblem if GitHub refuses, and the command then exits with 6.

    The work takes up to `wait` seconds more than others, because it waits for something there.
    """
    import asyncio

    from reconciler.core.memory.runs import Reason, exit_code
    from reconciler.effects.world import interruptible
    from reconciler.forge.exchange import ForgeProblem
    from reconciler.forge.github.calls import github_place
    from reconciler.forge.github.client import GitHub
    from reconciler.forge.transport import COMMAND_DEADLINE

    async def run() -> _T:
        context = common.context()
        async with GitHub(github_place(context), context=context, seconds=COMMAND_DEADLINE + wait) as github:
            return await work(context, github)

    try:
        return asyncio.run(interruptible(lambda _: run()))
    except ForgeProblem as problem:
        # The result of plan, apply or drift stands in another job. Only its report is incomplete.
        problem.exit_code = exit_code({Reason.INCOMPLETE})
        raise
