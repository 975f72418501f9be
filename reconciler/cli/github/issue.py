"""`reconciler github issue`."""

from __future__ import annotations

import click

from reconciler.cli.github.asking import ask, author, page
from reconciler.cli.options import Common, common


@click.command("issue")
@page
@author
@common
def command(common: Common, file: str, *, author: str) -> int:
    """Keep the one issue about drift, or about an apply that failed, as a page says.

    It is opened when there is something, commented on when other fields differ than before, and closed when a look
    that could read everything finds nothing.
    """
    from reconciler.cli.output import emit
    from reconciler.pipeline.github.issuing import KINDS, issue_run
    from reconciler.pipeline.github.pages import page_of
    from reconciler.render.github.told import told_json, told_text
    from reconciler.render.json import dumps

    found = page_of(file, kinds=KINDS)
    told = ask(common, lambda context, github: issue_run(context, github, page=found, author=author))
    emit(dumps(told_json(told)) if common.json else told_text(told))
    return 0
