"""`reconciler ledger …`: the upkeep of the ledger. First the commands, then the group."""

from __future__ import annotations

import click

from reconciler.cli.invocation import Common, Group
from reconciler.cli.options import common, flag, ledger

tip_option = flag(
    "--require-tip",
    "tip",
    metavar="REF",
    default="",
    help="Also say whether the last apply lets an apply with this option go on, as in origin/main.",
)


@click.command("check")
@tip_option
@ledger
@common
def check_command(common: Common, *, tip: str, ledger: str | None) -> int:
    """Read the whole ledger, and list what no run can use. Nothing is written.

    Such a part is set aside by every run: a file that cannot be read, is too large, or is another target's.
    """
    from reconciler.cli.output import emit
    from reconciler.core.memory.runs import exit_code
    from reconciler.pipeline.ledger import ledger_check_run
    from reconciler.render.json import dumps
    from reconciler.render.text.ledger import ledger_check_json, ledger_check_text

    report = ledger_check_run(common.context(), ledger=ledger or "", tip=tip)
    text = dumps(ledger_check_json(report)) if common.json else ledger_check_text(report, verbose=common.verbose)
    emit(text)
    return exit_code(report.reasons)


_COMMANDS = {str(one.name): one for one in (check_command,)}
_SUMMARIES = {
    "check": "List what of the ledger no run can use.",
}


@click.group("ledger", cls=Group, summaries=_SUMMARIES, load=_COMMANDS.__getitem__)
def command() -> None:
    """Check and repair what the ledger remembers. No provider is called."""
