"""`reconciler doctor`."""

from __future__ import annotations

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common


@click.command("doctor")
@common
def command(common: Common) -> int:
    """Check the credentials, numbers, ledger and clock. Whether an account may write is never tried."""
    from reconciler.cli.output import emit
    from reconciler.cli.progress import run_shown
    from reconciler.core.memory.runs import exit_code
    from reconciler.pipeline.doctor import doctor_run
    from reconciler.render.json import dumps
    from reconciler.render.text.accounts import doctor_json, doctor_text

    report = run_shown(common, lambda context, _: doctor_run(context))
    emit(dumps(doctor_json(report)) if common.json else doctor_text(report, verbose=common.verbose))
    return exit_code(report.reasons)
