"""tighten: (the policy that counts by the base, the one at the last apply) → the stricter of both, and what differs.

What a gate stopped stays pending, and to the next push the rules that were relaxed along with it are the base's. So a
rule counts as relaxed only after an apply has finished at a commit that had it: everything that was pending there was
held against the rules before. One that failed half way, or crashed, had got past its gates, and so counts as well.

Accounts are no part of this: where credentials go is what was reviewed and merged. Nor is whose labels count, which is
asked at the base alone.

The record of the last apply is foreign: whoever may write to the ledger can have forged it. What it says makes rules
stricter than the base's, and never laxer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from reconciler.core.diagnostics import Diagnostic, notice
from reconciler.core.document import Document, Path
from reconciler.core.settings import Policy
from reconciler.core.stricter import RuleChanges, held_to, rule_changes
from reconciler.core.trust import BasePolicy, KnownBase

# As much of a commit's name as people compare.
_SHORT = 12
_CODE = "last-apply"


@dataclass(frozen=True, slots=True)
class KnownRules:
    """The last apply that got past its gates was of `commit`, whose policy this is."""

    commit: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class UnknownRules:
    """There was an apply, and nobody can say what the rules of its commit are, for that reason."""

    why: str


LastApply = KnownRules | UnknownRules


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """The policy that counts, and what of it is not as it is by the base."""

    policy: Policy
    diagnostics: tuple[Diagnostic, ...] = ()


def hold_to_last_apply(policy: Policy, last: LastApply, *, footing: BasePolicy, document: Document) -> HeldPolicy:
    """Return what counts of `policy`, which `footing` left; `document` is the file that it is written in now."""
    match last:
        case KnownRules():
            counts = held_to(policy, last.policy)
            where = "at the base" if isinstance(footing, KnownBase) else "here"
            return HeldPolicy(counts, tuple(_each(rule_changes(policy, counts), last, where=where, document=document)))
        case UnknownRules():
            counts = held_to(policy, Policy())
            return HeldPolicy(counts, tuple(_together(rule_changes(policy, counts), last, document)))
        case _:
            assert_never(last)


def _each(found: RuleChanges, last: KnownRules, *, where: str, document: Document) -> Iterator[Diagnostic]:
    for path, (rule, then) in found.items():
        summary = (
            f"{_name(path)} is {rule} {where} and {then} at the last apply ({last.commit[:_SHORT]}); "
            "what is written counts after the next apply that finishes"
        )
        yield notice(_CODE, summary, location=document.at(("policy", *path)))


def _together(found: RuleChanges, last: UnknownRules, document: Document) -> Iterator[Diagnostic]:
    """Yield why nobody knows, where it makes a difference."""
    if found:
        summary = f"the rules at the last apply are not known, so none is laxer here than its default: {last.why}"
        hint = ", ".join(f"{_name(path)} counts as {rule}" for path, (_, rule) in found.items())
        yield notice(_CODE, summary, hint=hint, location=document.at(("policy",)))


def _name(path: Path) -> str:
    return ".".join(map(str, ("policy", *path)))
