"""ProjectSettingsClient: (one project, a question about its settings) → values of forge.rules, or Hidden.

It only looks: a ProjectQuestion can hold neither a verb nor a body, so each call is a GET. It never asks for variables,
because GitLab answers with their values. What a token may not see is an answer. A wrong token, a limit and no
connection are raised as ForgeProblem. APIS.md beside this file says what GitLab does (G-21 to G-26).
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from reconciler.core.authoring.forge_files import PIPELINE_FILE
from reconciler.effects.http.connection import Application
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeCall, ForgeProblem, Response, segment
from reconciler.forge.gitlab.calls import GitLabPlace, gitlab_server
from reconciler.forge.repository_answers import Hidden, Names
from reconciler.forge.rules.project_setup import (
    BranchProtection,
    PipelineSchedule,
    ProtectedEnvironment,
)
from reconciler.forge.transport import OpenTransport, Transport

_T = TypeVar("_T")
_READ: Final = "the scope read_api and the role Maintainer"
_HEADS: Final = "refs/heads/"


class ProjectResponse(Response):
    """The project; its default branch is none while it is empty."""

    default_branch: str | None = None
    only_allow_merge_if_pipeline_succeeds: bool = False


class _AccessResponse(Response):
    """An entry of those who may do something. A level of 0 stands for no account."""

    access_level: int | None = None


class _ProtectedBranchResponse(Response):
    name: str
    push_access_levels: tuple[_AccessResponse, ...] = ()
    allow_force_push: bool = False
    code_owner_approval_required: bool = False

    def plain(self) -> BranchProtection:
        pushers = sum(one.access_level != 0 for one in self.push_access_levels)
        return BranchProtection(self.name, pushers, self.allow_force_push, self.code_owner_approval_required)


class _ApprovalRuleResponse(Response):
    required_approvals: int = 0


class _ProtectedEnvironmentResponse(Response):
    name: str
    required_approval_count: int | None = None
    approval_rules: tuple[_ApprovalRuleResponse, ...] = ()

    def plain(self) -> ProtectedEnvironment:
        by_rules = sum(one.required_approvals for one in self.approval_rules)
        return ProtectedEnvironment(self.name, by_rules or self.required_approval_count or 0)


class _ScheduleResponse(Response):
    ref: str
    cron: str


class _NamedResponse(Response):
    name: str


@dataclass(frozen=True, slots=True)
class ProjectQuestion:
    """One question: `what` completes "cannot …", and `path` is below the project."""

    what: str
    path: str
    query: dict[str, str | int] = field(default_factory=dict)

    @property
    def call(self) -> ForgeCall:
        """The call that asks it; a call without another verb is a GET."""
        return ForgeCall(self.what, self.path, _READ, query=self.query)


class ProjectSettingsClient(OpenTransport):
    """A project's settings at GitLab. Use it as an async context manager; `app` answers in this process instead."""

    def __init__(self, place: GitLabPlace, *, context: Context, app: Application | None = None) -> None:
        self.place = place
        self._transport = Transport(gitlab_server(place, context=context), context=context, app=app)

    async def project(self) -> ProjectResponse:
        """Return the project; raises ForgeProblem also where the token may not see it."""
        call = ForgeCall("read the project", f"projects/{self.place.project}", _READ, of_project=False)
        return await self._transport.one(call, ProjectResponse)

    async def pipeline_file(self, branch: str) -> bytes | Hidden:
        """Return `.gitlab-ci.yml` of a branch; a 404 if there is none."""
        path = f"repository/files/{segment(PIPELINE_FILE, forge='GitLab')}/raw"
        question = ProjectQuestion(f"read {PIPELINE_FILE} of {branch}", path, {"ref": branch})
        found = await _seen(self._transport.reply(question.call))
        return found if isinstance(found, Hidden) else found.body

    async def protections(self) -> tuple[BranchProtection, ...] | Hidden:
        """Return every protection of branches."""
        question = ProjectQuestion("list the protected branches", "protected_branches")
        found = await self._pages(question, tuple[_ProtectedBranchResponse, ...])
        return found if isinstance(found, Hidden) else tuple(one.plain() for page in found for one in page)

    async def environments(self) -> tuple[ProtectedEnvironment, ...] | Hidden:
        """Return every protected environment."""
        question = ProjectQuestion("list the protected environments", "protected_environments")
        found = await self._pages(question, tuple[_ProtectedEnvironmentResponse, ...])
        return found if isinstance(found, Hidden) else tuple(one.plain() for page in found for one in page)

    async def labels(self) -> Names | Hidden:
        """Return the names of all labels, those of its groups too."""
        found = await self._pages(ProjectQuestion("list the labels", "labels"), tuple[_NamedResponse, ...])
        return found if isinstance(found, Hidden) else tuple(one.name for page in found for one in page)

    async def schedules(self) -> tuple[PipelineSchedule, ...] | Hidden:
        """Return the schedules that are active. A list of them holds no variables."""
        question = ProjectQuestion("list the schedules", "pipeline_schedules", {"scope": "active"})
        found = await self._pages(question, tuple[_ScheduleResponse, ...])
        if isinstance(found, Hidden):
            return found
        return tuple(PipelineSchedule(one.ref.removeprefix(_HEADS), one.cron) for page in found for one in page)

    async def _pages(self, question: ProjectQuestion, shape: type[_T]) -> list[_T] | Hidden:
        return await _seen(self._transport.pages(question.call, shape))


async def _seen(asked: Awaitable[_T]) -> _T | Hidden:
    """Return the answer, or that the token gets none; raises ForgeProblem for what concerns every question."""
    try:
        return await asked
    except ForgeProblem as problem:
        if problem.status in (403, 404):
            return Hidden(problem.status, _READ)
        raise
