"""`reconciler github propose`."""

from __future__ import annotations

import click

from reconciler.cli.github.asking import ask, author
from reconciler.cli.options import Common, common, flag


@click.command("propose")
@flag("--branch", metavar="NAME", default="reconciler/adopt", show_default=True, help="Our branch, written anew.")
@flag("--base", metavar="BRANCH", default="", help="Where to merge it; else the branch that the workflow runs for.")
@flag("--page", "file", metavar="FILE", default=None, help="The page.json of `drift --adopt --report`, to be shown.")
@author
@common
def command(common: Common, *, branch: str, base: str, file: str | None, author: str) -> int:
    """Open or update the pull request with what `drift --adopt` changed below profiles/.

    It is one commit on top of what is checked out. A branch that somebody else committed to is left alone.
    """
    from reconciler.cli.output import emit
    from reconciler.core.handover import HandoverKind
    from reconciler.forge.runs.comment import page_of
    from reconciler.forge.runs.propose import propose_run
    from reconciler.forge.text.propose import proposed_json, proposed_text
    from reconciler.render.json import dumps

    page = page_of(file, kinds=(HandoverKind.DRIFT,)) if file else None
    report = ask(
        common,
        lambda context, github: propose_run(context, github, branch=branch, base=base, page=page, author=author),
    )
    emit(dumps(proposed_json(report)) if common.json else proposed_text(report))
    return 0
