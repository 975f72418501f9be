"""The action's last step: what the program is called with, and that it is the program that gets a signal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from reconciler.effects.world import Context
from reconciler.forge.runs.context import of_folder
from tests.support.repository import Git
from tests.workflows.documents import ACTION, read

STEP: dict[str, Any] = read(ACTION)["runs"]["steps"][-1]
PROGRAM = """\
#!{python}
import os, sys
print(os.getpid(), *sys.argv[1:], sep="\\n")
names = "RECONCILER_ALLOW_ENDPOINT", "HTTPS_PROXY"
print(*(f"{{name}}={{os.environ[name]}}" for name in names if name in os.environ))
sys.exit(5)
"""


def run(folder: Path, **inputs: str) -> tuple[subprocess.Popen[str], list[str]]:
    """Run the step as the runner does, with a program that says its process and its words; empty what is not given."""
    program = folder / "program"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    (folder / "python").symlink_to(sys.executable)
    environ = dict.fromkeys(STEP["env"], "") | {"CHECKOUT": ".", "DIRECTORY": ".", "PROGRAM": str(program)}
    runner = {"PATH": "/usr/bin:/bin", "GITHUB_OUTPUT": str(folder / "outputs"), "GITHUB_STEP_SUMMARY": "summary"}
    runner["GITHUB_ACTION_PATH"] = str(ACTION.parent)
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
        ({"COMMAND": "github comment"}, ["github", "comment"]),
        ({"COMMAND": "apply", "PLAN": "reviewed/plan.json"}, ["apply", "--", "reviewed/plan.json"]),
        ({"COMMAND": "apply", "PLAN": "--allow bulk"}, ["apply", "--", "--allow bulk"]),
        ({"COMMAND": "plan; touch '$(touch x)' *"}, ["plan;", "touch", "'$(touch", "x)'", "*"]),
        ({"COMMAND": "apply", "ARGS": " --max 50\n--account a "}, ["apply", "--max", "50", "--account", "a"]),
        ({"COMMAND": "apply", "ARGS": "$(touch x) *", "PLAN": "p"}, ["apply", "$(touch", "x)", "*", "--", "p"]),
    ],
)
def test_words_are_words_and_no_shell(tmp_path: Path, inputs: dict[str, str], words: list[str]) -> None:
    _, (_, *said, _) = run(tmp_path, **inputs)
    assert said == ["-C", ".", *words]


@pytest.mark.parametrize(
    ("checkout", "directory", "folder", "suffix"),
    [
        (".", ".", ".", ""),
        ("repository", ".", "repository", ""),
        ("repository", "./", "repository", ""),
        ("repository", "staging", "repository/staging", "-staging"),
        ("repository", "./teams/de/", "repository/teams/de", "-teams-de"),
        ("repository", "Läden (1)", "repository/Läden (1)", "-L--den--1-"),
    ],
)
def test_the_folder_is_that_of_the_checkout_and_its_artifacts_have_its_name(
    tmp_path: Path, checkout: str, directory: str, folder: str, suffix: str
) -> None:
    _, said = run(tmp_path, COMMAND="plan", CHECKOUT=checkout, DIRECTORY=directory)
    assert said[1:3] == ["-C", folder]
    assert (tmp_path / "outputs").read_text() == f"folder={folder}\nsuffix={suffix}\n"
    # The program calls the plan's artifact the same.
    root = tmp_path / directory
    root.mkdir(parents=True, exist_ok=True)
    Git(tmp_path)("init", "-q")
    assert of_folder("reconciler-plan", Context(root, environ={})) == f"reconciler-plan{suffix}"


@pytest.mark.parametrize("nested", [True, False], ids=["several artifacts", "one artifact"])
def test_what_the_shards_left_is_merged_in_place_of_a_run(tmp_path: Path, *, nested: bool) -> None:
    names = [f"shards/{part}/drift.json" if nested else "shards/drift.json" for part in ("a b", "c")]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "shards" / "plan.json").touch()
    _, (_, *said) = run(tmp_path, COMMAND="drift", MERGE=str(tmp_path / "shards"))
    assert said[2:-1] == ["drift", "--", "merge", *dict.fromkeys(str(tmp_path / name) for name in names)]


def test_variables_reach_the_program(tmp_path: Path) -> None:
    given = "RECONCILER_ALLOW_ENDPOINT=http://127.0.0.1:8080 https://a=b\n\n  HTTPS_PROXY=http://proxy:3128  \n"
    process, (*_, said) = run(tmp_path, COMMAND="plan", VARIABLES=given)
    assert process.returncode == 5
    assert said == "RECONCILER_ALLOW_ENDPOINT=http://127.0.0.1:8080 https://a=b HTTPS_PROXY=http://proxy:3128"


@pytest.mark.parametrize(
    "line", ["PATH=/evil", "LD_PRELOAD=x", "GIT_SSH_COMMAND=x", "RECONCILER_A", "RECONCILER_a=x", "=x"]
)
def test_a_variable_of_another_name_is_refused_and_its_value_not_shown(tmp_path: Path, line: str) -> None:
    process, said = run(tmp_path, COMMAND="plan", VARIABLES=f"RECONCILER_X=1\n{line}-value")
    assert process.returncode == 64
    assert len(said) == 1
    assert said[0].startswith("::error title=reconciler::variables has a line that begins with")
    assert "value" not in said[0]


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
