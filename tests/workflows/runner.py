"""Runs the shipped workflows on this machine, with `act` as the runner and stand-ins for checkout and the artifacts.

What runs are a repository's callers as they are, and the workflows that they call, which are of another repository.
The runner does not model three things. A job's token has the job's permissions, and a job has the secrets of its
environment only: so `github.token` and `secrets.NAME` become secrets of that job and of that environment. And `$/` in a
called workflow names its own repository and commit: so these are put in its place. The runner evaluates all else.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.workflows.documents import ROOT

STAND = ROOT / "tests" / "support" / "actions"
_RUNS_ON = "ubuntu-24.04"
# Where hollow steps write their names.
STEPS = "steps"
_STAND_INS = {f"actions/{name}": name for name in ("checkout", "upload-artifact", "download-artifact")}
_JOB = re.compile(r"  ([a-z-]+):\Z")
_SECRET = re.compile(r"secrets\.(\w+)")
_PINNED = re.compile(r"uses: (actions/[a-z-]+)@([0-9a-f]{40})")
_CALL = re.compile(r"uses: ([\w-]+/[\w.-]+)/\.github/workflows/([a-z]+)\.yml@([0-9a-f]{40})")
_INPUT = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}\Z")
# What GitHub knows and this runner refuses; no step runs otherwise without it.
_UNKNOWN_HERE = ("deployment: false", "queue: max")
# What a tool's repository has beside its workflows, as far as a run needs it.
_LINKED = ("reconciler", "pyproject.toml", "requirements.lock", "README.md", "LICENSE")


def token_of(workflow: str, job: str) -> str:
    """Return the name of the secret that is a job's token."""
    return f"TOKEN_{workflow}_{job}".upper().replace("-", "_")


def secret_of(environment: str, name: str) -> str:
    """Return the name that a secret of an environment has here."""
    return f"{environment or 'nowhere'}__{name}".upper().replace("-", "_")


def parsed(text: str) -> Any:
    """Return a workflow as data."""
    return YAML(typ="safe", pure=True).load(text)


def rewritten(workflow: str, text: str, *, given: Mapping[str, Any], source: str) -> str:
    """Return a called workflow with each job's own token, the secrets of its own environment, and its own repository.

    `given` are the inputs of the call, and `source` is OWNER/NAME of the workflow with its commit.
    """
    data, job = parsed(text), ""
    inputs = {name: one.get("default", "") for name, one in data["on"]["workflow_call"]["inputs"].items()} | dict(given)
    tool, _, commit = source.partition("@")
    lines = []
    for line in text.splitlines():
        if (found := _JOB.match(line)) and found[1] in data["jobs"]:
            job = found[1]
        environment = environment_of(data["jobs"].get(job, {}), inputs)
        if line.strip() in _UNKNOWN_HERE:
            continue
        own = _SECRET.sub(partial(_renamed, environment=environment), line)
        own = own.replace("github.token", f"secrets.{token_of(workflow, job)}")
        lines.append(re.sub(r"uses: \$/(\S+)", rf"uses: {tool}/\1@{commit}", own))
    return "\n".join(lines) + "\n"


