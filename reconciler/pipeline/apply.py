"""apply: what the files ask for → sent, read back, recorded. No client that can write exists before it is decided.

The journey: `run_planning` → `decide` → `work_of` → `RunLedger.begin` → `apply` → the outcomes, recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from reconciler.core.basics import EnvironmentProblem, InvalidInput, count
from reconciler.core.fields import Mode, Webhook
from reconciler.core.memory.records import LedgerEntry, Stamp, release
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.planning.plan import Plan, PlanInputs, plan
from reconciler.core.planning.treatment import Consent, Treatment, left_as, treatment
from reconciler.core.progress import Stage
from reconciler.core.reading.selection import Filters
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.decision import Approval, Decision, OtherShards, decide
from reconciler.core.safety.gates import PlanReport
from reconciler.core.shards import Shard
from reconciler.core.target import SANDBOX, Assumed, Change, Origin
from reconciler.effects.apply import Recording, apply
from reconciler.effects.fetch import FetchKey
from reconciler.effects.git.checkout import BranchTip
from reconciler.effects.git.clone import edited_paths
from reconciler.effects.git.process import Git
from reconciler.effects.http.accounts import CALLS_TO_WRITE, awaited, forecast, later
from reconciler.effects.ledger import Snapshot
from reconciler.effects.outcomes import Applied, Work
from reconciler.effects.secrets import require
from reconciler.effects.signals import Stop, run_in_thread
from reconciler.effects.world import Context
from reconciler.pipeline.ledger import strayed_from
from reconciler.pipeline.planning import run_planning
from reconciler.pipeline.readings import PlanningResult, Scope
from reconciler.pipeline.run_ledger import RunLedger, make_stamps
from reconciler.pipeline.unsent import (
    first_problem,
    keep_unsent,
    keep_untried,
    remembering_unsent,
    unsent_entries,
    waiting_entries,
)


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """What an apply is asked to do.

    `scope` names the profiles, where `approval` is not of a plan that names them. With `tip`, a branch, nothing is
    written unless its newest commit is the one that is checked out. `most` is to how many targets it sends at most.
    """

    scope: Scope
    approval: Approval
    tip: str = ""
    most: int | None = None


async def apply_run(
    context: Context,
    request: ApplyRequest,
    *,
    stop: Stop,
    show: Callable[[PlanReport], None] = lambda _: None,
) -> ApplyReport:
    """Plan, decide, and send what was decided. `show` is called with the plan.

    With an approved plan the run is of exactly the profiles, and the fields, that the plan is of.
    """
    started, stamp = context.timestamp(), await make_stamps(context, request.scope.shard)
    approval, tip = request.approval, await _branch_tip(context, request.tip)
    scope = _scope_of(request.scope, approval)
    if tip is not None and (tip.superseded or tip.stale):
        return await _passed_over(context, scope, tip, stamp=stamp)
    try:
        planning = await run_planning(context, scope, read_only=False, remembers=True)
    except (InvalidInput, EnvironmentProblem) as problem:
        await keep_untried(context, scope, stamp, why=first_problem(problem))
        raise
    if tip is not None and (why := await _strayed(tip, planning.snapshot)):
        return ApplyReport(plan=planning.plan, stale=why)
    show(planning.report_for(approval.allowed))
    async with remembering_unsent(planning, stamp):
        planning, decision = _decided(context, planning, request)
    gone = planning.missing(_wanted(scope, approval))
    report = ApplyReport(plan=planning.plan, consent=decision.consent, tripped=decision.tripped, gone=gone)
    if decision.stopped:
        unrecorded = await keep_unsent(planning, stamp(), why=decision.stopped)
        return replace(report, stopped=decision.stopped, unapproved=decision.unapproved, unrecorded=unrecorded)
    async with remembering_unsent(planning, stamp):
        record = await _begin_record(context, stamp(), started=started, digest=planning.plan.digest)
    run_ledger = RunLedger(planning.ledger, record, context=context, stamp=stamp, stop=stop)
    # Rules are held to the last apply only where they are held to a base: without one, a commit need not be remembered.
    whole = scope.base is not None and planning.whole and not (decision.waiting or scope.shard)
    outcomes = await _send(context, planning, decision, run_ledger, stop=stop, whole=whole)
    done = replace(report, outcomes=outcomes, record=run_ledger.record, waiting=decision.waiting)
    return replace(done, unrecorded=run_ledger.problem, signal=stop.signal)


def _scope_of(scope: Scope, approval: Approval) -> Scope:
    """Return what the run is about: with an approved plan, exactly its profiles and fields, read as it was.

    Drift that may be overwritten has to be seen.
    """
    approved = approval.plan
    if approved is not None:
        fields = Filters(fields=approved.plan.fields)
        scope = replace(scope, only=approved.profiles, filters=fields, unread=approved.unread)
    return replace(scope, every_value=Origin.DRIFTED in approval.allowed)


def _wanted(scope: Scope, approval: Approval) -> Iterable[str]:
    """Return the profiles that the approved plan names, as far as they are of the run's shard."""
    targets = approval.plan.plan.targets if approval.plan is not None else ()
    mine = (one for one in targets if scope.shard is None or scope.shard.holds(one.target.key))
    return dict.fromkeys(one.target.profile for one in mine)


