"""The command line, run in this process on a repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli import main

Run = Callable[..., tuple[int, str]]


def command_line(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command line in `root`, and returns how it ended and what it printed as its result."""

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["-C", str(root), *arguments])
        return code, capsys.readouterr().out

    return run
