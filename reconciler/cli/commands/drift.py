"""`reconciler drift`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import detailed, flag, ledger, notify, paged, paths, require_known, selecting
from reconciler.cli.running import limit_of, merged_files, shard, shard_documents

if TYPE_CHECKING:
    from reconciler.cli.forms import Result
    from reconciler.core.authoring.edits import Acceptance
    from reconciler.core.reading.selection import Filters
    from reconciler.core.reports.command_reports import DriftReport
    from reconciler.core.shards import Shard


def _address(_: click.Context, __: click.Parameter, place: str | None) -> str | None:
    """Return the name of the place of an address; raises BadParameter for what is no name, and may be the address."""
    from reconciler.forge.runs.notify import address_ref

    if place and isinstance(wrong := address_ref(place), str):
        raise click.BadParameter(wrong)
    return place or None


@click.command("drift", epilog="`drift merge FILE…` makes one look of those that --shard and --json wrote.")
@paths
@selecting
@flag("--adopt", is_flag=True, help="Write what was changed elsewhere into the files. Comments stay.")
@flag(
    "--accept",
    "accepted",
    metavar="FIELD",
    multiple=True,
    help="Accept the live value of a field, or of `all`: write it into profiles/drift-ignore.yaml.",
)
@flag(
    "--until",
    metavar="WHEN",
    default=None,
    help="Begin no call that would end later, as in 90m. With --accept: the last day of what is accepted.",
)
@flag("--reason", metavar="TEXT", help="Why the live value is accepted.")
@flag("--skip-unset", is_flag=True, help="Skip accounts without a credential, and list them.")
@flag(
    "--metrics",
    "metrics_",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    default=None,
    help="Also write the look's numbers to FILE, as OpenMetrics text.",
)
@notify
@flag(
    "--heartbeat",
    "heartbeat_",
    metavar="NAME",
    default=None,
    callback=_address,
    help="After a look that read everything, send a sign to the secret address in NAME.",
)
@shard
@ledger
@detailed
@paged
def command(
    common: Common,
    paths: tuple[str, ...],
    filters: Filters,
    *,
    ledger: str | None,
    shard: Shard | None,
    adopt: bool,
    accepted: tuple[str, ...],
    until: str | None,
    reason: str | None,
    skip_unset: bool,
    detailed: bool,
) -> int:
    """Show what was changed elsewhere since the last apply. No provider is written to."""
    from dataclasses import replace

    from reconciler.cli.results import deliver
    from reconciler.cli.running import run_shown
    from reconciler.pipeline.drift import drift_run
    from reconciler.pipeline.merging import merge_looks_run
    from reconciler.pipeline.readings import Scope

    wanted = _acceptance(accepted, until, reason, today=common.context().now(), adopt=adopt)
    limit = limit_of(None if accepted else until, common.context())
    scope = Scope(paths, ledger=ledger or "", offline_fallback=skip_unset, filters=filters, until=limit, shard=shard)
    if files := merged_files(common, paths, command="drift"):
        told = replace(scope, paths=(), ledger="", until=None) != Scope() or adopt or wanted is not None
        documents = shard_documents(files, told=told, common=common)
        report = run_shown(common, lambda context, _: merge_looks_run(context, scope, documents))
    else:
        report = run_shown(common, lambda context, _: drift_run(context, scope, adopt=adopt, wanted=wanted))
    return deliver(common, _result(common, report, detailed=detailed, moved=bool(files or adopt or wanted)))


def _text(common: Common, report: DriftReport, *, moved: bool) -> str:
    """Return the text of a look, with the lines that its warnings are about.

    None of them is read where an edit may have moved them, nor for a merged look, whose parts are foreign.
    """
    from reconciler.cli.results import quotes_for
    from reconciler.render.text.drift import drift_text

    quotes = None if moved else quotes_for(common, report.plan.diagnostics)
    return drift_text(report, verbose=common.verbose, quotes=quotes)


def _result(common: Common, report: DriftReport, *, detailed: bool, moved: bool) -> Result:
    """Return what the look found in its forms."""
    from functools import partial

    from reconciler.cli.forms import Result
    from reconciler.core.basics import Reason, exit_code
    from reconciler.render.json import drift_json
    from reconciler.render.markdown.drift import drift_sheet
    from reconciler.render.pages import drift_page

    code = exit_code(report.reasons - (set() if detailed else {Reason.CHANGES}))
    return Result(
        command="drift",
        exit_code=code,
        text=partial(_text, common, report, moved=moved),
        document=lambda: {**drift_json(report), "exit_code": code},
        sheet=partial(drift_sheet, report),
        page=lambda sheet, _: drift_page(report, sheet, exit_code=code),
        plan=report.plan,
        summary=report.summary,
    )


def _acceptance(
    fields: tuple[str, ...], until: str | None, reason: str | None, *, today: datetime, adopt: bool
) -> Acceptance | None:
    """Return what is to be accepted; raises UsageError if a part is missing or contradicts another."""
    from reconciler.core.authoring.edits import Acceptance
    from reconciler.core.fields import FIELD_NAMES

    if not fields:
        if reason or _day(until or "") is not None:
            raise click.UsageError("--until and --reason say how long and why --accept accepts: name a field")
        return None
    require_known(fields, ("all", *FIELD_NAMES), option="--accept")
    if adopt:
        raise click.UsageError(
            "--adopt takes the live values into the files, and --accept leaves the files: choose one"
        )
    if until is None or not (reason or "").strip():
        raise click.UsageError('--accept needs the last day and a reason: --until 2026-12-27 --reason "Christmas"')
    last = _day(until)
    if last is None:
        raise click.BadParameter(f"{until!r} is no day; write it as 2026-12-27", param_hint="--until")
    if last < today.astimezone(UTC).date():
        raise click.BadParameter(f"{last} is past", param_hint="--until")
    return Acceptance(() if "all" in fields else fields, (reason or "").strip(), last)


def _day(text: str) -> date | None:
    """Return the day that is written, or None if it is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
