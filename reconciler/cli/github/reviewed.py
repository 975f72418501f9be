"""`reconciler github reviewed`."""

from __future__ import annotations

import click

from reconciler.cli.github.asking import ask, commit_argument, workflow
from reconciler.cli.options import Common, common, flag


@click.command("reviewed")
@flag(
    "--commit", metavar="SHA", required=True, callback=commit_argument, help="The commit that is about to be applied."
)
@flag("--out", metavar="FILE", required=True, type=click.Path(dir_okay=False), help="Write the plan to FILE.")
@workflow
@flag("--artifact", metavar="NAME", default="reconciler-plan", show_default=True, help="The artifact that holds it.")
@common
def command(common: Common, *, commit: str, out: str, workflow: str, artifact: str) -> int:
    """Fetch the plan that people looked at before they merged; ends with 3, and writes nothing, where there is none."""
    from reconciler.cli.output import emit
    from reconciler.core.memory.runs import Reason, exit_code
    from reconciler.forge.rules.reviewed import NotReviewed, ReviewedRun
    from reconciler.forge.runs.merge import reviewed_run_of
    from reconciler.forge.text.merge import reviewed_json, reviewed_text
    from reconciler.render.json import dumps

    found = ask(
        common,
        lambda context, github: reviewed_run_of(context, github, commit=commit, workflow=workflow, artifact=artifact),
    )
    if isinstance(found, ReviewedRun):
        _write(out, found.plan)
    emit(dumps(reviewed_json(found, commit=commit)) if common.json else reviewed_text(found, commit=commit, file=out))
    return exit_code({Reason.STOPPED} if isinstance(found, NotReviewed) else ())


def _write(file: str, plan: bytes) -> None:
    """Write the plan byte by byte as it was reviewed; raises NotWritten when it cannot be."""
    from pathlib import Path

    from reconciler.cli.output import NotWritten

    try:
        Path(file).write_bytes(plan)
    except OSError as problem:
        raise NotWritten(f"{file} cannot be written: {problem.strerror}") from None
