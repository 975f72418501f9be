"""Colours: --color before what the environment says, and that before whether a terminal is there."""

from __future__ import annotations

import sys

import click
import pytest

from reconciler.cli import main
from reconciler.cli.streams import is_coloured
from tests.support.fleet import Fleet

GREEN = "\x1b["


@pytest.fixture
def shop(fleet: Fleet) -> Fleet:
    """A repository with one change."""
    fleet.profile(about="Fresh bread")
    return fleet


@pytest.mark.parametrize(
    ("environ", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": ""}, False, False),
        ({"FORCE_COLOR": "0"}, True, True),
        # The wish for less wins.
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"GITHUB_ACTIONS": "true", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_without_the_option_the_environment_decides_and_then_the_terminal(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], *, terminal: bool, coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert is_coloured(sys.stdout) is coloured


@pytest.mark.parametrize(
    ("words", "environ", "coloured"),
    [
        ("plan", {}, False),
        ("plan --color always", {}, True),
        ("--color always plan", {}, True),
        ("plan --color auto", {}, False),
        ("plan --color auto", {"FORCE_COLOR": "1"}, True),
        ("plan --color never", {"FORCE_COLOR": "1"}, False),
        ("plan --color always", {"NO_COLOR": "1"}, True),
        ("plan", {"RECONCILER_COLOR": "always"}, True),
        # What is typed counts before the environment, and what stands behind the command before the rest.
        ("--color never plan", {"RECONCILER_COLOR": "always"}, False),
        ("--color never plan --color always", {}, True),
        ("plan --color always", {"GITHUB_ACTIONS": "true"}, False),
        ("plan --color always --json", {}, False),
        ("plan --color always --format markdown", {}, False),
    ],
)
def test_the_option_counts_before_the_environment(
    shop: Fleet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    environ: dict[str, str],
    *,
    coloured: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(["-C", str(shop.root), *words.split()]) == 0
    out = capsys.readouterr().out
    assert "Fresh bread" in click.unstyle(out)
    assert (GREEN in out) is coloured


def test_an_error_of_a_command_is_coloured_too(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(fleet.root), "plan", "vienna", "--color", "always"]) == 1
    assert GREEN in capsys.readouterr().err


def test_another_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--color", "sometimes"]) == 64
    assert "'auto', 'always', 'never'" in capsys.readouterr().err
