"""`drift --metrics FILE`: the file is there after every look, whole, and remembers the last success."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.support.commands import Run, command_line
from tests.support.fleet import Fleet
from tests.support.metrics import numbers

SUCCESS = "last_success_timestamp_seconds"


@pytest.fixture
def run(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command line in the fleet's folder."""
    return command_line(fleet.root, capsys)


def test_drift_is_counted_and_is_a_success(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    address, file = fleet.profile(about="Fresh bread", email="shop@bakery.example"), tmp_path / "wa.prom"
    fleet.apply()
    fleet.edit(address, about="Fresh rolls", email="other@bakery.example")
    run("drift", "--metrics", str(file), "--detailed-exitcode")
    found = numbers(file.read_text())
    assert (found["differences"], found["unreadable"], found["exit_code"]) == (2, 0, 2)
    assert found[SUCCESS] == found["last_look_timestamp_seconds"] > 0
    assert found["duration_seconds"] >= 0


def test_a_look_that_is_stopped_keeps_the_last_success(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    file = tmp_path / "wa.prom"
    file.write_text(f"reconciler_drift_{SUCCESS} 1796100000\n")
    (fleet.root / "profiles" / "berlin.yaml").write_text("account: nothing\n")
    code, _ = run("drift", "--metrics", str(file))
    found = numbers(file.read_text())
    assert (code, found["exit_code"], found[SUCCESS]) == (1, 1, 1_796_100_000)
    assert "differences" not in found


def test_a_crash_leaves_a_file_too(fleet: Fleet, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.profile(about="Fresh bread")
    monkeypatch.setattr("reconciler.pipeline.drift.without_skipped", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("drift", "--metrics", str(tmp_path / "wa.prom"))
    assert numbers((tmp_path / "wa.prom").read_text())["exit_code"] == 1


def test_the_file_is_replaced_as_a_whole_and_keeps_its_mode(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    """A reader that has the old file open keeps all of it."""
    fleet.profile(about="Fresh bread")
    file = tmp_path / "wa.prom"
    run("drift", "--metrics", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o644 & ~_umask()
    file.chmod(0o600)
    with file.open() as reader:
        first = reader.read()
        reader.seek(0)
        run("drift", "--metrics", str(file))
        assert reader.read() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_is_not_replaced(
    fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    fleet.profile(about="Fresh bread")
    file = tmp_path / "wa.prom"
    file.symlink_to("elsewhere") if kind == "link" else os.mkfifo(file)
    before = file.lstat()
    assert main(["-C", str(fleet.root), "drift", "--metrics", str(file)]) == 1
    assert f"{file} cannot be written: " in capsys.readouterr().err
    assert file.lstat().st_ino == before.st_ino
