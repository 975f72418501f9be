"""`plan --format html` and `plan.html` in the folder for the next job: the same page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from reconciler.core.basics import USAGE
from tests.support.commands import Run, command_line
from tests.support.fleet import Fleet
from tests.support.webpage import Webpage


@pytest.fixture
def run(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command line in the fleet's folder."""
    return command_line(fleet.root, capsys)


def draw(fleet: Fleet, name: str, colour: str) -> None:
    """Draw a picture's file."""
    file = fleet.root / "profiles" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (640, 640), colour).save(file)


def test_the_page_is_printed_and_is_in_the_folder_for_the_next_job(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    fleet.profile(about="Fresh bread")
    code, out = run("plan", "--format", "html", "--report", str(tmp_path), "--detailed-exitcode")
    assert code == 2
    assert out.startswith("<!doctype html>")
    assert (tmp_path / "plan.html").read_text(encoding="utf-8") == out
    assert "[+Fresh bread+]" in Webpage(out).text
    assert json.loads((tmp_path / "plan.json").read_text())["exit_code"] == 2


def test_the_page_shows_the_picture_that_is_live_beside_the_files(fleet: Fleet, run: Run) -> None:
    draw(fleet, "pictures/old.png", "#d02020")
    draw(fleet, "pictures/new.png", "#2020d0")
    fleet.profile(about="Fresh bread", picture="pictures/old.png")
    assert run("apply", "-y", "--allow", "first-contact")[0] == 0
    fleet.profile(about="Fresh bread", picture="pictures/new.png")
    _, out = run("plan", "--format", "html")
    assert out.count("data:image/png;base64,") + out.count("data:image/jpeg;base64,") == 2
    assert 'class="face p0 old"' in out
    assert 'class="face p1 new"' in out


def test_a_plan_that_was_stopped_prints_no_page_and_leaves_none(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    fleet.profile(about="x" * 140)
    code, out = run("plan", "--format", "html", "--report", str(tmp_path))
    assert (code, out) == (1, "")
    assert not (tmp_path / "plan.html").exists()
    assert (tmp_path / "page.json").exists()


def test_in_a_workflow_the_page_is_printed_as_it_is(fleet: Fleet, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner reads commands from a log, so other results are printed behind bars; a page holds no command."""
    fleet.profile(about="##[error]no ::error::no")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    _, out = run("plan", "--format", "html")
    assert out.startswith("<!doctype html>")
    assert "##[" not in out


@pytest.mark.parametrize("command", ["validate", "apply", "drift"])
def test_only_a_plan_is_a_page(fleet: Fleet, run: Run, command: str) -> None:
    fleet.profile(about="Fresh bread")
    assert run(command, "--format", "html") == (USAGE, "")


def test_what_is_owed_has_no_page_for_nothing_live_is_read(fleet: Fleet, run: Run) -> None:
    fleet.profile(about="Fresh bread")
    assert run("plan", "--owed", "--base", "HEAD", "--format", "html") == (USAGE, "")