def environment_of(job: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Return the name of a job's environment in a call with these inputs."""
    said = job.get("environment", "")
    name: str = said["name"] if isinstance(said, dict) else said
    found = _INPUT.match(name)
    return str(inputs[found[1]]) if found else name


def _renamed(found: re.Match[str], *, environment: str) -> str:
    return f"secrets.{secret_of(environment, found[1])}"


@dataclass(frozen=True)
class Ran:
    """One run of a workflow: how each job that ran ended, what all of them said, and which hollow steps ran.

    The runner's log can lack the last line of a step that fails at once, so a hollow step writes its name into a file.
    """

    jobs: Mapping[str, str]
    log: str
    summaries: Mapping[str, str]
    steps: frozenset[str] = frozenset()

    @property
    def green(self) -> bool:
        """Whether every job that ran did what it was to do."""
        return set(self.jobs.values()) == {"success"}


@dataclass
class Runner:
    """A machine below `folder` that runs workflows; `around` is what every step finds in its environment."""

    folder: Path
    around: dict[str, str]
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    # The tool's repository at each of its commits.
    tools: dict[str, Path] = field(default_factory=dict)
    last: int = 100
    # How often each run was started.
    attempts: Counter[int] = field(default_factory=Counter)

    @property
    def artifacts(self) -> Path:
        """Where the artifacts of every run are, as RUN/NAME.zip."""
        return self.folder / "artifacts"

    def run(self, event: str, payload: Mapping[str, Any], *, checkout: Path, text: str, again: int = 0) -> Ran:
        """Run a caller, whose text is given, for an event; `checkout` is a clone at the event's commit.

        With `again` it is another attempt of that run.
        """
        number = again or self.last + 1
        self.last = max(self.last, number)
        self.attempts[number] += 1
        here = self.folder / f"{number}-{self.attempts[number]}"
        here.mkdir(parents=True)
        (here / "event.json").write_text(json.dumps(payload))
        # What a called workflow may not do without: the secrets, which GitHub's environments give to it.
        (here / "caller.yml").write_text(text.rstrip("\n") + "\n    secrets: inherit\n")
        (here / "secrets").write_text("".join(f"{name}={value}\n" for name, value in self.secrets.items()))
        words = [
            *(event, "--json", "--workflows", str(here / "caller.yml"), "--eventpath", str(here / "event.json")),
            *("--platform", f"{_RUNS_ON}=-self-hosted", "--action-offline-mode", "--no-cache-server"),
            # Of jobs side by side it now and then dies: they write to one map of Go at once.
            *("--no-skip-checkout", "--concurrent-jobs", "1"),
            *("--secret-file", str(here / "secrets"), "--action-cache-path", str(here / "cache")),
            *(word for name, value in self._environment(number).items() for word in ("--env", f"{name}={value}")),
            *(word for name, value in self.variables.items() for word in ("--var", f"{name}={value}")),
            *(word for pair in self._repositories(here, text) for word in ("--local-repository", pair)),
        ]
        act = Path(sys.executable).parent / "act"
        around = {"PATH": f"{STAND}:{os.environ['PATH']}", "HOME": str(here), "STAND_ASKED": os.devnull}
        ran = subprocess.run([act, *words], cwd=checkout, env=around, capture_output=True, text=True, check=False)
        # With 1 it says that a job failed; with anything else it came to grief itself.
        assert ran.returncode in (0, 1), ran.stderr
        steps = here / STEPS
        done = steps.read_text(encoding="utf-8").splitlines() if steps.exists() else ()
        return replace(_told(ran.stdout + ran.stderr), steps=frozenset(done))

    def _repositories(self, here: Path, text: str) -> set[str]:
        """Lay out the tool's repository at the commit of the one call, and return where each repository is."""
        ((tool, workflow, commit),) = _CALL.findall(text)
        (job,) = parsed(text)["jobs"].values()
        source, folder = self.tools[commit], here / "tool"
        called = (source / ".github" / "workflows" / f"{workflow}.yml").read_text()
        path = folder / ".github" / "workflows" / f"{workflow}.yml"
        path.parent.mkdir(parents=True)
        own = rewritten(workflow, called, given=job.get("with", {}), source=f"{tool}@{commit}")
        path.write_text(own)
        if (source / ".github" / "actions").exists():
            shutil.copytree(source / ".github" / "actions", folder / ".github" / "actions")
        for name in _LINKED if (source / "reconciler").exists() else ():
            (folder / name).symlink_to(source / name)
        return {f"{tool}@{commit}={folder}"} | {
            f"{action}@{pinned}={STAND / _STAND_INS[action]}" for action, pinned in _PINNED.findall(own)
        }

    def _environment(self, run: int) -> dict[str, str]:
        named = {"GITHUB_RUN_ID": str(run), "GITHUB_RUN_ATTEMPT": str(self.attempts[run])}
        stand = {"STAND_ARTIFACTS": str(self.artifacts), "STAND_PYTHON": sys.executable, "STAND_ASKED": os.devnull}
        steps = str(self.folder / f"{run}-{self.attempts[run]}" / STEPS)
        return {**self.around, **named, **stand, "STAND_STEPS": steps}


def _told(output: str) -> Ran:
    """Return what the runner's log says; a line that is not JSON is the runner's own."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    ended = [(line["jobID"], line["jobResult"]) for line in lines if "jobResult" in line]
    # The jobs of a matrix have one name, and together failed where one did.
    jobs = dict(sorted(ended, key=lambda job: job[1] == "failure"))
    others = [line for line in output.splitlines() if not line.startswith("{")]
    summaries: dict[str, str] = {}
    # Each step of a job adds to it.
    for line in lines:
        if line.get("command") == "summary" and "content" in line:
            summaries[line["jobID"]] = summaries.get(line["jobID"], "") + line["content"]
    return Ran(jobs, "\n".join([*(line["msg"].rstrip("\n") for line in lines), *others]), summaries)
