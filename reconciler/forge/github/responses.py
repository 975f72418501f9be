"""plain: (a shape, with GitHub's own keys) → the value of forge.port, which every forge has in common.

Each shape names what is used of a document and ignores the rest: GitHub adds keys whenever it likes. An account that
was deleted (`"user": null`) has an empty name, as no other account has.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from reconciler.forge.exchange import Response
from reconciler.forge.port import Artifact, BranchPush, Comment, Issue, Pull, PullEvent, WorkflowRun

Role = Literal["admin", "write", "read", "none"]


class _User(Response):
    login: str


class _Repository(Response):
    full_name: str


class LabelResponse(Response):
    """`label`."""

    name: str


class CommentResponse(Response):
    """`issue-comment`."""

    id: int
    user: _User | None
    body: str | None = None
    html_url: str

    def plain(self) -> Comment:
        """Return the comment."""
        return Comment(id=self.id, author=_login(self.user), body=self.body or "", url=self.html_url)


class IssueResponse(Response):
    """`issue`, which may be a pull request's."""

    number: int
    user: _User | None
    title: str
    body: str | None = None
    state: Literal["open", "closed"]
    html_url: str
    pull_request: dict[str, Any] | None = None

    def plain(self) -> Issue:
        """Return the issue."""
        return Issue(
            number=self.number,
            author=_login(self.user),
            title=self.title,
            body=self.body or "",
            open=self.state == "open",
            url=self.html_url,
        )


class _Branch(Response):
    ref: str
    sha: str
    # None if the fork is gone, although GitHub's own description says otherwise.
    repo: _Repository | None


class PullResponse(Response):
    """`pull-request` and `pull-request-simple`."""

    number: int
    user: _User | None
    title: str
    body: str | None
    state: Literal["open", "closed"]
    merged_at: AwareDatetime | None
    merge_commit_sha: str | None
    head: _Branch
    base: _Branch
    html_url: str

    def plain(self) -> Pull:
        """Return the pull request."""
        return Pull(
            number=self.number,
            author=_login(self.user),
            title=self.title,
            body=self.body or "",
            open=self.state == "open",
            merged_at=self.merged_at,
            merge_commit=self.merge_commit_sha or "",
            head=self.head.sha,
            head_ref=self.head.ref,
            head_repository=self.head.repo.full_name if self.head.repo else "",
            base_ref=self.base.ref,
            url=self.html_url,
        )


class EventResponse(Response):
    """`issue-event-for-issue`. The event of a deleted actor keeps its place: deletion did not undo it."""

    event: str
    created_at: AwareDatetime
    actor: _User | None
    label: LabelResponse | None = None

    def plain(self) -> PullEvent:
        """Return the event."""
        label = self.label.name if self.label else ""
        return PullEvent(kind=self.event, at=self.created_at, actor=_login(self.actor), label=label)


class ActivityResponse(Response):
    """`activity`: a branch moved."""

    after: str
    timestamp: AwareDatetime
    actor: _User | None

    def plain(self) -> BranchPush:
        """Return the push."""
        return BranchPush(head=self.after, at=self.timestamp, actor=_login(self.actor))


class RunResponse(Response):
    """`workflow-run`."""

    id: int
    run_attempt: int = 1
    path: str
    event: str
    head_sha: str
    head_branch: str | None
    repository: _Repository
    head_repository: _Repository | None
    conclusion: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    actor: _User | None = None

    def plain(self) -> WorkflowRun:
        """Return the run."""
        return WorkflowRun(
            id=self.id,
            attempt=self.run_attempt,
            path=self.path,
            event=self.event,
            head=self.head_sha,
            branch=self.head_branch or "",
            repository=self.repository.full_name,
            head_repository=self.head_repository.full_name if self.head_repository else "",
            conclusion=self.conclusion or "",
            created=self.created_at,
            updated=self.updated_at,
            actor=_login(self.actor),
        )


class RunsResponse(Response):
    """A page of runs."""

    workflow_runs: tuple[RunResponse, ...]

    def plain(self) -> tuple[WorkflowRun, ...]:
        """Return the runs."""
        return tuple(run.plain() for run in self.workflow_runs)


class ArtifactResponse(Response):
    """`artifact`."""

    id: int
    name: str
    size_in_bytes: Annotated[int, Field(ge=0)]
    expired: bool
    created_at: AwareDatetime | None
    digest: str | None = None

    def plain(self) -> Artifact:
        """Return the artifact."""
        return Artifact(
            id=self.id,
            name=self.name,
            size=self.size_in_bytes,
            expired=self.expired,
            digest=self.digest or "",
            created=self.created_at,
        )


class ArtifactsResponse(Response):
    """A page of artifacts."""

    artifacts: tuple[ArtifactResponse, ...]


class PermissionResponse(Response):
    """`repository-collaborator-permission`; it reports a role such as maintain or triage as one of these four."""

    permission: Role


def _login(user: _User | None) -> str:
    return user.login if user is not None else ""
