"""`reconciler plan`."""

from __future__ import annotations

import click

from reconciler.cli.options import Common, common, detailed, flag, ledger, paths


@click.command("plan")
@paths
@flag(
    "--out", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Also write the plan as JSON to FILE."
)
@flag("--base", metavar="REV", default=None, help="The commit before: its rules count, and it explains the changes.")
@flag("--changed-since", metavar="REV", default=None, help="Only profiles that ask for something else than at REV.")
@flag("--offline", is_flag=True, help="Ask no provider and need no secret: what is remembered stands in for live.")
@ledger
@detailed
@common
def command(
    common: Common,
    paths: tuple[str, ...],
    out: str | None,
    *,
    base: str | None,
    changed_since: str | None,
    ledger: str | None,
    offline: bool,
    detailed: bool,
) -> int:
    """Show what an apply would change. Nothing is written anywhere."""
    import asyncio

    from reconciler.cli.output import emit, progress, write
    from reconciler.core.exits import exit_code
    from reconciler.core.outcome import Reason
    from reconciler.effects.stop import interruptible
    from reconciler.pipeline import plan_run
    from reconciler.pipeline.look import Scope
    from reconciler.render.json import dumps, plan_json
    from reconciler.render.terminal import plan_text

    with progress(shown=not common.quiet) as seen:
        scope = Scope(paths, ledger=ledger or "", base=base, changed_since=changed_since, offline=offline)
        report = asyncio.run(interruptible(lambda _: plan_run(common.context(), scope, seen=seen)))
    code = exit_code(report.reasons - (set() if detailed else {Reason.CHANGES}))
    document = dumps({**plan_json(report), "exit_code": code}) if out or common.json else ""
    emit(document if common.json else plan_text(report))
    if out:
        write(out, document)
    return code
