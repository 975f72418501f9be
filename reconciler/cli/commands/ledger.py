"""`reconciler ledger …`: the upkeep of the ledger. First the commands, then the group."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common, Group
from reconciler.cli.options import common, flag, ledger

if TYPE_CHECKING:
    from reconciler.core.memory.upkeep import LedgerRekey, LedgerRepair

_tip_option = flag(
    "--require-tip",
    "tip",
    metavar="REF",
    default="",
    help="Also say whether the last apply lets an apply with this option go on, as in origin/main.",
)


@click.command("check")
@_tip_option
@ledger
@common
def check_command(common: Common, *, tip: str, ledger: str | None) -> int:
    """Read the whole ledger, and list what no run can use. Nothing is written.

    Such a part is set aside by every run: a file that cannot be read, is too large, or is another target's.
    """
    from reconciler.cli.output import emit
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.ledger import ledger_check_run
    from reconciler.render.json import dumps
    from reconciler.render.text.ledger import ledger_check_json, ledger_check_text

    report = ledger_check_run(common.context(), ledger=ledger or "", tip=tip)
    text = dumps(ledger_check_json(report)) if common.json else ledger_check_text(report, verbose=common.verbose)
    emit(text)
    return exit_code(report.reasons)


@click.command("repair")
@flag("-y", "--yes", is_flag=True, help="Do it. Without this a person at the terminal is asked.")
@_tip_option
@ledger
@common
def repair_command(common: Common, *, yes: bool, tip: str, ledger: str | None) -> int:
    """Take out of the ledger what no run can use. Everything else stays, and what goes is kept elsewhere.

    With --require-tip, a last apply that is of no earlier commit goes too. The newest earlier one takes its place.
    """
    from reconciler.cli.output import emit
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.ledger import ledger_repair_run
    from reconciler.render.json import dumps
    from reconciler.render.text.ledger import ledger_repair_json, ledger_repair_text

    def agreed(repair: LedgerRepair) -> bool:
        return yes or _said_yes(f"{ledger_repair_text(repair, verbose=False)}\nType yes to do it now.")

    report = ledger_repair_run(common.context(), ledger=ledger or "", tip=tip, agreed=agreed)
    text = dumps(ledger_repair_json(report)) if common.json else ledger_repair_text(report, verbose=common.verbose)
    emit(text)
    return exit_code(report.reasons)


@click.command("rekey")
@flag("-y", "--yes", is_flag=True, help="Mark it. Without this a person at the terminal is asked.")
@ledger
@common
def rekey_command(common: Common, *, yes: bool, ledger: str | None) -> int:
    """Show what of the ledger no mark vouches for, and mark all of it with RECONCILER_LEDGER_KEY.

    Review it first: what is marked counts as written by this tool. Of several keys, the first one marks.
    """
    from reconciler.cli.output import emit
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.ledger import ledger_rekey_run
    from reconciler.render.json import dumps
    from reconciler.render.text.ledger import ledger_rekey_json, ledger_rekey_text

    def agreed(found: LedgerRekey) -> bool:
        return yes or _said_yes(f"{ledger_rekey_text(found)}\nType yes to mark it now.")

    report = ledger_rekey_run(common.context(), ledger=ledger or "", agreed=agreed)
    emit(dumps(ledger_rekey_json(report)) if common.json else ledger_rekey_text(report))
    return exit_code(report.reasons)


def _said_yes(text: str) -> bool:
    """Ask the person at the terminal, after showing `text`; nothing but `yes` is yes."""
    from reconciler.cli.output import print_stderr

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print_stderr(text)
    answer: str = click.prompt("", default="", show_default=False, prompt_suffix="> ", err=True)
    return answer.strip() == "yes"


_COMMANDS = {str(one.name): one for one in (check_command, repair_command, rekey_command)}
_SUMMARIES = {
    "check": "List what of the ledger no run can use.",
    "repair": "Take out what no run can use.",
    "rekey": "Review what no mark vouches for, and mark it.",
}


@click.group("ledger", cls=Group, summaries=_SUMMARIES, load=_COMMANDS.__getitem__)
def command() -> None:
    """Check, repair and mark what the ledger remembers. No provider is called."""
