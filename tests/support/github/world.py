"""What a fake GitHub holds: one repository, its people, its conversations and its workflow runs, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

BOT = "github-actions[bot]"
BEGINNING = datetime(2026, 8, 2, 12, 0, tzinfo=UTC)


def ticking(start: datetime = BEGINNING) -> Iterator[datetime]:
    """Give a time that is a second later each time it is looked at."""
    for seconds in count():
        yield start + timedelta(seconds=seconds)


@dataclass
class Branches:
    """What makes a pull request of an issue. `head_repository` is None where the fork is gone."""

    head_ref: str
    head: str
    head_repository: str | None
    base_ref: str = "main"
    merged_at: datetime | None = None
    merge_commit: str | None = None


@dataclass
class Thread:
    """An issue or a pull request: they share their numbers. `author` is None where the account is gone."""

    number: int
    author: str | None
    title: str
    body: str | None
    created: datetime
    open: bool = True
    closed: datetime | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    pull: Branches | None = None


@dataclass
class Remark:
    """A comment."""

    id: int
    number: int
    author: str | None
    body: str
    created: datetime
    updated: datetime


@dataclass
class Happening:
    """An event of a thread."""

    id: int
    number: int
    kind: str
    actor: str | None
    at: datetime
    label: str = ""


@dataclass
class Pushed:
    """A push to a branch of the repository."""

    id: int
    branch: str
    after: str
    actor: str | None
    at: datetime


@dataclass
class Run:
    """A run of a workflow; `conclusion` is None while it goes on."""

    id: int
    path: str
    event: str
    head: str
    repository: str
    head_repository: str | None
    conclusion: str | None
    created: datetime
    attempt: int = 1
    branch: str | None = None
    actor: str | None = "ada"
    updated: datetime | None = None


@dataclass
class Stored:
    """An artifact: a zip archive."""

    id: int
    run: int
    name: str
    content: bytes
    created: datetime
    expired: bool = False
    digest: str | None = ""

    def __post_init__(self) -> None:
        """Give it the digest that it has, unless a test says another or none."""
        if self.digest == "":
            self.digest = f"sha256:{sha256(self.content).hexdigest()}"


@dataclass
class Token:
    """What a token may do, as the `permissions:` of a job, and in whose name."""

    permissions: Mapping[str, str]
    author: str = BOT

    def may(self, scope: str, level: str) -> bool:
        """Say whether it may; who may write may read."""
        return self.permissions.get(scope) in (level, "write")


@dataclass
class Place:
    """One environment: the names of its secrets, and of its branches; None lets in each branch."""

    secrets: list[str] = field(default_factory=list)
    branches: list[str] | None = None
    protected: bool = False
    reviewers: list[tuple[str, int, str]] = field(default_factory=list)
    wait: int = 0
    no_self_review: bool = False


@dataclass
class RepositorySettings:
    """The settings of a repository. `rules` are those of rulesets, `protection` a branch's own, both by branch."""

    environments: dict[str, Place] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    organization_secrets: list[str] | None = None
    branches: list[str] = field(default_factory=lambda: ["main"])
    rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    protection: dict[str, dict[str, Any]] = field(default_factory=dict)
    default_permissions: str = "write"
    may_propose: bool = False
    owner_errors: list[dict[str, Any]] | None = None


@dataclass
class Repository:
    """One private repository. A commit in `commits` is in the pull requests with these numbers."""

    name: str
    id: int = 4711
    threads: dict[int, Thread] = field(default_factory=dict)
    remarks: dict[int, Remark] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    runs: dict[int, Run] = field(default_factory=dict)
    pushes: list[Pushed] = field(default_factory=list)
    artifacts: dict[int, Stored] = field(default_factory=dict)
    commits: dict[str, list[int]] = field(default_factory=dict)
    actions_may_open_pulls: bool = True
    settings: RepositorySettings = field(default_factory=RepositorySettings)

    @property
    def owner(self) -> str:
        """The account that it belongs to."""
        return self.name.partition("/")[0]
