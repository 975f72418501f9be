"""`reconciler recover`."""

from __future__ import annotations

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, ledger


@click.command("recover")
@click.argument("file", type=click.Path(dir_okay=False))
@ledger
@common
def command(common: Common, file: str, ledger: str | None) -> int:
    """Record in the ledger what an apply saved in FILE. No provider is called.

    An apply saves FILE when it cannot record what it did.
    """
    from reconciler.cli.output import emit
    from reconciler.core.formats import RESULT_FORMAT
    from reconciler.pipeline.history import recover_run
    from reconciler.render.json import dumps
    from reconciler.render.text.history import recovered_text

    stored, known = recover_run(common.context(), file, ledger=ledger or "")
    if common.json:
        emit(dumps({"format_version": RESULT_FORMAT, "recorded": stored, "known_better": known, "exit_code": 0}))
    else:
        emit(recovered_text(stored, known, file=file))
    return 0
