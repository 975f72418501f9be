"""`reconciler list`."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import flag, ledger, paths, selecting, viewed

if TYPE_CHECKING:
    from reconciler.core.reading.selection import Filters
    from reconciler.pipeline.readings import Scope

_ANY = 100_000


@click.command("list")
@paths
@selecting
@flag("--live", is_flag=True, help="Ask the providers too. An account without a credential is not asked.")
@flag("--wide", is_flag=True, help="Show every column: also address, file, run and what is told of the business.")
@ledger
@viewed
def command(
    common: Common, paths: tuple[str, ...], filters: Filters, *, ledger: str | None, live: bool, wide: bool
) -> int:
    """List the profiles: number, account, mode, last apply and drift. It reads files and ledger, and calls no provider.

    Without --live, drift is what the ledger knows: fields that the next apply sends, and fields not live as sent.
    """
    from reconciler.cli.output import emit
    from reconciler.cli.results import quotes_for
    from reconciler.cli.running import run_shown
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.readings import Scope
    from reconciler.pipeline.showing import list_run
    from reconciler.render.json import dumps
    from reconciler.render.text.fleet import list_json, list_text

    scope = Scope(paths, ledger=ledger or "", offline=not live, offline_fallback=live, filters=filters)
    if common.format == "html":
        return _page(common, scope)
    report = run_shown(common, lambda context, _: list_run(context, scope))
    # What is no terminal has room for every column that was asked for.
    width = _ANY if wide and not sys.stdout.isatty() else shutil.get_terminal_size((120, 24)).columns
    if common.json:
        emit(dumps(list_json(report)))
    else:
        quotes = quotes_for(common, report.plan.diagnostics)
        emit(list_text(report, width=width, wide=wide, verbose=common.verbose, quotes=quotes))
    return exit_code(report.reasons)


def _page(common: Common, scope: Scope) -> int:
    """Print the fleet as one page for a browser."""
    from reconciler.cli.forms import links_of
    from reconciler.cli.output import emit
    from reconciler.cli.running import run_shown
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.showing import fleet_run
    from reconciler.render.html.fleet import fleet_html

    fleet = run_shown(common, lambda context, _: fleet_run(context, scope))
    emit(fleet_html(fleet, links_of(common.context())), wrap=False)
    return exit_code(fleet.reasons)
