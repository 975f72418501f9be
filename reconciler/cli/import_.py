"""`reconciler import`."""

from __future__ import annotations

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, ledger


@click.command("import")
@click.argument("account")
@click.argument("numbers", metavar="[NUMBER[=KEY]]...", nargs=-1)
@ledger
@common
def command(common: Common, account: str, numbers: tuple[str, ...], ledger: str | None) -> int:
    """Write files with what an account's numbers show now. No file is overwritten.

    If the account can list its numbers, all of them are imported, or only those that are named. Otherwise name each
    number with its KEY: at 360dialog the variable that holds its API key, at Meta its phone-number id.
    """
    import asyncio

    from reconciler.cli.output import emit, progress
    from reconciler.core.memory.runs import exit_code
    from reconciler.effects.world import interruptible
    from reconciler.pipeline.importing import import_run
    from reconciler.render.json import dumps
    from reconciler.render.text.accounts import import_json, import_text

    with progress(shown=not common.quiet) as seen:
        report = asyncio.run(
            interruptible(lambda _: import_run(common.context(), account, numbers, ledger=ledger or "", progress=seen))
        )
    emit(dumps(import_json(report)) if common.json else import_text(report, verbose=common.verbose))
    return exit_code(report.reasons)
