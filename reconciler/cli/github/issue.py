"""`reconciler github issue`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.github.asking import ask, author, handover_option
from reconciler.cli.options import Common, common, flag

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.effects.world import Context
    from reconciler.forge.github.client import GitHub
    from reconciler.forge.port import ForgeResult


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
def command(common: Common, file: str | None, *, stopped: str | None, author: str) -> int:
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
