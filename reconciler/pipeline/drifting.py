"""drift: look at what moved elsewhere, remember what is in sync, and write into the files what is to be adopted."""

from __future__ import annotations

from functools import partial

from reconciler.core.adopt import adoption
from reconciler.core.errors import EnvironmentProblem
from reconciler.core.gates import gates
from reconciler.core.report import DriftReport
from reconciler.core.target import Target
from reconciler.core.unasked import asked
from reconciler.effects.beside import beside
from reconciler.effects.context import Context
from reconciler.effects.fetch import Key
from reconciler.effects.leasing import notice
from reconciler.effects.ledger import upon
from reconciler.pipeline.editing import edit
from reconciler.pipeline.look import Scope, Seen, look, unseen
from reconciler.pipeline.stamping import stamps


async def drift_run(context: Context, scope: Scope, *, adopt: bool = False, seen: Seen = unseen) -> DriftReport:
    """Say what moved elsewhere, and remember what was found in sync; with `adopt`, the files say what moved.

    Where the scope has a fallback, what nobody was asked about for want of a credential is left out, and said.
    """
    pictures: dict[Key, bytes] = {}

    def served(target: Target, content: bytes) -> None:
        if adopt:
            pictures[target.key] = content

    looked = await look(context, scope, looking=True, remembers=True, seen=seen, served=served)
    plan, unasked = asked(looked.plan)
    tripped = gates(looked.plan, looked.settings.policy, sending=())
    report = DriftReport(plan=plan, unasked=unasked, tripped=tripped)
    if adopt:
        revisions = adoption(plan, looked.desired)
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
