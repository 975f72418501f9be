"""`reconciler drift`."""

from __future__ import annotations

import click

from reconciler.cli.options import Common, common, detailed, flag, ledger, paths


@click.command("drift")
@paths
@flag("--adopt", is_flag=True, help="Write what moved elsewhere into the files; comments stay.")
@ledger
@detailed
@common
def command(common: Common, paths: tuple[str, ...], ledger: str | None, *, adopt: bool, detailed: bool) -> int:
    """Show what somebody changed elsewhere. No provider is written to."""
    import asyncio

    from reconciler.cli.output import emit, progress
    from reconciler.core.exits import exit_code
    from reconciler.core.outcome import Reason
    from reconciler.effects.stop import interruptible
    from reconciler.pipeline.drifting import drift_run
    from reconciler.pipeline.look import Scope
    from reconciler.render.drift import drift_text
    from reconciler.render.json import drift_json, dumps

    scope = Scope(paths, ledger=ledger or "")
    with progress(shown=not common.quiet) as seen:
        report = asyncio.run(interruptible(lambda _: drift_run(common.context(), scope, adopt=adopt, seen=seen)))
    code = exit_code(report.reasons - (set() if detailed else {Reason.CHANGES}))
    emit(dumps({**drift_json(report), "exit_code": code}) if common.json else drift_text(report))
    return code
