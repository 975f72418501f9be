"""`reconciler history`."""

from __future__ import annotations

import click

from reconciler.cli import completing
from reconciler.cli.invocation import Common
from reconciler.cli.options import common, ledger


@click.command("history")
@click.argument("profile", required=False, type=click.Path(), shell_complete=completing.offer_profiles)
@ledger
@common
def command(common: Common, profile: str | None, ledger: str | None) -> int:
    """Show what was sent to a profile, when and by which run. No provider is called.

    Without PROFILE, every run is listed.
    """
    from reconciler.cli.output import emit
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.history import history_run, runs_run
    from reconciler.render.json import dumps
    from reconciler.render.text.history import history_json, history_text, runs_json, runs_text

    if profile is None:
        runs = runs_run(common.context(), ledger=ledger or "")
        emit(dumps(runs_json(runs)) if common.json else runs_text(runs))
        return exit_code(runs.reasons)
    report = history_run(common.context(), profile, ledger=ledger or "")
    emit(dumps(history_json(report)) if common.json else history_text(report))
    return exit_code(report.reasons)
