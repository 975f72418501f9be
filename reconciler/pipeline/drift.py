"""drift: read what moved elsewhere, remember what is in sync, and write into the files what is to be adopted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date

from reconciler.core.authoring.edits import Acceptance, acceptances, adoption
from reconciler.core.planning.acknowledged import acknowledge
from reconciler.core.planning.noticed import looks_at, without_skipped
from reconciler.core.reports.command_reports import DriftReport
from reconciler.core.safety.gates import gates
from reconciler.core.shards import Shard
from reconciler.core.target import Target
from reconciler.effects.fetch import FetchKey
from reconciler.effects.world import Context
from reconciler.pipeline.editing import accept, edit
from reconciler.pipeline.planning import run_planning
from reconciler.pipeline.readings import PlanningResult, Scope
from reconciler.pipeline.run_ledger import keep_entries, make_stamps


async def drift_run(
    context: Context, scope: Scope, *, adopt: bool = False, wanted: Acceptance | None = None
) -> DriftReport:
    """Say what moved elsewhere, and remember what was found in sync; with `adopt`, the files say what moved.

    What is `wanted` to be accepted goes into profiles/drift-ignore.yaml. Where the scope has a fallback, a profile that
    was skipped for want of a credential is left out, and named.
    """
    pictures: dict[FetchKey, bytes] = {}

    def keep_picture(target: Target, content: bytes) -> None:
        if adopt:
            pictures[target.key] = content

    planning = await run_planning(context, scope, read_only=True, remembers=True, keep_picture=keep_picture)
    plan, skipped = without_skipped(planning.plan)
    known = None if planning.readings.profiles.no_calls else planning.snapshot
    report = DriftReport(
        plan=plan,
        consent=planning.report.consent,
        unasked=skipped,
        tripped=gates(planning.plan, planning.settings.policy, sending=()) if scope.shard is None else (),
        narrowed=not scope.everything,
        remembered=len(known.entries) if known is not None else None,
        no_apply=known is not None and not known.knows_an_apply,
    )
    if adopt:
        revisions = adoption(plan, planning.desired)
        written, left = edit(context, revisions, sources=planning.readings.files.sources, pictures=pictures)
        report = replace(report, adopted=written, not_adopted=left)
    report = _accepted(context, report, wanted)
    return replace(report, unrecorded=await _remember(context, planning, report, scope.shard))


async def _remember(context: Context, planning: PlanningResult, report: DriftReport, shard: Shard | None) -> str:
    """Store what the look found in sync, and how much it found elsewhere; return why that could not be, or ""."""
    stamp = (await make_stamps(context, shard))()
    news, found = planning.noticed(stamp), (*report.drifted, *report.observed)
    # A look at some profiles does not tell anything about the others.
    looks = () if report.narrowed else looks_at(report.plan, found, _today(context))
    accounts = (*planning.calls.take(), *looks)
    return await keep_entries(planning.ledger, planning.snapshot, news, run=stamp.run, accounts=accounts)


def _today(context: Context) -> date:
    return context.now().astimezone(UTC).date()


def _accepted(context: Context, report: DriftReport, wanted: Acceptance | None) -> DriftReport:
    """Return the report in which what is accepted from now on counts as that."""
    if wanted is None:
        return report
    entries = acceptances(report.plan, wanted)
    if entries:
        accept(context, entries)
    plan = acknowledge(report.plan, entries, today=_today(context))
    return replace(report, plan=plan, accepted=entries)
