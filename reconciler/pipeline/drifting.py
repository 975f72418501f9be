"""drift: look at what moved elsewhere, remember what is in sync, and write into the files what is to be adopted."""

from __future__ import annotations

from functools import partial

from reconciler.core.adopt import adoption
from reconciler.core.errors import EnvironmentProblem
from reconciler.core.gates import gates
from reconciler.core.report import DriftReport
from reconciler.core.target import Target
from reconciler.effects.beside import beside
from reconciler.effects.context import Context
from reconciler.effects.fetch import Key
from reconciler.effects.leasing import notice
from reconciler.effects.ledger import upon
from reconciler.pipeline.editing import edit
from reconciler.pipeline.look import Scope, Seen, look, unseen
from reconciler.pipeline.stamping import stamps


async def drift_run(context: Context, scope: Scope, *, adopt: bool = False, seen: Seen = unseen) -> DriftReport:
    """Say what moved elsewhere, and remember what was found in sync; with `adopt`, the files say what moved."""
    pictures: dict[Key, bytes] = {}

    def served(target: Target, content: bytes) -> None:
        if adopt:
            pictures[target.key] = content

    looked = await look(context, scope, looking=True, remembers=True, seen=seen, served=served)
    report = DriftReport(plan=looked.plan, tripped=gates(looked.plan, looked.settings.policy, sending=()))
    if adopt:
        revisions = adoption(looked.plan, looked.desired)
        written, left = edit(context, revisions, sources=looked.sources, served=pictures)
        report = report.model_copy(update={"adopted": written, "not_adopted": left})
    try:
        stamp = (await stamps(context))()
        news = upon(looked.snapshot, looked.noticed(stamp))
        noticed = partial(notice, looked.ledger, news, known=looked.snapshot, note=stamp.run)
        await beside(noticed, hurry=looked.ledger.hurry)
    except EnvironmentProblem as problem:
        return report.model_copy(update={"unrecorded": str(problem)})
    return report
