"""FakeGitLab: a GitLab with one project, for tests: in this process, or on a socket of this machine.

It behaves as GitLab does where that matters here: scopes and roles of tokens, pages, limits, the words of its refusals.
python-gitlab, which others wrote, is the judge of it (tests/forge/gitlab/test_stand_in.py). A text with a quick action
in it is a violation: leaving the `with` fails. The methods of this class do what people, pushes and pipelines do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Self
from zlib import crc32

from tests.support.gitlab.world import (
    BOT,
    PROJECT,
    Issue,
    Job,
    LabelEvent,
    MergeRequest,
    Note,
    Pipeline,
    Project,
    Push,
    Token,
    ticking,
)

__all__ = ["BOT", "PROJECT", "FakeGitLab"]

PATH = "goldcrust/profiles"
SECRET = "glpat-0123456789abcdefghij"
HEAD = "a" * 40
_ACTS = re.compile(r"^[ \t]*/\w", re.MULTILINE)


@dataclass
class Trouble:
    """What happens to calls instead of what they ask for."""

    status: int
    message: object
    headers: Mapping[str, str]
    path: str
    times: int


class FakeGitLab:
    """One project at GitLab. `now` is its clock: without one, each look is a second after the one before."""

    def __init__(self, path: str = PATH, *, now: Callable[[], datetime] | None = None) -> None:
        from tests.support.gitlab.server import application

        self.project = Project(path)
        self.now = now or ticking().__next__
        self.tokens: dict[str, Token] = {SECRET: Token()}
        self.troubles: list[Trouble] = []
        self.violations: list[str] = []
        # Each request as it came in: the method, and the path below the API.
        self.asked: list[str] = []
        # The commit that a branch points to.
        self.head_of: Callable[[str], str] = lambda branch: branch.encode().hex().ljust(40, "0")[:40]
        self._last = 1000
        self.app = application(self)
        self.person(BOT, 30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            assert self.violations == [], "\n".join(self.violations)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answer on a socket for as long as the context lasts; gives the server's address, with the API below it."""
        from reconciler.sandbox.serve import running

        with running(self.app) as url:
            yield url

    def number(self) -> int:
        """Return a new number: GitLab's grow."""
        self._last += 1
        return self._last

    def written(self, text: str) -> str:
        """Return a text that was written; GitLab would obey a line of it that begins with a slash."""
        if _ACTS.search(text):
            self.violations.append(f"a quick action: {text[:200]!r}")
        return text

    # People

    def person(self, login: str, level: int) -> None:
        """Give a person a role: 10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner; 0 is none here."""
        self.project.accounts[login] = crc32(login.encode())
        self.project.levels[login] = level

    # Issues and merge requests

    def issue(self, author: str, title: str = "An issue", description: str = "", *, labels: str = "") -> int:
        """Open an issue; returns its number."""
        iid = len(self.project.issues) + 1
        found = [name for name in labels.split(",") if name]
        self.project.issues[iid] = Issue(iid, author, title, description, found, self.now())
        return iid

    def merge_request(
        self,
        author: str,
        title: str = "A change",
        *,
        sha: str = HEAD,
        branch: str = "change",
        target: str = "main",
        source: int | None = PROJECT,
        description: str = "",
    ) -> int:
        """Open a merge request; returns its number."""
        iid, at = len(self.project.merge_requests) + 1, self.now()
        made = MergeRequest(iid, author, title, description, branch, target, sha, at, source)
        made.versions.append((sha, at))
        self.project.merge_requests[iid] = made
        self.project.commits.setdefault(sha, []).append(iid)
        return iid

    def push(self, iid: int, sha: str, *, by: str, at: datetime | None = None) -> None:
        """Push to the branch of a merge request."""
        found = self.project.merge_requests[iid]
        found.sha = sha
        found.versions.append((sha, at or self.now()))
        self.project.commits.setdefault(sha, []).append(iid)
        self.pushed(sha, by=by, branch=found.branch, at=found.versions[-1][1])

    def pushed(self, sha: str | None, *, by: str, branch: str | None = "change", at: datetime | None = None) -> None:
        """Record that an account pushed to a branch, or without one to several at once."""
        self.project.pushes.append(Push(self.number(), branch, sha, by, at or self.now()))

    def merge(self, iid: int, commit: str, *, at: datetime | None = None, squash: bool = False) -> None:
        """Merge a merge request as `commit`; a squashed one that is fast-forwarded has no merge commit."""
        found = self.project.merge_requests[iid]
        found.state, found.merged_at = "merged", at or self.now()
        if squash:
            found.squash_commit = commit
        else:
            found.merge_commit = commit
        self.project.commits.setdefault(commit, []).append(iid)

    def label(self, iid: int, name: str, *, by: str | None, at: datetime | None = None) -> None:
        """Put a label on a merge request."""
        self.project.merge_requests[iid].labels.append(name)
        self.project.label_events.append(LabelEvent(self.number(), iid, by, name, "add", at or self.now()))

    def unlabel(self, iid: int, name: str, *, by: str, at: datetime | None = None) -> None:
        """Take a label off."""
        self.project.merge_requests[iid].labels.remove(name)
        self.project.label_events.append(LabelEvent(self.number(), iid, by, name, "remove", at or self.now()))

    def say(self, iid: int, author: str, body: str, *, sign: str = "!", system: bool = False) -> int:
        """Write a note; returns its number."""
        made = self.number()
        self.project.notes[made] = Note(made, sign, iid, author, body, self.now(), system=system)
        return made

    def said(self, iid: int, *, sign: str = "!") -> list[Note]:
        """Return the notes of a merge request or an issue that are not GitLab's own."""
        notes = self.project.notes.values()
        return [one for one in notes if (one.sign, one.iid) == (sign, iid) and not one.system]

    # Pipelines

    def pipeline(
        self,
        iid: int,
        *,
        sha: str = "",
        user: str | None = "ada",
        at: datetime | None = None,
        ref: str = "",
        project: int = PROJECT,
        id: int = 0,  # noqa: A002 - as GitLab calls it
    ) -> int:
        """Begin a pipeline of a merge request; returns its number."""
        made = id or self.number()
        head = sha or self.project.merge_requests[iid].sha
        name = ref or f"refs/merge-requests/{iid}/head"
        self.project.pipelines[made] = Pipeline(made, head, name, user, at or self.now(), iid, project)
        return made

    def job(
        self,
        pipeline: int,
        name: str = "reconciler-plan",
        *,
        status: str = "success",
        finished: datetime | None = None,
        files: dict[str, bytes] | None = None,
        id: int = 0,  # noqa: A002 - as GitLab calls it
    ) -> int:
        """Run a job, or run it again; returns its number."""
        made, at = id or self.number(), self.now()
        for one in self.project.jobs.values():
            one.retried |= (one.pipeline, one.name) == (pipeline, name)
        ended = finished or (at if status in ("success", "failed", "canceled") else None)
        self.project.jobs[made] = Job(made, pipeline, name, status, at, ended, files)
        return made

    def trouble(
        self,
        status: int,
        message: object = "Something is wrong",
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        path: str = "",
        times: int = 1,
    ) -> None:
        """Answer the next calls whose path fits with an error."""
        self.troubles.append(Trouble(status, message, headers, path, times))
