"""read_response: (a reply's JSON) → one of these shapes, or a GitHubProblem where it is not what GitHub documents.

plain: (a shape, with GitHub's own keys) → the value of forge.port, which every forge has in common.

Each shape names what is used of a document and ignores the rest: GitHub adds keys whenever it likes. An account that
was deleted (`"user": null`) has an empty name, as no other account has.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from reconciler.core.provider import Reply
from reconciler.forge.github.calls import GitHubCall, unexpected
from reconciler.forge.port import Artifact, BranchPush, Comment, Issue, Pull, PullEvent, WorkflowRun

_T = TypeVar("_T")
Role = Literal["admin", "write", "read", "none"]


class Response(BaseModel):
    """A part of a document; strict, and open to keys that it does not name."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


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


def read_response(shape: type[_T], reply: Reply, *, call: GitHubCall) -> _T:
    """Return the content of a reply; raises GitHubProblem."""
    try:
        found: _T = TypeAdapter(shape).validate_json(reply.body)
    except ValidationError as problem:
        # Only the place and the kind of the error: its message would quote the server.
        first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))[:80]
        why = "its reply is not JSON" if first["type"] == "json_invalid" else f"{where or 'its reply'}: {first['type']}"
        raise unexpected(call, reply, why) from None
    return found


def _login(user: _User | None) -> str:
    return user.login if user is not None else ""
