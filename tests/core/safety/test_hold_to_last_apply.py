"""What a gate stopped stays pending, so a rule counts as relaxed only after an apply that finished with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.safety.policy import (
    NO_BASE,
    BasePolicy,
    HeldPolicy,
    KnownBase,
    KnownRules,
    LastApply,
    UnknownBase,
    UnknownRules,
    hold_to_last_apply,
)
from reconciler.core.settings import Bulk, OnFinding, Policy, Rule, SelfLabel, Settings
from tests.support.authoring import document, said

COMMIT = "c0ffee" * 6 + "c0ff"
WRITTEN = document("version: 1\naccounts: {}\npolicy: {clear: allow}\n", "profiles/reconciler.yaml")
BASE = KnownBase(Settings(accounts={}, policy=Policy()))
LAX = Policy(clear=Rule.ALLOW, bulk=Bulk(profiles=50), on_drift=OnFinding.OVERWRITE, self_label=SelfLabel.ALLOW)


def tightened(policy: Policy, last: LastApply, base_policy: BasePolicy = BASE) -> HeldPolicy:
    """Return what counts of `policy`, which is that of the base."""
    return hold_to_last_apply(policy, last, base_policy=base_policy, document=WRITTEN)


def test_what_the_base_relaxed_counts_as_at_the_last_apply_and_that_is_said() -> None:
    found = tightened(LAX, KnownRules(COMMIT, Policy(clear=Rule.DENY)))
    assert found.policy == Policy(clear=Rule.DENY, self_label=SelfLabel.ALLOW)
    counts = "at the last apply (c0ffeec0ffee); what is written counts after the next apply that finishes"
    assert said(found.diagnostics) == [
        f"3:9 notice last-apply: policy.bulk.profiles is 50 at the base and 5 {counts}",
        f"3:17 notice last-apply: policy.clear is allow at the base and deny {counts}",
        f"3:9 notice last-apply: policy.on_drift is overwrite at the base and report {counts}",
    ]


@pytest.mark.parametrize("last", [Policy(), LAX, Policy(webhook=Rule.ALLOW)])
def test_what_is_stricter_at_the_base_counts_at_once(last: Policy) -> None:
    strict = Policy(clear=Rule.DENY, webhook=Rule.DENY)
    assert tightened(strict, KnownRules(COMMIT, last)) == HeldPolicy(strict)


@pytest.mark.parametrize("base_policy", [NO_BASE, UnknownBase()])
def test_where_no_rule_is_taken_from_a_base_none_is_said_to_be_so_there(base_policy: BasePolicy) -> None:
    (line,) = said(tightened(Policy(webhook=Rule.ALLOW), KnownRules(COMMIT, Policy()), base_policy).diagnostics)
    assert "policy.webhook is allow here and ask at the last apply (c0ffeec0ffee);" in line


def test_with_an_unknown_last_apply_no_rule_is_laxer_than_its_default() -> None:
    found = tightened(replace(LAX, webhook=Rule.DENY), UnknownRules("its record names no commit"))
    assert found.policy == Policy(webhook=Rule.DENY, self_label=SelfLabel.ALLOW)
    (line,) = said(found.diagnostics)
    assert line == (
        "3:9 notice last-apply: the rules at the last apply are not known, so none is laxer here than its default: its "
        "record names no commit | policy.bulk.profiles counts as 5, policy.clear counts as ask, policy.on_drift counts "
        "as report"
    )


def test_an_unknown_last_apply_is_not_reported_where_it_makes_no_difference() -> None:
    assert tightened(Policy(clear=Rule.DENY), UnknownRules("")) == HeldPolicy(Policy(clear=Rule.DENY))
