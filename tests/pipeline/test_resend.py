"""`--resend`: a secret that changed under its old name is seen by nobody, so somebody says that it is to be sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.basics import Reason
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.decision import Approval
from reconciler.core.target import Origin
from reconciler.effects.signals import Stop
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from tests.support.fleet import YES, Fleet

HOOK = {"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}}


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def resent(fleet: Fleet, *fields: str, approval: Approval = YES) -> ApplyReport:
    return fleet.run(lambda context: apply_run(context, ApplyRequest(Scope(resend=fields), approval), stop=Stop()))


def test_a_field_that_is_in_sync_is_sent_and_only_that(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread", webhook=HOOK)
    fleet.apply()
    fleet.forget()
    report = resent(fleet, "webhook")
    assert [(change.field, change.origin) for _, change in report.plan.changes] == [("webhook", Origin.RESENT)]
    assert [outcome.status for outcome in report.outcomes] == [OutcomeStatus.APPLIED]
    (sent,) = fleet.requests("POST")
    assert set(sent["body"]) == {"webhook_configuration"}
    assert not fleet.plan().plan.has_changes


def test_the_gate_stands_before_it_as_before_any_change(fleet: Fleet) -> None:
    fleet.profile(webhook=HOOK)
    fleet.apply()
    fleet.forget()
    report = resent(fleet, "webhook", approval=Approval(auto=True))
    assert report.reasons == {Reason.STOPPED}
    assert fleet.requests("POST") == []


def test_what_differs_anyway_keeps_its_reason_and_what_is_not_managed_is_not_sent(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.profile(about="Fresh cake")
    report = resent(fleet, "about", "email")
    assert [(change.field, change.origin) for _, change in report.plan.changes] == [("about", Origin.EDITED)]


def test_an_observed_profile_is_not_written_by_it(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.profile(mode="observe", about="Fresh bread")
    fleet.forget()
    assert resent(fleet, "about").outcomes == ()
    assert fleet.requests("POST") == []
