"""What the shards of one look, or of one apply, came to together.

merged_look: (the looks of all shards, by their files) → the look at the whole, or why they are not those of one.
merged_apply: (the applies of shards, by their files) → what the whole came to, or why they are not those of one.

A look that a shard is missing from would hide drift, so it is refused. Sent values stay sent: the shards that left
a result are told, and so is which left none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.core.basics import Diagnostic
from reconciler.core.memory.runs import RunRecord
from reconciler.core.planning.shard_plans import APPLIES, LOOKS, merged_plan, missing_shards, united, unlike_shards
from reconciler.core.planning.treatment import Consent
from reconciler.core.reports.command_reports import ApplyReport, DriftReport
from reconciler.core.safety.gates import gates
from reconciler.core.shards import read_shard


def merged_look(looks: Mapping[str, DriftReport], consent: Consent) -> DriftReport | tuple[Diagnostic, ...]:
    """Return the look at the whole. The ledger held what it held for the shard that began with the least of it."""
    plan = merged_plan({file: look.plan for file, look in looks.items()}, LOOKS)
    if isinstance(plan, tuple):
        return plan
    unasked = sorted((target for look in looks.values() for target in look.unasked), key=lambda one: one.profile)
    held = [look.remembered for look in looks.values() if look.remembered is not None]
    return DriftReport(
        plan=plan,
        consent=consent,
        unasked=tuple(unasked),
        narrowed=any(look.narrowed for look in looks.values()),
        remembered=min(held, default=None),
        no_apply=any(look.no_apply for look in looks.values()),
        # An account that was skipped has profiles, which the plan does not show.
        tripped=gates(plan, consent.policy, sending=()) if not unasked else (),
        unrecorded=_joined(look.unrecorded for look in looks.values()),
    )


def merged_apply(
    applies: Mapping[str, ApplyReport], consent: Consent, *, untold: Sequence[str] = ()
) -> ApplyReport | tuple[Diagnostic, ...]:
    """Return what the applies came to together; `untold` says of which files no result could be read, and why."""
    # One that was not begun, as its commit is not the newest, compared nothing.
    begun = {file: one.plan for file, one in applies.items() if one.plan.selection}
    if wrong := tuple(unlike_shards(begun, APPLIES)):
        return wrong
    every = sorted(applies.values(), key=lambda one: _shard_index(one.plan.shard))
    plan, outcomes = united(one.plan for one in every), tuple(done for one in every for done in one.outcomes)
    idle = [one for one in every if not one.outcomes and _why(one)]
    missing = missing_shards(one.plan for one in every)
    lacking = [f"no result of these shards: {missing}; what they sent is not known here"] if missing else []
    if outcomes:
        lacking += [f"shard {one.plan.shard} wrote nothing: {_why(one)}" for one in idle]
    alone = [] if outcomes else idle
    return ApplyReport(
        plan=plan,
        consent=consent,
        tripped=tuple({gate.gate: gate for one in every for gate in one.tripped}.values()),
        superseded=next((one.superseded for one in alone if one.superseded), ""),
        stale=_joined(one.stale for one in alone),
        stopped=_joined(one.stopped for one in alone),
        outcomes=outcomes,
        record=_record(every, plan.digest),
        unrecorded=_joined((*(one.unrecorded for one in every), *lacking, *untold)),
        signal=max(one.signal for one in every),
        unapproved=tuple(found for one in every for found in one.unapproved),
        gone=tuple(dict.fromkeys(name for one in every for name in one.gone)),
        waiting=tuple(pair for one in every for pair in one.waiting),
    )


def _why(one: ApplyReport) -> str:
    """Return why a run wrote nothing, "" where it might have."""
    newer = f"commit {one.superseded[:12]} is newer" if one.superseded else ""
    return newer or one.stale or one.stopped


def _record(every: Iterable[ApplyReport], digest: str) -> RunRecord | None:
    """Return one record of all runs, under the name that they have in common; None if none of them wrote."""
    found = list(_records(every))
    if not found:
        return None
    finished = [one.finished for one in found]
    return replace(
        found[0],
        started=min(one.started for one in found),
        finished=max(finished) if all(finished) else "",
        digest=digest,
        outcomes=tuple(done for one in found for done in one.outcomes),
        interrupted=next((one.interrupted for one in found if one.interrupted), ""),
        edited=any(one.edited for one in found),
    )


def _records(every: Iterable[ApplyReport]) -> Iterator[RunRecord]:
    for one in every:
        if one.record is not None:
            shard = read_shard(one.plan.shard)
            yield replace(one.record, run=one.record.run.removesuffix(f"-{shard.name}" if shard is not None else ""))


def _shard_index(shard: str) -> int:
    found = read_shard(shard)
    return found.index if found is not None else 0


def _joined(said: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, said)))
