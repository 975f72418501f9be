"""A secret that changed under its old name: seen where there is a key, left alone where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.basics import InvalidInput
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.planning.plan import Plan
from reconciler.core.target import Origin
from tests.support.fleet import Fleet

KEY = "0123456789abcdef" * 2
META = {"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}}
SETTINGS = """\
version: 1
accounts:
  bakery: {provider: meta, endpoint: sandbox}
  shops: {provider: 360dialog, endpoint: sandbox}
"""
DIALOG = """\
account: shops
number: "+494012345678"
profile:
  webhook: {url: https://hooks.example/d, headers: {Authorization: {env: WEBHOOK_BASIC}, X-Shop: {env: WEBHOOK_SHOP}}}
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    fleet = Fleet(tmp_path)
    fleet.write("reconciler.yaml", SETTINGS)
    fleet.profile(webhook=META)
    fleet.write("hamburg.yaml", DIALOG)
    secrets = {"WEBHOOK_VERIFY": "first-token", "WEBHOOK_BASIC": "first-header", "WEBHOOK_SHOP": "shop"}
    fleet.environ |= {"RECONCILER_LEDGER_KEY": KEY, **secrets}
    fleet.apply()
    return fleet


def changed(plan: Plan) -> list[tuple[str, Origin, str]]:
    return [(planned.target.profile, change.origin, change.note) for planned, change in plan.changes]


NEW = "what is secret in it has another value than the one that was sent"


@pytest.mark.parametrize(
    ("variable", "profile"), [("WEBHOOK_VERIFY", "berlin"), ("WEBHOOK_BASIC", "hamburg"), ("WEBHOOK_SHOP", "hamburg")]
)
def test_a_new_value_under_the_old_name_is_a_change_once(fleet: Fleet, variable: str, profile: str) -> None:
    assert not fleet.plan().plan.has_changes
    fleet.environ[variable] = "another-secret"
    assert changed(fleet.plan().plan) == [(profile, Origin.EDITED, NEW)]
    assert [outcome.status for outcome in fleet.apply().outcomes] == [OutcomeStatus.APPLIED]
    assert not fleet.plan().plan.has_changes


@pytest.mark.parametrize("absent", ["RECONCILER_LEDGER_KEY", "WEBHOOK_VERIFY"])
def test_without_the_key_or_the_secret_nothing_can_be_told_and_nothing_is(fleet: Fleet, absent: str) -> None:
    fleet.environ["WEBHOOK_VERIFY"] = "another-secret"
    del fleet.environ[absent]
    assert not fleet.plan().plan.has_changes


def test_looking_and_drift_keep_the_mark(fleet: Fleet) -> None:
    fleet.drift()
    fleet.apply()
    fleet.environ["WEBHOOK_VERIFY"] = "another-secret"
    assert changed(fleet.plan().plan) == [("berlin", Origin.EDITED, NEW)]


def test_what_was_recorded_without_a_key_is_not_told_to_have_changed(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.profile(webhook=META)
    fleet.environ["WEBHOOK_VERIFY"] = "first-token"
    fleet.apply()
    fleet.environ |= {"RECONCILER_LEDGER_KEY": KEY, "WEBHOOK_VERIFY": "another-secret"}
    assert not fleet.plan().plan.has_changes


def test_no_secret_and_no_key_is_in_the_ledger(fleet: Fleet) -> None:
    stored = b"".join(path.read_bytes() for path in (fleet.root / ".reconciler").glob("ledger*"))
    assert b"mark" in stored
    for name in ("RECONCILER_LEDGER_KEY", "WEBHOOK_VERIFY", "WEBHOOK_BASIC"):
        assert fleet.environ[name].encode() not in stored


def test_a_key_that_is_too_short_is_refused_and_not_repeated(fleet: Fleet) -> None:
    fleet.environ["RECONCILER_LEDGER_KEY"] = "short"
    with pytest.raises(InvalidInput) as wrong:
        fleet.plan()
    (problem,) = wrong.value.diagnostics
    assert problem.summary == "RECONCILER_LEDGER_KEY has 5 bytes, 27 fewer than the 32 that it must have"
    assert "short" not in problem.summary.replace("shorter", "") + problem.hint
