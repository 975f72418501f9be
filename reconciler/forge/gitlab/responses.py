"""plain: (a shape, with GitLab's own keys) → the value of forge.port, which every forge has in common.

Each shape names what is used of a document and ignores the rest: GitLab adds keys whenever it likes. What a deleted
account wrote is given to an account `ghost`; where a document has no account, its name is empty, as no other one is.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from reconciler.forge.exchange import Response
from reconciler.forge.port import Artifact, BranchPush, Comment, Issue, Pull, PullEvent, WorkflowRun

# How GitLab says that a job came to its end, in the port's words. Each other end was brought about from outside.
_ENDS = {"success": "success", "failed": "failure"}
_STOPPED = ("canceled", "skipped", "manual")


class AccountResponse(Response):
    """An account, as every document has it."""

    id: int
    username: str


class NoteResponse(Response):
    """A note; one with `system` is GitLab's own."""

    id: int
    body: str
    author: AccountResponse | None = None
    system: bool = False

    def plain(self, page: str) -> Comment:
        """Return the note, on the page of its merge request or issue."""
        return Comment(self.id, account_name(self.author), self.body, url=f"{page}#note_{self.id}" if page else "")


class ProjectIssueResponse(Response):
    """An issue of a project."""

    iid: int
    title: str
    description: str | None = None
    state: Literal["opened", "closed"]
    author: AccountResponse | None = None
    web_url: str = ""

    def plain(self) -> Issue:
        """Return the issue."""
        body, is_open = self.description or "", self.state == "opened"
        return Issue(self.iid, account_name(self.author), self.title, body, open=is_open, url=self.web_url)


class MergeRequestResponse(Response):
    """A merge request. One that was squashed or fast-forwarded has no merge commit: another stands for the merge."""

    iid: int
    title: str
    description: str | None = None
    state: Literal["opened", "closed", "merged", "locked"]
    author: AccountResponse | None = None
    merged_at: AwareDatetime | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    sha: str | None = None
    source_branch: str
    target_branch: str
    source_project_id: int | None = None
    target_project_id: int
    web_url: str = ""

    def plain(self, repository: str) -> Pull:
        """Return the merge request of a project; a fork has a name that no project has."""
        own = self.source_project_id == self.target_project_id
        fork = f"project {self.source_project_id}" if self.source_project_id is not None else ""
        return Pull(
            number=self.iid,
            author=account_name(self.author),
            title=self.title,
            body=self.description or "",
            open=self.state in ("opened", "locked"),
            merged_at=self.merged_at,
            merge_commit=self.merge_commit_sha or self.squash_commit_sha or self.sha or "",
            head=self.sha or "",
            head_ref=self.source_branch,
            head_repository=repository if own else fork,
            base_ref=self.target_branch,
            url=self.web_url,
        )


class _Label(Response):
    name: str


class LabelEventResponse(Response):
    """A label was put on or taken off. The event of a deleted label says nothing any more."""

    action: Literal["add", "remove"]
    created_at: AwareDatetime
    user: AccountResponse | None = None
    label: _Label | None = None

    def plain(self) -> PullEvent:
        """Return the event."""
        kind = "labeled" if self.action == "add" else "unlabeled"
        return PullEvent(kind, self.created_at, account_name(self.user), label=self.label.name if self.label else "")


class VersionResponse(Response):
    """What a merge request held since a push, or since it goes to another branch."""

    created_at: AwareDatetime

    def plain(self) -> PullEvent:
        """Return the push; who made it is not said."""
        return PullEvent("pushed", self.created_at, "")


class _PushData(Response):
    commit_to: str | None = None
    ref: str | None = None
    ref_type: str = ""


class PushEventResponse(Response):
    """A push, as the project's events have it. A push of many branches names none."""

    created_at: AwareDatetime
    author_username: str | None = None
    push_data: _PushData | None = None

    def plain(self, branch: str) -> BranchPush | None:
        """Return the push, None if it was to something else than the branch."""
        data = self.push_data
        if data is None or data.ref_type != "branch" or data.ref != branch:
            return None
        return BranchPush(data.commit_to or "", self.created_at, self.author_username or "")


class MemberResponse(Response):
    """A member of a project, by inheritance too."""

    access_level: int
    state: str = ""

    @property
    def permission(self) -> str:
        """The permission in the port's words. An account that is blocked may do nothing."""
        levels = ((50, "admin"), (40, "maintain"), (30, "write"), (10, "read"))
        found = next((word for level, word in levels if self.access_level >= level), "none")
        return found if self.state == "active" else "none"


class MergeRequestPipelineResponse(Response):
    """A pipeline in the list of a merge request. One of a fork's branch may be the fork's."""

    id: int
    sha: str
    ref: str
    project_id: int | None = None


class PipelineResponse(Response):
    """One pipeline; its user is the account that started it."""

    id: int
    created_at: AwareDatetime
    user: AccountResponse | None = None


class _Archive(Response):
    size: Annotated[int, Field(ge=0)]


class JobResponse(Response):
    """A job of a pipeline. One that is retried is another job of the same name."""

    id: int
    name: str
    status: str
    finished_at: AwareDatetime | None = None
    artifacts_file: _Archive | None = None

    def run(self, pipeline: PipelineResponse, *, head: str, pull: Pull, repository: str) -> WorkflowRun:
        """Return the job as the run that planned `head` of a merge request; of one that goes on nothing ended."""
        return WorkflowRun(
            id=pipeline.id,
            attempt=self.id,
            path=self.name,
            event="pull_request",
            head=head,
            branch=pull.head_ref,
            repository=repository,
            head_repository=pull.head_repository,
            conclusion=_ENDS.get(self.status, self.status if self.status in _STOPPED else ""),
            created=pipeline.created_at,
            updated=self.finished_at or pipeline.created_at,
            actor=account_name(pipeline.user),
        )

    def plain(self) -> Artifact:
        """Return what the job kept; it is gone if there is no archive."""
        archive = self.artifacts_file
        size = archive.size if archive else 0
        return Artifact(self.id, self.name, size, expired=archive is None, created=self.finished_at)


class CommitResponse(Response):
    """A commit."""

    parent_ids: tuple[str, ...]


def account_name(account: AccountResponse | None) -> str:
    """Return the login of an account, "" if there is none."""
    return account.username if account is not None else ""
