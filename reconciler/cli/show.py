"""`reconciler show`."""

from __future__ import annotations

import shutil

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, ledger


@click.command("show")
@click.argument("profile", type=click.Path())
@ledger
@common
def command(common: Common, profile: str, ledger: str | None) -> int:
    """Show one profile: desired, live and remembered, side by side."""
    import asyncio

    from reconciler.cli.output import emit
    from reconciler.core.memory.runs import exit_code
    from reconciler.effects.world import interruptible
    from reconciler.pipeline.showing import show_run
    from reconciler.render.json import dumps, show_json
    from reconciler.render.text.history import show_text

    report = asyncio.run(interruptible(lambda _: show_run(common.context(), profile, ledger=ledger or "")))
    width = shutil.get_terminal_size((120, 24)).columns
    emit(dumps(show_json(report)) if common.json else show_text(report, width=width))
    return exit_code(report.reasons)
