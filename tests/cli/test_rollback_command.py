"""`reconciler rollback` as people call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.support.fleet import Fleet


def ran(fleet: Fleet, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["-C", str(fleet.root), *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_record_of_an_apply_is_rolled_back(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    record = str(tmp_path / "run.json")
    fleet.profile(about="Fresh bread")
    ran(fleet, capsys, "apply", "-y")
    fleet.profile(about="Fresh rolls")
    ran(fleet, capsys, "apply", "-y", "--record", record)
    code, out, _ = ran(fleet, capsys, "rollback", record)
    assert (code, "1 field in 1 file put back.\n" in out) == (0, True)
    assert '"Fresh bread"' in (fleet.root / "profiles" / "berlin.yaml").read_text(encoding="utf-8")
    run = json.loads(Path(record).read_text(encoding="utf-8"))["run"]
    code, out, _ = ran(fleet, capsys, "rollback", run, "--json")
    assert (code, json.loads(out)["already"]) == (0, 1)
    assert ran(fleet, capsys, "plan", "--detailed-exitcode")[0] == 2


def test_a_record_that_is_none_ends_with_1_and_says_what_to_do(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fleet.profile(about="Fresh bread")
    path = tmp_path / "plan.json"
    path.write_text("{}", encoding="utf-8")
    code, out, err = ran(fleet, capsys, "rollback", str(path))
    assert (code, out) == (1, "")
    assert "error: it is not the record of a run [record]\n    name the file that `apply --record FILE` wrote" in err
    assert ran(fleet, capsys, "rollback")[0] == 64
