"""GitHub: (one repository, what is asked for) → values of forge.port; raises ForgeProblem where GitHub refuses.

Each method reads or does one thing. Lists are whole, however many pages they have. Nothing that GitHub may have done
already is done twice. APIS.md beside this file says what GitHub does, and how sure that is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from reconciler.effects.http.connection import Application
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeCall, ForgeProblem, segment
from reconciler.forge.github.calls import GitHubPlace, github_server
from reconciler.forge.github.responses import (
    ActivityResponse,
    ArtifactsResponse,
    CommentResponse,
    EventResponse,
    IssueResponse,
    PermissionResponse,
    PullResponse,
    RunResponse,
    RunsResponse,
)
from reconciler.forge.port import Artifact, BranchPush, Comment, Issue, Pull, PullEvent, WorkflowRun
from reconciler.forge.rules.merge import one_file_of
from reconciler.forge.transport import COMMAND_DEADLINE, OpenTransport, Transport
from reconciler.forge.vocabulary import GITHUB, ForgeWords

_READ_TALK = "`pull-requests: read`, or for an issue `issues: read`"
_WRITE_TALK = "`pull-requests: write`, or for an issue `issues: write`"
_READ_ISSUES, _WRITE_ISSUES = "`issues: read`", "`issues: write`"
_READ_EVENTS = "`issues: read` and `pull-requests: read`"
_READ_PULLS, _WRITE_PULLS = "`pull-requests: read`", "`pull-requests: write`"
_READ_COMMITS = "`contents: read` and `pull-requests: read`"
_READ_CONTENTS = "`contents: read`"
_READ_ACTIONS = "`actions: read`"


class GitHub(OpenTransport):
    """A repository at GitHub, behind the port `Forge`. Use it as an async context manager.

    A command's time begins when it is made, and it has `seconds`. `app` is an ASGI application that answers in this
    process instead, for tests.
    """

    def __init__(
        self,
        place: GitHubPlace,
        *,
        context: Context,
        app: Application | None = None,
        seconds: float = COMMAND_DEADLINE,
    ) -> None:
        self.place = place
        self._transport = Transport(github_server(place, context=context), context=context, app=app, seconds=seconds)

    @property
    def words(self) -> ForgeWords:
        """GitHub's own."""
        return GITHUB

    @property
    def repository(self) -> str:
        """The name of the repository, OWNER/NAME."""
        return self.place.repository

    async def comments(self, number: int) -> tuple[Comment, ...]:
        """Return the comments of an issue or a pull request, oldest first."""
        call = ForgeCall(f"read the comments of #{number}", f"issues/{number}/comments", _READ_TALK)
        pages = await self._transport.pages(call, tuple[CommentResponse, ...])
        return tuple(one.plain() for page in pages for one in page)

    async def comment(self, number: int, body: str) -> Comment:
        """Write a new comment."""
        what, path = f"write a comment to #{number}", f"issues/{number}/comments"
        call = ForgeCall(what, path, _WRITE_TALK, method="POST", body={"body": body})
        return (await self._transport.one(call, CommentResponse)).plain()

    async def comment_issue(self, number: int, body: str) -> Comment:
        """Write a new comment to an issue, which GitHub takes like one to a pull request."""
        return await self.comment(number, body)

    async def edit_comment(self, number: int, comment_id: int, body: str) -> Comment:
        """Replace a comment's text; its number tells it from those of every other pull request."""
        what, path = f"change comment {comment_id} of #{number}", f"issues/comments/{comment_id}"
        call = ForgeCall(what, path, _WRITE_TALK, method="PATCH", body={"body": body})
        return (await self._transport.one(call, CommentResponse)).plain()

    async def issues(self, *, label: str) -> tuple[Issue, ...]:
        """Return the issues with a label, open and closed, oldest first; no pull requests."""
        query = {"labels": label, "state": "all", "sort": "created", "direction": "asc"}
        call = ForgeCall(f"list the issues with the label {label}", "issues", _READ_ISSUES, query=query)
        pages = await self._transport.pages(call, tuple[IssueResponse, ...])
        return tuple(one.plain() for page in pages for one in page if one.pull_request is None)

    async def open_issue(
        self, title: str, body: str, *, labels: Sequence[str] = (), assignees: Sequence[str] = ()
    ) -> Issue:
        """Open a new issue; labels that do not exist yet are made. An unknown assignee is a problem with status 422."""
        content: dict[str, object] = {"title": title, "body": body, "labels": list(labels)}
        content |= {"assignees": list(assignees)} if assignees else {}
        call = ForgeCall("open an issue", "issues", _WRITE_ISSUES, method="POST", body=content)
        return (await self._transport.one(call, IssueResponse)).plain()

    async def edit_issue(self, number: int, body: str, *, opened: bool | None = None) -> Issue:
        """Replace an issue's body; `opened` also opens it again or closes it."""
        content = {"body": body} if opened is None else {"body": body, "state": "open" if opened else "closed"}
        call = ForgeCall(f"change #{number}", f"issues/{number}", _WRITE_ISSUES, method="PATCH", body=content)
        return (await self._transport.one(call, IssueResponse)).plain()

    async def events(self, number: int) -> tuple[PullEvent, ...]:
        """Return the events of an issue or a pull request, oldest first."""
        call = ForgeCall(f"read the events of #{number}", f"issues/{number}/events", _READ_EVENTS)
        pages = await self._transport.pages(call, tuple[EventResponse, ...])
        return tuple(one.plain() for page in pages for one in page)

    async def permission(self, login: str) -> str:
        """Return what an account may do in the repository: `admin`, `write`, `read` or `none`."""
        if not login:
            return "none"
        path = f"collaborators/{segment(login)}/permission"
        call = ForgeCall(f"ask what {login} may do in the repository", path, "`metadata: read`, that every job has")
        try:
            return (await self._transport.one(call, PermissionResponse)).permission
        except ForgeProblem as problem:
            if problem.status == 404:
                return "none"
            raise

    async def pushes(self, branch: str, *, enough: Callable[[BranchPush], bool]) -> tuple[BranchPush, ...]:
        """Return the pushes to a branch of the repository, newest first, until one is enough."""
        query = {"ref": f"refs/heads/{branch}"}
        call = ForgeCall(f"list the pushes to {branch}", "activity", _READ_CONTENTS, query=query)

        def fits(page: tuple[ActivityResponse, ...]) -> bool:
            return any(enough(one.plain()) for one in page)

        pages = await self._transport.pages(call, tuple[ActivityResponse, ...], enough=fits)
        return tuple(one.plain() for page in pages for one in page)

    async def pull(self, number: int) -> Pull:
        """Return one pull request."""
        call = ForgeCall(f"read pull request #{number}", f"pulls/{number}", _READ_PULLS)
        return (await self._transport.one(call, PullResponse)).plain()

    async def pulls(self, *, head: str, base: str) -> tuple[Pull, ...]:
        """Return the open pull requests from the repository's own branch `head` to the branch `base`."""
        query = {"state": "open", "head": f"{self.place.owner}:{head}", "base": base}
        return await self._pulls(ForgeCall(f"list the pull requests from {head}", "pulls", _READ_PULLS, query=query))

    async def pulls_of(self, commit: str) -> tuple[Pull, ...]:
        """Return the pull requests that brought a commit, or that hold it."""
        what, path = f"list the pull requests of {commit[:12]}", f"commits/{segment(commit)}/pulls"
        return await self._pulls(ForgeCall(what, path, _READ_COMMITS))

    async def open_pull(self, title: str, body: str, *, head: str, base: str) -> Pull:
        """Open a pull request from the branch `head` to the branch `base`."""
        content = {"title": title, "body": body, "head": head, "base": base}
        call = ForgeCall(f"open a pull request from {head}", "pulls", _WRITE_PULLS, method="POST", body=content)
        return (await self._transport.one(call, PullResponse)).plain()

    async def edit_pull(self, number: int, body: str) -> Pull:
        """Replace a pull request's text."""
        what = f"change pull request #{number}"
        call = ForgeCall(what, f"pulls/{number}", _WRITE_PULLS, method="PATCH", body={"body": body})
        return (await self._transport.one(call, PullResponse)).plain()

    async def plan_runs(self, pull: Pull, *, workflow: str) -> tuple[WorkflowRun, ...]:
        """Return the runs of the plan's workflow for the pull request's last commit, newest first."""
        return await self.runs(workflow, head=pull.head, event="pull_request")

    async def plan_runs_back(
        self, pull: Pull, *, workflow: str, enough: Callable[[WorkflowRun], bool]
    ) -> tuple[WorkflowRun, ...]:
        """Return the runs of the plan's workflow for the pull request's branch, newest first, until one is enough."""
        return await self.branch_runs(workflow, branch=pull.head_ref, event="pull_request", enough=enough)

    async def run(self, run_id: int) -> WorkflowRun:
        """Return one run of a workflow."""
        call = ForgeCall(f"read workflow run {run_id}", f"actions/runs/{run_id}", _READ_ACTIONS)
        return (await self._transport.one(call, RunResponse)).plain()

    async def runs(self, workflow: str, *, head: str, event: str) -> tuple[WorkflowRun, ...]:
        """Return the runs of a workflow, named by its file as in `plan.yml`, for one commit and event; newest first."""
        pages = await self._transport.pages(_runs(workflow, head_sha=head, event=event), RunsResponse)
        return tuple(run for page in pages for run in page.plain())

    async def branch_runs(
        self, workflow: str, *, branch: str, event: str, enough: Callable[[WorkflowRun], bool]
    ) -> tuple[WorkflowRun, ...]:
        """Return the runs of a workflow for one event and any branch of that name, newest first, until one is enough.

        Forks have branches of the same names, so it reads on until a run fits, or to the end of GitHub's list.
        """
        call = _runs(workflow, branch=branch, event=event)
        pages = await self._transport.pages(call, RunsResponse, enough=lambda page: any(map(enough, page.plain())))
        return tuple(run for page in pages for run in page.plain())

    async def artifacts(self, run_id: int) -> tuple[Artifact, ...]:
        """Return the artifacts of a run."""
        what, path = f"list the artifacts of workflow run {run_id}", f"actions/runs/{run_id}/artifacts"
        pages = await self._transport.pages(ForgeCall(what, path, _READ_ACTIONS), ArtifactsResponse)
        return tuple(one.plain() for page in pages for one in page.artifacts)

    async def download(self, artifact: Artifact, *, most: int) -> bytes:
        """Return an artifact's zip archive, at most `most` bytes; its digest must be the one that GitHub gives."""
        call = ForgeCall(f"download artifact {artifact.id}", f"actions/artifacts/{artifact.id}/zip", _READ_ACTIONS)
        if artifact.size > most:
            raise ForgeProblem(
                f"cannot {call.what}: it has {artifact.size} bytes, and {most} are the most that is read"
            )
        reply = await self._transport.reply(call, good=(302,))
        content = await self._transport.fetched(reply.headers.get("location", ""), call, most=most)
        if artifact.digest not in ("", f"sha256:{sha256(content).hexdigest()}"):
            raise ForgeProblem(f"cannot {call.what}: what came does not have the digest that GitHub gives for it")
        return content

    async def kept_file(self, artifact: Artifact, name: str, *, most: int) -> bytes | str:
        """Return the file of an artifact, or why its archive is not used."""
        return one_file_of(await self.download(artifact, most=most), name, most=most)

    async def _pulls(self, call: ForgeCall) -> tuple[Pull, ...]:
        pages = await self._transport.pages(call, tuple[PullResponse, ...])
        return tuple(one.plain() for page in pages for one in page)


def _runs(workflow: str, **query: str) -> ForgeCall:
    """Return the call for a workflow's runs, without the pull requests that GitHub would list with each."""
    what, path = f"list the runs of {workflow}", f"actions/workflows/{segment(workflow)}/runs"
    return ForgeCall(what, path, _READ_ACTIONS, query={**query, "exclude_pull_requests": "true"})
