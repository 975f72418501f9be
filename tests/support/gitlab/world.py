"""What the fake GitLab holds: one project, with what people, pushes and pipelines made there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

BEGINNING = datetime(2026, 8, 2, 12, tzinfo=UTC)
PROJECT = 42
# The account of the project's own token.
BOT = "project_42_bot_1f"


def ticking() -> Iterator[datetime]:
    """Yield a time a second after the one before."""
    return (BEGINNING + timedelta(seconds=number) for number in count())


@dataclass
class Note:
    """A note of a merge request (`!`) or an issue (`#`)."""

    id: int
    sign: str
    iid: int
    author: str
    body: str
    at: datetime
    system: bool = False


@dataclass
class Issue:
    """An issue."""

    iid: int
    author: str
    title: str
    description: str
    labels: list[str]
    at: datetime
    open: bool = True
    assignees: list[int] = field(default_factory=list)


@dataclass
class MergeRequest:
    """A merge request. One of a fork has the fork's number as its source."""

    iid: int
    author: str
    title: str
    description: str
    branch: str
    target: str
    sha: str
    at: datetime
    source: int | None = PROJECT
    state: str = "opened"
    labels: list[str] = field(default_factory=list)
    merged_at: datetime | None = None
    merge_commit: str | None = None
    squash_commit: str | None = None
    # When it was pushed to, and with which commit, the newest last.
    versions: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass
class LabelEvent:
    """A label was put on or taken off."""

    id: int
    iid: int
    user: str | None
    label: str | None
    action: str
    at: datetime


@dataclass
class Push:
    """A push to a branch of the project, or to several at once."""

    id: int
    branch: str | None
    commit: str | None
    by: str
    at: datetime


@dataclass
class Pipeline:
    """A pipeline of a merge request."""

    id: int
    sha: str
    ref: str
    user: str | None
    at: datetime
    iid: int
    project: int = PROJECT


@dataclass
class Job:
    """A job of a pipeline, and the files that it kept, by their paths; None if it kept nothing."""

    id: int
    pipeline: int
    name: str
    status: str
    at: datetime
    finished: datetime | None
    files: dict[str, bytes] | None = None
    # A newer job of the same name took its place.
    retried: bool = False


@dataclass
class Token:
    """A project access token: who it is, what it may do, and as which role."""

    author: str = BOT
    scopes: tuple[str, ...] = ("api",)
    level: int = 30


@dataclass
class Settings:
    """What people set. Without a plan that costs, GitLab has no protected environments: they are None."""

    waits_for_pipeline: bool = False
    # The documents of protected branches, protected environments and schedules; the files of main.
    branches: list[dict[str, object]] = field(default_factory=list)
    environments: list[dict[str, object]] | None = None
    schedules: list[dict[str, object]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


@dataclass
class Project:
    """The project, and the accounts that GitLab knows, by their logins."""

    path: str
    accounts: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    notes: dict[int, Note] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    merge_requests: dict[int, MergeRequest] = field(default_factory=dict)
    label_events: list[LabelEvent] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    pipelines: dict[int, Pipeline] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    # The merge requests of each commit, and the parents of merged results.
    commits: dict[str, list[int]] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
