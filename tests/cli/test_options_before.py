"""Options before the command: `-v`, `-q` and `--json` mean there what they mean behind it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from reconciler.cli import main
from tests.support.fleet import Fleet

Said = Callable[..., str]
LOUD = "retries may be spent on this run"


@pytest.fixture
def said(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    """Return what runs one command line at a terminal, and says what went to stderr."""
    fleet.profile(about="Fresh bread")
    monkeypatch.setenv("TERM", "xterm")

    def run(*words: str) -> str:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        assert main(["-C", str(fleet.root), *words]) == 0
        return capsys.readouterr().err

    return run


def kind(err: str) -> str:
    """Return how much was told: nothing, only the count of what was read, or also what is being done."""
    return "loud" if LOUD in err else "count" if err else "quiet"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("plan", "count"),
        ("plan -v", "loud"),
        ("-v plan", "loud"),
        ("--verbose plan", "loud"),
        ("plan -q", "quiet"),
        ("-q plan", "quiet"),
        ("-v plan -v", "loud"),
        # What stands behind the command is the nearer word; in one place, quiet wins.
        ("-v plan -q", "quiet"),
        ("-q plan -v", "loud"),
        ("-q -v plan", "quiet"),
        ("plan -v -q", "quiet"),
    ],
)
def test_how_much_is_told(said: Said, words: str, told: str) -> None:
    assert kind(said(*words.split())) == told


@pytest.mark.parametrize(("words", "told"), [("plan", "quiet"), ("-v plan", "loud"), ("plan -v", "loud")])
def test_what_is_typed_counts_before_what_the_environment_says(
    said: Said, monkeypatch: pytest.MonkeyPatch, words: str, told: str
) -> None:
    monkeypatch.setenv("RECONCILER_QUIET", "true")
    assert kind(said(*words.split())) == told


def test_json_is_asked_for_before_the_command_too(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.profile(about="Fresh bread")
    folder = ("-C", str(fleet.root))
    assert main([*folder, "--json", "plan"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["summary"]["will_be_sent"] == 1
    assert main([*folder, "--json", "plan", "--format", "text"]) == 0
    assert capsys.readouterr().out.endswith("1 change in 1 profile will be sent\n")


def test_a_group_hands_it_on_to_its_commands(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """`github` stands between the program and its command."""
    missing = ("github", "comment", "--page", "none.json", "--pull", "1")
    code = main(["-C", str(fleet.root), "--json", *missing])
    assert json.loads(capsys.readouterr().out)["exit_code"] == code != 0
