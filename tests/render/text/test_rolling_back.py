"""What `rollback` put back, as people read it."""

from __future__ import annotations

from typing import Any

import click

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.authoring.rolling_back import RollbackReport
from reconciler.render.text.history import rollback_json, rollback_text

WRITTEN = (
    Authored(profile="berlin", file="profiles/berlin.yaml", field="about", detail="overrides profiles/a.yaml:4"),
)
LEFT = (
    LeftOut(profile="berlin", file="profiles/berlin.yaml", field="email", reason="it was changed since"),
    LeftOut(profile="ulm \u202e", file="", field="about", reason="no profile is applied to its number any more"),
)


def text_of(**more: Any) -> list[str]:
    report = RollbackReport(run="12", started="2026-08-02T12:00:00Z", **more)
    return click.unstyle(rollback_text(report)).splitlines()


def test_what_was_put_back_and_what_was_not_stand_file_by_file() -> None:
    assert text_of(written=WRITTEN, left=LEFT, already=2) == [
        "Put back: the files say again what was there before:",
        "  profiles/berlin.yaml",
        "    ✓ about        overrides profiles/a.yaml:4",
        "Not put back:",
        "  profiles/berlin.yaml",
        "    · email        it was changed since",
        "  ulm ⟨U+202E⟩",
        "    · about        no profile is applied to its number any more",
        "Rollback of run 12 of 2026-08-02T12:00:00Z: 1 field in 1 file put back, 2 not; 2 fields as before already.",
        "Nothing was sent. Review it like any edit: `git diff`, `reconciler plan`, then `reconciler apply`.",
    ]


def test_where_nothing_was_put_back_it_says_why() -> None:
    head = "Rollback of run 12 of 2026-08-02T12:00:00Z: nothing put back"
    assert text_of() == [f"{head}; it sent nothing."]
    assert text_of(already=1) == [f"{head}; 1 field as before already."]
    assert text_of(left=LEFT[:1])[-1] == f"{head}, 1 not."


def test_the_document_says_the_same() -> None:
    report = RollbackReport(run="12", started="2026-08-02T12:00:00Z", written=WRITTEN, left=LEFT[:1], already=1)
    assert rollback_json(report) == {
        "format_version": "2.0",
        "run": "12",
        "started": "2026-08-02T12:00:00Z",
        "written": [
            {
                "profile": "berlin",
                "file": "profiles/berlin.yaml",
                "field": "about",
                "detail": "overrides profiles/a.yaml:4",
            }
        ],
        "not_written": [
            {
                "profile": "berlin",
                "file": "profiles/berlin.yaml",
                "field": "email",
                "reason": "it was changed since",
                "failed": False,
            }
        ],
        "already": 1,
        "reasons": ["incomplete"],
        "exit_code": 6,
    }
