"""ci_of: (an environment) → what the CI system says of itself, as one value; all of it is empty elsewhere.

The variables of a CI system are read here and nowhere else, so that another system is one more reading of them here.
The value says what stands in the environment. Whether that can be used is judged where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TEST_MERGE = re.compile(r"refs/pull/[0-9]+/merge\Z")


@dataclass(frozen=True, slots=True)
class CI:
    """A job of a CI system. A text that the system does not say is empty; no representation shows the token.

    `is_ci` is true on a machine that is thrown away after the job. `reads_commands` is true where the runner obeys
    `::command::` in what the job prints. `run` is the number of the run, `attempt` counts from 1. `branch` is empty for
    a tag. `test_merge` is true where the commit is one that GitHub made of a pull request and its base, to test them.
    `workflow` is the file name of the workflow that was started, which may call others.
    `server` is the address for people, without a slash at the end, and `api` the one for programs.
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
    token: str = field(default="", repr=False)
    # The variable that holds the token: a message may name it.
    token_name: str = "GITHUB_TOKEN"

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
        """The address of the repository for people."""
        return f"{self.server}/{self.repository}" if self.server and self.repository else ""


def ci_of(environ: Mapping[str, str]) -> CI:
    """Return what `environ` says of a CI system: GitHub's runner, or `CI` alone for any other."""

    def said(name: str) -> str:
        return environ.get(name, "").strip()

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
        token=said("GITHUB_TOKEN"),
    )
