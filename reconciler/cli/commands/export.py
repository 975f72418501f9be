"""`reconciler export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag, paths, selecting

if TYPE_CHECKING:
    from reconciler.core.reading.selection import Filters


@click.command("export")
@paths
@selecting
@flag(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    default=None,
    help="Write the table to FILE, for a spreadsheet.",
)
@common
def command(common: Common, paths: tuple[str, ...], filters: Filters, out: str | None) -> int:
    """Print what the numbers show now as a table: CSV with a row for each profile. Nothing is written elsewhere.

    A field that is empty reads (empty). A cell without a text is not known, and the column `notes` says why.
    """
    from reconciler.cli.output import emit, print_stderr, write
    from reconciler.cli.results import quotes_for
    from reconciler.cli.running import run_shown
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.exporting import export_run
    from reconciler.pipeline.readings import Scope
    from reconciler.render.exported import export_csv, export_json, export_notes
    from reconciler.render.json import dumps

    report = run_shown(common, lambda context, _: export_run(context, Scope(paths, filters=filters)))
    table = export_csv(report).removesuffix("\n")
    if common.json:
        emit(dumps(export_json(report)))
    elif out is None:
        emit(table, wrap=False)
    if not common.quiet:
        quotes = quotes_for(common, report.diagnostics)
        print_stderr(export_notes(report, verbose=common.verbose, quotes=quotes))
    if out is not None:
        # The mark tells spreadsheets that it is UTF-8.
        write(out, f"\ufeff{table}")
    return exit_code(report.reasons)
