"""`reconciler apply`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from reconciler.cli import completing
from reconciler.cli.invocation import Common
from reconciler.cli.options import flag, ledger, notify, paged, require_known, selecting
from reconciler.cli.running import limit_of, merged_files, shard, shard_documents, until

if TYPE_CHECKING:
    from reconciler.cli.forms import Result
    from reconciler.core.reading.selection import Filters
    from reconciler.core.reports.command_reports import ApplyReport
    from reconciler.core.safety.decision import Approval, Question, YesTo
    from reconciler.core.safety.gates import PlanReport
    from reconciler.core.shards import Shard
    from reconciler.pipeline.apply import ApplyRequest


def _named(_: click.Context, __: click.Parameter, ref: str | None) -> str:
    """Return the branch, or nothing if the option is not given; raises BadParameter for a script's empty variable."""
    if ref == "":
        raise click.BadParameter("it is empty; name a branch, as in origin/main")
    return ref or ""


@click.command("apply", epilog="`apply merge FILE…` tells together what --shard and --json wrote. It sends nothing.")
@click.argument(
    "paths", metavar="[PLAN.json | PATH...]", nargs=-1, type=click.Path(), shell_complete=completing.offer_profiles
)
@selecting
@flag("--auto-approve", "-y", "auto", is_flag=True, help="Approve the plan. Gates still ask.")
@flag(
    "--allow",
    metavar="RULE",
    multiple=True,
    shell_complete=completing.offer_rules,
    help="Let one gate or finding pass: bulk, clear, webhook, drifted, …",
)
@flag(
    "--resend",
    metavar="FIELD",
    multiple=True,
    shell_complete=completing.offer_fields,
    help="Send this field although nothing differs: its secret changed.",
)
@flag(
    "--record",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    default=None,
    help="Write the record of the run to FILE.",
)
@flag(
    "--require-tip",
    "tip",
    metavar="REF",
    default=None,
    callback=_named,
    help="Send only if this commit is the newest of origin/BRANCH.",
)
@flag("--base", metavar="REV", default=None, help="Compare with this commit. Its rules apply.")
@notify
@flag(
    "--max",
    "most",
    metavar="N",
    type=click.IntRange(min=1),
    default=None,
    help="Send to the first N profiles only. The rest waits. Gates judge all of them.",
)
@shard
@until
@ledger
@paged
def command(
    common: Common,
    paths: tuple[str, ...],
    filters: Filters,
    *,
    allow: tuple[str, ...],
    resend: tuple[str, ...],
    record: str | None,
    base: str | None,
    tip: str,
    most: int | None,
    ledger: str | None,
    until: str | None,
    shard: Shard | None,
    auto: bool,
) -> int:
    """Send what the files ask for: only changed fields, checked before and read back after.

    PLAN.json is an approved plan, written by `plan --out`. It permits the changes in that plan, or fewer. Any other
    change stops the run before the first write.
    """
    from reconciler.cli.results import deliver
    from reconciler.core.reading.selection import NO_FILTERS
    from reconciler.pipeline.apply import ApplyRequest
    from reconciler.pipeline.readings import Scope

    if files := merged_files(common, paths, command="apply"):
        told = bool(filters != NO_FILTERS or resend or base or tip or most or shard or auto)
        documents = shard_documents(files, told=told, common=common)
        return deliver(common, _found(common, _merged(common, documents, ledger or "", allow), record))
    approval = _approval(paths, allow, resend=resend, auto=auto)
    _check_plan(approval, filters, shard)
    if filters.fields:
        require_known(resend, filters.fields, option="--resend")
    named, limit = paths if approval.plan is None else (), limit_of(until, common.context())
    scope = Scope(named, ledger=ledger or "", base=base, resend=resend, filters=filters, until=limit, shard=shard)
    report = _applied(common, ApplyRequest(scope, approval, tip, most))
    return deliver(common, _found(common, report, record))


def _check_plan(approval: Approval, filters: Filters, shard: Shard | None) -> None:
    """Raise UsageError for what does not go together with an approved plan, or without one."""
    from reconciler.core.reading.selection import NO_FILTERS

    if approval.plan is not None and filters != NO_FILTERS:
        raise click.UsageError("an approved plan says itself what it is of: leave out what narrows the selection")
    if shard is not None and approval.plan is None:
        raise click.UsageError(f"shard {shard} needs the plan of all shards: apply plan.json --shard {shard}")


