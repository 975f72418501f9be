"""drift: read what moved elsewhere, remember what is in sync, and write into the files what is to be adopted."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.authoring.edits import adoption
from reconciler.core.planning.noticed import without_skipped
from reconciler.core.reports import DriftReport
from reconciler.core.safety.gates import gates
from reconciler.core.target import Target
from reconciler.effects.fetch import FetchKey
from reconciler.effects.world import Context
from reconciler.pipeline.editing import edit
from reconciler.pipeline.planning import Progress, Scope, ignore_progress, run_planning
from reconciler.pipeline.run_ledger import keep_entries, make_stamps


async def drift_run(
    context: Context, scope: Scope, *, adopt: bool = False, progress: Progress = ignore_progress
) -> DriftReport:
    """Say what moved elsewhere, and remember what was found in sync; with `adopt`, the files say what moved.

    Where the scope has a fallback, a profile that was skipped for want of a credential is left out, and named.
    """
    pictures: dict[FetchKey, bytes] = {}

    def keep_picture(target: Target, content: bytes) -> None:
        if adopt:
            pictures[target.key] = content

    planning = await run_planning(
        context, scope, read_only=True, remembers=True, progress=progress, keep_picture=keep_picture
    )
    plan, skipped = without_skipped(planning.plan)
    tripped = gates(planning.plan, planning.settings.policy, sending=())
    known = None if planning.readings.profiles.no_calls else planning.snapshot
    report = DriftReport(
        plan=plan,
        consent=planning.report.consent,
        unasked=skipped,
        tripped=tripped,
        remembered=len(known.entries) if known is not None else None,
        no_apply=known is not None and not known.any_apply,
    )
    if adopt:
        revisions = adoption(plan, planning.desired)
        written, left = edit(context, revisions, sources=planning.readings.files.sources, pictures=pictures)
        report = replace(report, adopted=written, not_adopted=left)
    stamp = (await make_stamps(context))()
    problem = await keep_entries(planning.ledger, planning.snapshot, planning.noticed(stamp), stamp=stamp)
    return replace(report, unrecorded=problem)
