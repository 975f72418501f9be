"""GitHub's replies about the settings of a repository; plain: (a shape) → the value of forge.repository_answers.

Each shape names what is used of a document and ignores the rest, as in `responses.py`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from reconciler.forge.exchange import Response
from reconciler.forge.repository_answers import BranchLimit, BranchRules, Environment, Reviewer


class _Account(Response):
    id: int
    login: str = ""
    slug: str = ""


class _Reviewer(Response):
    type: Literal["User", "Team"]
    reviewer: _Account


class _Protection(Response):
    type: str
    wait_timer: int = 0
    prevent_self_review: bool = False
    reviewers: tuple[_Reviewer, ...] = ()


class _Policy(Response):
    protected_branches: bool


class EnvironmentResponse(Response):
    """`environment`."""

    name: str
    protection_rules: tuple[_Protection, ...] = ()
    deployment_branch_policy: _Policy | None = None

    def plain(self) -> Environment:
        """Return the environment."""
        policy = self.deployment_branch_policy
        limit = BranchLimit.ALL if policy is None else BranchLimit.NAMED
        people = (one for rule in self.protection_rules for one in rule.reviewers)
        return Environment(
            name=self.name,
            limit=BranchLimit.PROTECTED if policy is not None and policy.protected_branches else limit,
            reviewers=tuple(
                Reviewer(one.type, one.reviewer.id, one.reviewer.login or one.reviewer.slug) for one in people
            ),
            wait=max((rule.wait_timer for rule in self.protection_rules), default=0),
            no_self_review=any(rule.prevent_self_review for rule in self.protection_rules),
        )


class EnvironmentsPage(Response):
    """A page of environments."""

    environments: tuple[EnvironmentResponse, ...] = ()


class _Named(Response):
    name: str


class SecretsPage(Response):
    """A page of secrets' names."""

    secrets: tuple[_Named, ...]


class _NamedBranch(Response):
    name: str
    type: str = "branch"


class BranchPoliciesPage(Response):
    """A page of branches that can enter an environment."""

    branch_policies: tuple[_NamedBranch, ...]


class RuleResponse(Response):
    """`repository-rule-detailed`."""

    type: str
    parameters: dict[str, Any] = Field(default_factory=dict)

    def plain(self) -> BranchRules:
        """Return what the rule asks; nothing if it is of a kind that is not used here."""
        said = self.parameters
        match self.type:
            case "pull_request":
                approvals = said.get("required_approving_review_count")
                return BranchRules(
                    pull_request=True,
                    approvals=approvals if isinstance(approvals, int) else 0,
                    code_owners=said.get("require_code_owner_review") is True,
                )
            case "required_status_checks":
                checks = said.get("required_status_checks")
                found = (one.get("context") for one in checks or () if isinstance(one, dict))
                return BranchRules(checks=frozenset(one for one in found if isinstance(one, str)))
            case _:
                return BranchRules(no_force_push=self.type == "non_fast_forward", no_deletion=self.type == "deletion")


class BranchResponse(Response):
    """`branch-with-protection`."""

    protected: bool


class _Checks(Response):
    contexts: tuple[str, ...]


class _Reviews(Response):
    require_code_owner_reviews: bool
    required_approving_review_count: int = 0


class _Enabled(Response):
    enabled: bool = False


class ProtectionResponse(Response):
    """`branch-protection`. Without a word on them, pushes with force and deletions are forbidden."""

    required_status_checks: _Checks | None = None
    required_pull_request_reviews: _Reviews | None = None
    allow_force_pushes: _Enabled = _Enabled()
    allow_deletions: _Enabled = _Enabled()

    def plain(self) -> BranchRules:
        """Return what it asks."""
        reviews = self.required_pull_request_reviews
        return BranchRules(
            pull_request=reviews is not None,
            approvals=reviews.required_approving_review_count if reviews is not None else 0,
            code_owners=reviews is not None and reviews.require_code_owner_reviews,
            checks=frozenset(self.required_status_checks.contexts if self.required_status_checks is not None else ()),
            no_force_push=not self.allow_force_pushes.enabled,
            no_deletion=not self.allow_deletions.enabled,
        )


class WorkflowPermissionsResponse(Response):
    """`actions-get-default-workflow-permissions`."""

    default_workflow_permissions: str
    can_approve_pull_request_reviews: bool


class _OwnerError(Response):
    line: int
    kind: str
    path: str


class OwnerErrorsResponse(Response):
    """`codeowners-errors`."""

    errors: tuple[_OwnerError, ...]