def _found(common: Common, report: ApplyReport, record: str | None) -> Result:
    """Return the result in its forms; the record goes to its own file too."""
    from functools import partial

    from reconciler.cli.forms import Result
    from reconciler.core.basics import exit_code
    from reconciler.render.json import apply_json, dumps, record_json
    from reconciler.render.markdown.apply import apply_sheet
    from reconciler.render.pages import apply_page
    from reconciler.render.text.apply import apply_text

    code, recorded = exit_code(report.reasons, signal=report.signal), record_json(report)
    return Result(
        command="apply",
        exit_code=code,
        text=partial(apply_text, report, verbose=common.verbose),
        document=partial(apply_json, report),
        sheet=partial(apply_sheet, report),
        page=lambda sheet, _: apply_page(report, sheet, exit_code=code),
        plan=report.plan,
        summary=report.summary,
        record=recorded,
        files={record: lambda _: dumps(recorded or {})} if record else {},
    )


def _merged(common: Common, documents: Mapping[str, bytes], ledger: str, allow: Sequence[str]) -> ApplyReport:
    """Return what the applies of shards came to; nothing is sent."""
    from reconciler.cli.running import run_shown
    from reconciler.core.safety.decision import ALLOWABLE
    from reconciler.pipeline.merging import merge_applies_run
    from reconciler.pipeline.readings import Scope

    require_known(allow, ALLOWABLE, option="--allow")
    scope, allowed = Scope((), ledger=ledger), frozenset(allow)
    return run_shown(common, lambda context, _: merge_applies_run(context, scope, documents, allowed=allowed))


def _applied(common: Common, request: ApplyRequest) -> ApplyReport:
    """Show the plan as soon as it is there, and return what became of it."""
    from reconciler.cli.output import emit, print_stderr
    from reconciler.cli.results import quotes_for
    from reconciler.cli.running import run_shown
    from reconciler.pipeline.apply import apply_run
    from reconciler.render.text.plan import plan_text

    def show(report: PlanReport) -> None:
        # The person who is asked must see the plan, also if the result goes into a file.
        unseen = request.approval.ask is not None and not sys.stdout.isatty()
        quotes = quotes_for(common, report.plan.diagnostics)
        shown = plan_text(report, verbose=common.verbose, quotes=quotes)
        (print_stderr if common.format != "text" or unseen else emit)(shown + "\n")

    return run_shown(common, lambda context, stop: apply_run(context, request, stop=stop, show=show))


def _approval(paths: Sequence[str], allow: Sequence[str], *, resend: Sequence[str], auto: bool) -> Approval:
    """Return what is approved, and how; raises UsageError if the options contradict each other."""
    from reconciler.core.fields import FIELD_NAMES
    from reconciler.core.safety.decision import ALLOWABLE, Approval
    from reconciler.effects.files.writing import read_plan

    require_known(allow, ALLOWABLE, option="--allow")
    require_known(resend, FIELD_NAMES, option="--resend")
    document = _plan_file(paths, resend)
    return Approval(
        auto=auto,
        allowed=frozenset(allow),
        ask=_ask if sys.stdin.isatty() and sys.stderr.isatty() else None,
        plan=read_plan(document) if document else None,
    )


def _plan_file(paths: Sequence[str], resend: Sequence[str]) -> str:
    """Return the plan document among the arguments, empty where there is none; raises UsageError for what cannot be."""
    found = [path for path in paths if path.endswith(".json")]
    if not found:
        return ""
    if len(paths) > 1:
        raise click.UsageError(f"{found[0]} is an approved plan and says itself what it is of: name nothing beside it")
    if resend:
        raise click.UsageError("no plan holds what --resend sends: leave it out, or apply without a plan file")
    return found[0]


def _ask(question: Question) -> YesTo:
    """Ask the person at the terminal, again where a name is none of the question. Raises Interrupted on a signal."""
    from reconciler.cli.output import print_stderr
    from reconciler.core.safety.decision import read_answer
    from reconciler.render.text.apply import question_text
    from reconciler.render.text.causes import diagnostics_text

    print_stderr(question_text(question))
    while True:
        answer = read_answer(_typed(), question.profiles)
        if not isinstance(answer, tuple):
            return answer
        print_stderr(diagnostics_text(answer))


def _typed() -> str:
    """Return the line that is typed, empty at the end of the input. Raises Interrupted on a signal."""
    import signal

    from reconciler.cli.output import print_stderr
    from reconciler.effects.signals import SIGNALS, Interrupted

    def interrupted(number: int, _: object) -> None:
        raise Interrupted(number)

    # The event loop would only learn of a signal once the answer is there.
    before = {number: signal.signal(number, interrupted) for number in SIGNALS}
    try:
        answer: str = click.prompt("", default="", show_default=False, prompt_suffix="> ", err=True)
    except click.Abort:
        print_stderr("\nThe input ended without an answer (Ctrl-D), which is taken as no.")
        return ""
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return answer
