"""GitLab: (one project, what is asked for) → values of forge.port; raises ForgeProblem where GitLab refuses.

Each method reads or does one thing. Lists are whole, however many pages they have. Nothing that GitLab may have done
already is done twice. No text that it writes holds a quick action. APIS.md beside this file says what GitLab does, and
how sure that is.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Final

from reconciler.effects.http.connection import Application
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeCall, ForgeProblem, Method
from reconciler.forge.gitlab.calls import GitLabPlace, gitlab_server
from reconciler.forge.gitlab.responses import (
    AccountResponse,
    CommitResponse,
    JobResponse,
    LabelEventResponse,
    MemberResponse,
    MergeRequestPipelineResponse,
    MergeRequestResponse,
    NoteResponse,
    PipelineResponse,
    ProjectIssueResponse,
    PushEventResponse,
    VersionResponse,
)
from reconciler.forge.port import Artifact, BranchPush, Comment, Issue, Pull, PullEvent, WorkflowRun
from reconciler.forge.transport import COMMAND_DEADLINE, OpenTransport, Transport
from reconciler.forge.vocabulary import GITLAB, ForgeWords
from reconciler.render.safe_text import without_quick_actions

_READ: Final = "the scope `read_api` or `api`, and the role Reporter"
_WRITE: Final = "the scope `api` and the role Reporter"
_PROPOSE: Final = "the scope `api` and the role Developer"
# The folder that the plan's job keeps.
_REPORT: Final = "report"
# So many pages of pushes to all branches are looked through for one.
_PUSH_PAGES: Final = 10
_MERGED_RESULT: Final = "/merge"


class GitLab(OpenTransport):
    """A project at GitLab, behind the port `Forge`. Use it as an async context manager.

    A command's time begins when it is made, and it has `seconds`. `app` is an ASGI application that answers in this
    process instead, for tests.
    """

    def __init__(
        self,
        place: GitLabPlace,
        *,
        context: Context,
        app: Application | None = None,
        seconds: float = COMMAND_DEADLINE,
    ) -> None:
        self.place = place
        server = gitlab_server(place, context=context)
        self._transport = Transport(server, context=context, app=app, seconds=seconds)
        # GitLab asks for accounts by number, and names both wherever it names one.
        self._accounts: dict[str, int] = {}

    @property
    def words(self) -> ForgeWords:
        """GitLab's own."""
        return GITLAB

    @property
    def repository(self) -> str:
        """The path of the project, GROUP/NAME."""
        return self.place.repository

    async def account(self) -> str:
        """Return the login of the account that the token belongs to."""
        call = ForgeCall("ask whose the token is", "user", _READ, of_project=False)
        return (await self._transport.one(call, AccountResponse)).username

    async def comments(self, number: int) -> tuple[Comment, ...]:
        """Return the notes of a merge request that people and programs wrote, oldest first."""
        query = {"sort": "asc", "order_by": "created_at"}
        call = ForgeCall(f"read the notes of !{number}", f"merge_requests/{number}/notes", _READ, query=query)
        pages = await self._transport.pages(call, tuple[NoteResponse, ...])
        page = self._page(f"merge_requests/{number}")
        return tuple(one.plain(page) for found in pages for one in found if not one.system)

    async def comment(self, number: int, body: str) -> Comment:
        """Write a new note to a merge request."""
        return await self._note(f"write a note to !{number}", f"merge_requests/{number}", body)

    async def comment_issue(self, number: int, body: str) -> Comment:
        """Write a new note to an issue."""
        return await self._note(f"write a note to #{number}", f"issues/{number}", body)

    async def edit_comment(self, number: int, comment_id: int, body: str) -> Comment:
        """Replace the text of a note of a merge request."""
        what, path = f"change note {comment_id} of !{number}", f"merge_requests/{number}/notes/{comment_id}"
        written = await self._transport.one(_written(what, path, _WRITE, "PUT", body=_inert(body)), NoteResponse)
        return written.plain(self._page(f"merge_requests/{number}"))

    async def _note(self, what: str, of: str, body: str) -> Comment:
        call = _written(what, f"{of}/notes", _WRITE, "POST", body=_inert(body))
        return (await self._transport.one(call, NoteResponse)).plain(self._page(of))

    async def issues(self, *, label: str) -> tuple[Issue, ...]:
        """Return the issues with a label, open and closed, oldest first."""
        query = {"labels": label, "state": "all", "order_by": "created_at", "sort": "asc"}
        call = ForgeCall(f"list the issues with the label {label}", "issues", _READ, query=query)
        pages = await self._transport.pages(call, tuple[ProjectIssueResponse, ...])
        return tuple(one.plain() for page in pages for one in page)

    async def open_issue(
        self, title: str, body: str, *, labels: Sequence[str] = (), assignees: Sequence[str] = ()
    ) -> Issue:
        """Open a new issue; labels that do not exist yet are made. An unknown assignee is a problem with status 422."""
        content: dict[str, Any] = {"title": title, "description": _inert(body), "labels": ",".join(labels)}
        content |= {"assignee_ids": [await self._number(login) for login in assignees]} if assignees else {}
        call = _written("open an issue", "issues", _WRITE, "POST", **content)
        return (await self._transport.one(call, ProjectIssueResponse)).plain()

    async def edit_issue(self, number: int, body: str, *, opened: bool | None = None) -> Issue:
        """Replace an issue's description; `opened` also opens it again or closes it."""
        turn = {} if opened is None else {"state_event": "reopen" if opened else "close"}
        call = _written(f"change #{number}", f"issues/{number}", _WRITE, "PUT", description=_inert(body), **turn)
        return (await self._transport.one(call, ProjectIssueResponse)).plain()

    async def _number(self, login: str) -> int:
        """Return the number of an account."""
        query = {"username": login}
        call = ForgeCall(f"look up the account {login}", "users", _READ, query=query, of_project=False)
        found = [one for page in await self._transport.pages(call, tuple[AccountResponse, ...]) for one in page]
        if not found:
            raise ForgeProblem(f"cannot {call.what}: GitLab knows no such account", status=422)
        return found[0].id

    async def events(self, number: int) -> tuple[PullEvent, ...]:
        """Return who put which label on or off a merge request, and when it was pushed to, in the order of time."""
        path = f"merge_requests/{number}"
        labels = ForgeCall(f"read who labelled !{number}", f"{path}/resource_label_events", _READ)
        versions = ForgeCall(f"read when !{number} was pushed to", f"{path}/versions", _READ)
        found: list[PullEvent] = []
        for page in await self._transport.pages(labels, tuple[LabelEventResponse, ...]):
            self._accounts |= {one.user.username: one.user.id for one in page if one.user is not None}
            found += (one.plain() for one in page)
        for pushed in await self._transport.pages(versions, tuple[VersionResponse, ...]):
            found += (one.plain() for one in pushed)
        return tuple(sorted(found, key=lambda event: event.at))

    async def permission(self, login: str) -> str:
        """Return what an account that put on a label may do in the project."""
        if login not in self._accounts:
            return "none"
        call = ForgeCall(f"ask what {login} may do in the project", f"members/all/{self._accounts[login]}", _READ)
        try:
            return (await self._transport.one(call, MemberResponse)).permission
        except ForgeProblem as problem:
            if problem.status == 404:
                return "none"
            raise

    async def pushes(self, branch: str, *, enough: Callable[[BranchPush], bool]) -> tuple[BranchPush, ...]:
        """Return the latest pushes to a branch of the project, newest first, until one is enough."""
        query = {"action": "pushed", "sort": "desc"}
        call = ForgeCall(f"list the pushes to {branch}", "events", _READ, query=query)
        found: list[BranchPush] = []
        read = 0

        def fits(page: tuple[PushEventResponse, ...]) -> bool:
            nonlocal read
            read += 1
            pushed = [push for one in page if (push := one.plain(branch)) is not None]
            found.extend(pushed)
            return read >= _PUSH_PAGES or any(map(enough, pushed))

        await self._transport.pages(call, tuple[PushEventResponse, ...], enough=fits)
        return tuple(found)

    async def pull(self, number: int) -> Pull:
        """Return one merge request."""
        call = ForgeCall(f"read merge request !{number}", f"merge_requests/{number}", _READ)
        return (await self._transport.one(call, MergeRequestResponse)).plain(self.repository)

    async def pulls(self, *, head: str, base: str) -> tuple[Pull, ...]:
        """Return the open merge requests from the project's own branch `head` to the branch `base`."""
        query = {"state": "opened", "source_branch": head, "target_branch": base}
        call = ForgeCall(f"list the merge requests from {head}", "merge_requests", _READ, query=query)
        return tuple(one for one in await self._pulls(call) if one.head_repository == self.repository)

    async def pulls_of(self, commit: str) -> tuple[Pull, ...]:
        """Return the merge requests that brought a commit, or that hold it."""
        what, path = f"list the merge requests of {commit[:12]}", f"repository/commits/{commit}/merge_requests"
        return await self._pulls(ForgeCall(what, path, _READ))

    async def _pulls(self, call: ForgeCall) -> tuple[Pull, ...]:
        pages = await self._transport.pages(call, tuple[MergeRequestResponse, ...])
        return tuple(one.plain(self.repository) for page in pages for one in page)

    async def open_pull(self, title: str, body: str, *, head: str, base: str) -> Pull:
        """Open a merge request from the branch `head` to the branch `base`."""
        content = {"title": title, "description": _inert(body), "source_branch": head, "target_branch": base}
        call = _written(f"open a merge request from {head}", "merge_requests", _PROPOSE, "POST", **content)
        return (await self._transport.one(call, MergeRequestResponse)).plain(self.repository)

    async def edit_pull(self, number: int, body: str) -> Pull:
        """Replace a merge request's description."""
        what, path = f"change merge request !{number}", f"merge_requests/{number}"
        call = _written(what, path, _PROPOSE, "PUT", description=_inert(body))
        return (await self._transport.one(call, MergeRequestResponse)).plain(self.repository)

    async def run(self, run_id: int) -> PipelineResponse:
        """Return one pipeline."""
        call = ForgeCall(f"read pipeline {run_id}", f"pipelines/{run_id}", _READ)
        return await self._transport.one(call, PipelineResponse)

    async def plan_runs(self, pull: Pull, *, workflow: str) -> tuple[WorkflowRun, ...]:
        """Return the jobs `workflow` of the merge request's pipelines for its last commit, newest first."""
        runs = await self.plan_runs_back(pull, workflow=workflow, enough=lambda run: run.head != pull.head)
        return tuple(run for run in runs if run.head == pull.head)

    async def plan_runs_back(
        self, pull: Pull, *, workflow: str, enough: Callable[[WorkflowRun], bool]
    ) -> tuple[WorkflowRun, ...]:
        """Return the jobs `workflow` of the merge request's pipelines, newest first, until one is enough."""
        found: list[WorkflowRun] = []
        async with aclosing(self._planned(pull, workflow)) as runs:
            async for run in runs:
                found.append(run)
                if enough(run):
                    break
        return tuple(found)

    async def _planned(self, pull: Pull, workflow: str) -> AsyncGenerator[WorkflowRun, None]:
        path = f"merge_requests/{pull.number}/pipelines"
        call = ForgeCall(f"list the pipelines of !{pull.number}", path, _READ)
        pages = await self._transport.pages(call, tuple[MergeRequestPipelineResponse, ...])
        listed = [one for page in pages for one in page if str(one.project_id or "") in ("", self.place.project)]
        for one in sorted(listed, key=lambda pipeline: pipeline.id, reverse=True):
            jobs = [job for job in await self._jobs(one.id) if job.name == workflow]
            if jobs:
                newest, pipeline = max(jobs, key=lambda job: job.id), await self.run(one.id)
                head = await self._head(one)
                yield newest.run(pipeline, head=head, pull=pull, repository=self.repository)

    async def _head(self, pipeline: MergeRequestPipelineResponse) -> str:
        """Return the commit that was proposed; that of a merged result is its second parent."""
        if not pipeline.ref.endswith(_MERGED_RESULT):
            return pipeline.sha
        what, path = f"read commit {pipeline.sha[:12]}", f"repository/commits/{pipeline.sha}"
        parents = (await self._transport.one(ForgeCall(what, path, _READ), CommitResponse)).parent_ids
        return parents[-1] if len(parents) == 2 else ""

    async def _jobs(self, pipeline: int) -> tuple[JobResponse, ...]:
        """Return the jobs of a pipeline, those that were retried too."""
        what, path = f"list the jobs of pipeline {pipeline}", f"pipelines/{pipeline}/jobs"
        call = ForgeCall(what, path, _READ, query={"include_retried": "true"})
        pages = await self._transport.pages(call, tuple[JobResponse, ...])
        return tuple(one for page in pages for one in page)

    async def artifacts(self, run_id: int) -> tuple[Artifact, ...]:
        """Return what the jobs of a pipeline kept, each by the name of its job."""
        return tuple(job.plain() for job in await self._jobs(run_id))

    async def kept_file(self, artifact: Artifact, name: str, *, most: int) -> bytes | str:
        """Return a file of the report that a job kept, or why there is none."""
        what, path = f"fetch {name} of job {artifact.id}", f"jobs/{artifact.id}/artifacts/{_REPORT}/{name}"
        try:
            return (await self._transport.reply(ForgeCall(what, path, _READ), cap=most)).body
        except ForgeProblem as problem:
            if problem.status == 404:
                return f"it holds no {_REPORT}/{name}"
            raise

    def _page(self, path: str) -> str:
        """Return a page for people, "" if the project's address is not known."""
        return f"{self.place.home}/{path}" if self.place.home else ""


def _written(what: str, path: str, needs: str, method: Method, **content: Any) -> ForgeCall:
    """Return a call that writes."""
    return ForgeCall(what, path, needs, method=method, body=content)


def _inert(body: str) -> str:
    return without_quick_actions(body)
