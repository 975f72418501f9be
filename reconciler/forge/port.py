"""Forge: the port to a forge, and the values that rules and runs use, in GitHub's words. All of them are foreign.

Comment, Issue, Pull, PullEvent, BranchPush, WorkflowRun, Artifact: what a forge says, as far as it is used.
WorkflowContext: the run that writes there, as the runner names it.
ForgeResult: what was done to a comment or an issue.

Only numbers, times and names are used. Times are GitHub's own, ISO 8601 in UTC. The times of commits are never read,
because their authors choose them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from reconciler.core.reports.handover import Handover
from reconciler.forge.marker import Marker
from reconciler.forge.vocabulary import GITHUB, ForgeWords


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of an issue or a pull request."""

    id: int
    author: str
    body: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue; GitHub lists pull requests among issues, but this is never one."""

    number: int
    author: str
    title: str
    body: str
    open: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull request. `head_repository` is empty if its fork is gone."""

    number: int
    author: str
    title: str
    body: str
    open: bool
    merged_at: datetime | None
    merge_commit: str
    head: str
    head_ref: str
    head_repository: str
    base_ref: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class PullEvent:
    """One event of a pull request: `labeled`, `unlabeled`, `head_ref_force_pushed`, `pushed`, and others."""

    kind: str
    at: datetime
    actor: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class BranchPush:
    """One push to a branch, by any means, after which `head` was its commit."""

    head: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One run of a workflow in `repository`. `path` is its file as it was at `head`, then the tip of `branch`.

    `actor` is the account that started it. It was changed last at `updated`; of a run that ended, this is its end.
    """

    id: int
    attempt: int
    path: str
    event: str
    head: str
    branch: str
    repository: str
    head_repository: str
    conclusion: str
    created: datetime
    updated: datetime
    actor: str


# Runs with another conclusion were stopped half way, or still go on.
_ENDED: Final = ("success", "failure")


def has_ended(run: WorkflowRun) -> bool:
    """True if a run came to its own end."""
    return run.conclusion in _ENDED


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact of a run: a zip archive of `size` bytes.

    `digest`, as `sha256:…`, and `created` are empty if GitHub does not give them.
    """

    id: int
    name: str
    size: int
    expired: bool
    digest: str = ""
    created: datetime | None = None


_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}\Z")


@dataclass(frozen=True, slots=True)
class WorkflowContext:
    """Which run this is, and where people find it: the repository's pages are below `home`.

    `folder` is the profiles' folder in the repository, empty at its top. `workflow` is the file name of the workflow,
    empty if it is not known.
    """

    run: int
    attempt: int
    home: str
    folder: str = ""
    workflow: str = ""
    words: ForgeWords = GITHUB

    @property
    def order(self) -> tuple[int, int]:
        """The order of two runs: GitHub's numbers grow, and so do the attempts of one run."""
        return (self.run, self.attempt)

    def url(self, run: int) -> str:
        """Return the address of a run of this repository."""
        return f"{self.home}/{self.words.runs_path}/{run}"

    def marker(self, page: Handover) -> Marker:
        """Return the marker of this run for a page; a page's commit that is no commit is left out."""
        commit = page.commit if _COMMIT.match(page.commit) else ""
        return Marker(key=self.folder, kind=page.kind, run=self.run, attempt=self.attempt, commit=commit)


def is_same_name(one: str, other: str) -> bool:
    """True if two logins, or two repositories, are the same: GitHub ignores their case."""
    return one.casefold() == other.casefold()


class ForgeAction(StrEnum):
    """One thing that was done, in the words of the command's result."""

    WRITTEN = "written"
    UPDATED = "updated"
    OPENED = "opened"
    REOPENED = "opened again"
    COMMENTED = "commented on"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ForgeResult:
    """The result for the `thing`, a comment or an issue, with `number`; if nothing was `done`, `why` says why.

    `warning` is something that the operator must put right.
    """

    thing: str
    number: int = 0
    done: tuple[ForgeAction, ...] = ()
    url: str = ""
    why: str = ""
    warning: str = ""


# A login of GitHub, and of a team the organisation before it: nothing that is not one can stand in a text.
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9][A-Za-z0-9_.-]{0,99})?\Z")


