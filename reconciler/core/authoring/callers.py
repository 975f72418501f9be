"""caller_files: (what a team chooses) → the workflows that call this tool's own, as paths and texts.

pipeline_text: the same → the file of GitLab that includes the tool's template.

A repository of profiles holds four short files. The steps stand in the tool's repository, at the commit that the files
name. So an upgrade changes that commit and nothing else, and Dependabot can do it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.basics import EnvironmentProblem

# At GitLab groups stand in groups.
_TOOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)+\Z")
_AT_GITHUB = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+\Z")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_VERSION = re.compile(r"(?:v[0-9][0-9A-Za-z.+-]*)?\Z")
_CRON = re.compile(r"[0-9A-Z*/, -]+\Z")
# What YAML reads as text without quotation marks, and as the same text.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/.-]*\Z")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
# The called workflows make no more jobs than that side by side: all of them share one hour's calls.
MOST_JOBS = 8
_NAME = re.compile(r"[A-Za-z0-9-]*\Z")


@dataclass(frozen=True, slots=True)
class Callers:
    """What a team chooses. `tool` is OWNER/NAME of the tool's repository, `commit` the full id of a commit there.

    `version` is the tag of that commit, for people and for Dependabot. `name` tells the files of one folder from those
    of another, as in plan-staging.yml. An empty environment is the tool's default. In so many `shards` side by side the
    profiles are worked on.
    """

    tool: str
    commit: str
    version: str = ""
    name: str = ""
    directory: str = "."
    branch: str = "main"
    plan_environment: str = ""
    production_environment: str = ""
    drift_environment: str = ""
    proposals_environment: str = ""
    runner: str = ""
    require_reviewed: bool = False
    cron: str = "17 5 * * *"
    shards: int = 1

    def __post_init__(self) -> None:
        """Raise EnvironmentProblem for a value that could change the workflow's structure."""
        texts = (self.directory, self.branch, self.runner, *self._environments)
        if not _TOOL.match(self.tool):
            raise EnvironmentProblem(f"{self.tool!r} is not a repository: write OWNER/NAME")
        if not _COMMIT.match(self.commit):
            raise EnvironmentProblem(f"{self.commit!r} is not a commit: write all of its 40 characters")
        if not _VERSION.match(self.version) or not _NAME.match(self.name) or not _CRON.match(self.cron):
            raise EnvironmentProblem("a version is like v1.2.0, a name like staging, and a schedule like 17 5 * * *")
        if not 1 <= self.shards <= MOST_JOBS:
            raise EnvironmentProblem(f"{self.shards} shards are not from 1 to {MOST_JOBS}")
        if wrong := [text for text in texts if "${{" in text or not text.isprintable()]:
            raise EnvironmentProblem(f"{wrong[0]!r} cannot stand in a workflow: it has an expression or a line break")

    @property
    def _environments(self) -> tuple[str, ...]:
        of_jobs = (self.plan_environment, self.production_environment, self.drift_environment)
        return *of_jobs, self.proposals_environment

    def file(self, workflow: str) -> str:
        """Return the file name of a caller."""
        return f"{workflow}-{self.name}.yml" if self.name else f"{workflow}.yml"

    def title(self, workflow: str) -> str:
        """Return what GitHub shows as the name of a caller."""
        return f"{workflow} {self.name}" if self.name else workflow


def caller_files(wanted: Callers) -> dict[str, str]:
    """Return the text of each caller by its path in the repository."""
    if not _AT_GITHUB.match(wanted.tool):
        raise EnvironmentProblem(f"{wanted.tool!r} is not a repository at GitHub: write OWNER/NAME")
    texts = {"plan": _plan(wanted), "gates": _gates(wanted), "apply": _apply(wanted), "drift": _drift(wanted)}
    return {f".github/workflows/{wanted.file(name)}": text for name, text in texts.items()}


def pipeline_text(wanted: Callers) -> str:
    """Return `.gitlab-ci.yml`. The commit stands in it once, so an upgrade changes one line."""
    directory = wanted.directory.removeprefix("./").rstrip("/")
    given = {
        "tool": _text(wanted.tool),
        "commit": "*commit",
        "directory": _text(directory) if directory != "." else "",
        "name": f'"-{wanted.name.lower()}"' if wanted.name else "",
        "plan_environment": _text(wanted.plan_environment),
        "production_environment": _text(wanted.production_environment),
        "drift_environment": _text(wanted.drift_environment),
        "proposals_environment": _text(wanted.proposals_environment),
        "require_reviewed": "true" if wanted.require_reviewed else "",
        **_shards(wanted),
    }
    lines = [
        "# The jobs stand in the tool's own project, at this commit. To upgrade, change the commit.",
        "include:",
        f"  - project: {_text(wanted.tool)}",
        "    file: templates/reconciler.yml",
        f'    ref: &commit "{wanted.commit}"{f" # {wanted.version}" if wanted.version else ""}',
        "    inputs:",
        *(f"      {name}: {value}" for name, value in given.items() if value),
    ]
    return "\n".join(lines) + "\n"


