"""applying: what the files ask for → sent, read back, recorded. Nothing that can write exists before it is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from reconciler.core.fields import Webhook
from reconciler.core.memory.records import Stamp
from reconciler.core.memory.runs import Outcome, RunRecord
from reconciler.core.planning.plan import Plan
from reconciler.core.reports import ApplyReport, PlanReport
from reconciler.core.safety.decision import Approval, Decision, decide
from reconciler.core.target import SANDBOX
from reconciler.effects.apply import apply
from reconciler.effects.git.checkout import BranchTip
from reconciler.effects.git.clone import edited_paths
from reconciler.effects.git.process import Git
from reconciler.effects.secrets import require
from reconciler.effects.world import Context, Stop, run_in_thread
from reconciler.pipeline.keep import RunLedger
from reconciler.pipeline.look import PlanningResult, Scope, Seen, ignore_progress, run_planning
from reconciler.pipeline.stamping import make_stamps


async def apply_run(
    context: Context,
    scope: Scope,
    *,
    approval: Approval,
    stop: Stop,
    tip: str = "",
    show: Callable[[PlanReport], None] = lambda _: None,
    seen: Seen = ignore_progress,
) -> ApplyReport:
    """Plan, decide, and send what was decided.

    With an approved plan the run is of exactly the profiles that it names. With `tip`, a branch, nothing is written
    unless its newest commit is the one that is checked out.
    """
    started, stamp = context.timestamp(), await make_stamps(context)
    git = Git()
    standing = await run_in_thread(partial(BranchTip, context, tip, git=git), hurry=git.hurry) if tip else None
    if standing is not None and (standing.superseded or standing.stale):
        superseded = standing.commit if standing.superseded else ""
        return ApplyReport(plan=Plan(targets=()), superseded=superseded, stale=standing.stale)
    meant = scope if approval.profiles is None else replace(scope, only=approval.profiles)
    looked = await run_planning(context, meant, looking=False, remembers=True, seen=seen)
    if standing is not None and (why := await _strayed(standing, looked.snapshot.last)):
        return ApplyReport(plan=looked.plan, stale=why)
    show(looked.report.model_copy(update={"allowed": tuple(sorted(approval.allowed))}))
    decision = decide(looked.plan, looked.settings.policy, approval=approval)
    report = ApplyReport(plan=looked.plan, tripped=decision.tripped, gone=looked.missing(meant.only or ()))
    if decision.stopped:
        return report.model_copy(update={"stopped": decision.stopped, "unapproved": decision.unapproved})
    _require_webhook_secrets(decision, context)
    record = await _record(context, stamp(), started=started, digest=looked.plan.digest)
    keeper = RunLedger(looked.ledger, record, context=context, stamp=stamp, stop=stop)
    # Rules are held to the last apply only where they are held to a base: without one, a commit need not be remembered.
    whole = scope.base is not None and looked.whole
    outcomes = await _written(looked, decision, keeper, stop=stop, whole=whole)
    done = {"outcomes": outcomes, "record": keeper.record, "unrecorded": keeper.problem, "signal": stop.signal}
    return report.model_copy(update=done)


async def _record(context: Context, first: Stamp, *, started: str, digest: str) -> RunRecord:
    """Return the record of a run that begins, and say in it whether its files are those of its commit."""
    files = await asyncio.to_thread(edited_paths, context.root, context.profiles.name) if first.commit else ()
    return RunRecord(
        run=first.run,
        commit=first.commit,
        started=started,
        finished="",
        digest=digest,
        outcomes=(),
        edited=bool(files),
    )


async def _strayed(standing: BranchTip, last: RunRecord | None) -> str:
    """Return why nothing may be written after the run that wrote last, or nothing."""
    if last is None or await run_in_thread(partial(standing.went_before, last.commit), hurry=standing.hurry):
        return ""
    return (
        f"the last apply was of commit {last.commit[:12] or 'unknown'}, which did not come before this one; "
        "where that is meant, apply once without --require-tip"
    )


async def _written(
    looked: PlanningResult, decision: Decision, keeper: RunLedger, *, stop: Stop, whole: bool
) -> tuple[Outcome, ...]:
    """Send what was decided, with the ledger held from before the first byte to the last outcome."""
    work = looked.work(decision)
    noticed = [*looked.noticed(keeper.stamp()), *looked.let_go()]
    await keeper.begin(work, noticed, known=looked.snapshot, whole=whole)
    async with keeper:
        return await apply(
            work,
            looked.lines,
            workers=looked.workers,
            stamp=keeper.stamp,
            keep=keeper.keep,
            stop=stop,
            refused=keeper.refused,
        )


def _require_webhook_secrets(decision: Decision, context: Context) -> None:
    """Name every missing token of a webhook that is to be sent, before the first write."""
    real = ((p.target.profile, c.after) for p, c in decision.sending if p.target.endpoint != SANDBOX)
    webhooks = ((name, value) for name, value in real if isinstance(value, Webhook) and value.url)
    require(((ref, f"the webhook of {name}") for name, hook in webhooks for ref in hook.secrets), context)
