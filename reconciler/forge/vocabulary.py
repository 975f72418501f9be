"""ForgeWords: how a forge calls its things, and where their pages are below the address of a repository.

forge_words: (whose runner this is) → the words of that forge.

The texts that people read take these, so that each text is written once. The documents keep the same keys everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.ci import ForgeKind


@dataclass(frozen=True, slots=True)
class ForgeWords:
    """The words of one forge; a path follows the repository's address and a slash.

    `anew` is what starts the plan of a proposal again. What a person presses is said in the words of pages.
    """

    name: str
    pull: str
    sign: str
    run: str
    attempt: str
    workflow: str
    anew: str
    runs_path: str
    commit_path: str
    offer_path: str
    email: str
    may_push: str
    no_run: str
    no_attempt: str
    no_server: str
    # Whether the number of an attempt says something to people.
    counts_attempts: bool = True

    def of_attempt(self, attempt: int) -> str:
        """Return what tells an attempt from the first one; "" for the first."""
        return f", attempt {attempt}" if attempt > 1 and self.counts_attempts else ""

    def named(self, run: int, attempt: int) -> str:
        """Return a run with its attempt, which tells two of one number apart."""
        return f"{self.run} {run} ({self.attempt} {attempt})"


GITHUB: Final = ForgeWords(
    name="GitHub",
    pull="pull request",
    sign="#",
    run="run",
    attempt="attempt",
    workflow="workflow",
    anew="close the pull request and open it again",
    runs_path="actions/runs",
    # GitHub's search finds the pull request of a commit (W-17 in forge/github/APIS.md).
    commit_path="pulls?q=is%3Apr+",
    offer_path="compare/{base}...{head}?expand=1",
    # The address of GitHub's own bot, so that GitHub shows a commit as an automatic one.
    email="41898282+github-actions[bot]@users.noreply.github.com",
    may_push="at GitHub the token needs `contents: write`, and a ruleset for reconciler/* must let it force-push",
    no_run="GITHUB_RUN_ID is no number",
    no_attempt="GITHUB_RUN_ATTEMPT is no number",
    no_server="GITHUB_SERVER_URL is no address of a server",
)
GITLAB: Final = ForgeWords(
    name="GitLab",
    pull="merge request",
    sign="!",
    run="pipeline",
    attempt="job",
    workflow="pipeline",
    anew="start a new pipeline of the merge request",
    runs_path="pipelines",
    # The page of a commit names the merge request that it came by (G-20 in forge/gitlab/APIS.md).
    commit_path="commit/",
    offer_path="merge_requests/new?merge_request%5Bsource_branch%5D={head}&merge_request%5Btarget_branch%5D={base}",
    # A host that never exists.
    email="reconciler@noreply.invalid",
    may_push="at GitLab the token needs the role Developer, and no protected branch may match reconciler/*",
    no_run="CI_PIPELINE_ID is no number",
    no_attempt="CI_JOB_ID is no number",
    no_server="CI_SERVER_URL is no address of a server",
    counts_attempts=False,
)


def forge_words(kind: ForgeKind) -> ForgeWords:
    """Return the words of a forge."""
    return GITLAB if kind is ForgeKind.GITLAB else GITHUB