@dataclass(frozen=True, slots=True)
class People:
    """Who hears of an issue: logins to assign when it is opened, and logins or ORG/TEAM to mention."""

    assign: tuple[str, ...] = ()
    mention: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line that mentions them, or ""."""
        return " ".join(f"@{name}" for name in self.mention)


def is_login(name: str, *, team: bool = False) -> bool:
    """Return whether `name` is a login, or where a `team` may stand too, ORG/TEAM."""
    return _LOGIN.match(name) is not None and (team or "/" not in name)


def author_warning(author: str, wanted: str, *, forge: str = "GitHub") -> str:
    """Return the warning for a text whose author is not the one that the next run looks for."""
    return (
        f"{forge} says that {author or 'no account'} wrote it, and the next run looks for one by {wanted}: "
        f"it would not find it, and write another; run with --author {author}"
    )


class Forge(Protocol):
    """A repository at a forge. Lists are whole; a method that reads them raises ForgeProblem where the forge refuses.

    Comments are those of a pull request. `number` is that of a pull request or an issue, which may be counted apart.
    """

    @property
    def words(self) -> ForgeWords:
        """How the forge calls its things."""

    @property
    def repository(self) -> str:
        """The name of the repository."""

    async def comments(self, number: int) -> tuple[Comment, ...]:
        """Return the comments of a pull request, oldest first."""

    async def comment(self, number: int, body: str) -> Comment:
        """Write a new comment to a pull request."""

    async def edit_comment(self, number: int, comment_id: int, body: str) -> Comment:
        """Replace the text of a comment of a pull request."""

    async def issues(self, *, label: str) -> tuple[Issue, ...]:
        """Return the issues with a label, open and closed, oldest first."""

    async def open_issue(
        self, title: str, body: str, *, labels: Sequence[str] = (), assignees: Sequence[str] = ()
    ) -> Issue:
        """Open a new issue. An unknown assignee is a problem with status 422."""

    async def comment_issue(self, number: int, body: str) -> Comment:
        """Write a new comment to an issue."""

    async def edit_issue(self, number: int, body: str, *, opened: bool | None = None) -> Issue:
        """Replace an issue's body; `opened` also opens it again or closes it."""

    async def events(self, number: int) -> tuple[PullEvent, ...]:
        """Return what happened to a pull request: labels with who and when, and pushes that may lead back."""

    async def permission(self, login: str) -> str:
        """Return what an account may do in the repository: `admin`, `maintain`, `write`, `read` or `none`."""

    async def pushes(self, branch: str, *, enough: Callable[[BranchPush], bool]) -> tuple[BranchPush, ...]:
        """Return the pushes to a branch of the repository, newest first, until one is enough."""

    async def pull(self, number: int) -> Pull:
        """Return one pull request."""

    async def pulls(self, *, head: str, base: str) -> tuple[Pull, ...]:
        """Return the open pull requests from the repository's own branch `head` to the branch `base`."""

    async def pulls_of(self, commit: str) -> tuple[Pull, ...]:
        """Return the pull requests that brought a commit, or that hold it."""

    async def open_pull(self, title: str, body: str, *, head: str, base: str) -> Pull:
        """Open a pull request from the branch `head` to the branch `base`."""

    async def edit_pull(self, number: int, body: str) -> Pull:
        """Replace a pull request's text."""

    async def run(self, run_id: int) -> object:
        """Ask for one run; a run that there never was is a problem with status 404."""

    async def plan_runs(self, pull: Pull, *, workflow: str) -> tuple[WorkflowRun, ...]:
        """Return the runs that planned the pull request's last commit, newest first."""

    async def plan_runs_back(
        self, pull: Pull, *, workflow: str, enough: Callable[[WorkflowRun], bool]
    ) -> tuple[WorkflowRun, ...]:
        """Return the runs that planned the pull request's branch, newest first, until one is enough."""

    async def artifacts(self, run_id: int) -> tuple[Artifact, ...]:
        """Return the artifacts of a run."""

    async def kept_file(self, artifact: Artifact, name: str, *, most: int) -> bytes | str:
        """Return the file of an artifact, of at most `most` bytes, or why it is not used."""
