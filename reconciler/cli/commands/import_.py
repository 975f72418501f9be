"""`reconciler import`."""

from __future__ import annotations

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag, ledger


@click.command("import")
@click.argument("account")
@click.argument("numbers", metavar="[NUMBER[=KEY]]...", nargs=-1)
@flag("--as", "as_", type=click.Choice(["yaml", "csv"]), default="yaml", help="Write a file for each, or one table.")
@flag("--template", metavar="NAME", default="", help="Write what all numbers share into templates/NAME.yaml.")
@ledger
@common
def command(
    common: Common, account: str, numbers: tuple[str, ...], *, as_: str, template: str, ledger: str | None
) -> int:
    """Write files with what an account's numbers show now. No file is overwritten.

    If the account can list its numbers, all of them are imported, or only those that are named. Otherwise name each
    number with its KEY: at 360dialog the variable that holds its API key, at Meta its phone-number id.
    """
    from reconciler.cli.output import emit
    from reconciler.cli.running import run_shown
    from reconciler.core.authoring.sharing import ImportShape
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.importing import import_run
    from reconciler.render.json import dumps
    from reconciler.render.text.importing import import_json, import_text

    shape = ImportShape(table=as_ == "csv", template=template)
    report = run_shown(
        common, lambda context, _: import_run(context, account, numbers, ledger=ledger or "", shape=shape)
    )
    emit(dumps(import_json(report)) if common.json else import_text(report, verbose=common.verbose))
    return exit_code(report.reasons)
