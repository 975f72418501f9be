"""`reconciler plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import detailed, flag, ledger, paths, reviewed, selecting
from reconciler.cli.running import limit_of, merged_files, shard, shard_documents, until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.cli.forms import Result
    from reconciler.core.reading.selection import Filters
    from reconciler.core.reports.handover import Handover
    from reconciler.core.safety.gates import PlanReport
    from reconciler.core.shards import Shard
    from reconciler.effects.world import Context
    from reconciler.pipeline.readings import Scope
    from reconciler.render.markdown.sheet import Links, Sheet
    from reconciler.render.safe_text import Inert

    Planned = tuple[PlanReport, Mapping[str, str], Callable[[Links], Inert] | None]


@click.command("plan", epilog="`plan merge FILE…` makes one plan of those that --shard and --out wrote.")
@paths
@selecting
@flag(
    "--out", metavar="FILE", type=click.Path(dir_okay=False), default=None, help="Also write the plan as JSON to FILE."
)
@flag("--base", metavar="REV", default=None, help="Compare with this commit. Its rules apply.")
@flag(
    "--changed-since", metavar="REV", default=None, help="Only profiles whose files ask for something else than at REV."
)
@flag(
    "--offline",
    is_flag=True,
    help="Call no provider and need no secret. The last recorded values stand in for the live ones.",
)
@flag("--offline-fallback", is_flag=True, help="As --offline, but only for accounts without a credential.")
@flag("--owed", is_flag=True, help="As --offline, and say whether an apply is owed: owed= in --outputs. Needs --base.")
@shard
@until
@ledger
@detailed
@reviewed
def command(
    common: Common,
    paths: tuple[str, ...],
    filters: Filters,
    out: str | None,
    *,
    base: str | None,
    changed_since: str | None,
    ledger: str | None,
    until: str | None,
    shard: Shard | None,
    offline: bool,
    offline_fallback: bool,
    owed: bool,
    detailed: bool,
) -> int:
    """Show what an apply would change. Nothing is written anywhere."""
    from reconciler.cli.results import deliver
    from reconciler.cli.running import run_shown
    from reconciler.pipeline.readings import Scope

    _check_owed(common, base, filters, owed=owed)
    scope = Scope(
        paths,
        ledger=ledger or "",
        base=base,
        changed_since=changed_since,
        offline=offline,
        offline_fallback=offline_fallback,
        filters=filters,
        until=limit_of(until, common.context()),
        shard=shard,
    )
    if files := merged_files(common, paths, command="plan"):
        planned = _merged(common, scope, files)
    else:
        planned = run_shown(common, lambda context, _: _planned(common, context, scope, owed=owed))
    return deliver(common, _found(common, planned, out, detailed=detailed, merged=bool(files)))


def _text(common: Common, report: PlanReport, *, merged: bool) -> str:
    """Return the plan's text, with the lines that its warnings are about.

    The parts of a merged plan are foreign: what they name as the place of a warning is not read.
    """
    from reconciler.cli.results import quotes_for
    from reconciler.render.text.plan import plan_text

    quotes = None if merged else quotes_for(common, report.plan.diagnostics)
    return plan_text(report, verbose=common.verbose, quotes=quotes)


def _merged(common: Common, scope: Scope, files: Sequence[str]) -> Planned:
    """Return the plan of all shards, with the page for a browser if a report is wanted."""
    from dataclasses import replace
    from functools import partial

    from reconciler.cli.running import run_shown
    from reconciler.pipeline.merging import merge_run, merged_review_run

    told = replace(scope, paths=(), ledger="", until=None) != type(scope)()
    documents = shard_documents(files, told=told, common=common)
    if not (common.wanted and common.wanted.report):
        return run_shown(common, lambda context, _: merge_run(context, scope, documents)), {}, None
    from reconciler.render.html.plan import plan_html

    review = run_shown(common, lambda context, _: merged_review_run(context, scope, documents))
    return review.report, {}, partial(plan_html, review)


def _check_owed(common: Common, base: str | None, filters: Filters, *, owed: bool) -> None:
    """Raise UsageError for what does not go together with --owed."""
    from reconciler.core.reading.selection import NO_FILTERS

    if not owed:
        return
    if not base:
        raise click.UsageError("--owed compares with the commit before: name it by --base REV")
    if common.format == "html":
        raise click.UsageError("--owed reads nothing that is live, so it has no review page: leave out --format html")
    if filters != NO_FILTERS:
        raise click.UsageError("--owed is about every profile: leave out what narrows the selection")


async def _planned(common: Common, context: Context, scope: Scope, *, owed: bool) -> Planned:
    """Return the plan, what a workflow's steps may ask for, and the page for a browser if it is wanted.

    Live pictures become small while they are read, so the page is asked for before.
    """
    from functools import partial

    from reconciler.pipeline.showing import owed_plan_run, plan_run, review_run

    if owed:
        report, said = await owed_plan_run(context, scope)
        return report, {"owed": "true" if said.owed else "false"}, None
    if common.format != "html" and not (common.wanted and common.wanted.report):
        return await plan_run(context, scope), {}, None
    from reconciler.render.html.plan import plan_html

    review = await review_run(context, scope)
    return review.report, {}, partial(plan_html, review)


def _found(common: Common, planned: Planned, out: str | None, *, detailed: bool, merged: bool) -> Result:
    """Return the plan in its forms; the document goes to its own file too."""
    from functools import partial

    from reconciler.cli.forms import Result
    from reconciler.core.basics import Reason, exit_code

    report, outputs, html = planned
    code = exit_code(report.reasons - (set() if detailed else {Reason.CHANGES}))

    # Each form imports what it needs: most plans are only read at a terminal.
    def document() -> dict[str, Any]:
        from reconciler.render.json import plan_json

        return {**plan_json(report), "exit_code": code}

    def sheet(links: Links) -> Sheet:
        from reconciler.render.markdown.plan import plan_sheet

        return plan_sheet(report, links)

    def page(sheet: Sheet, _: Links) -> Handover:
        from reconciler.render.pages import plan_page

        return plan_page(report, sheet, exit_code=code)

    return Result(
        command="plan",
        exit_code=code,
        text=partial(_text, common, report, merged=merged),
        document=document,
        sheet=sheet,
        page=page,
        diagnostics=report.plan.diagnostics,
        plan=report.plan,
        summary=report.summary,
        outputs=outputs,
        html=html,
        files={out: lambda forms: forms.json} if out else {},
    )
