"""A plan file is read as far as a plan can be long, and what cannot be read is said with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.basics import InvalidInput
from reconciler.core.planning.plan import Plan
from reconciler.core.safety.approval import LARGEST_PLAN
from reconciler.effects.files.writing import read_plan
from tests.support import change, planned
from tests.support.documents import document


def refused(path: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidInput) as problem:
        read_plan(str(path))
    return [(one.location.file, one.code, one.summary) for one in problem.value.diagnostics]


def test_what_plan_wrote_is_read(tmp_path: Path) -> None:
    plan = Plan(targets=(planned(change()),))
    path = tmp_path / "plan.json"
    path.write_text(document(plan) + "\n")
    assert read_plan(str(path)).plan.digest == plan.digest


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    assert refused(path) == [(str(path), "plan-unreadable", "it cannot be read: No such file or directory")]
    assert refused(tmp_path) == [(str(tmp_path), "plan-unreadable", "it cannot be read: Is a directory")]


def test_a_file_without_an_end_is_read_only_so_far(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with path.open("wb") as file:
        file.truncate(100 * LARGEST_PLAN)
    assert refused(path) == [(str(path), "plan-document", "it is larger than 128 MiB, and no plan is")]
