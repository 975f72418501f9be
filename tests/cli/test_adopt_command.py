"""`reconciler drift --adopt` as people call it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.cli import main
from tests.support.fleet import Fleet


@pytest.fixture
def drifted(fleet: Fleet) -> str:
    """A profile that somebody edited elsewhere; its file has a comment."""
    address = fleet.profile(about="Fresh bread")
    path = fleet.root / "profiles" / "berlin.yaml"
    path.write_text("# The first shop.\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    fleet.apply()
    fleet.edit(address, about="Fresh rolls")
    return path.read_text(encoding="utf-8")


def drift(fleet: Fleet, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = main(["-C", str(fleet.root), "drift", *more])
    return code, capsys.readouterr().out


def test_what_moved_is_in_the_file_and_the_drift_is_said_once_more(
    fleet: Fleet, drifted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = drift(fleet, capsys, "--adopt", "--detailed-exitcode")
    assert code == 2
    assert "Adopted: 1 field in 1 file.\n" in out
    after = (fleet.root / "profiles" / "berlin.yaml").read_text(encoding="utf-8")
    assert after == drifted.replace('"Fresh bread"', '"Fresh rolls"')
    assert drift(fleet, capsys, "--detailed-exitcode") == (0, "Drift: none in 1 profile.\n")


@pytest.mark.parametrize("asked", [True, False])
def test_the_document_says_what_was_written(
    fleet: Fleet, drifted: str, capsys: pytest.CaptureFixture[str], asked: bool
) -> None:
    code, out = drift(fleet, capsys, "--json", *(["--adopt"] if asked else []))
    document: Any = json.loads(out)
    assert code == 0
    assert [one["field"] for one in document["adopted"]] == (["about"] if asked else [])
    after = (fleet.root / "profiles" / "berlin.yaml").read_text(encoding="utf-8")
    assert (after != drifted) == asked


def test_a_difference_that_cannot_be_taken_ends_with_6(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """A text that is gone elsewhere cannot be written: no file can say that about is empty."""
    address = fleet.profile(about="Fresh bread", address="Weg 1")
    fleet.apply()
    fleet.edit(address, about=None, address="Weg 2")
    code, out = drift(fleet, capsys, "--adopt")
    assert (code, "Adopted: 1 field in 1 file, 1 not adopted.\n" in out) == (6, True)
