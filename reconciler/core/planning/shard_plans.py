"""The plans of all shards as one plan.

shard_notice: (a shard, how many of how many profiles, what for) → what a reader of its plan must know.
made_by: (a plan) → the version of the program that made it.
merged_plan: (the plans of all shards, by their files) → the plan of the whole, or why they are not those of one.
unlike_shards: (the plans of some shards, by their files) → why they are not those of one whole.
united: (the plans of shards) → one plan of them; nothing is compared.

Each shard's plan says of which part it is, of which commit, and what all of them have in common: a digest of the
settings, of the selection, and of each profile that is meant. Gates are judged on the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.core.basics import Diagnostic, Location, error, many, notice
from reconciler.core.fields import canonical_json
from reconciler.core.planning.plan import Plan
from reconciler.core.shards import Shard, ShardUse, read_shard
from reconciler.core.target import Desired

_NOTICE = "shard"
ONE_VERSION = "run one version of the program in every shard, and begin them again"
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


@dataclass(frozen=True, slots=True)
class ShardWords:
    """The word for a part, the command that makes it, and the one that makes all of them again."""

    part: str
    make: str
    again: str


PLANS = ShardWords("plan", "plan --shard I/N --out FILE", "plan every shard again, at one commit")
LOOKS = ShardWords("look", "drift --shard I/N --json", "look at every shard again, at one commit")
APPLIES = ShardWords("apply", "apply PLAN.json --shard I/N --json", "name the results of one run")


def merged_plan(plans: Mapping[str, Plan], words: ShardWords = PLANS) -> Plan | tuple[Diagnostic, ...]:
    """Return the plan of all shards; `plans` are theirs, by the names of their files."""
    wrong = (*unlike_shards(plans, words), *_missing(plans, words))
    return wrong or united(plans.values())


def united(plans: Iterable[Plan]) -> Plan:
    """Return one plan of the plans of shards, which begins as the first that says of which commit it is."""
    every = sorted(plans, key=_index)
    first = next((plan for plan in every if plan.head), every[0])
    # A shard without a profile made no call, which makes the others no offline plans.
    asking = [plan for plan in every if plan.targets] or every
    targets = sorted((planned for plan in every for planned in plan.targets), key=lambda one: one.target.profile)
    gone = (one for plan in every for one in plan.released)
    released = sorted(gone, key=lambda one: (one.profile, one.key, one.mode))
    return replace(
        first,
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


def unlike_shards(plans: Mapping[str, Plan], words: ShardWords = PLANS) -> Iterator[Diagnostic]:
    """Yield why the plans are not those of one whole; a shard that is missing is no reason."""
    shards = {file: read_shard(plan.shard) for file, plan in plans.items()}
    for file, shard in shards.items():
        if shard is None:
            yield _error(file, f"it is no {words.part} of a shard", hint=f"make it with `{words.make}`")
    known = {file: shard for file, shard in shards.items() if shard is not None}
    if len(known) < len(plans) or not known:
        return
    first = next(iter(known))
    for file, shard in known.items():
        strange = [one.target.profile for one in plans[file].targets if not shard.holds(one.target.key)]
        if strange:
            summary = f"{many(len(strange), 'profile')} in it of another shard than {shard}, such as {strange[0]!r:.80}"
            yield _error(file, summary, hint=words.again)
    yield from _unlike(first, plans, known, words.again)
    seen: dict[Shard, str] = {}
    for file, shard in known.items():
        if shard in seen:
            summary = f"{seen[shard]} is the {words.part} of shard {shard} as well"
            yield _error(file, summary, hint="leave one of them out")
        seen.setdefault(shard, file)


def missing_shards(plans: Iterable[Plan]) -> str:
    """Return which shards no plan is of, as in `2, 3 of 8`; "" where all are there."""
    known = [shard for shard in (read_shard(plan.shard) for plan in plans) if shard is not None]
    there, count = {shard.index for shard in known}, max((shard.count for shard in known), default=0)
    missing = [str(index) for index in range(1, count + 1) if index not in there]
    more = f" and {len(missing) - _MOST} more" if len(missing) > _MOST else ""
    return f"{', '.join(missing[:_MOST])}{more} of {count}" if missing else ""


def _missing(plans: Mapping[str, Plan], words: ShardWords) -> Iterator[Diagnostic]:
    shards = [read_shard(plan.shard) for plan in plans.values()]
    alike = len({shard.count if shard is not None else 0 for shard in shards}) == 1
    if alike and (named := missing_shards(plans.values())):
        summary = f"the {words.part}s of these shards are missing: {named}"
        yield _error(next(iter(plans)), summary, hint=f"name the {words.part}s of all shards")


def _unlike(first: str, plans: Mapping[str, Plan], shards: Mapping[str, Shard], again: str) -> Iterator[Diagnostic]:
    """Yield each difference between plans whose shards should share it."""
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
                yield _error(file, f"{what}, and {first} is not", hint=again)


def made_by(plan: Plan) -> str:
    """Return which version of the program made a plan, for people."""
    return f"{plan.program:.80}" or "a version that is not named"


def _error(file: str, summary: str, *, hint: str) -> Diagnostic:
    return error("shards", summary, hint=hint, location=Location(file=file))
