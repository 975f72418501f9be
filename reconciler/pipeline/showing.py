"""plan: (a scope) → the plan, to be read and reviewed.

show: (one profile) → desired, live and remembered side by side.

Both end with what planning found: nothing is sent, and nothing is remembered.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.basics import InvalidInput, error
from reconciler.core.reports import ShowReport
from reconciler.core.safety.gates import PlanReport
from reconciler.effects.base import UNMOVED
from reconciler.effects.world import Context
from reconciler.pipeline.planning import Progress, Scope, ignore_progress, run_planning


async def plan_run(context: Context, scope: Scope, *, progress: Progress = ignore_progress) -> PlanReport:
    """Plan without touching anything."""
    report = (await run_planning(context, scope, read_only=True, progress=progress)).report
    if any(problem.code == UNMOVED for problem in report.plan.diagnostics):
        return replace(report, tripped=tuple(gate for gate in report.tripped if gate.gate != "empty"))
    return report


async def show_run(context: Context, path: str, *, ledger: str = "") -> ShowReport:
    """Read one profile and put desired, live and remembered side by side; raises InvalidInput when it is not one."""
    result = await run_planning(context, Scope((path,), ledger=ledger), read_only=True)
    if len(result.desired) != 1:
        summary = f"{path!r} is {len(result.desired)} profiles, and this shows one"
        raise InvalidInput((error("not-one", summary, hint="name one file"),))
    (one,) = result.desired
    return ShowReport(
        desired=one,
        live=result.readings.live.targets.get(one.target.key),
        entry=result.snapshot.entries.get(one.target.key),
        planned=result.plan.targets[0],
    )
