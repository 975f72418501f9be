"""What the commands for GitHub and GitLab share: options that several take, and `ask`, which opens the connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.ci import ForgeKind
from reconciler.cli.invocation import Common
from reconciler.cli.options import flag

if TYPE_CHECKING:
    from reconciler.effects.world import Context
    from reconciler.forge.github.client import GitHub
    from reconciler.forge.gitlab.client import GitLab
    from reconciler.forge.port import Forge
    from reconciler.forge.vocabulary import ForgeWords

_T = TypeVar("_T")
# What plans, by the forge: a workflow by its file, or a job by its name.
_PLANS = {ForgeKind.GITHUB: "plan.yml", ForgeKind.GITLAB: "reconciler-plan"}


def _named(_: click.Context, __: click.Parameter, text: str | None) -> str:
    """Return the name, "" if none is given; raises BadParameter for one that is only space."""
    if text is not None and not text.strip():
        raise click.BadParameter("it is empty")
    return (text or "").strip()


author = flag(
    "--author",
    metavar="LOGIN",
    default=None,
    callback=_named,
    help="The account of the token. Only its texts are updated.  [default: github-actions[bot]; GitLab is asked]",
)
handover_option = partial(flag, "--page", "file", metavar="FILE", type=click.Path(), help="The page.json of --report.")
workflow = flag(
    "--workflow",
    metavar="FILE|JOB",
    default=None,
    callback=_named,
    help="What plans: a workflow's file, or at GitLab a job.  [default: plan.yml, or reconciler-plan]",
)


def commit_argument(_: click.Context, __: click.Parameter, text: str | None) -> str:
    """Return a commit's full name; raises BadParameter for a part of one or a branch, which may change."""
    from reconciler.effects.git.clone import is_commit_name

    if text is not None and not is_commit_name(text):
        raise click.BadParameter("name a commit by all of its 40 characters")
    return text or ""


def asked_forge() -> ForgeKind:
    """Return the forge whose group of commands was called."""
    parent = click.get_current_context().parent
    return ForgeKind(str(parent.info_name if parent is not None else ""))


def asked_words() -> ForgeWords:
    """Return the words of that forge."""
    from reconciler.forge.vocabulary import forge_words

    return forge_words(asked_forge())


def planner(name: str) -> str:
    """Return the name of what plans, by default that of the forge."""
    return name or _PLANS[asked_forge()]


def kept_by(artifact: str, name: str) -> str:
    """Return the name of what holds the plan; at GitLab that is the job which made it, and else "" is the default."""
    return artifact or (planner(name) if asked_forge() is ForgeKind.GITLAB else "")


def ask(
    common: Common, work: Callable[[Context, Forge, str], Awaitable[_T]], *, author: str = "", wait: float = 0.0
) -> _T:
    """Return what `work` returns; raises ForgeProblem if the forge refuses, and the command then exits with 6.

    The work is told whose texts are ours: `author`, or by default the forge's own account, or the token's. It takes up
    to `wait` seconds more than others, because it waits for something there.
    """
    import asyncio

    from reconciler.core.basics import Reason, exit_code
    from reconciler.effects.signals import interruptible
    from reconciler.forge.exchange import ForgeProblem
    from reconciler.forge.runs.propose import BOT
    from reconciler.forge.transport import COMMAND_DEADLINE

    kind, seconds = asked_forge(), COMMAND_DEADLINE + wait

    async def run() -> _T:
        context = common.context()
        if kind is ForgeKind.GITHUB:
            async with _github(context, seconds) as github:
                return await work(context, github, author or BOT)
        async with _gitlab(context, seconds) as gitlab:
            return await work(context, gitlab, author or await gitlab.account())

    try:
        return asyncio.run(interruptible(lambda _: run()))
    except ForgeProblem as problem:
        # The result of plan, apply or drift stands in another job. Only its report is incomplete.
        problem.exit_code = exit_code({Reason.INCOMPLETE})
        raise


def _github(context: Context, seconds: float) -> GitHub:
    from reconciler.forge.github.calls import github_place
    from reconciler.forge.github.client import GitHub

    return GitHub(github_place(context), context=context, seconds=seconds)


def _gitlab(context: Context, seconds: float) -> GitLab:
    from reconciler.forge.gitlab.calls import gitlab_place
    from reconciler.forge.gitlab.client import GitLab

    return GitLab(gitlab_place(context), context=context, seconds=seconds)
