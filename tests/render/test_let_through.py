"""What the plan of an apply says of what its own command line lets pass."""

from __future__ import annotations

from dataclasses import replace

import click
import pytest

from reconciler.core.planning.plan import Plan
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Origin
from reconciler.render.json import plan_json
from reconciler.render.text.plan import plan_text
from tests.support import change, planned

ACCEPTED = replace(change(origin=Origin.DRIFTED, before="Theirs"), acknowledged="a campaign")
FINDINGS = PlanReport(
    plan=Plan(targets=(planned(ACCEPTED, change("email", origin=Origin.DRIFTED, before="a@b.example")),)),
    held=((Origin.DRIFTED, 2),),
)


def letting(report: PlanReport, *allowed: str) -> PlanReport:
    return replace(report, allowed=allowed)


@pytest.mark.parametrize(
    ("rule", "begin"),
    [
        (Rule.ASK, "clear (let through by --allow): one"),
        (Rule.WARN, "clear (only warns): one"),
        (Rule.DENY, "clear (stops the run): one"),
    ],
)
def test_only_a_gate_that_would_have_asked_is_let_through(rule: Rule, begin: str) -> None:
    gate = Tripped(gate="clear", rule=rule, summary="one", hint="for one run; for every run")
    _, head, hint, *_ = click.unstyle(
        plan_text(letting(PlanReport(plan=Plan(targets=()), tripped=(gate,)), "clear"))
    ).splitlines()
    assert head.strip() == begin
    assert hint.strip() == ("for every run" if rule is Rule.ASK else gate.hint)


def test_a_finding_that_is_let_through_is_not_said_to_be_left_alone() -> None:
    asked, accepted = (line for line in plan_text(FINDINGS).splitlines() if line.startswith("Of these"))
    assert asked.startswith("Of these, apply leaves alone what nobody asked for: 1 drifted.")
    assert accepted == "Of these, apply leaves alone what is acknowledged: 1 drifted. Only --allow drifted sends it."
    assert "Of these" not in plan_text(letting(FINDINGS, "drifted"))
    assert plan_text(letting(FINDINGS, "conflict")) == plan_text(FINDINGS)


def test_the_document_of_a_plan_does_not_say_what_a_command_line_lets_pass() -> None:
    assert plan_json(letting(FINDINGS, "drifted")) == plan_json(FINDINGS)
