"""stricter: (two policies) → the stricter rule of each gate, the lower of two numbers, no licence that one lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.document import Path
from reconciler.core.settings import Bulk, OnFinding, Policy, Rule, SelfLabel

# The rules that differ, as they are in the one policy and in the other, by their place below `policy`.
RuleChanges = Mapping[Path, tuple[str, str]]
_RULES = tuple(Rule)
_FINDINGS = (OnFinding.OVERWRITE, OnFinding.REPORT)
_LABELS = tuple(SelfLabel)


def stricter_of(one: Policy, other: Policy) -> Policy:
    """Return the policy that lets nothing pass which one of the two would stop."""
    return Policy.model_validate({name: _strict(getattr(one, name), getattr(other, name)) for name in _names()})


def held_to(policy: Policy, other: Policy) -> Policy:
    """Return `policy` with no gate or finding laxer than in `other`; whose labels count is asked at the base alone."""
    return stricter_of(policy, other).model_copy(update={"self_label": policy.self_label})


def rules(policy: Policy) -> dict[Path, str]:
    """Return every rule and number as it is written, by its place below `policy`."""
    found: dict[Path, str] = {}
    for name, written in _names().items():
        value = getattr(policy, name)
        if isinstance(value, Bulk):
            found |= {(written, part): str(number) for part, number in value.model_dump().items()}
        else:
            found[(written,)] = str(value)
    return found


def rule_changes(policy: Policy, counts: Policy) -> RuleChanges:
    """Return each rule of `policy` that is another one in the policy that `counts`."""
    now, then = rules(policy), rules(counts)
    return {path: (rule, then[path]) for path, rule in now.items() if rule != then[path]}


def _strict(one: Any, other: Any) -> Any:
    match one, other:
        case Bulk(), Bulk():
            return Bulk(**{name: min(getattr(one, name), getattr(other, name)) for name in Bulk.model_fields})
        case Rule(), Rule():
            return max(one, other, key=_RULES.index)
        case SelfLabel(), SelfLabel():
            return max(one, other, key=_LABELS.index)
        case _:
            return max(one, other, key=_FINDINGS.index)


def _names() -> dict[str, str]:
    """Return the rules by the names that code and files have for them."""
    return {name: info.alias or name for name, info in Policy.model_fields.items()}
