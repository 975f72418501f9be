"""Runs the shipped template of GitLab on this machine: its rules, its jobs' lines, their variables and artifacts.

A job gets a clone of its own at the pipeline's commit, the files of the jobs that it needs, and the variables of its
environment; in the pipeline of a merge request those that are not protected. What installs the program is not run: the
program of this environment stands in its place. `before_script` is held by shellcheck alone.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.gitlab import FakeGitLab
from tests.support.repository import Git
from tests.workflows.documents import ROOT

TEMPLATE = ROOT / "templates" / "reconciler.yml"
_INPUT = re.compile(r"\$\[\[ inputs\.([a-z_]+) \]\]")
_OPERAND = re.compile(r'\$(\w+)|"([^"]*)"')


def documents() -> tuple[dict[str, Any], str]:
    """Return the inputs of the template as data, and its jobs as text."""
    head, _, jobs = TEMPLATE.read_text(encoding="utf-8").partition("\n---\n")
    inputs: dict[str, Any] = YAML(typ="safe", pure=True).load(head)["spec"]["inputs"]
    return inputs, jobs


def interpolated(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the jobs with inputs put in, as GitLab does: what does not fit its pattern or its options is refused."""
    inputs, text = documents()
    values = {name: one.get("default") for name, one in inputs.items()} | dict(given)
    for name, value in values.items():
        one = inputs[name]
        assert value is not None, f"{name} is missing"
        assert re.search(one.get("regex", ""), str(value)), f"{name} does not fit: {value}"
        assert value in one.get("options", [value]), f"{name} is none of its options: {value}"

    def put(found: re.Match[str]) -> str:
        value = values[found[1]]
        return str(value).lower() if isinstance(value, bool) else str(value)

    data: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(_INPUT.sub(put, text))
    return data


def holds(expression: str, variables: Mapping[str, str]) -> bool:
    """Return whether a rule's `if` holds; of GitLab's language only what the template uses."""

    def side(text: str) -> str:
        found = _OPERAND.fullmatch(text.strip())
        assert found is not None, f"not understood: {text}"
        return variables.get(found[1], "") if found[1] else found[2]

    def one(text: str) -> bool:
        left, unlike, right = text.partition("!=")
        if not unlike:
            left, _, right = text.partition("==")
        return (side(left) == side(right)) is not bool(unlike)

    return all(map(one, expression.split("&&")))


@dataclass(frozen=True)
class Job:
    """A job that a pipeline has, and when it runs."""

    name: str
    data: Mapping[str, Any]
    when: str
    may_fail: bool
    # What the rule says of the jobs before it, or else the job itself.
    after: Sequence[Mapping[str, Any]]

    @property
    def takes(self) -> list[str]:
        """The jobs whose files it gets."""
        return [one["job"] for one in self.after if one.get("artifacts", True)]

    @property
    def environment(self) -> str:
        """The name of its environment, "" if it has none."""
        name: str = self.data.get("environment", {}).get("name", "")
        return name


def chosen(jobs: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]) -> Iterator[Job]:
    """Yield the jobs that a pipeline with these variables has: of each, the first rule that holds."""
    found = dict(_chosen(jobs, variables))
    for name, rule in found.items():
        data = jobs[name]
        needed = rule.get("needs", data.get("needs", []))
        # GitLab refuses a pipeline in which a needed job is missing.
        assert [one["job"] for one in needed if one["job"] not in found and not one.get("optional")] == []
        after = [one for one in needed if one["job"] in found]
        yield Job(name, data, rule.get("when", "on_success"), rule.get("allow_failure", False), after)


