"""The past as a person reads it, and as JSON; a record is foreign, and nothing in it can act."""

from __future__ import annotations

import json

import click
import pytest

from reconciler.core.memory.records import FieldRecord, RecordState, Stamp
from reconciler.core.memory.runs import (
    AskedField,
    FieldOutcome,
    FieldStatus,
    HistoryEvent,
    HistoryReport,
    Outcome,
    RunRecord,
    RunsReport,
)
from reconciler.core.reports.command_reports import ShowReport
from reconciler.render.terminal import uncoloured
from reconciler.render.text.history import history_json, history_text, runs_json, runs_text
from reconciler.render.text.show import show_text
from tests.support import asked, change, desired, observed, planned, target

SIZE = {"size": 2048, "width": 640, "height": 480}
PICTURE = {"sha256": "ab" * 32, "mime": "image/png", "file": "pictures/logo.png", **SIZE}
WEBHOOK = {"url": "https://hooks.example/a", "verify_token": {"env": "WEBHOOK_VERIFY"}}
FIELDS = (
    FieldOutcome(field="about", status=FieldStatus.APPLIED, before="Old", before_is="known", after="New\nlines"),
    FieldOutcome(
        field="websites", status=FieldStatus.FAILED, detail="refused", before_is="unknown", after=["https://a"]
    ),
    FieldOutcome(field="picture", status=FieldStatus.APPLIED, before={**PICTURE, "file": ""}, after=PICTURE),
    FieldOutcome(field="webhook", status=FieldStatus.UNKNOWN, detail="lost", before=None, after=WEBHOOK),
    FieldOutcome(field="email", status=FieldStatus.APPLIED, before="a@b.example", after=""),
    FieldOutcome(field="industry", status=FieldStatus.APPLIED, before=[1], after={"odd": "\x1b[31m"}),
    FieldOutcome(field="no such field", status=FieldStatus.APPLIED, before="x", after="y"),
)
OUTCOME = Outcome(target=target(), fields=FIELDS, detail="in two calls")
EVENT = HistoryEvent(
    run="12", commit="0123456789abcdef", started="2026-08-02T12:00:00Z", finished="x", interrupted="", outcome=OUTCOME
)
STAMP = Stamp(at="2026-08-02T13:00:00Z", run="13")
OPEN = FieldRecord(field="about", state=RecordState.UNSETTLED, stamp=STAMP, intent="Newer", tried=STAMP)
SENT_WITHOUT_A_TIME = FieldRecord(field="email", state=RecordState.UNSETTLED, stamp=STAMP, intent="c@d.example")
REPORT = HistoryReport(profile="berlin", events=(EVENT,), open=(OPEN, SENT_WITHOUT_A_TIME))

TEXT = """\
berlin: 1 run wrote to it.

Open: sent, and whether it arrived is not known:
  ? about        2026-08-02T13:00:00Z by run 13
      + "Newer"
  ? email        2026-08-02T13:00:00Z by run 13
      + "c@d.example"

2026-08-02T12:00:00Z by run 12 at commit 0123456789ab: unknown
    in two calls
  ✓ about
      - "Old"
      + "New
      +  lines"
  ✗ websites     failed: refused
      + "https://a"
  ✓ picture
      - a picture, 640 × 480 PNG, 2 KiB
      + pictures/logo.png, 640 × 480 PNG, 2 KiB
  ? webhook      unknown: lost
      + "https://hooks.example/a"
      + verify_token from {env: WEBHOOK_VERIFY}
  ✓ email
      - "a@b.example"
      + (empty)
  ✓ industry
      - (a value that cannot be read)
      + (a value that cannot be read)
  ✓ no such field
      - (a value that cannot be read)
      + (a value that cannot be read)"""


def test_a_past_in_full() -> None:
    assert click.unstyle(history_text(REPORT)) == TEXT


def test_what_was_asked_for_and_not_sent_is_part_of_the_past() -> None:
    report = HistoryReport(
        profile="berlin", asked=(AskedField("about", asked("Wanted", "the gate \x1b clear stopped it")),)
    )
    assert (
        click.unstyle(history_text(report))
        == """\
berlin: 0 runs wrote to it.

Asked for, and not sent:
  · about        2026-08-02T09:30:00Z by run 12 at commit cccccccccccc: the gate ⟨U+001B⟩ clear stopped it
      + "Wanted\""""
    )
    (found,) = history_json(report)["asked"]
    stamp = {"at": "2026-08-02T09:30:00Z", "run": "12", "commit": "c" * 40}
    assert found == {"field": "about", "value": "Wanted", "why": "the gate \x1b clear stopped it", **stamp}


def test_a_past_as_json_says_what_is_open_and_what_was_done() -> None:
    document = json.loads(json.dumps(history_json(REPORT)))
    assert (document["profile"], [one["intent"] for one in document["open"]]) == ("berlin", ["Newer", "c@d.example"])
    (event,) = document["events"]
    assert (event["run"], event["status"], event["fields"][0]["before"]) == ("12", "unknown", "Old")


@pytest.mark.parametrize(
    ("finished", "interrupted", "ending"),
    [
        ("2026-08-02T12:00:09Z", "", ""),
        ("2026-08-02T12:00:09Z", "SIGINT", " (interrupted by SIGINT)"),
        ("", "", " (the run never said that it ended)"),
    ],
)
def test_how_a_run_ended_is_said_where_it_is_worth_a_word(finished: str, interrupted: str, ending: str) -> None:
    record = RunRecord(
        run="12", commit="", started="then", finished=finished, digest="", outcomes=(OUTCOME,), interrupted=interrupted
    )
    assert runs_text(RunsReport(runs=(record,))) == f"then  12: 1 unknown{ending}"
    assert runs_json(RunsReport(runs=(record,)))["runs"][0]["interrupted"] == interrupted


def test_a_run_that_sent_what_its_commit_does_not_hold_says_so() -> None:
    record = RunRecord(run="12", commit="c", started="then", finished="", digest="", outcomes=(OUTCOME,), edited=True)
    why = "with edits that the commit does not hold; the run never said that it ended"
    assert runs_text(RunsReport(runs=(record,))) == f"then  12 at commit c: 1 unknown ({why})"


def test_a_run_that_said_nothing_yet_and_no_run_at_all() -> None:
    record = RunRecord(run="12", commit="", started="then", finished="now", digest="", outcomes=())
    assert runs_text(RunsReport(runs=(record,))) == "then  12: nothing said of any profile"
    assert runs_text(RunsReport(runs=())) == "No run is recorded."


def test_show_in_a_window_of_twenty_columns_breaks_no_word() -> None:
    """Below 110 columns each field is a block of its own, since five columns side by side would be too narrow."""
    plan = planned(change("about", before="Bread", after="Fre\u0455h bread, daily from six"))
    report = ShowReport(
        desired=desired(about="Fre\u0455h bread, daily from six"),
        live=observed(about="Fresh bread, daily from six"),
        entry=None,
        planned=plan,
    )
    lines = uncoloured(show_text(report, width=20)).split("\n")
    begin = lines.index("about: changed in")
    assert lines[begin : begin + 3] == ["about: changed in", "    the files", "    looks alike:"]
    assert '    live:    "Fresh' in lines
    assert "      bread, daily" in lines
