"""FakeGitHub: a GitHub with one private repository, for tests: in this process, or on a socket of this machine.

It behaves as GitHub does where that matters here: permissions of a job's token, pages, limits, the words of its
refusals. Every request and reply is held against GitHub's own OpenAPI description; leaving the `with` fails on any
difference. The methods of this class do everything that people, pushes and workflows do at GitHub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Self

from reconciler.effects.world import Context
from reconciler.forge.github.calls import GitHubPlace
from reconciler.forge.github.client import GitHub
from tests.support.github.world import (
    BOT,
    Branches,
    Happening,
    Pushed,
    Remark,
    Repository,
    Run,
    Stored,
    Thread,
    Token,
    ticking,
)

__all__ = ["BOT", "FakeGitHub", "Trouble"]

REPOSITORY = "goldcrust/profiles"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for installation."


@dataclass
class Trouble:
    """What happens to calls instead of what they ask for; with `late`, after it was done."""

    status: int
    message: str
    headers: Mapping[str, str]
    method: str
    path: str
    times: int
    late: bool


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    url: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """What was asked for, without the address and the query."""
        return "/" + self.url.partition("://")[2].partition("?")[0].partition("/")[2]


class FakeGitHub:
    """One repository at GitHub. `now` is its clock: without one, each look is a second after the one before."""

    def __init__(self, repository: str = REPOSITORY, *, now: Callable[[], datetime] | None = None) -> None:
        from tests.support.github.server import application

        self.repository = Repository(repository)
        self.now = now or ticking().__next__
        self.tokens: dict[str, Token] = {}
        self.troubles: list[Trouble] = []
        self.violations: list[str] = []
        self.asked: list[Asked] = []
        # The commit that a branch points to; None where there is no such branch.
        self.head_of: Callable[[str], str | None] = lambda branch: branch.encode().hex().ljust(40, "0")[:40]
        self._last = 1000
        self.app = application(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            assert self.violations == [], "\n".join(self.violations)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answer on a socket for as long as the context lasts; gives the API's address."""
        from reconciler.sandbox.serve import running

        with running(self.app) as url:
            yield url

    def github(self, token: str, *, context: Context) -> GitHub:
        """Return a client that talks to this GitHub within this process."""
        return GitHub(self.place(token), context=context, app=self.app)

    def place(self, token: str) -> GitHubPlace:
        """Return this repository, opened by `token`."""
        return GitHubPlace(self.repository.name, token=token)

    # Tokens and people

    def token(self, text: str, permissions: Mapping[str, str], *, author: str = BOT) -> str:
        """Make a token as a job has one, with its `permissions:`; returns it."""
        self.tokens[text] = Token(permissions, author)
        return text

    def person(self, login: str, role: str) -> None:
        """Give a person a role: admin, maintain, write, triage or read."""
        self.repository.roles[login] = role

    # Issues and pull requests

    def issue(self, author: str | None, title: str = "An issue", body: str | None = "") -> int:
        """Open an issue; returns its number."""
        number = len(self.repository.threads) + 1
        self.repository.threads[number] = Thread(number, author, title, body, self.now())
        return number

    def pull(
        self,
        author: str | None,
        title: str = "A change",
        body: str | None = "",
        *,
        head: str = "a" * 40,
        branch: str = "change",
        fork: str | None = "",
        base: str = "main",
    ) -> int:
        """Open a pull request; returns its number. `fork` is the repository it comes from, None if that is gone."""
        number = self.issue(author, title, body)
        source = self.repository.name if fork == "" else fork
        self.repository.threads[number].pull = Branches(branch, head, source, base)
        self.repository.commits.setdefault(head, []).append(number)
        return number

    def merge(self, number: int, commit: str, *, at: datetime | None = None, by: str = "owner") -> None:
        """Merge a pull request as `commit`."""
        when = at or self.now()
        thread, pull = self._pull(number)
        thread.open, thread.closed = False, when
        pull.merged_at, pull.merge_commit = when, commit
        self.repository.commits.setdefault(commit, []).append(number)
        for kind in ("merged", "closed"):
            self.happen(number, kind, by=by, at=when)

    def push(self, number: int, head: str, *, by: str = "", at: datetime | None = None) -> None:
        """Push to a pull request; with `by`, push with force, which is the only push that is an event."""
        _, pull = self._pull(number)
        pull.head = head
        self.repository.commits.setdefault(head, []).append(number)
        if by:
            self.happen(number, "head_ref_force_pushed", by=by, at=at)

    def pushed(self, head: str, *, by: str | None, at: datetime | None = None, branch: str = "change") -> None:
        """Record that an account pushed to a branch of the repository, by any means."""
        self.repository.pushes.append(Pushed(self._id(), branch, head, by, at or self.now()))

    def close(self, number: int, *, by: str | None, at: datetime | None = None) -> None:
        """Close an issue or a pull request."""
        thread = self.repository.threads[number]
        thread.open, thread.closed = False, at or self.now()
        self.happen(number, "closed", by=by, at=thread.closed)

    def reopen(self, number: int, *, by: str | None, at: datetime | None = None) -> None:
        """Open it again."""
        thread = self.repository.threads[number]
        thread.open, thread.closed = True, None
        self.happen(number, "reopened", by=by, at=at)

    def label(self, number: int, name: str, *, by: str | None, at: datetime | None = None) -> None:
        """Put a label on; one that does not exist yet is made."""
        thread = self.repository.threads[number]
        if name not in self.repository.labels:
            self.repository.labels.append(name)
        if name not in thread.labels:
            thread.labels.append(name)
            self.happen(number, "labeled", by=by, at=at, label=name)

    def unlabel(self, number: int, name: str, *, by: str | None, at: datetime | None = None) -> None:
        """Take a label off."""
        self.repository.threads[number].labels.remove(name)
        self.happen(number, "unlabeled", by=by, at=at, label=name)

    def happen(self, number: int, kind: str, *, by: str | None, at: datetime | None = None, label: str = "") -> None:
        """Record an event; where `at` is in the past, it still comes after those that were recorded before."""
        self.repository.happenings.append(Happening(self._id(), number, kind, by, at or self.now(), label))

    def say(self, number: int, author: str | None, body: str) -> int:
        """Comment; returns the comment's id."""
        at, made = self.now(), self._id()
        self.repository.remarks[made] = Remark(made, number, author, body, at, at)
        return made

    def said(self, number: int) -> list[Remark]:
        """Return the comments of an issue or a pull request."""
        return [remark for remark in self.repository.remarks.values() if remark.number == number]

    # Workflows

    def run(
        self,
        workflow: str,
        head: str,
        *,
        event: str = "pull_request",
        conclusion: str | None = "success",
        fork: str | None = "",
        at: datetime | None = None,
        attempt: int = 1,
        branch: str | None = "change",
        id: int = 0,  # noqa: A002 - as GitHub calls it
        actor: str | None = "ada",
        ended: datetime | None = None,
    ) -> int:
        """Run a workflow, named by its file, which ends at once unless `ended` says when; returns the run's id."""
        name, made = self.repository.name, id or self._id()
        source = name if fork == "" else fork
        path = f".github/workflows/{workflow}"
        run = Run(made, path, event, head, name, source, conclusion, at or self.now(), attempt, branch, actor, ended)
        self.repository.runs[made] = run
        return made

    def artifact(self, run: int, name: str, content: bytes, *, expired: bool = False, digest: str | None = "") -> int:
        """Keep a zip archive of a run; returns the artifact's id."""
        made = self._id()
        self.repository.artifacts[made] = Stored(made, run, name, content, self.now(), expired, digest)
        return made

    # Trouble

    def trouble(
        self,
        status: int,
        message: str = "Something is wrong",
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        method: str = "",
        path: str = "",
        times: int = 1,
        late: bool = False,
    ) -> None:
        """Answer the next call that `method` and `path` fit with an error; with `late`, after doing it."""
        self.troubles.append(Trouble(status, message, headers, method, path, times, late))

    def _id(self) -> int:
        """Return a new id: GitHub's grow."""
        self._last += 1
        return self._last

    def _pull(self, number: int) -> tuple[Thread, Branches]:
        thread = self.repository.threads[number]
        assert thread.pull is not None
        return thread, thread.pull