def _plan(wanted: Callers) -> str:
    only = f" {{{_only(wanted)}}}"
    on = f"\n  pull_request:{only}\n  merge_group:{only}" if _branch(wanted) else " [pull_request, merge_group]"
    given = {**_common(wanted), **_shards(wanted), "environment": _text(wanted.plan_environment)}
    may = {
        "actions": "read # whether the run that wrote before exists",
        "contents": "read # the files and the ledger",
        "pull-requests": "write # the comment",
    }
    return _caller(wanted, "plan", on, may, given)


def _gates(wanted: Callers) -> str:
    types = "types: [opened, synchronize, reopened, ready_for_review, labeled, unlabeled]"
    on = f" {{pull_request: {{{types}}}, merge_group: {{}}}}"
    if _branch(wanted):
        on = f"\n  pull_request: {{{_only(wanted)}, {types}}}\n  merge_group: {{{_only(wanted)}}}"
    given = {**_common(wanted), "plan-workflow": wanted.file("plan") if wanted.name else ""}
    may = {
        "actions": "read # the plan, and when it ended",
        "contents": "read # the files, and who pushed",
        "issues": "read # who put which label on it",
        "pull-requests": "write # the comment",
    }
    return _caller(wanted, "gates", on, may, given)


def _apply(wanted: Callers) -> str:
    what = """'Gates and findings to let pass, as in "clear webhook"'"""
    on = f"\n  push: {{{_only(wanted)}}}\n  workflow_dispatch: {{inputs: {{allow: {{description: {what}}}}}}}"
    given = {
        **_common(wanted),
        **_shards(wanted),
        "allow": "${{ inputs.allow }}",
        "branch": _branch(wanted),
        "environment": _text(wanted.production_environment),
        "plan-environment": _text(wanted.drift_environment) if wanted.shards > 1 else "",
        "plan-workflow": wanted.file("plan") if wanted.name else "",
        "require-reviewed": "true" if wanted.require_reviewed else "",
    }
    may = {
        "actions": "read # the reviewed plan",
        "contents": "write # the ledger's branch",
        "issues": "write # the issue of an apply that failed",
        "pull-requests": "write # the comment",
    }
    return _caller(wanted, "apply", on, may, given)


def _drift(wanted: Callers) -> str:
    what = "Also propose what was changed elsewhere as a pull request"
    on = (
        f'\n  schedule: [{{cron: "{wanted.cron}"}}]'
        f"\n  workflow_dispatch: {{inputs: {{adopt: {{description: {what}, type: boolean}}}}}}"
    )
    given = {
        **_common(wanted),
        **_shards(wanted),
        "adopt": "${{ inputs.adopt || false }}",
        "branch": _branch(wanted),
        "environment": _text(wanted.drift_environment),
        "proposals": _text(wanted.proposals_environment),
    }
    may = {
        "actions": "read # whether the run that wrote before exists",
        "contents": "write # the ledger's branch, and a proposal's",
        "issues": "write # the issue of what differs",
        "pull-requests": "write # a proposal",
    }
    return _caller(wanted, "drift", on, may, given)


def _caller(wanted: Callers, workflow: str, on: str, may: Mapping[str, str], given: Mapping[str, str]) -> str:
    """Return one file; `on` is what follows the key. An empty input is the tool's default, and is left out."""
    version = f" # {wanted.version}" if wanted.version else ""
    lines = [
        f"name: {wanted.title(workflow)}",
        f"on:{on}",
        "permissions: {}",
        "jobs:",
        f"  {workflow}:",
        f"    name: {workflow}",
        "    permissions:",
        *(f"      {name}: {level}" for name, level in may.items()),
        f"    uses: {wanted.tool}/.github/workflows/{workflow}.yml@{wanted.commit}{version}",
    ]
    inputs = [f"      {name}: {value}" for name, value in sorted(given.items()) if value]
    return "\n".join([*lines, *(["    with:", *inputs] if inputs else [])]) + "\n"


def _common(wanted: Callers) -> dict[str, str]:
    directory = wanted.directory.removeprefix("./").rstrip("/")
    return {"directory": _text(directory) if directory != "." else "", "runner": _text(wanted.runner)}


def _shards(wanted: Callers) -> dict[str, str]:
    """Return the number of jobs side by side as an input; "" for one, which is what the tool takes by itself."""
    return {"shards": str(wanted.shards) if wanted.shards > 1 else ""}


def _only(wanted: Callers) -> str:
    return f"branches: [{_text(wanted.branch)}]"


def _branch(wanted: Callers) -> str:
    """Return the branch as an input; "" for the one that the tool takes by itself."""
    return _text(wanted.branch) if wanted.branch != "main" else ""


def _text(value: str) -> str:
    """Return a text as YAML that reads as that text; "" for none."""
    plain = _PLAIN.match(value) and value.lower() not in _WORDS
    return value if plain or not value else json.dumps(value, ensure_ascii=False)
