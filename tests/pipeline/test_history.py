"""What the ledger tells of the past: every run that wrote, what it sent to a profile, and what is still open."""

from __future__ import annotations

import pytest

from reconciler.core.basics import InvalidInput
from reconciler.core.memory.runs import FieldStatus, HistoryReport
from reconciler.pipeline.history import history_run, runs_run
from tests.support.fleet import Fleet


def past(fleet: Fleet, path: str) -> HistoryReport:
    return history_run(fleet.context, path)


def moves(report: HistoryReport) -> list[dict[str, tuple[object, object]]]:
    """What each run changed, the newest first."""
    return [{field.field: (field.before, field.after) for field in event.outcome.fields} for event in report.events]


@pytest.fixture
def changed_twice(fleet: Fleet) -> Fleet:
    fleet.profile(about="Fresh bread", email="a@example.org")
    fleet.apply()
    fleet.clock.seconds += 3600
    fleet.profile(about="Fresh rolls", email="a@example.org")
    fleet.apply()
    return fleet


def test_a_profile_s_past_is_what_each_run_sent_the_newest_first(changed_twice: Fleet) -> None:
    report = past(changed_twice, "profiles/berlin.yaml")
    assert moves(report) == [
        {"about": ("Fresh bread", "Fresh rolls")},
        {"about": ("Hey there! I am using WhatsApp.", "Fresh bread"), "email": ("", "a@example.org")},
    ]
    assert [(event.run, event.started) for event in report.events] == [
        ("local-20260802T130000.000", "2026-08-02T13:00:00Z"),
        ("local-20260802T120000.000", "2026-08-02T12:00:00Z"),
    ]
    assert report.reasons == frozenset()


def test_a_run_that_had_nothing_to_send_is_no_part_of_the_past(changed_twice: Fleet) -> None:
    changed_twice.clock.seconds += 3600
    changed_twice.apply()
    report = runs_run(changed_twice.context)
    assert ([record.started[11:13] for record in report.runs], report.reasons) == (["13", "12"], frozenset())


def test_a_profile_s_past_stays_when_its_file_is_renamed_or_goes(changed_twice: Fleet) -> None:
    profiles = changed_twice.root / "profiles"
    (profiles / "berlin.yaml").rename(profiles / "mitte.yaml")
    assert len(past(changed_twice, "mitte").events) == 2
    (profiles / "mitte.yaml").unlink()
    assert len(past(changed_twice, "berlin").events) == 2


def test_an_unknown_profile_is_an_error_with_the_known_names(changed_twice: Fleet) -> None:
    with pytest.raises(InvalidInput) as caught:
        past(changed_twice, "berlim")
    (problem,) = caught.value.diagnostics
    assert (problem.summary, problem.hint) == (
        "'berlim' is no profile, and never was one here",
        "did you mean berlin?",
    )


def test_a_profile_to_which_nothing_was_ever_sent_has_no_past(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    assert past(fleet, "berlin") == HistoryReport(profile="berlin")


def test_a_write_with_an_unknown_outcome_is_open(fleet: Fleet) -> None:
    fleet.write("reconciler.yaml", "version: 1\naccounts:\n  india: {provider: kaleyra, endpoint: sandbox, sid: HX1}\n")
    fleet.write("mumbai.yaml", 'account: india\nnumber: "+912266123456"\nprofile: {about: Fresh bread}\n')
    fleet.faults({"kind": "reply", "status": 502, "body": "<html></html>"})
    fleet.apply()
    report = past(fleet, "mumbai")
    assert [(record.field, record.intent) for record in report.open] == [("about", "Fresh bread")]
    assert [field.status for event in report.events for field in event.outcome.fields] == [FieldStatus.UNKNOWN]
