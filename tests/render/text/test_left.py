"""What apply does not send is told in groups: what each is, what becomes of it, and what a person can do."""

from __future__ import annotations

from dataclasses import replace

import click
import pytest

from reconciler.core.planning.field_plan import UnchangedField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import Consent
from reconciler.core.reports.command_reports import DriftReport
from reconciler.core.safety.decision import Question
from reconciler.core.safety.gates import PlanReport, Tripped, report_plan
from reconciler.core.settings import OnFinding, Policy, Rule
from reconciler.core.target import Origin, Unknown
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links, fitted
from reconciler.render.text.apply import question_text
from reconciler.render.text.drift import drift_text
from reconciler.render.text.plan import plan_text
from tests.support import change, planned, target

MOVED = "Changed on WhatsApp since the last apply"
OVERWRITE = Consent(Policy(on_drift=OnFinding.OVERWRITE))


def drifted(*names: str) -> Plan:
    one = change(before="Old", origin=Origin.DRIFTED)
    return Plan(targets=tuple(planned(one, to=target(name, address=name)) for name in names))


def lines(report: PlanReport | DriftReport) -> list[str]:
    text = plan_text(report) if isinstance(report, PlanReport) else drift_text(report)
    return click.unstyle(text).splitlines()


def test_drift_that_the_settings_overwrite_is_sent_in_every_output() -> None:
    plan = drifted("berlin")
    assert lines(PlanReport(plan=plan, consent=OVERWRITE))[0] == "Will be sent:"
    told = lines(DriftReport(plan=plan, consent=OVERWRITE))
    assert told[0] == f"{MOVED} (the next apply sends what the file says):"
    assert told[-1] == "Drift: 1 difference (1 will be sent) in 1 profile."
    assert not any("take it over" in line for line in told)


def test_drift_that_is_left_has_the_two_commands_that_end_it() -> None:
    for report in (PlanReport(plan=drifted("berlin", "a b")), DriftReport(plan=drifted("berlin", "a b"))):
        told = lines(report)
        assert told[0] == f"{MOVED} (left alone):"
        assert "    take it over: reconciler drift --adopt berlin 'a b'" in told
        assert "    put it back: reconciler apply berlin 'a b' --allow drifted" in told


def test_more_profiles_than_a_person_reads_are_not_named_and_so_all_are_meant() -> None:
    told = lines(PlanReport(plan=drifted(*(f"shop-{n}" for n in range(11)))))
    assert "    take it over: reconciler drift --adopt" in told
    assert "    put it back: reconciler apply --allow drifted" in told


def test_a_gate_that_only_sending_the_rest_would_trip_is_not_in_the_way() -> None:
    cleared = change(before="Old", after="", origin=Origin.DRIFTED)
    report = report_plan(Plan(targets=(planned(cleared),)), Consent())
    text = lines(report)
    assert "  clear: about of 1 profile would be emptied" in text
    assert "In the way:" not in text
    page = fitted(plan_sheet(report, Links()))
    said = "Sending what is left would also be stopped by `clear`: about of 1 profile would be emptied."
    assert f"**Not sent:** 1 difference left alone. {said}" in page
    assert "In the way" not in page


def test_a_profile_whose_fields_only_wait_for_a_person_is_no_change_of_the_page() -> None:
    conflict = planned(change(before="Old", origin=Origin.CONFLICT))
    page = fitted(plan_sheet(report_plan(Plan(targets=(conflict,)), Consent()), Links()))
    assert page.startswith(
        "### WhatsApp profiles: nothing will be sent\n\n**Not sent:** 1 difference left for a person."
    )
    assert "#### Changed in the files and on WhatsApp (left for a person)" in page
    assert "| Profile |" not in page


def watched(status: TargetStatus) -> TargetPlan:
    return planned(change(before="Old", origin=Origin.DRIFTED), status=status)


@pytest.mark.parametrize(
    ("plan", "last"),
    [
        (Plan(targets=(watched(TargetStatus.OBSERVED),)), "Nothing to do: 1 observed."),
        (Plan(targets=(watched(TargetStatus.BLOCKED),)), "Nothing is planned: 1 cannot be written."),
        (drifted("a", "b"), "Nothing will be sent · 2 changed elsewhere, left alone"),
    ],
)
def test_what_is_not_sent_is_in_no_number_of_what_is(plan: Plan, last: str) -> None:
    report = PlanReport(plan=plan)
    assert (report.summary.will_be_sent, "changes" in report.reasons, lines(report)[-1]) == (0, False, last)


def test_a_field_that_was_perhaps_never_sent_leaves_open_whether_there_is_drift() -> None:
    unseen = planned(change(before=Unknown(), origin=Origin.ADOPTED), to=target("blind", address="b"))
    read = replace(planned(), unchanged=(UnchangedField(field="email", reason=SameReason.IN_SYNC),))
    report = DriftReport(plan=Plan(targets=(read, unseen)))
    for one, said in ((report, "none"), (replace(report, no_apply=True), "not known")):
        assert lines(one)[-1] == f"Drift: {said} in 1 profile; 1 profile has nothing that can be read back."


GATE = Tripped(gate="clear", rule=Rule.ASK, summary="one", hint="a; b")


def test_a_question_says_what_a_yes_sends_and_which_gates_it_opens() -> None:
    found = [(planned(to=target("berlin")), change(name)) for name in ("about", "email")]
    found.append((planned(to=target("munich", address="m")), change()))
    assert question_text(Question(found, (GATE,))).splitlines() == [
        "Will be sent: 3 changes in 2 profiles: berlin (about, email), munich (about).",
        "A yes also opens: clear.",
        (
            "Should this be sent? Only `yes` is taken as yes."
            " `yes NAME` sends only that profile, and `yes except NAME` all others."
        ),
    ]


def test_a_question_about_drift_says_so_and_one_about_a_gate_alone_sends_nothing() -> None:
    one = (planned(), change(before="Old", origin=Origin.DRIFTED))
    assert question_text(Question([one], origin=Origin.DRIFTED)).splitlines() == [
        f"{MOVED}: 1 change in 1 profile: berlin (about).",
        "Should what the files say replace it? Only `yes` is taken as yes.",
    ]
    assert question_text(Question([], (GATE,))).splitlines()[0] == "Nothing will be sent."
