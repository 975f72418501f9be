"""`demo`: its commands are real, and a shell that types them sees the same."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from reconciler import cli
from reconciler.cli import main
from reconciler.core.authoring.example_fleet import DEMO_STEPS

# For programs, and for people: the demo and what is typed after it may lie on two sides of a minute.
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z|[0-9]{1,2} [A-Z][a-z]+ [0-9]{4}, [0-9]{2}:[0-9]{2} UTC")


def test_each_command_that_is_typed_prints_what_the_demo_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo ends with how to type them: after `init --sandbox`."""
    assert main(["demo", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["steps"]
    assert main(["-C", str(tmp_path), "init", "--sandbox"]) == 0
    capsys.readouterr()
    for one, step in zip(shown, DEMO_STEPS, strict=True):
        program, *words = shlex.split(one["command"])
        assert (program, one["said"], one["exit_code"]) == ("reconciler", step.said, 0)
        assert main(["-C", str(tmp_path), *words]) == 0
        assert TIME.sub("", capsys.readouterr().out) == TIME.sub("", one["output"])


def test_it_tells_the_whole_loop(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    told = capsys.readouterr().out
    *_, folder = re.findall(r"^\$ cd (.+)$", told, re.MULTILINE)
    assert not Path(folder).exists()
    assert re.findall(r"^\$ reconciler (.+)$", told, re.MULTILINE) == [shlex.join(step.words) for step in DEMO_STEPS]
    ends = [line for line in told.splitlines() if line.startswith(("Nothing to do", "Adopted: 1"))]
    assert ends == ["Nothing to do: 3 in sync.", "Adopted: 1 field in 1 file.", "Nothing to do: 3 in sync."]


def test_quiet_prints_the_commands_and_their_output_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The environment's settings change nothing of it, and are there again in the end."""
    monkeypatch.setenv("RECONCILER_LEDGER", "git")
    assert main(["demo", "-q"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("\n$ reconciler plan\n")
    assert [step.said for step in DEMO_STEPS if step.said in told] == []
    assert os.environ["RECONCILER_LEDGER"] == "git"


def test_kept_files_can_be_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "new" / "fleet"
    assert main(["demo", "--keep", str(kept)]) == 0
    assert f"The files are in {kept}." in capsys.readouterr().out
    assert "every day from five." in (kept / "profiles" / "berlin.yaml").read_text()
    assert (kept / "schemas" / "profile.meta.schema.json").is_file()
    assert main(["-C", str(kept), "plan", "--detailed-exitcode"]) == 0
    assert main(["-C", str(kept), "validate"]) == 0


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("mine")
    assert main(["demo", "--keep", str(tmp_path)]) == 1
    assert "is not empty, and the demo overwrites nothing; name a new folder" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
    assert main(["demo", "--keep", str(tmp_path / "mine")]) == 1
    assert "cannot be used for the demo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "kept", "said"),
    [
        (130, False, "\nStopped. The files are gone.\n"),
        (6, True, "\nThe demo ends here: the command ended with 6. The files are in {folder}.\n"),
    ],
)
def test_the_demo_ends_with_the_command_that_was_stopped(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: int,
    said: str,
    *,
    kept: bool,
) -> None:
    monkeypatch.setattr(cli, "main", lambda words: code)
    assert main(["demo", *(("--keep", str(tmp_path)) if kept else ())]) == code
    told = capsys.readouterr()
    assert told.out.count("$ reconciler") == 1
    assert "reconciler init" not in told.out
    assert told.err == said.format(folder=tmp_path)


def test_a_person_who_stops_it_between_two_commands_is_told_where_the_files_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", stopped)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "\nStopped. The files are gone.\n"
