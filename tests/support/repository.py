"""A real git repository in a folder, without a user's settings, and the command line run on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import main
from tests.support.fleet import Fleet

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "Test" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "test@example.org" for who in ("AUTHOR", "COMMITTER")},
}

# How a program in place of git begins: the clone is found by git itself, and the rest is the test's.
STAND_IN = f'#!/bin/sh\ncase "$*" in *--absolute-git-dir) exec {shutil.which("git")} "$@" ;; esac\n'


@dataclass(frozen=True)
class Git:
    """The repository at `root`."""

    root: Path

    def __call__(self, *words: str) -> str:
        """Run git there, and return what it says."""
        environ = {"PATH": os.environ["PATH"], **ENVIRONMENT}
        command = ["git", "-C", str(self.root), *words]
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str = "A change") -> str:
        """Commit everything that is there, and return the commit's full name."""
        if not (self.root / ".git").exists():
            self("init", "-q", "-b", "main")
            (self.root / ".git" / "info" / "exclude").write_text(".reconciler/\n")
        self("add", "--all")
        self("commit", "-q", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD")


@dataclass(frozen=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The result as JSON."""
        return json.loads(self.out)

    @property
    def last(self) -> str:
        """The last line of the result."""
        return self.out.splitlines()[-1]

    @property
    def codes(self) -> list[str]:
        """What is said, by code."""
        return [problem["code"] for problem in self.json["diagnostics"]]

    @property
    def found(self) -> dict[str, str]:
        """Every managed field, and what is said of it: its change's origin, or why it is none."""
        targets = self.json["targets"]
        changes = {f"{t['profile']}.{c['field']}": c["origin"] for t in targets for c in t["changes"]}
        return changes | {f"{t['profile']}.{u['field']}": u["reason"] for t in targets for u in t["unchanged"]}


@dataclass(frozen=True)
class Shop:
    """A repository under git, its sandbox, and the command line run on it in this process."""

    fleet: Fleet
    capsys: pytest.CaptureFixture[str]

    @property
    def git(self) -> Git:
        """The repository's git."""
        return Git(self.fleet.root)

    def run(self, *arguments: str) -> Ran:
        """Run the command line."""
        self.capsys.readouterr()
        code = main(["-C", str(self.fleet.root), *arguments])
        captured = self.capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    def plan(self, base: str = "HEAD", *more: str) -> Ran:
        """Plan against a revision, and return the document."""
        return self.run("plan", "--base", base, "--json", *more)

    def apply(self, *more: str) -> Ran:
        """Apply, saying yes to everything that can be asked."""
        allowed = ("webhook", "clear", "bulk", "first-contact")
        return self.run("apply", "-y", *(word for rule in allowed for word in ("--allow", rule)), *more)
