"""`reconciler apply`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import Common, common, flag, ledger, paths

if TYPE_CHECKING:
    from reconciler.core.report import ApplyReport, PlanReport


@click.command("apply")
@paths
@flag("--auto-approve", "-y", "auto", is_flag=True, help="Say yes to the plan, and to no gate.")
@flag("--allow", metavar="RULE", multiple=True, help="Let one gate or finding pass: bulk, clear, webhook, drifted, …")
@flag("--resend", metavar="FIELD", multiple=True, help="Send this field though nothing differs: its secret changed.")
@flag("--record", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Write what was done to FILE.")
@ledger
@common
def command(
    common: Common,
    paths: tuple[str, ...],
    *,
    allow: tuple[str, ...],
    resend: tuple[str, ...],
    record: str | None,
    ledger: str | None,
    auto: bool,
) -> int:
    """Send what the files ask for: only changed fields, checked before and read back after."""
    import asyncio

    from reconciler.cli.output import emit, progress, say, write
    from reconciler.core.decide import ALLOWABLE, Approval
    from reconciler.core.exits import exit_code
    from reconciler.core.profile import FIELD_NAMES
    from reconciler.effects.stop import Stop, interruptible
    from reconciler.pipeline import apply_run
    from reconciler.render.json import apply_json, dumps, record_json
    from reconciler.render.terminal import apply_text, plan_text

    _known(allow, ALLOWABLE, option="--allow")
    _known(resend, FIELD_NAMES, option="--resend")
    ask = _ask if sys.stdin.isatty() and sys.stderr.isatty() else None
    approval = Approval(auto=auto, allowed=frozenset(allow), ask=ask)

    def show(report: PlanReport) -> None:
        seen.close()
        # Who is asked must see what for, also where the result goes into a file.
        unseen = ask is not None and not sys.stdout.isatty()
        (say if common.json or unseen else emit)(plan_text(report) + "\n")

    async def run(stop: Stop) -> ApplyReport:
        more: dict[str, Any] = {"ledger": ledger or "", "resend": resend, "show": show, "seen": seen}
        return await apply_run(common.context(), paths, approval=approval, stop=stop, **more)

    with progress(shown=not common.quiet) as seen:
        report = asyncio.run(interruptible(run))
    emit(dumps(apply_json(report)) if common.json else apply_text(report))
    if record:
        write(record, dumps(record_json(report) or {}))
    return exit_code(report.reasons, signal=report.signal)


def _known(names: Sequence[str], known: Sequence[str], *, option: str) -> None:
    """Raise BadParameter with what an option may name, where it names something else."""
    unknown = sorted(set(names) - set(known))
    if unknown:
        what = "RULE" if option == "--allow" else "FIELD"
        raise click.BadParameter(f"{', '.join(unknown)}; {what} is one of {', '.join(known)}", param_hint=option)


def _ask(_: PlanReport) -> bool:
    """Ask the person at the terminal; nothing but `yes` is yes. Raises Interrupted on a signal."""
    import signal

    from reconciler.cli.output import say
    from reconciler.effects.stop import SIGNALS, Interrupted

    def interrupted(number: int, _: object) -> None:
        raise Interrupted(number)

    say("Should this be written? Only `yes` is taken as yes.")
    # The event loop would only learn of a signal once the answer is there.
    before = {number: signal.signal(number, interrupted) for number in SIGNALS}
    try:
        answer: str = click.prompt("", default="", show_default=False, prompt_suffix="> ", err=True)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return answer.strip() == "yes"
