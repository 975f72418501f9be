"""The table of contents: what each command does, as a sequence of stages.

One profile's journey: load → validate → resolve → fetch → diff → attribute → plan → gate → (approve) → apply → verify →
record. Looking commands make clients that have no code to write; only `apply_run` makes one that has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence

from reconciler.core.decide import Approval, Decision, decide
from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.errors import EnvironmentProblem, InvalidInput
from reconciler.core.gates import gates
from reconciler.core.outcome import RunRecord
from reconciler.core.report import ApplyReport, DriftReport, PlanReport, ShowReport, ValidateReport
from reconciler.core.select import select
from reconciler.core.target import SANDBOX
from reconciler.core.traits import Traits
from reconciler.core.value import Webhook
from reconciler.effects.apply import apply
from reconciler.effects.context import Context
from reconciler.effects.doorway import sandbox_numbers
from reconciler.effects.repository import read_repository
from reconciler.effects.secrets import require
from reconciler.effects.stop import Stop
from reconciler.pipeline.keep import Keeper
from reconciler.pipeline.look import Seen, look, stamps, tables, unseen
from reconciler.providers import providers
from reconciler.render.plan_schema import plan_schema
from reconciler.render.schemas import schemas


def validate_run(context: Context, paths: Sequence[str]) -> ValidateReport:
    """Say everything that can be known offline."""
    repository = read_repository(context, providers())
    chosen = select(repository.names, paths)
    wrong = tuple(item for item in chosen if isinstance(item, Diagnostic))
    sound = {one.target.profile for one in repository.desired}
    return ValidateReport(profiles=len(sound.intersection(chosen)), diagnostics=(*repository.diagnostics, *wrong))


async def plan_run(context: Context, paths: Sequence[str], *, seen: Seen = unseen) -> PlanReport:
    """Plan without touching anything."""
    looked = await look(context, paths, looking=True, seen=seen)
    return looked.report


async def drift_run(context: Context, paths: Sequence[str], *, ledger: str = "", seen: Seen = unseen) -> DriftReport:
    """Say what moved elsewhere, and remember what was found in sync."""
    looked = await look(context, paths, looking=True, ledger=ledger, remembers=True, seen=seen)
    report = DriftReport(plan=looked.plan, tripped=gates(looked.plan, looked.settings.policy, sending=()))
    try:
        looked.remember_seen(stamps(context)())
    except EnvironmentProblem as problem:
        return report.model_copy(update={"unrecorded": str(problem)})
    return report


async def show_run(context: Context, path: str) -> ShowReport:
    """Read one profile and put desired, live and remembered side by side; raises InvalidInput when it is not one."""
    looked = await look(context, (path,), looking=True)
    if len(looked.desired) != 1:
        summary = f"{path!r} is {len(looked.desired)} profiles, and this shows one"
        raise InvalidInput((error("not-one", summary, hint="name one file"),))
    key = looked.desired[0].target.key
    return ShowReport(
        desired=looked.desired[0],
        live=looked.live.get(key),
        entry=looked.entries.get(key),
        planned=looked.plan.targets[0],
    )


async def apply_run(
    context: Context,
    paths: Sequence[str],
    *,
    approval: Approval,
    stop: Stop,
    ledger: str = "",
    resend: Collection[str] = (),
    show: Callable[[PlanReport], None] = lambda _: None,
    seen: Seen = unseen,
) -> ApplyReport:
    """Plan, decide, and send what was decided; nothing that can write exists before that.

    The fields `resend` are sent even where nothing differs.
    """
    started, stamp = context.timestamp(), stamps(context)
    looked = await look(context, paths, looking=False, ledger=ledger, remembers=True, resend=resend, seen=seen)
    show(looked.report)
    decision = decide(looked.plan, looked.settings.policy, approval=approval)
    if decision.stopped:
        return ApplyReport(plan=looked.plan, tripped=decision.tripped, stopped=decision.stopped)
    _require_webhook_secrets(decision, context)
    keeper = Keeper(looked.ledger, looked.remember_seen(stamp()), note=stamp().run)
    work, workers = looked.work(decision), looked.workers
    outcomes = await apply(work, looked.lines, workers=workers, stamp=stamp, keep=keeper.keep, stop=stop)
    ended = stamp()
    record = RunRecord(
        run=ended.run,
        commit=ended.commit,
        started=started,
        finished=ended.at,
        digest=looked.plan.digest,
        outcomes=outcomes,
        interrupted=stop.name,
    )
    return ApplyReport(
        plan=looked.plan,
        tripped=decision.tripped,
        outcomes=outcomes,
        record=record,
        unrecorded=keeper.problem,
        signal=stop.signal,
    )


def providers_run() -> dict[str, Traits]:
    """Return every provider's table, by name."""
    return tables()


def schemas_run() -> dict[str, str]:
    """Return every JSON Schema as text, by file name."""
    found = {
        **schemas(providers_run()),
        "plan.schema.json": plan_schema(),
    }
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in sorted(found.items())}


def sandbox_numbers_run(context: Context) -> list[tuple[str, str, str, str]]:
    """Return the numbers that the repository's profiles name, for the sandbox to know them by."""
    repository = read_repository(context, providers())
    accounts, known = repository.settings.accounts, providers_run()
    return [
        facts
        for one in repository.desired
        for facts in sandbox_numbers(accounts[one.target.account], known[one.target.provider], [one.target])
    ]


def _require_webhook_secrets(decision: Decision, context: Context) -> None:
    """Name every missing token of a webhook that is to be sent, before the first write."""
    real = ((p.target.profile, c.after) for p, c in decision.sending if p.target.endpoint != SANDBOX)
    webhooks = ((name, value) for name, value in real if isinstance(value, Webhook) and value.url)
    require(((ref, f"the webhook of {name}") for name, hook in webhooks for ref in hook.secrets), context)
