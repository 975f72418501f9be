"""merge_run: (the plan documents of all shards) → the plan of the whole, with its gates. No provider is called.

other_shards: (what one shard planned, the merged plan) → what the others are about.

The gates are judged by the settings that are checked out, held to the base and to the last apply as those of any plan.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.basics import Diagnostic, InvalidInput, Location, error
from reconciler.core.explanations import Consent, Treatment, treatment
from reconciler.core.planning.plan import Plan, PlanInputs, plan
from reconciler.core.planning.shard_plans import ONE_VERSION, made_by, merged_plan
from reconciler.core.planning.written import written_plan
from reconciler.core.safety.approval import ALTERED, read_document
from reconciler.core.safety.decision import Approval, OtherShards
from reconciler.core.safety.gates import PlanReport, report_plan
from reconciler.core.shards import Shard
from reconciler.core.target import Assumed
from reconciler.effects.git.clone import known_commit_of
from reconciler.effects.ledger.choose import open_ledger
from reconciler.effects.world import Context
from reconciler.pipeline.memory import read_memory
from reconciler.pipeline.planning import read_base, read_files
from reconciler.pipeline.readings import PlanningResult, Scope
from reconciler.version import version_line


async def merge_run(context: Context, scope: Scope, documents: Mapping[str, bytes]) -> PlanReport:
    """Return the plan of all shards; raises InvalidInput where the documents are not those of one plan."""
    plans: dict[str, Plan] = {}
    problems: list[Diagnostic] = []
    for file, content in documents.items():
        found = read_document(content, file=file)
        if isinstance(found, tuple):
            problems += found
            continue
        wrong: list[str] = []
        made = plans[file] = written_plan(found, wrong)
        if not wrong and made.digest != found.digest:
            wrong.append(ALTERED)
        problems += [error("plan-document", what, location=Location(file=file)) for what in wrong]
    if problems:
        raise InvalidInput(tuple(problems))
    merged = merged_plan(plans)
    if isinstance(merged, tuple):
        raise InvalidInput(merged)
    first = next(iter(plans.values()))
    if first.program != version_line():
        summary = f"the plans were made by {made_by(first)}, and this is {version_line()}"
        raise InvalidInput((error("shards", summary, hint=ONE_VERSION),))
    here = await known_commit_of(context)
    if here and merged.head and here != merged.head:
        summary = f"the plans are of commit {merged.head[:12]}, and {here[:12]} is checked out"
        hint = "check out the commit of the plans: its settings say what the gates allow"
        raise InvalidInput((error("shards", summary, hint=hint),))
    base = await read_base(context, merged.base or None)
    files = read_files(context, base)
    ledger = open_ledger(context, files.settings, files.desired, requested=scope.ledger, remembers=False)
    memory = await read_memory(context, ledger, base=base, files=files, needed=False, based=bool(merged.base))
    return report_plan(merged, Consent(memory.settings.policy, frozenset()))


def other_shards(planning: PlanningResult, approval: Approval, shard: Shard | None) -> OtherShards:
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
