"""A release: what may become one, what is said of it, and who can sign it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler import VERSION
from tests.workflows.documents import ROOT, Job, jobs

JOBS = {job.name: job for job in jobs() if job.workflow == "release"}
MOVE = "Move the tag of the major version"
COMMIT = "0123456789abcdef" * 2 + "01234567"
GH = """\
#!/bin/sh
echo "$*" >> "$ASKED"
case "$*" in
  *compare*) echo "$ON_MAIN" ;;
  *ci.yml*) echo "$PASSED" ;;
  *git/ref/*) exit "$MISSING" ;;
esac
"""


@dataclass(frozen=True)
class Bench:
    """A copy of the scripts with a changelog, and a `gh` that says what a test wants."""

    root: Path

    def run(
        self, *words: str, on_main: str = "ahead", passed: str = "1", missing: str = "0", tag: str = "v1.2.0"
    ) -> subprocess.CompletedProcess[str]:
        """Run a command there. `missing` is how `gh` ends when it is asked for the tag of the major version."""
        around = {
            "PATH": f"{self.root}:/usr/bin:/bin",
            "ASKED": str(self.root / "asked"),
            "ON_MAIN": on_main,
            "PASSED": passed,
            "MISSING": missing,
            "GITHUB_REF_NAME": tag,
            "GITHUB_SHA": COMMIT,
        }
        return subprocess.run(words, cwd=self.root, env=around, capture_output=True, text=True, check=False)

    @property
    def asked(self) -> list[str]:
        """What `gh` was asked."""
        file = self.root / "asked"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / ".ci").mkdir()
    for name in ("notes", "releasable"):
        shutil.copy(ROOT / ".ci" / name, tmp_path / ".ci")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Later.\n\n"
        "## [1.2.0] - 2026-12-01\n\n### Added\n\n- A `thing`.\n\n## [1.1.0] - 2026-11-01\n\n- Before.\n"
    )
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    return Bench(tmp_path)


def test_the_notes_are_the_versions_own_section(bench: Bench) -> None:
    ran = bench.run(".ci/notes", "1.2.0")
    assert (ran.returncode, ran.stdout) == (0, "### Added\n\n- A `thing`.\n")


@pytest.mark.parametrize("version", ["1.3.0", "1x2x0", "1.2", "Unreleased", ""])
def test_a_version_without_a_section_is_no_release(bench: Bench, version: str) -> None:
    ran = bench.run(".ci/notes", version)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("::error file=CHANGELOG.md::")


@pytest.mark.parametrize("on_main", ["ahead", "identical"])
def test_what_is_on_main_and_passed_ci_may_be_released(bench: Bench, on_main: str) -> None:
    ran = bench.run(".ci/releasable", "v1.2.0", COMMIT, on_main=on_main)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    compared, ci = bench.asked
    assert f"/compare/{COMMIT}...main " in compared
    assert all(part in ci for part in (f"head_sha={COMMIT}", "branch=main", "event=push", "status=success"))


@pytest.mark.parametrize(
    ("tag", "on_main", "passed", "said"),
    [
        ("v1.2.1", "ahead", "1", "pyproject.toml says version 1.2.0"),
        ("1.2.0", "ahead", "1", "pyproject.toml says version 1.2.0"),
        ("v1.2.0", "diverged", "1", "is not on main"),
        ("v1.2.0", "behind", "1", "is not on main"),
        ("v1.2.0", "", "1", "is not on main"),
        ("v1.2.0", "ahead", "0", "CI has not passed"),
    ],
)
def test_anything_else_is_not_and_says_why(bench: Bench, tag: str, on_main: str, passed: str, said: str) -> None:
    ran = bench.run(".ci/releasable", tag, COMMIT, on_main=on_main, passed=passed)
    assert ran.returncode == 1
    (line,) = ran.stdout.splitlines()
    assert line.startswith(f"::error title={tag} is not released::")
    assert said in line


def step(job: str, name: str) -> str:
    (found,) = (one["run"] for one in JOBS[job].steps if one["name"] == name)
    return str(found)


@pytest.mark.parametrize(("missing", "call"), [("0", "PATCH"), ("1", "POST")])
def test_the_tag_of_the_major_version_goes_to_the_commit(bench: Bench, missing: str, call: str) -> None:
    ran = bench.run("bash", "-euo", "pipefail", "-c", step("release", MOVE), missing=missing)
    assert ran.returncode == 0
    assert bench.asked[0].endswith("git/ref/tags/v1 --silent")
    assert f"--method {call} " in bench.asked[1]
    assert f"sha={COMMIT}" in bench.asked[1]
    assert "tags/v1 " in bench.asked[1]


@pytest.mark.parametrize("tag", ["v0.2.0", "v1.2.0-rc.1"])
def test_a_version_that_promises_nothing_moves_no_tag(bench: Bench, tag: str) -> None:
    assert bench.run("bash", "-euo", "pipefail", "-c", step("release", MOVE), tag=tag).returncode == 0
    assert bench.asked == []


def test_the_commit_is_written_into_the_package(bench: Bench) -> None:
    (bench.root / "reconciler").mkdir()
    shutil.copy(ROOT / "reconciler" / "version.py", bench.root / "reconciler")
    lines = [line for line in step("build", "Build").splitlines() if re.match(r"sed |grep ", line)]
    assert bench.run("bash", "-euo", "pipefail", "-c", "\n".join(lines)).returncode == 0
    assert f'\nCOMMIT = "{COMMIT}"\n' in (bench.root / "reconciler" / "version.py").read_text()


def of_others(job: Job) -> list[str]:
    return [one["uses"] for one in job.steps if not one.get("uses", "actions/").startswith("actions/")]


def test_the_job_that_signs_runs_githubs_own_actions_alone_and_each_job_waits_for_the_one_before() -> None:
    signing = JOBS["attest"]
    assert [one["name"] for one in signing.steps if "run" in one] == []
    assert of_others(signing) == []
    assert [name for name, job in JOBS.items() if "attestations" in job.data["permissions"]] == ["attest"]
    order = ["check", "build", "attest", "publish", "release"]
    assert {name: job.data.get("needs") for name, job in JOBS.items()} == dict(
        zip(order, [None, *order[:-1]], strict=True)
    )


def test_the_list_of_what_is_in_it_is_attested_as_one() -> None:
    who, what = (one["with"] for one in JOBS["attest"].using("actions/attest"))
    assert "sbom-path" not in who
    assert what == {"subject-path": "dist/*", "sbom-path": "sbom/wa-reconciler.cdx.json"}
    assert step("build", "List what is in it") == ".ci/sbom sbom/wa-reconciler.cdx.json"


def test_the_changelog_has_a_place_for_what_comes() -> None:
    heads = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    assert [head for head in heads[1:] if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", head)] == []
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