async def _branch_tip(context: Context, branch: str) -> BranchTip | None:
    """Return how the newest commit of `branch` stands to the one that is checked out; None if no branch is named."""
    git = Git()
    return await run_in_thread(partial(BranchTip, context, branch, git=git), hurry=git.hurry) if branch else None


async def _passed_over(context: Context, scope: Scope, tip: BranchTip, *, stamp: Callable[[], Stamp]) -> ApplyReport:
    """Return the report of a run that leaves its commit to the newest one, whose own base may hold it already."""
    if not tip.superseded:
        return ApplyReport(plan=Plan(targets=(), shard=scope.part), stale=tip.stale)
    await keep_untried(context, scope, stamp, why=f"commit {tip.commit[:12]} was newer")
    return ApplyReport(plan=Plan(targets=(), shard=scope.part), superseded=tip.commit)


async def _strayed(tip: BranchTip, snapshot: Snapshot) -> str:
    """Return why nothing may be written after the run that wrote last, and what to do; or nothing."""
    why = await run_in_thread(partial(strayed_from, tip, snapshot), hurry=tip.hurry)
    repair = f"`reconciler ledger repair --require-tip {tip.ref}`"
    return f"{why}; if the branch was rewritten, or the record is forged: {repair}" if why else ""


def _decided(context: Context, planning: PlanningResult, request: ApplyRequest) -> tuple[PlanningResult, Decision]:
    """Return what is decided, and the planning with the time of the person who decides added to its deadlines."""
    shown = context.monotonic()
    policy, approval = planning.settings.policy, request.approval
    others = _other_shards(planning, approval, request.scope.shard)
    decision = decide(planning.plan, policy, approval=approval, most=request.most, others=others)
    _require_webhook_secrets(decision, context)
    return replace(planning, accounts=later(planning.accounts, context.monotonic() - shown)), decision


def _other_shards(planning: PlanningResult, approval: Approval, shard: Shard | None) -> OtherShards:
    """Return what the other shards are about, so that this one judges the gates on all of them.

    The approved plan says what they send. It is foreign, so what else their files ask for is counted as well, as far as
    the ledger remembers another value: a document that leaves a change out makes no gate pass.
    """
    if shard is None or approval.plan is None:
        return OtherShards()
    consent = Consent(planning.settings.policy, approval.allowed)
    theirs = [(p, c) for p, c in approval.plan.plan.changes if not shard.holds(p.target.key)]
    shown = tuple((p, c) for p, c in theirs if treatment(c, consent) is Treatment.SENT)
    known = {(p.target.key, c.field) for p, c in shown}
    readings = planning.readings
    meant = tuple(one for one in readings.profiles.meant if not shard.holds(one.target.key))
    entries, base = readings.memory.snapshot.entries, readings.base.base
    blind = plan(PlanInputs(meant, {}, entries, base=base, offline=True, keyless=readings.memory.snapshot.keyless))
    more = tuple(
        (p, c)
        for p, c in blind.changes
        if isinstance(c.before, Assumed)
        and (p.target.key, c.field) not in known
        and treatment(c, consent) is Treatment.SENT
    )
    return OtherShards(blind.targets, (*shown, *more))


def _require_webhook_secrets(decision: Decision, context: Context) -> None:
    """Name every missing token of a webhook that is to be sent, before the first write."""
    if decision.stopped:
        return
    real = ((p.target.profile, c.after) for p, c in decision.sending if p.target.endpoint != SANDBOX)
    webhooks = ((name, value) for name, value in real if isinstance(value, Webhook) and value.url)
    require(((ref, f"the webhook of {name}") for name, hook in webhooks for ref in hook.secrets), context)


