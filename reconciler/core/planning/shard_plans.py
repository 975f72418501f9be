"""The plans of all shards as one plan.

shard_notice: (a shard, how many of how many profiles, what for) → what a reader of its plan must know.
made_by: (a plan) → the version of the program that made it.
merged_plan: (the plans of all shards, by their files) → the plan of the whole, or why they are not those of one.

Each shard's plan says of which part it is, of which commit, and what all of them have in common: a digest of the
settings, of the selection, and of each profile that is meant. Gates are judged on the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.core.basics import Diagnostic, Location, error, notice
from reconciler.core.fields import canonical_json
from reconciler.core.planning.plan import Plan
from reconciler.core.plurals import many
from reconciler.core.shards import Shard, ShardUse, read_shard
from reconciler.core.target import Desired

_NOTICE = "shard"
ONE_VERSION = "run one version of the program in every shard, and plan them again"
# As many shards as a person reads.
_MOST = 10


def shard_notice(shard: Shard, *, profiles: int, of: int, use: ShardUse) -> Diagnostic:
    """Return what is said of a plan of `profiles` profiles, where all shards together have `of`."""
    end, hint = use.value
    return notice("shard", f"shard {shard}: {profiles:,} of {many(of, 'profile')}{end}", hint=hint)


def selection_digest(settings: object, meant: Iterable[Desired], words: Mapping[str, Any]) -> str:
    """Return the digest of what the shards of one plan share; `words` are the options that made the selection."""
    profiles = sorted(f"{'|'.join(one.target.key)}|{one.target.profile}" for one in meant)
    told = "\n".join([repr(settings), canonical_json(dict(words)), *profiles])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def merged_plan(plans: Mapping[str, Plan]) -> Plan | tuple[Diagnostic, ...]:
    """Return the plan of all shards; `plans` are theirs, by the names of their files."""
    wrong = tuple(_wrong(plans))
    if wrong:
        return wrong
    every = [plan for _, plan in sorted(plans.items(), key=lambda item: _index(item[1]))]
    # A shard without a profile made no call, which makes the others no offline plans.
    asking = [plan for plan in every if plan.targets] or every
    targets = sorted((planned for plan in every for planned in plan.targets), key=lambda one: one.target.profile)
    gone = (one for plan in every for one in plan.released)
    released = sorted(gone, key=lambda one: (one.profile, one.key, one.mode))
    return replace(
        every[0],
        targets=tuple(targets),
        diagnostics=tuple(_told(every)),
        released=tuple(released),
        offline=all(plan.offline for plan in asking),
        shard="",
        selection="",
        program="",
    )


def _index(plan: Plan) -> int:
    shard = read_shard(plan.shard)
    return shard.index if shard is not None else 0


def _told(plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Yield what the shards were told, once: each of them reads all files."""
    return iter(dict.fromkeys(one for plan in plans for one in plan.diagnostics if one.code != _NOTICE))


def _wrong(plans: Mapping[str, Plan]) -> Iterator[Diagnostic]:
    shards = {file: read_shard(plan.shard) for file, plan in plans.items()}
    for file, shard in shards.items():
        if shard is None:
            yield _error(file, "it is no plan of a shard", hint="make it with `plan --shard I/N --out FILE`")
    known = {file: shard for file, shard in shards.items() if shard is not None}
    if len(known) < len(plans) or not known:
        return
    first = next(iter(known))
    for file, shard in known.items():
        strange = [one.target.profile for one in plans[file].targets if not shard.holds(one.target.key)]
        if strange:
            summary = f"{many(len(strange), 'profile')} in it of another shard than {shard}, such as {strange[0]!r:.80}"
            yield _error(file, summary, hint="plan this shard again")
    yield from _unlike(first, plans, known)
    seen: dict[Shard, str] = {}
    for file, shard in known.items():
        if shard in seen:
            yield _error(file, f"{seen[shard]} is the plan of shard {shard} as well", hint="leave one of them out")
        seen.setdefault(shard, file)
    there = {shard.index for shard in known.values()}
    missing = [str(index) for index in range(1, known[first].count + 1) if index not in there]
    if missing and len({shard.count for shard in known.values()}) == 1:
        more = f" and {len(missing) - _MOST} more" if len(missing) > _MOST else ""
        named = f"{', '.join(missing[:_MOST])}{more} of {known[first].count}"
        yield _error(first, f"the plans of these shards are missing: {named}", hint="name the plans of all shards")


def _unlike(first: str, plans: Mapping[str, Plan], shards: Mapping[str, Shard]) -> Iterator[Diagnostic]:
    """Yield how the plans differ in what all shards of one plan share."""
    one = plans[first]
    for file, plan in plans.items():
        if plan.program != one.program:
            yield _error(file, f"it was made by {made_by(plan)}, and {first} by {made_by(one)}", hint=ONE_VERSION)
        differs = {
            f"it cuts the profiles into {shards[file].count} shards": shards[file].count != shards[first].count,
            f"it is of commit {plan.head[:12] or 'none'}": plan.head != one.head,
            f"it compares with commit {plan.base[:12] or 'none'}": plan.base != one.base,
            "it is of other settings, profiles or options": plan.selection != one.selection,
        }
        for what, holds in differs.items():
            if holds:
                yield _error(file, f"{what}, and {first} is not", hint="plan every shard again, at one commit")


def made_by(plan: Plan) -> str:
    """Return which version of the program made a plan, for people."""
    return f"{plan.program:.80}" or "a version that is not named"


def _error(file: str, summary: str, *, hint: str) -> Diagnostic:
    return error("shards", summary, hint=hint, location=Location(file=file))
