"""hold_to_last_apply: (the policy that counts by the base, the last apply's) → the stricter of both, and what differs.

A change that a gate stopped stays pending. For the next push, the rules that were relaxed along with it are the base's.
So a relaxed rule counts only after an apply has finished at a commit that had it: every change that was pending there
was held against the rules before. An apply that failed half way, or crashed, had passed its gates, and counts as well.

Accounts are no part of this: where credentials go was reviewed and merged. Nor are the rules on whose labels count and
on placeholders. The base alone decides those, because the files are checked before a last apply is looked for.

The record of the last apply is foreign: every party that may write to the ledger can have forged it. It makes rules
stricter than the base's, and never laxer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from reconciler.core.basics import Diagnostic, notice
from reconciler.core.safety.policy import BasePolicy, KnownBase, RuleChanges, held_to, rule_changes
from reconciler.core.settings import Policy
from reconciler.core.yaml_documents import Document, Path

# As much of a commit's name as people compare.
_SHORT = 12
_CODE = "last-apply"


@dataclass(frozen=True, slots=True)
class KnownRules:
    """The last apply that passed its gates was at `commit`, with this policy."""

    commit: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class UnknownRules:
    """There was an apply, and the rules of its commit cannot be known; `why` is the reason."""

    why: str


LastApply = KnownRules | UnknownRules


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """The policy that counts, and how it differs from the one by the base."""

    policy: Policy
    diagnostics: tuple[Diagnostic, ...] = ()


def hold_to_last_apply(policy: Policy, last: LastApply, *, base_policy: BasePolicy, document: Document) -> HeldPolicy:
    """Return what counts of `policy`, which `base_policy` left; `document` is the file that it is written in now."""
    match last:
        case KnownRules():
            counts = held_to(policy, last.policy)
            where = "at the base" if isinstance(base_policy, KnownBase) else "here"
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
    """Yield why the rules are not known, if that makes a difference."""
    if found:
        summary = f"the rules at the last apply are not known, so none is laxer here than its default: {last.why}"
        hint = ", ".join(f"{_name(path)} counts as {rule}" for path, (_, rule) in found.items())
        yield notice(_CODE, summary, hint=hint, location=document.at(("policy",)))


def _name(path: Path) -> str:
    return ".".join(map(str, ("policy", *path)))
