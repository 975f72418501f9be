"""What becomes of the issue that says that an apply failed."""

from __future__ import annotations

import pytest

from reconciler.core.planning.plan import Plan
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.forge.rules.issue import FailureIssue, failure_issue
from reconciler.render.markdown.sheet import Sheet
from reconciler.render.pages import apply_page
from tests.support.conversing import page


def applied(exit_code: int = 0, *, complete: bool = True, errored: bool = False) -> Handover:
    return page(HandoverKind.APPLY, exit_code=exit_code, complete=complete, errored=errored)


@pytest.mark.parametrize("code", [1, 3, 4, 5, 6, 130, 143])
def test_an_apply_that_somebody_must_look_at_opens_it_or_writes_into_it(code: int) -> None:
    found = [failure_issue(applied(code, complete=False), is_open=is_open) for is_open in (False, True)]
    assert found == [FailureIssue.OPEN, FailureIssue.WRITE]


def test_an_apply_that_did_not_get_to_a_result_does_too() -> None:
    assert failure_issue(applied(0, errored=True), is_open=False) is FailureIssue.OPEN


def test_an_apply_that_ended_well_closes_it() -> None:
    assert [failure_issue(applied(), is_open=is_open) for is_open in (False, True)] == [
        FailureIssue.LEAVE,
        FailureIssue.CLOSE,
    ]


def test_a_run_that_was_superseded_settles_nothing() -> None:
    """The newer commit's own run does the work, and says so."""
    report = ApplyReport(plan=Plan(targets=()), superseded="d" * 40)
    told = apply_page(report, Sheet(lead="Superseded"), exit_code=0)
    assert told.complete is False
    assert (told.exit_code, told.quiet, failure_issue(told, is_open=True)) == (0, False, FailureIssue.LEAVE)


def test_an_apply_that_could_not_read_everything_settles_nothing() -> None:
    assert failure_issue(applied(complete=False), is_open=True) is FailureIssue.LEAVE
