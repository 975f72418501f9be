"""Where nothing can be lost, what the files ask for is sent, whatever became of the first apply."""

from __future__ import annotations

import pytest

from reconciler.core.target import Origin
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import plan_run
from tests.support.fleet import Fleet
from tests.support.repository import Git

FRESH = {"about": "Fresh bread", "email": "a@b.example"}


def origins(fleet: Fleet) -> set[Origin]:
    report = fleet.run(lambda context: plan_run(context, Scope(base="HEAD")))
    return {change.origin for _, change in report.plan.changes}


@pytest.mark.parametrize(("now", "origin"), [(FRESH, Origin.PENDING), ({**FRESH, "about": "Rolls"}, Origin.EDITED)])
def test_a_first_apply_that_never_came_through_holds_no_run_up(
    fleet: Fleet, now: dict[str, str], origin: Origin
) -> None:
    """Live is as it was before anybody used it: the profile asked for it at the base, and still does or does better."""
    fleet.profile(**FRESH)
    Git(fleet.root).commit()
    fleet.profile(**now)
    assert origins(fleet) == ({Origin.PENDING, origin} if now != FRESH else {origin})


def test_a_value_written_elsewhere_is_not_overwritten_by_it(fleet: Fleet) -> None:
    address = fleet.profile(**FRESH)
    Git(fleet.root).commit()
    fleet.edit(address, about="Theirs")
    assert origins(fleet) == {Origin.UNRECORDED, Origin.PENDING}
    fleet.profile(**{**FRESH, "about": "Rolls"})
    assert origins(fleet) == {Origin.CONFLICT, Origin.PENDING}


def test_rules_that_were_taken_away_before_are_not_relaxed_by_bringing_them_back(fleet: Fleet) -> None:
    """Two merges: one without settings, and one with softer ones than before."""
    fleet.profile(webhook={"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}})
    (fleet.root / "profiles" / "reconciler.yaml").unlink()
    Git(fleet.root).commit()
    fleet.settings(policy="{webhook: allow}")
    report = fleet.run(lambda context: plan_run(context, Scope(base="HEAD")))
    assert [gate.gate for gate in report.tripped] == ["webhook"]
    assert [(problem.code, problem.hint) for problem in report.plan.diagnostics] == [
        ("base-settings", "policy.webhook counts as ask")
    ]
