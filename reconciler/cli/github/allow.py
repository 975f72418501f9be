"""`reconciler github allow`."""

from __future__ import annotations

import click

from reconciler.cli.github.asking import ask, commit_argument, workflow
from reconciler.cli.options import Common, common, flag


@click.command("allow")
@flag(
    "--commit", metavar="SHA", required=True, callback=commit_argument, help="The commit that is about to be applied."
)
@flag("--base", metavar="REV", default=None, help="The commit before: its `self_label` counts.")
@workflow
@flag("--outputs", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Add allow= and pull= to FILE.")
@flag("--summary", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Add Markdown to FILE.")
@common
def command(
    common: Common, *, commit: str, base: str | None, workflow: str, outputs: str | None, summary: str | None
) -> int:
    """Say which rules the labels `allow-RULE` of a merged pull request let through.

    A label counts if somebody who may write put it on, after the last push, and not the pull request's author.
    """
    from reconciler.cli.output import append, emit
    from reconciler.forge.runs.merge import allow_run
    from reconciler.forge.text.merge import allowed_json, allowed_markdown, allowed_outputs, allowed_text
    from reconciler.render.json import dumps

    allowed = ask(
        common, lambda context, github: allow_run(context, github, commit=commit, base=base, workflow=workflow)
    )
    emit(dumps(allowed_json(allowed)) if common.json else allowed_text(allowed))
    if outputs:
        append(outputs, allowed_outputs(allowed))
    if summary:
        append(summary, allowed_markdown(allowed))
    return 0