async def _begin_record(context: Context, first: Stamp, *, started: str, digest: str) -> RunRecord:
    """Return the record of a run that begins, and say in it whether its files are those of its commit."""
    git = Git()
    edited = partial(edited_paths, context.root, context.profiles.name, git=git)
    files = await run_in_thread(edited, hurry=git.hurry) if first.commit else ()
    return RunRecord(
        run=first.run,
        commit=first.commit,
        started=started,
        finished="",
        digest=digest,
        outcomes=(),
        # Git may not say. Then no rule may be held to a commit that the files are perhaps not of.
        edited=files is None or bool(files),
    )


async def _send(
    context: Context, planning: PlanningResult, decision: Decision, run_ledger: RunLedger, *, stop: Stop, whole: bool
) -> tuple[Outcome, ...]:
    """Send what was decided, with the ledger held from before the first byte to the last outcome."""
    # Changes that an earlier run did not come to go first, so that no run leaves them behind again.
    work = sorted(work_of(planning, decision), key=lambda one: not _waited(one))
    workers = {name: account.concurrency for name, account in planning.settings.accounts.items()}
    writing = {one.target.key: one.target for one in work if one.changes}
    takes = forecast(planning.accounts, writing.values(), workers=workers, calls_each=CALLS_TO_WRITE)
    if takes.waits:
        context.warn(f"{Stage.WRITING} {count(len(writing), 'profile')}: {takes.text}")
    noticed = [*planning.noticed(run_ledger.stamp()), *_released_entries(planning)]
    noticed += unsent_entries(planning, run_ledger.stamp())
    noticed += waiting_entries(planning, run_ledger.stamp(), decision.waiting)
    with context.progress.stage(Stage.WRITING, len(writing), clock=context.monotonic, note=takes.text) as advance:

        def keep(applied: Applied) -> None:
            run_ledger.keep(applied)
            target = applied.outcome.target
            if target.key in writing:
                context.log(f"{target.profile}: {applied.outcome.status}")
                # A target that a signal cut off is not done.
                if not stop.asked:
                    advance()

        async with remembering_unsent(planning, run_ledger.stamp):
            shard, known = planning.plan.shard, planning.snapshot
            await run_ledger.begin(work, noticed, known=known, whole=whole, shard=shard, calls=planning.calls)
        async with run_ledger:
            recording = Recording(run_ledger.stamp, keep, run_ledger.refused, run_ledger.remembered)
            accounts = awaited(planning.accounts, writing.values(), calls_each=CALLS_TO_WRITE)
            await apply(work, accounts, workers=workers, recording=recording, stop=stop)
    return run_ledger.record.outcomes


def work_of(planning: PlanningResult, decision: Decision) -> list[Work]:
    """Return what is to be done at each target that has a change, sent or left."""
    sending: dict[FetchKey, list[Change]] = {}
    left: dict[FetchKey, list[FieldOutcome]] = {}
    for planned, change in decision.sending:
        sending.setdefault(planned.target.key, []).append(change)
    for planned, change, why in decision.left:
        status = FieldStatus(left_as(change))
        outcome = FieldOutcome.of(change, status, detail=why)
        left.setdefault(planned.target.key, []).append(outcome)
    live, entries = planning.readings.live, planning.snapshot.entries
    return [
        Work(
            one,
            tuple(sending.get(key, ())),
            left=tuple(left.get(key, ())),
            read_at=live.read_at,
            previous=entries.get(key),
            keyless=planning.snapshot.keyless,
            mark=next(iter(live.marks.get(key, ())), ""),
        )
        for one in planning.desired
        if (key := one.target.key) in sending or key in left
    ]


def _waited(work: Work) -> bool:
    return any(change.origin is Origin.PENDING for change in work.changes)


def _released_entries(planning: PlanningResult) -> list[LedgerEntry]:
    """Return what the ledger is to remember of every field and target that is no longer managed."""
    return [
        LedgerEntry(key=gone.key, records=records)
        for gone in planning.plan.released
        if gone.mode is Mode.MANAGED
        and (entry := planning.snapshot.entries.get(gone.key)) is not None
        and (records := release(entry, gone.fields))
    ]
