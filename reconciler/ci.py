"""ci_of: (an environment) → what the CI system says of itself, as one value; all of it is empty elsewhere.

own_token, own_gitlab_token: (an environment) → the token with which a person's own command asks GitHub, or GitLab.
own_gitlab: (an environment, that token, how to find a path) → what GitLab's runner would say of the project.

The variables of a CI system are read here and nowhere else, so that another system is one more reading of them here.
The value says what stands in the environment. Whether that can be used is judged where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, urlsplit

_DIGITS = 6
_TEST_MERGE = re.compile(r"refs/pull/[0-9]+/merge\Z")


class ForgeKind(StrEnum):
    """Whose runner this is; GitHub's where none says so."""

    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True)
class CI:
    """A job of a CI system. A text that the system does not say is empty; no representation shows a token.

    `is_ci` is true on a machine that is thrown away after the job. `reads_commands` is true where the runner obeys
    `::command::` in what the job prints. `run` is the number of the run, `attempt` grows with each attempt. `branch` is
    empty for a tag. `test_merge` is true where the commit is one that the forge made of a proposal and its base, to
    test them. `workflow` is the file name of the workflow that was started, which may call others.
    `server` is the address for people, without a slash at the end, and `api` the one for programs. `project` is the
    repository's number. `job_token` is one that every job has, and that may only read.
    """

    is_ci: bool = False
    reads_commands: bool = False
    run: str = ""
    attempt: str = "1"
    commit: str = ""
    branch: str = ""
    test_merge: bool = False
    workflow: str = ""
    server: str = ""
    api: str = ""
    repository: str = ""
    project: str = ""
    # How many minutes the job may take, as far as it says so itself; 0 where it does not.
    minutes: int = 0
    token: str = field(default="", repr=False)
    job_token: str = field(default="", repr=False)
    # The variables that hold the token, the server and the API: a message may name them.
    token_name: str = "GITHUB_TOKEN"
    api_name: str = "GITHUB_API_URL"
    server_name: str = "GITHUB_SERVER_URL"
    forge: ForgeKind = ForgeKind.GITHUB

    @property
    def run_name(self) -> str:
        """The run, with its attempt where that is not the first."""
        return f"{self.run}.{self.attempt}" if self.run and self.attempt != "1" else self.run

    @property
    def host(self) -> str:
        """The server's host, and its port where one is named. An address that cannot be read is its own host."""
        try:
            return urlsplit(self.server).netloc
        except ValueError:
            # It equals no real host, so nothing that is meant for this server goes anywhere.
            return self.server

    @property
    def home(self) -> str:
        """The address below which the repository has its pages for people."""
        if not self.server or not self.repository:
            return ""
        return f"{self.server}/{self.repository}{'/-' if self.forge is ForgeKind.GITLAB else ''}"

    @property
    def run_url(self) -> str:
        """The address of the run for people, or "" if it is not known."""
        if not self.home or not self.run.isdecimal():
            return ""
        return f"{self.home}/{'pipelines' if self.forge is ForgeKind.GITLAB else 'actions/runs'}/{self.run}"

    @property
    def git_login(self) -> str:
        """User and password for git at the server, or "". Any user goes with a token that is not the job's."""
        if self.token:
            return f"x-access-token:{self.token}"
        return f"{JOB_USER}:{self.job_token}" if self.job_token else ""


_HOSTED = "https://gitlab.com"
# GitLab's name for the user of a job's token. Its runner writes both into the clone's remote.
JOB_USER = "gitlab-ci-token"


def ci_of(environ: Mapping[str, str]) -> CI:
    """Return what `environ` says of a CI system: GitLab's runner, GitHub's, or `CI` alone for any other."""

    def said(name: str) -> str:
        return environ.get(name, "").strip()

    if said("GITLAB_CI") == "true":
        return _gitlab(said)
    return CI(
        is_ci=said("CI") == "true",
        reads_commands=said("GITHUB_ACTIONS") == "true",
        run=said("GITHUB_RUN_ID"),
        attempt=said("GITHUB_RUN_ATTEMPT") or "1",
        commit=said("GITHUB_SHA"),
        branch=said("GITHUB_REF_NAME") if environ.get("GITHUB_REF_TYPE", "branch") == "branch" else "",
        test_merge=_TEST_MERGE.match(said("GITHUB_REF")) is not None,
        workflow=said("GITHUB_WORKFLOW_REF").partition("@")[0].rpartition("/")[2],
        server=said("GITHUB_SERVER_URL").rstrip("/"),
        api=said("GITHUB_API_URL"),
        repository=said("GITHUB_REPOSITORY"),
        minutes=_minutes(said("RECONCILER_JOB_MINUTES")),
        token=said("GITHUB_TOKEN"),
    )


def _gitlab(said: Callable[[str], str]) -> CI:
    """Return what GitLab's runner says. A job that is retried keeps its pipeline, and gets a greater number."""
    return CI(
        is_ci=said("CI") == "true",
        run=said("CI_PIPELINE_ID"),
        attempt=said("CI_JOB_ID") or "1",
        commit=said("CI_COMMIT_SHA"),
        branch="" if said("CI_COMMIT_TAG") else said("CI_COMMIT_REF_NAME"),
        test_merge=bool(said("CI_MERGE_REQUEST_TARGET_BRANCH_SHA")),
        server=said("CI_SERVER_URL").rstrip("/"),
        api=said("CI_API_V4_URL"),
        repository=said("CI_PROJECT_PATH"),
        project=said("CI_PROJECT_ID"),
        token=said("RECONCILER_GITLAB_TOKEN"),
        job_token=said("CI_JOB_TOKEN"),
        token_name="RECONCILER_GITLAB_TOKEN",
        api_name="CI_API_V4_URL",
        server_name="CI_SERVER_URL",
        forge=ForgeKind.GITLAB,
        minutes=_minutes(said("RECONCILER_JOB_MINUTES")),
    )


def own_token(environ: Mapping[str, str]) -> str:
    """Return the token of a job, or else the one that GitHub's own program `gh` takes."""
    names = ("GITHUB_TOKEN", "GH_TOKEN")
    return next((found for name in names if (found := environ.get(name, "").strip())), "")


def own_gitlab_token(environ: Mapping[str, str]) -> str:
    """Return the token with which a person's own command asks GitLab: ours, or the one that `glab` takes."""
    names = ("RECONCILER_GITLAB_TOKEN", "GITLAB_TOKEN")
    return next((found for name in names if (found := environ.get(name, "").strip())), "")


def own_gitlab(environ: Mapping[str, str], token: str, path_at: Callable[[str], str]) -> Mapping[str, str]:
    """Return what GitLab's runner would say of a project; where none does, `path_at` finds its path at a server."""

    def said(name: str) -> str:
        return environ.get(name, "").strip()

    server = said("CI_SERVER_URL").rstrip("/") or _HOSTED
    path, number = said("CI_PROJECT_PATH"), said("CI_PROJECT_ID")
    if not path:
        path, number = path_at(server), ""
    return {
        "GITLAB_CI": "true",
        "CI_SERVER_URL": server,
        "CI_API_V4_URL": said("CI_API_V4_URL") or f"{server}/api/v4",
        "CI_PROJECT_PATH": path,
        # Where only its path is known, that stands in for its number.
        "CI_PROJECT_ID": number or quote(path, safe=""),
        "RECONCILER_GITLAB_TOKEN": token,
    }


def _minutes(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < _DIGITS else 0
