"""drift: look at what moved elsewhere, remember what is in sync, and write into the files what is to be adopted."""

from __future__ import annotations

from functools import partial

from reconciler.core.authoring.edits import adoption
from reconciler.core.errors import EnvironmentProblem
from reconciler.core.planning.noticed import without_skipped
from reconciler.core.reports import DriftReport
from reconciler.core.safety.gates import gates
from reconciler.core.target import Target
from reconciler.effects.fetch import FetchKey
from reconciler.effects.ledger import upon
from reconciler.effects.ledger.intents import lease_notice
from reconciler.effects.world import Context, run_in_thread
from reconciler.pipeline.editing import edit
from reconciler.pipeline.planning import Scope, Seen, ignore_progress, make_stamps, run_planning


async def drift_run(
    context: Context, scope: Scope, *, adopt: bool = False, seen: Seen = ignore_progress
) -> DriftReport:
    """Say what moved elsewhere, and remember what was found in sync; with `adopt`, the files say what moved.

    Where the scope has a fallback, what nobody was asked about for want of a credential is left out, and said.
    """
    pictures: dict[FetchKey, bytes] = {}

    def served(target: Target, content: bytes) -> None:
        if adopt:
            pictures[target.key] = content

    looked = await run_planning(context, scope, looking=True, remembers=True, seen=seen, served=served)
    plan, unasked = without_skipped(looked.plan)
    tripped = gates(looked.plan, looked.settings.policy, sending=())
    report = DriftReport(plan=plan, unasked=unasked, tripped=tripped)
    if adopt:
        revisions = adoption(plan, looked.desired)
        written, left = edit(context, revisions, sources=looked.sources, served=pictures)
        report = report.model_copy(update={"adopted": written, "not_adopted": left})
    try:
        stamp = (await make_stamps(context))()
        news = upon(looked.snapshot, looked.noticed(stamp))
        noticed = partial(lease_notice, looked.ledger, news, known=looked.snapshot, note=stamp.run)
        await run_in_thread(noticed, hurry=looked.ledger.hurry)
    except EnvironmentProblem as problem:
        return report.model_copy(update={"unrecorded": str(problem)})
    return report