def _chosen(
    jobs: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name of each job that a pipeline has, and the rule by which it has it."""
    for name, data in jobs.items():
        if name.startswith("."):
            continue
        rule: Mapping[str, Any] = next((one for one in data["rules"] if holds(one["if"], variables)), {"when": "never"})
        if rule.get("when") != "never":
            yield name, rule


@dataclass
class Ended:
    """One pipeline: how each job ended that ran, and what all of them said."""

    number: int
    jobs: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> str:
        """What all jobs said."""
        return "\n".join(self.logs.values())


@dataclass
class Runner:
    """A machine below `folder` that runs pipelines of the repository `bare`, for a GitLab.

    `secrets` are variables by their environment; those in `protected` reach protected branches only.
    """

    folder: Path
    bare: Path
    gitlab: FakeGitLab
    around: dict[str, str]
    secrets: dict[str, dict[str, str]]
    protected: frozenset[str]
    inputs: dict[str, Any]

    def pipeline(
        self, source: str, commit: str, *, iid: int = 0, variables: Mapping[str, str] | None = None, ref: str = ""
    ) -> Ended:
        """Run every job of a new pipeline that needs no person; `ref` is that of a merge request."""
        at = self.gitlab.now()
        number = self.gitlab.pipeline(iid, sha=commit, ref=ref, at=at) if iid else self.gitlab.number()
        ended = Ended(number)
        given = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_SHA": commit, **(variables or {})}
        for job in self._jobs(given):
            before = [ended.jobs.get(one["job"], "created") for one in job.after]
            if job.when == "always" or (job.when == "on_success" and set(before) <= {"success", "allowed"}):
                self.job(ended, job.name, given)
        return ended

    def job(self, ended: Ended, name: str, given: Mapping[str, str]) -> None:
        """Run a job of a pipeline, or run it again; of one that is many side by side, each."""
        job = next(one for one in self._jobs(given) if one.name == name)
        parts = job.data.get("parallel", 1)
        shutil.rmtree(self._kept(ended, name))
        ended.logs[name], ends = "", list[str]()
        for part in range(1, parts + 1):
            nodes = {"CI_NODE_TOTAL": str(parts), **({"CI_NODE_INDEX": str(part)} if "parallel" in job.data else {})}
            shown = f"{name} {part}/{parts}" if "parallel" in job.data else name
            ends.append(self._part(ended, job, {**given, **nodes}, shown))
        status = next((end for end in ends if end != "success"), "success")
        ended.jobs[name] = "allowed" if status == "failed" and job.may_fail else status

    def _part(self, ended: Ended, job: Job, given: Mapping[str, str], shown: str) -> str:
        """Run a job, or one of those side by side that it is; returns how it ended."""
        variables = {**self.around, **given}
        number = self.gitlab.number()
        here = self.folder / f"{ended.number}-{number}"
        Git(self.folder)("clone", "-q", str(self.bare), str(here))
        Git(here)("checkout", "-q", "--detach", given["CI_COMMIT_SHA"])
        for needed in job.takes:
            shutil.copytree(self._kept(ended, needed), here, dirs_exist_ok=True)
        environ = {**variables, "CI_PIPELINE_ID": str(ended.number), "CI_JOB_ID": str(number)}
        environ |= self._secrets(job, merge_request=given["CI_PIPELINE_SOURCE"] == "merge_request_event")
        directory = str(self.inputs.get("directory", "."))
        lines = ["set -euo pipefail", f"directory={shlex.quote(directory)}", *job.data["script"]]
        ran = subprocess.run(
            ["bash", "-c", "\n".join(lines)], cwd=here, env=environ, capture_output=True, text=True, check=False
        )
        status = "success" if ran.returncode == 0 else "failed"
        ended.logs[job.name] += ran.stdout + ran.stderr
        files = self._keep(ended, job, here)
        if ended.number in self.gitlab.project.pipelines:
            self.gitlab.job(ended.number, shown, status=status, files=files, id=number)
        return status

    def _jobs(self, given: Mapping[str, str]) -> list[Job]:
        return [*chosen(interpolated(self.inputs), {**self.around, **given})]

    def _secrets(self, job: Job, *, merge_request: bool) -> dict[str, str]:
        found = self.secrets.get(job.environment, {})
        return {name: value for name, value in found.items() if not (merge_request and name in self.protected)}

    def _kept(self, ended: Ended, name: str) -> Path:
        kept = self.folder / "artifacts" / str(ended.number) / name
        kept.mkdir(parents=True, exist_ok=True)
        return kept

    def _keep(self, ended: Ended, job: Job, here: Path) -> dict[str, bytes]:
        """Keep the files that a job says. Of jobs side by side the later one's replace those of the same names."""
        into, files = self._kept(ended, job.name), dict[str, bytes]()
        for pattern in job.data.get("artifacts", {}).get("paths", []):
            for found in sorted(here.glob(pattern.removeprefix("./").rstrip("/") or ".")):
                for path in [found, *found.rglob("*")]:
                    if path.is_file():
                        name = path.relative_to(here).as_posix()
                        files[name] = path.read_bytes()
                        (into / name).parent.mkdir(parents=True, exist_ok=True)
                        shutil.copy(path, into / name)
        return files


def program(folder: Path) -> str:
    """Return a PATH on which `reconciler` is the program of this checkout, run as a fresh process."""
    found = folder / "bin"
    found.mkdir()
    words = f"PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m reconciler"
    (found / "reconciler").write_text(f'#!/bin/sh\n{words} "$@"\n')
    (found / "reconciler").chmod(0o755)
    return f"{found}:{os.environ['PATH']}"
