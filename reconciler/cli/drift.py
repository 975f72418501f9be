"""`reconciler drift`."""

from __future__ import annotations

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import detailed, flag, ledger, paged, paths


@click.command("drift")
@paths
@flag("--adopt", is_flag=True, help="Write what was changed elsewhere into the files. Comments stay.")
@flag("--skip-unset", is_flag=True, help="Skip accounts without a credential, and list them.")
@ledger
@detailed
@paged
def command(
    common: Common, paths: tuple[str, ...], ledger: str | None, *, adopt: bool, skip_unset: bool, detailed: bool
) -> int:
    """Show what was changed elsewhere since the last apply. No provider is written to."""
    import asyncio
    from functools import partial

    from reconciler.cli.output import progress
    from reconciler.cli.results import Result, deliver
    from reconciler.core.memory.runs import Reason, exit_code
    from reconciler.effects.world import interruptible
    from reconciler.pipeline.drift import drift_run
    from reconciler.pipeline.planning import Scope
    from reconciler.render.json import drift_json
    from reconciler.render.markdown.drift import drift_sheet
    from reconciler.render.pages import drift_page
    from reconciler.render.text.drift import drift_text

    scope = Scope(paths, ledger=ledger or "", offline_fallback=skip_unset)
    with progress(shown=not common.quiet) as seen:
        report = asyncio.run(interruptible(lambda _: drift_run(common.context(), scope, adopt=adopt, progress=seen)))
    code = exit_code(report.reasons - (set() if detailed else {Reason.CHANGES}))
    found = Result(
        command="drift",
        exit_code=code,
        text=partial(drift_text, report, verbose=common.verbose),
        document=lambda: {**drift_json(report), "exit_code": code},
        sheet=partial(drift_sheet, report),
        page=lambda sheet, _: drift_page(report, sheet, exit_code=code),
        plan=report.plan,
        summary=report.summary,
    )
    return deliver(common, found)
