"""What `drift --adopt` wrote, as people read it."""

from __future__ import annotations

from typing import Any

import click

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.planning.plan import Plan
from reconciler.core.reports.command_reports import DriftReport
from reconciler.render.json import drift_json
from reconciler.render.text.drift import adopting_json, adopting_text, drift_text

WRITTEN = (
    Authored(
        profile="berlin", file="profiles/berlin.yaml", field="about", detail="overrides profiles/templates/a.yaml:4"
    ),
    Authored(profile="berlin", file="profiles/berlin.yaml", field="picture", detail="saved as pictures/berlin.jpg"),
    Authored(profile="munich", file="profiles/munich.yaml", field="address"),
)
LEFT = (
    LeftOut(profile="berlin", file="profiles/berlin.yaml", field="webhook", reason="a webhook is never adopted"),
    LeftOut(profile="ulm", file="profiles/ulm.yaml", field="about", reason="it cannot be \u202e written", failed=True),
)


def text_of(**more: Any) -> str:
    return click.unstyle(adopting_text(DriftReport(plan=Plan(targets=()), **more)))


def test_what_was_written_and_what_was_not_stand_file_by_file() -> None:
    assert text_of(adopted=WRITTEN, not_adopted=LEFT).splitlines() == [
        "Adopted: the files now say what is live:",
        "  profiles/berlin.yaml",
        "    ✓ about        overrides profiles/templates/a.yaml:4",
        "    ✓ picture      saved as pictures/berlin.jpg",
        "  profiles/munich.yaml",
        "    ✓ address",
        "Not adopted:",
        "  profiles/berlin.yaml",
        "    · webhook      a webhook is never adopted",
        "  profiles/ulm.yaml",
        "    ✗ about        it cannot be ⟨U+202E⟩ written",
        "Adopted: 3 fields in 2 files, 2 not adopted.",
        "Review it like any edit: `git diff`, then `reconciler plan`, which no longer calls it drift.",
    ]


def test_where_nothing_was_written_there_is_nothing_to_review() -> None:
    assert text_of(not_adopted=LEFT[:1]).splitlines() == [
        "Not adopted:",
        "  profiles/berlin.yaml",
        "    · webhook      a webhook is never adopted",
        "Adopted: nothing, 1 not adopted.",
    ]
    assert text_of(adopted=WRITTEN[2:]).splitlines()[-2] == "Adopted: 1 field in 1 file."


def test_nobody_who_did_not_ask_reads_of_it() -> None:
    report = DriftReport(plan=Plan(targets=()))
    assert adopting_text(report) == ""
    assert "dopted" not in drift_text(report)
    assert adopting_json(report) == {"adopted": [], "not_adopted": [], "accepted": []}


def test_the_document_says_the_same() -> None:
    report = DriftReport(plan=Plan(targets=()), adopted=WRITTEN[:1], not_adopted=LEFT[:1])
    assert drift_json(report)["adopted"] == [
        {
            "profile": "berlin",
            "file": "profiles/berlin.yaml",
            "field": "about",
            "detail": "overrides profiles/templates/a.yaml:4",
        }
    ]
    assert drift_json(report)["not_adopted"][0]["reason"] == "a webhook is never adopted"
    assert adopting_text(report) in drift_text(report)
