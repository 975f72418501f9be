"""A run's record comes back from its file, or the file says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import InvalidInput
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.memory.stored import record_to_json
from reconciler.effects.files.writing import LARGEST_RECORD, read_record
from tests.support import change, target

RECORD = RunRecord(
    run="12",
    commit="",
    started="2026-08-02T12:00:00Z",
    finished="2026-08-02T12:00:09Z",
    digest="d" * 64,
    outcomes=(Outcome(target=target(), fields=(FieldOutcome.of(change(), FieldStatus.APPLIED),)),),
)


def refused(path: Path) -> str:
    with pytest.raises(InvalidInput) as problem:
        read_record(str(path))
    (found,) = problem.value.diagnostics
    assert (found.code, found.location.file) == ("record", str(path))
    assert found.hint == "name the file that `apply --record FILE` wrote, or a run that `reconciler history` lists"
    return found.summary


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(record_to_json(RECORD)), encoding="utf-8")
    assert read_record(str(path)) == RECORD


def changed(**more: Any) -> bytes:
    return json.dumps({**record_to_json(RECORD), **more}).encode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "it is not JSON"),
        (b'{"run": 1, "run": 2}', "the key 'run' stands twice in one place"),
        (b"[]", "it is no JSON object, and a record is one"),
        (b"{}", "it is not the record of a run"),
        (changed(run=7), "it is not the record of a run: run: Input should be a valid string"),
        (changed(format_version="9.0"), "it is a record of format '9.0', and this version of the tool knows 1.0"),
        (changed(outcomes=[{}]), "it is not the record of a run: an outcome cannot be read"),
        (changed(outcomes=[7]), "it is not the record of a run: an outcome cannot be read"),
    ],
)
def test_what_is_no_record_says_why(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    assert refused(path) == told


def test_a_file_that_is_not_there_or_is_a_folder_is_said(tmp_path: Path) -> None:
    assert refused(tmp_path / "run.json") == "it cannot be read: No such file or directory"
    assert refused(tmp_path) == "it cannot be read: Is a directory"


def test_no_more_is_read_than_a_record_may_have(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_RECORD + 2)
    assert refused(path) == "it is larger than 128 MiB, and no record is"
