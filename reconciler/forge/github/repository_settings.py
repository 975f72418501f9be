"""SettingsClient: (one repository, a question about its settings) → values of forge.repository_answers, or Hidden.

It only looks: no method of it takes a verb, and each call that it makes is a GET. What a token may not see is an
answer. Only what concerns all questions is raised as ForgeProblem: a wrong token, a limit, no connection. APIS.md
beside this file says what GitHub does (G-1 to G-8).
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from reconciler.effects.http.connection import Application
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeCall, ForgeProblem, segment
from reconciler.forge.github.calls import GitHubPlace, github_server
from reconciler.forge.github.responses import LabelResponse
from reconciler.forge.github.settings_responses import (
    BranchPoliciesPage,
    BranchResponse,
    EnvironmentsPage,
    OwnerErrorsResponse,
    ProtectionResponse,
    RuleResponse,
    SecretsPage,
    WorkflowPermissionsResponse,
)
from reconciler.forge.repository_answers import BranchRules, Environment, Hidden, Names, WorkflowPermissions
from reconciler.forge.transport import OpenTransport, Transport

_T = TypeVar("_T")
# A person's token has these permissions by name; a job's has others of them by `permissions:`.
_ACTIONS, _ENVIRONMENTS, _SECRETS = "Actions: read", "Environments: read", "Secrets: read"
_METADATA, _CONTENTS, _ADMINISTRATION = "Metadata: read", "Contents: read", "Administration: read"
_ISSUES = "Issues: read"


@dataclass(frozen=True, slots=True)
class SettingsQuestion:
    """One question: `what` completes "cannot …", `path` is below the repository, `needs` is what a token needs."""

    what: str
    path: str
    needs: str
    query: dict[str, str | int] = field(default_factory=dict)

    @property
    def call(self) -> ForgeCall:
        """The call that asks it; a call without another verb is a GET."""
        return ForgeCall(self.what, self.path, f"`{self.needs}`", query=self.query)


class SettingsClient(OpenTransport):
    """A repository's settings at GitHub. Use it as an async context manager; `app` answers in this process instead."""

    def __init__(self, place: GitHubPlace, *, context: Context, app: Application | None = None) -> None:
        self.place = place
        self._transport = Transport(github_server(place, context=context), context=context, app=app)

    async def environments(self) -> tuple[Environment, ...] | Hidden:
        """Return every environment."""
        question = SettingsQuestion("list the environments", "environments", _ACTIONS)
        found = await self._pages(question, EnvironmentsPage)
        return found if isinstance(found, Hidden) else tuple(one.plain() for page in found for one in page.environments)

    async def branch_policies(self, environment: str) -> Names | Hidden:
        """Return the names of the branches that can enter an environment."""
        path = f"environments/{segment(environment)}/deployment-branch-policies"
        question = SettingsQuestion(f"list the branches of {environment}", path, _ACTIONS)
        found = await self._pages(question, BranchPoliciesPage)
        if isinstance(found, Hidden):
            return found
        return tuple(one.name for page in found for one in page.branch_policies if one.type == "branch")

    async def secrets(self, environment: str) -> Names | Hidden:
        """Return the names of an environment's secrets."""
        path = f"environments/{segment(environment)}/secrets"
        return await self._secrets(SettingsQuestion(f"list the secrets of {environment}", path, _ENVIRONMENTS))

    async def repository_secrets(self) -> Names | Hidden:
        """Return the names of the secrets that each workflow of the repository can use."""
        return await self._secrets(SettingsQuestion("list the repository's secrets", "actions/secrets", _SECRETS))

    async def organization_secrets(self) -> Names | Hidden:
        """Return the names of the organization's secrets that each workflow of the repository can use."""
        path = "actions/organization-secrets"
        return await self._secrets(SettingsQuestion("list the organization's secrets", path, _SECRETS))

    async def labels(self) -> Names | Hidden:
        """Return the names of all labels."""
        found = await self._pages(SettingsQuestion("list the labels", "labels", _ISSUES), tuple[LabelResponse, ...])
        return found if isinstance(found, Hidden) else tuple(one.name for page in found for one in page)

    async def rules(self, branch: str) -> BranchRules | Hidden:
        """Return what holds for a branch, by rulesets and by its own protection."""
        name = segment(branch)
        question = SettingsQuestion(f"read the rules of {branch}", f"rules/branches/{name}", _METADATA)
        found = await self._pages(question, tuple[RuleResponse, ...])
        if isinstance(found, Hidden):
            return found
        rules = BranchRules()
        for rule in (one.plain() for page in found for one in page):
            rules = rules.beside(rule)
        branches = f"branches/{name}"
        shown = await self._one(SettingsQuestion(f"read the branch {branch}", branches, _CONTENTS), BranchResponse)
        if isinstance(shown, Hidden):
            # The rules of a branch that does not exist can be read.
            gone = shown.status == 404
            return replace(rules, there=not gone, unseen=None if gone else shown)
        if not shown.protected:
            return rules
        path = f"{branches}/protection"
        question = SettingsQuestion(f"read the protection of {branch}", path, _ADMINISTRATION)
        own = await self._one(question, ProtectionResponse)
        return replace(rules, unseen=own) if isinstance(own, Hidden) else rules.beside(own.plain())

    async def permissions(self) -> WorkflowPermissions | Hidden:
        """Return what the token of a job may do by default."""
        path = "actions/permissions/workflow"
        question = SettingsQuestion("read the permissions of workflows", path, _ADMINISTRATION)
        found = await self._one(question, WorkflowPermissionsResponse)
        if isinstance(found, Hidden):
            return found
        return WorkflowPermissions(found.default_workflow_permissions, found.can_approve_pull_request_reviews)

    async def owner_errors(self, branch: str) -> Names | Hidden:
        """Return what is wrong in CODEOWNERS of a branch, each with its place; a 404 if there is no such file."""
        question = SettingsQuestion("check CODEOWNERS", "codeowners/errors", _CONTENTS, {"ref": branch})
        found = await self._one(question, OwnerErrorsResponse)
        if isinstance(found, Hidden):
            return found
        return tuple(f"{one.path}:{one.line}: {one.kind}" for one in found.errors)

    async def _secrets(self, question: SettingsQuestion) -> Names | Hidden:
        found = await self._pages(question, SecretsPage)
        return found if isinstance(found, Hidden) else tuple(one.name for page in found for one in page.secrets)

    async def _pages(self, question: SettingsQuestion, shape: type[_T]) -> list[_T] | Hidden:
        return await _answered(self._transport.pages(question.call, shape), question)

    async def _one(self, question: SettingsQuestion, shape: type[_T]) -> _T | Hidden:
        return await _answered(self._transport.one(question.call, shape), question)


async def _answered(asked: Awaitable[_T], question: SettingsQuestion) -> _T | Hidden:
    """Return the answer, or that the token gets none; raises ForgeProblem for what concerns every question."""
    try:
        return await asked
    except ForgeProblem as problem:
        if problem.status in (403, 404):
            return Hidden(problem.status, question.needs)
        raise
