"""`reconciler github comment`."""

from __future__ import annotations

import click

from reconciler.cli.github.asking import ask, author, commit_argument, handover_option
from reconciler.cli.options import Common, common, flag


@click.command("comment")
@handover_option(required=True)
@flag("--pull", metavar="N", type=click.IntRange(min=1), default=None, help="The pull request to write to.")
@flag(
    "--commit", metavar="SHA", default=None, callback=commit_argument, help="Instead: the commit that it was merged by."
)
@author
@common
def command(common: Common, file: str, *, pull: int | None, commit: str, author: str) -> int:
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
