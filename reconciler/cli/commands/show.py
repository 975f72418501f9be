"""`reconciler show`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, ledger, paths, selecting

if TYPE_CHECKING:
    from reconciler.core.reading.selection import Filters


@click.command("show")
@paths
@selecting
@ledger
@common
def command(common: Common, paths: tuple[str, ...], filters: Filters, ledger: str | None) -> int:
    """Show one profile: desired, live and remembered, side by side."""
    from reconciler.cli.output import emit
    from reconciler.cli.running import run_shown
    from reconciler.core.basics import exit_code
    from reconciler.core.reading.selection import NO_FILTERS
    from reconciler.pipeline.readings import Scope
    from reconciler.pipeline.showing import show_run
    from reconciler.render.json import dumps
    from reconciler.render.text.show import show_json, show_text

    if not paths and filters == NO_FILTERS:
        raise click.UsageError("name one profile, by its file or by an option such as --number")
    scope = Scope(paths, ledger=ledger or "", filters=filters)
    report = run_shown(common, lambda context, _: show_run(context, scope))
    width = shutil.get_terminal_size((120, 24)).columns
    emit(dumps(show_json(report)) if common.json else show_text(report, width=width))
    return exit_code(report.reasons)
