"""What a forge says of a repository's settings, as values in GitHub's words. All of them are foreign.

Environment, BranchRules, WorkflowPermissions: one setting each, as far as it is used.
Hidden: the answer to a question that a token may not ask, or that is about what is not there.
RepositoryAnswers: everything that was asked, for the rules that judge it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Hidden:
    """The forge refused with `status`. A 404 is also for what is not there; `needs` is what a token needs for it."""

    status: int
    needs: str


@dataclass(frozen=True, slots=True)
class Reviewer:
    """An account or a team (`kind` is User or Team) that is asked before a job enters an environment."""

    kind: str
    id: int
    name: str


class BranchLimit(StrEnum):
    """Which branches can enter an environment."""

    ALL = "all"
    PROTECTED = "protected"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment; `wait` is in minutes. `no_self_review` means that a person cannot approve an own run."""

    name: str
    limit: BranchLimit = BranchLimit.ALL
    reviewers: tuple[Reviewer, ...] = ()
    wait: int = 0
    no_self_review: bool = False


@dataclass(frozen=True, slots=True)
class BranchRules:
    """What holds for pushes and merges to a branch.

    `there` says whether the branch exists. `unseen` means that it has a protection that the token may not read.
    """

    pull_request: bool = False
    approvals: int = 0
    code_owners: bool = False
    checks: frozenset[str] = frozenset()
    no_force_push: bool = False
    no_deletion: bool = False
    there: bool = True
    unseen: Hidden | None = None

    def beside(self, other: BranchRules) -> BranchRules:
        """Return what two sets of rules for one branch come to: the stricter of each."""
        return replace(
            self,
            pull_request=self.pull_request or other.pull_request,
            approvals=max(self.approvals, other.approvals),
            code_owners=self.code_owners or other.code_owners,
            checks=self.checks | other.checks,
            no_force_push=self.no_force_push or other.no_force_push,
            no_deletion=self.no_deletion or other.no_deletion,
        )


@dataclass(frozen=True, slots=True)
class WorkflowPermissions:
    """What the token of a job may do that says nothing of it, and whether workflows may open pull requests."""

    default: str
    may_propose: bool


Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepositoryAnswers:
    """The answers. `branches` and `secrets` are by environment; `owner_errors` are places in CODEOWNERS.

    `here` is false where GitHub shows the token nothing of the repository.
    """

    environments: tuple[Environment, ...] | Hidden
    labels: Names | Hidden
    repository_secrets: Names | Hidden
    organization_secrets: Names | Hidden
    main: BranchRules | Hidden
    permissions: WorkflowPermissions | Hidden
    owner_errors: Names | Hidden
    ledger: BranchRules | Hidden | None = None
    branches: Mapping[str, Names | Hidden] = field(default_factory=dict)
    secrets: Mapping[str, Names | Hidden] = field(default_factory=dict)

    @property
    def here(self) -> bool:
        """True if GitHub shows anything of the repository."""
        asked = (self.environments, self.labels, self.main, self.repository_secrets, self.permissions)
        return any(not isinstance(one, Hidden) or one.status != 404 for one in asked)
