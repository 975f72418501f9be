"""What GitHub says, as far as anything here asks for it. All of it is foreign: only numbers, times and names are used.

The run of a workflow that writes at GitHub, as the runner names it, and how names there are compared.
What people at GitHub were told: a comment or an issue, and what was done to it.

Times are GitHub's own, ISO 8601 in UTC: those of commits, which their authors choose, are never read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconciler.core.handover import Handover
from reconciler.forge.marker import Marker


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of an issue or a pull request."""

    id: int
    author: str
    body: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue; GitHub lists pull requests among them, which this is never one of."""

    number: int
    author: str
    title: str
    body: str
    open: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull request. `head_repository` is empty where the fork it came from is gone."""

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
    """One thing that happened to a pull request: `labeled`, `unlabeled`, `head_ref_force_pushed`, and others."""

    kind: str
    at: datetime
    actor: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One run of a workflow in `repository`. `path` is its file as it was at `head`, then the tip of `branch`."""

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


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact of a run: a zip archive of `size` bytes.

    `digest`, as `sha256:…`, and `created` are empty where GitHub does not say.
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
    """Which run this is, and where people find it: `home` is the repository's own address.

    `folder` is where in the repository the profiles are, empty at its top.
    """

    run: int
    attempt: int
    home: str
    folder: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """Which of two runs is the newer one: GitHub's numbers grow, and so do the attempts of one run."""
        return (self.run, self.attempt)

    def url(self, run: int) -> str:
        """Return the address of a run of this repository."""
        return f"{self.home}/actions/runs/{run}"

    def marker(self, page: Handover) -> Marker:
        """Return the marker of what this run writes of a page; what the page calls its commit may be none."""
        commit = page.commit if _COMMIT.match(page.commit) else ""
        return Marker(key=self.folder, kind=page.kind, run=self.run, attempt=self.attempt, commit=commit)


def same_name(one: str, other: str) -> bool:
    """Say whether two logins, or two repositories, are the same one, which GitHub does not tell apart by case."""
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
    """What became of the `thing`, a comment or an issue, of `number`; where nothing was `done`, `why` says why.

    `warning` is what whoever runs this must put right.
    """

    thing: str
    number: int = 0
    done: tuple[ForgeAction, ...] = ()
    url: str = ""
    why: str = ""
    warning: str = ""


def author_warning(author: str, wanted: str) -> str:
    """Return what to say where a text is another author's than the one that the next run looks for."""
    return (
        f"GitHub says that {author or 'nobody'} wrote it, and the next run looks for one by {wanted}: "
        f"it would not find it, and write another; run with --author {author}"
    )
