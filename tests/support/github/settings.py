"""What the fake GitHub answers about a repository's settings: environments, secrets by name, rules, labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from tests.support.github.documents import Json, refusal
from tests.support.github.question import Question, Refused
from tests.support.github.world import Place


def environments(question: Question) -> Response:
    """List the environments."""
    found = question.repository.settings.environments
    return question.page([_environment(name, one) for name, one in found.items()], key="environments")


def _environment(name: str, one: Place) -> Json:
    rules: list[Json] = [{"type": "wait_timer", "wait_timer": one.wait}] if one.wait else []
    if one.reviewers:
        people = [
            {"type": kind, "reviewer": {"id": number, ("login" if kind == "User" else "slug"): login}}
            for kind, number, login in one.reviewers
        ]
        rules.append({"type": "required_reviewers", "prevent_self_review": one.no_self_review, "reviewers": people})
    limited = one.branches is not None or one.protected
    policy = {"protected_branches": one.protected, "custom_branch_policies": not one.protected} if limited else None
    rules += [{"type": "branch_policy"}] if limited else []
    return {"name": name, "protection_rules": rules, "deployment_branch_policy": policy}


def policies(question: Question) -> Response:
    """List the branches that can enter an environment; a tag of the same form is in the list too."""
    names = _place(question).branches or []
    found: list[Json] = [{"name": name, "type": "branch"} for name in names]
    return question.page([*found, *([{"name": "v*", "type": "tag"}] if found else [])], key="branch_policies")


def secrets_of_environment(question: Question) -> Response:
    """List the names of an environment's secrets."""
    return _names(question, _place(question).secrets)


def secrets(question: Question) -> Response:
    """List the names of the repository's secrets."""
    return _names(question, question.repository.settings.secrets)


def organization_secrets(question: Question) -> Response:
    """List the names of the organization's secrets; a person's repository has no organization."""
    found = question.repository.settings.organization_secrets
    if found is None:
        raise Refused(refusal("Not Found", 404))
    return _names(question, found)


def labels(question: Question) -> Response:
    """List the labels."""
    return question.page([{"name": name} for name in question.repository.labels])


def rules(question: Question) -> Response:
    """List the rules of rulesets for a branch, which need not exist."""
    return question.page(question.repository.settings.rules.get(_branch(question), []))


def branch(question: Question) -> Response:
    """Show a branch."""
    settings, name = question.repository.settings, _branch(question)
    if name not in settings.branches:
        raise Refused(refusal("Branch not found", 404))
    return question.one({"name": name, "protected": name in settings.protection})


def protection(question: Question) -> Response:
    """Show the protection of a branch."""
    return question.one(question.repository.settings.protection[_branch(question)])


def permissions(question: Question) -> Response:
    """Show what the token of a job may do by default."""
    settings = question.repository.settings
    document = {"default_workflow_permissions": settings.default_permissions}
    return question.one({**document, "can_approve_pull_request_reviews": settings.may_propose})


def owner_errors(question: Question) -> Response:
    """List what is wrong in CODEOWNERS; without such a file there is no list."""
    found = question.repository.settings.owner_errors
    if found is None:
        raise Refused(refusal("Not Found", 404))
    return question.one({"errors": found})


def rule(kind: str, **parameters: Any) -> Json:
    """Return a rule of a ruleset."""
    return {"type": kind, **({"parameters": parameters} if parameters else {})}


def _place(question: Question) -> Place:
    found: dict[str, Place] = question.repository.settings.environments
    return found[question.request.path_params["environment"]]


def _branch(question: Question) -> str:
    name: str = question.request.path_params["branch"]
    return name


def _names(question: Question, names: list[str]) -> Response:
    return question.page([{"name": name} for name in names], key="secrets")


Answer = Callable[[Question], Response]
# Each path with what a token needs, and the answer.
SETTINGS: tuple[tuple[str, str, Answer], ...] = (
    ("environments", "actions", environments),
    ("environments/{environment}/deployment-branch-policies", "actions", policies),
    ("environments/{environment}/secrets", "environments", secrets_of_environment),
    ("actions/secrets", "secrets", secrets),
    ("actions/organization-secrets", "secrets", organization_secrets),
    ("labels", "issues", labels),
    ("rules/branches/{branch}", "metadata", rules),
    ("branches/{branch}", "contents", branch),
    ("branches/{branch}/protection", "administration", protection),
    ("actions/permissions/workflow", "administration", permissions),
    ("codeowners/errors", "contents", owner_errors),
)
