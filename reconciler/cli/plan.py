"""`reconciler plan`."""

from __future__ import annotations

import click

from reconciler.cli.options import Common, common, detailed, flag, paths


@click.command("plan")
@paths
@flag(
    "--out", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Also write the plan as JSON to FILE."
)
@detailed
@common
def command(common: Common, paths: tuple[str, ...], out: str | None, *, detailed: bool) -> int:
    """Show what an apply would change. Nothing is written anywhere."""
    import asyncio

    from reconciler.cli.output import emit, progress, write
    from reconciler.core.exits import exit_code
    from reconciler.core.outcome import Reason
    from reconciler.effects.stop import interruptible
    from reconciler.pipeline import plan_run
    from reconciler.render.json import dumps, plan_json
    from reconciler.render.terminal import plan_text

    with progress(shown=not common.quiet) as seen:
        report = asyncio.run(interruptible(lambda _: plan_run(common.context(), paths, seen=seen)))
    code = exit_code(report.reasons - (set() if detailed else {Reason.CHANGES}))
    document = dumps({**plan_json(report), "exit_code": code}) if out or common.json else ""
    emit(document if common.json else plan_text(report))
    if out:
        write(out, document)
    return code
