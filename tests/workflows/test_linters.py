"""What others' tools say of the workflows: schemas, security, shell."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.authoring.callers import caller_files
from tests.workflows.documents import ACTION, GITHUB, ROOT, WORKFLOWS, jobs, read
from tests.workflows.hosted import CALLERS

# What GitHub's runner sets, as far as a script here reads it.
RUNNER = ("GITHUB_ACTION_PATH", "GITHUB_OUTPUT", "GITHUB_REF_NAME", "GITHUB_SHA", "GITHUB_STEP_SUMMARY", "RUNNER_TEMP")
INSTALL = ACTION.parent / "install"
SCHEMAS = {
    "github-workflows": list(WORKFLOWS.values()),
    "github-actions": [ACTION],
    "dependabot": [GITHUB / "dependabot.yml"],
    "github-issue-forms": [GITHUB / "ISSUE_TEMPLATE" / name for name in ("bug.yml", "provider.yml")],
    "github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
}
# Every shell step, with the variables that its environment declares.
STEPS = [*read(ACTION)["runs"]["steps"], *(step for job in jobs() for step in job.steps)]
SHELL = {step["name"]: step for step in STEPS if "run" in step}


def tool(name: str, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program of this environment."""
    program = Path(sys.executable).parent / name
    return subprocess.run([program, *words], input=given, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_file_is_what_github_reads(schema: str) -> None:
    ran = tool("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, SCHEMAS[schema]))
    assert ran.returncode == 0, ran.stdout


def test_nothing_that_a_security_linter_knows_is_wrong() -> None:
    """Pedantic: what is left is ignored in its line, with the reason beside it."""
    ran = tool("zizmor", "--offline", "--no-config", "--persona=pedantic", "--no-progress", ".github")
    assert ran.returncode == 0, ran.stdout
    assert "No findings to report" in ran.stdout


def test_nothing_that_a_security_linter_knows_is_wrong_with_the_files_that_teams_get(tmp_path: Path) -> None:
    for callers in (CALLERS, replace(CALLERS, name="staging", directory="staging", runner='["self-hosted", "x"]')):
        for name, text in caller_files(callers).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    ran = tool("zizmor", "--offline", "--no-config", "--persona=pedantic", "--no-progress", str(tmp_path))
    assert (ran.returncode, "No findings to report" in ran.stdout) == (0, True), ran.stdout
    found = map(str, (tmp_path / ".github" / "workflows").iterdir())
    assert tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *found).returncode == 0


def test_nothing_is_ignored() -> None:
    assert [path.name for path in (*WORKFLOWS.values(), ACTION) if "zizmor:" in path.read_text()] == []


GH = """\
#!/bin/sh
echo "$*" >> "$ASKED"
case "$2" in
  repos/actions/checkout/*) echo v9.9.9 ;;
  *) sed -nE "s|.*uses: ${2#repos/}@.* # (.*)|\\1|p" .github/workflows/*.yml | sed 1q ;;
esac
"""


def test_an_action_of_which_a_newer_one_is_out_is_named_and_the_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "gh").write_text(GH.replace("${2#repos/}", "$(echo $2 | cut -d/ -f2,3)"))
    (tmp_path / "gh").chmod(0o755)
    around = {"PATH": f"{tmp_path}:/usr/bin:/bin", "ASKED": str(tmp_path / "asked")}
    ran = subprocess.run([ROOT / ".ci" / "actions"], env=around, capture_output=True, text=True, check=False)
    asked = (tmp_path / "asked").read_text().splitlines()
    used = {step["uses"].partition("@")[0] for job in jobs() for step in job.steps if "@" in step.get("uses", "")}
    assert asked == [f"api repos/{name}/releases/latest --jq .tag_name" for name in sorted(used)]
    (said,) = ran.stdout.splitlines()
    assert (ran.returncode, ran.stderr) == (1, "")
    assert said.startswith("::warning title=actions/checkout::It is pinned at v")
    assert said.endswith(", and v9.9.9 is out. Read its notes and pin its commit.")


@pytest.mark.parametrize("name", SHELL)
def test_every_shell_step_is_sound(name: str) -> None:
    step = SHELL[name]
    assert problems(step["run"], *step.get("env", {})) == ""


@pytest.mark.parametrize("script", ["actions", "notes", "pythons", "releasable", "run"])
def test_a_script_of_a_workflow_is_sound(script: str) -> None:
    assert problems((ROOT / ".ci" / script).read_text()) == ""


def test_the_installation_is_sound() -> None:
    assert problems(INSTALL.read_text()) == ""


def test_what_runs_the_program_is_sound() -> None:
    declared = read(ACTION)["runs"]["steps"][-1]["env"]
    assert problems((ACTION.parent / "run").read_text(), *declared) == ""


def problems(script: str, *declared: str) -> str:
    """Return what shellcheck says of a script whose environment is the runner's and what is declared."""
    known = "".join(f"export {variable}=x\n" for variable in (*RUNNER, *declared))
    checks = "--enable=check-unassigned-uppercase,quote-safe-variables,avoid-nullary-conditions"
    ran = tool("shellcheck", "--shell=bash", checks, "-", given=f"{known}{script}\n")
    return ran.stdout + ran.stderr
