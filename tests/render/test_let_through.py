"""What the plan of an apply says of what its own command line lets pass."""

from __future__ import annotations

from dataclasses import replace

import click
import pytest

from reconciler.core.planning.plan import Plan
from reconciler.core.planning.treatment import Consent
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Origin
from reconciler.render.json import plan_json
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.sheet import Links
from reconciler.render.text.plan import plan_text
from tests.support import change, planned

ACCEPTED = replace(change(origin=Origin.DRIFTED, before="Theirs"), acknowledged="a campaign")
FINDINGS = PlanReport(
    plan=Plan(targets=(planned(ACCEPTED, change("email", origin=Origin.DRIFTED, before="a@b.example")),)),
)


def letting(report: PlanReport, *allowed: str) -> PlanReport:
    return replace(report, consent=Consent(allowed=frozenset(allowed)))


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
    report = letting(PlanReport(plan=Plan(targets=()), tripped=(gate,)), "clear")
    title, head, hint, *_ = click.unstyle(plan_text(report)).splitlines()
    assert title == ("In the way:" if rule is Rule.DENY else "Gates that pass:")
    assert head.strip() == begin
    assert hint.strip() == ("for every run" if rule is Rule.ASK else gate.hint)


@pytest.mark.parametrize(
    ("rule", "allowed", "shown"),
    [
        (Rule.ASK, "clear", False),
        (Rule.ASK, "bulk", True),
        (Rule.DENY, "clear", True),
        (Rule.WARN, "bulk", False),
    ],
)
def test_a_stopped_run_names_only_the_gates_that_stopped_it(rule: Rule, allowed: str, *, shown: bool) -> None:
    gate = Tripped(gate="clear", rule=rule, summary="one", hint="")
    report = ApplyReport(plan=Plan(targets=()), consent=Consent(allowed=frozenset({allowed})), tripped=(gate,))
    pages = [apply_sheet(replace(report, stopped=why), Links()) for why in ("it was not approved", "")]
    assert ["`clear`" in "".join(block.text for block in page.blocks) for page in pages] == [shown, False]


def test_a_finding_that_is_let_through_is_said_to_be_sent_and_is_counted_there() -> None:
    left, sent = (click.unstyle(plan_text(one)).splitlines() for one in (FINDINGS, letting(FINDINGS, "drifted")))
    assert left[-1] == "Nothing will be sent · 1 changed elsewhere, left alone · 1 accepted, left alone"
    assert (left[0], "Accepted in profiles/drift-ignore.yaml (left alone):" in left) == (
        "Changed on WhatsApp since the last apply (left alone):",
        True,
    )
    assert (sent[0], sent[-1]) == ("Will be sent:", "2 changes in 1 profile will be sent")
    assert plan_text(letting(FINDINGS, "conflict")) == plan_text(FINDINGS)


def test_a_document_says_of_each_change_what_the_command_line_lets_happen_to_it() -> None:
    assert plan_json(letting(FINDINGS, "conflict")) == plan_json(FINDINGS)
    for report, said, sent in ((FINDINGS, "left alone", 0), (letting(FINDINGS, "drifted"), "will be sent", 2)):
        found = plan_json(report)
        assert [one["treatment"] for one in found["targets"][0]["changes"]] == [said, said]
        assert (found["summary"]["will_be_sent"], found["has_changes"]) == (sent, sent > 0)
