"""The action's last step: what the program is called with, and that it is the program that gets a signal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tests.workflows.documents import ACTION, read

STEP: dict[str, Any] = read(ACTION)["runs"]["steps"][-1]
PROGRAM = """\
#!{python}
import os, sys
print(os.getpid(), *sys.argv[1:], sep="\\n")
sys.exit(5)
"""


def run(folder: Path, **inputs: str) -> tuple[subprocess.Popen[str], list[str]]:
    """Run the step as the runner does, with a program that says its process and its words; empty what is not given."""
    program = folder / "program"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    (folder / "python").symlink_to(sys.executable)
    environ = dict.fromkeys(STEP["env"], "") | {"DIRECTORY": "repository", "PROGRAM": str(program)}
    runner = {"PATH": "/usr/bin:/bin", "GITHUB_OUTPUT": "outputs", "GITHUB_STEP_SUMMARY": "summary"}
    script = folder / "script.sh"
    script.write_text(STEP["run"])
    process = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        env=environ | runner | inputs,
        stdout=subprocess.PIPE,
        text=True,
    )
    said, _ = process.communicate()
    return process, said.splitlines()


def test_the_program_takes_the_shells_place_and_its_exit_code(tmp_path: Path) -> None:
    process, (own, *_) = run(tmp_path, COMMAND="plan")
    assert own == str(process.pid)
    assert process.returncode == 5


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"COMMAND": "plan"}, ["plan"]),
        ({"COMMAND": "github comment", "DIRECTORY": "."}, ["github", "comment"]),
        ({"COMMAND": "apply", "PLAN": "reviewed/plan.json"}, ["apply", "--", "reviewed/plan.json"]),
        ({"COMMAND": "apply", "PLAN": "--allow bulk"}, ["apply", "--", "--allow bulk"]),
        ({"COMMAND": "plan; touch '$(touch x)' *"}, ["plan;", "touch", "'$(touch", "x)'", "*"]),
    ],
)
def test_words_are_words_and_no_shell(tmp_path: Path, inputs: dict[str, str], words: list[str]) -> None:
    _, (_, *said) = run(tmp_path, **inputs)
    assert said == ["-C", inputs.get("DIRECTORY", "repository"), *words]


@click.command
@click.option("--flag", is_flag=True, envvar="RECONCILER_FLAG")
@click.option("--allow", multiple=True, envvar="RECONCILER_ALLOW")
@click.option("--base", envvar="RECONCILER_BASE")
@click.option("--pull", type=int, envvar="RECONCILER_PULL")
def _echo(**given: object) -> None:
    click.echo(repr([given[name] for name in ("flag", "allow", "base", "pull")]))


@pytest.mark.parametrize(
    ("flag", "allow", "expected"),
    [
        ("", "", [False, ()]),
        ("false", " ", [False, ()]),
        ("true", "a b", [True, ("a", "b")]),
    ],
)
def test_an_empty_input_is_as_if_it_were_not_given(flag: str, allow: str, expected: list[object]) -> None:
    """What the action rests on: how click reads the variables that every input is handed over in."""
    environ = {"RECONCILER_FLAG": flag, "RECONCILER_ALLOW": allow, "RECONCILER_BASE": "", "RECONCILER_PULL": ""}
    assert CliRunner().invoke(_echo, env=environ).output == f"{[*expected, None, None]!r}\n"
