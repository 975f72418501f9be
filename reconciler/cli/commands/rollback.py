"""`reconciler rollback`."""

from __future__ import annotations

import click

from reconciler.cli import completing
from reconciler.cli.invocation import Common
from reconciler.cli.options import common, ledger


@click.command("rollback")
@click.argument("record", metavar="RECORD", shell_complete=completing.offer_runs)
@ledger
@common
def command(common: Common, record: str, ledger: str | None) -> int:
    """Write the values from before a run into the files. RECORD is the file of --record, or the run's name.

    No provider is called and nothing is sent. Review and apply the files as after any other edit.
    """
    from reconciler.cli.output import emit
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.editing import rollback_run
    from reconciler.render.json import dumps
    from reconciler.render.text.history import rollback_json, rollback_text

    report = rollback_run(common.context(), record, ledger=ledger or "")
    emit(dumps(rollback_json(report)) if common.json else rollback_text(report))
    return exit_code(report.reasons)
