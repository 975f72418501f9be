"""The client that only looks, against a GitHub that is checked against GitHub's own description."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import pytest

from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.github import repository_settings
from reconciler.forge.github.repository_settings import SettingsClient, SettingsQuestion
from reconciler.forge.repository_answers import (
    BranchLimit,
    BranchRules,
    Environment,
    Hidden,
    Reviewer,
    WorkflowPermissions,
)
from tests.support.effects import Clock
from tests.support.github import FakeGitHub
from tests.support.github.asking import SECRET, world
from tests.support.github.settings import rule
from tests.support.github.world import Place

T = TypeVar("T")
LOOKS = dict.fromkeys(
    ("actions", "administration", "contents", "environments", "issues", "metadata", "secrets"), "read"
)


def look(fake: FakeGitHub, work: Callable[[SettingsClient], Awaitable[T]], rights: Mapping[str, str] = LOOKS) -> T:
    fake.token(SECRET, rights)

    async def run() -> T:
        async with SettingsClient(fake.place(SECRET), context=world(Clock()), app=fake.app) as client:
            return await work(client)

    return asyncio.run(run())


def test_environments_are_whole_with_the_branches_and_people_that_they_ask(fake: FakeGitHub) -> None:
    places = fake.repository.settings.environments
    places["plan"] = Place()
    people = [("User", 7, "anna"), ("Team", 9, "ops")]
    places["production"] = Place(branches=["main"], reviewers=people, wait=5, no_self_review=True)
    places["drift"] = Place(protected=True)
    places |= {f"e{number}": Place() for number in range(100)}
    found = look(fake, SettingsClient.environments)
    assert isinstance(found, tuple)
    assert found[:3] == (
        Environment("plan"),
        Environment(
            "production",
            BranchLimit.NAMED,
            (Reviewer("User", 7, "anna"), Reviewer("Team", 9, "ops")),
            wait=5,
            no_self_review=True,
        ),
        Environment("drift", BranchLimit.PROTECTED),
    )
    assert (len(found), len(fake.asked)) == (103, 2)


def test_the_branches_of_an_environment_are_no_tags(fake: FakeGitHub) -> None:
    fake.repository.settings.environments["prod"] = Place(branches=["main", "release/*"])
    assert look(fake, lambda client: client.branch_policies("prod")) == ("main", "release/*")


def test_secrets_are_known_by_their_names_alone(fake: FakeGitHub) -> None:
    known = fake.repository.settings
    known.environments["prod"] = Place(secrets=["META_TOKEN"])
    known.secrets = [f"S{number}" for number in range(101)]
    assert look(fake, lambda client: client.secrets("prod")) == ("META_TOKEN",)
    assert look(fake, SettingsClient.repository_secrets) == tuple(known.secrets)
    assert look(fake, SettingsClient.organization_secrets) == Hidden(404, "Secrets: read")
    known.organization_secrets = ["O"]
    assert look(fake, SettingsClient.organization_secrets) == ("O",)


def test_labels_permissions_and_owners_are_read(fake: FakeGitHub) -> None:
    fake.repository.labels = [f"l{number}" for number in range(101)]
    assert look(fake, SettingsClient.labels) == tuple(fake.repository.labels)
    assert look(fake, SettingsClient.permissions) == WorkflowPermissions("write", may_propose=False)
    assert look(fake, lambda client: client.owner_errors("main")) == Hidden(404, "Contents: read")
    fake.repository.settings.owner_errors = [{"line": 3, "kind": "Unknown owner", "path": ".github/CODEOWNERS"}]
    assert look(fake, lambda client: client.owner_errors("main")) == (".github/CODEOWNERS:3: Unknown owner",)


def test_rules_of_several_rulesets_and_of_the_branch_itself_are_one(fake: FakeGitHub) -> None:
    known = fake.repository.settings
    assert look(fake, lambda client: client.rules("main")) == BranchRules()
    checks = {"required_status_checks": [{"context": "a"}]}
    reviews = {"require_code_owner_review": False, "required_approving_review_count": 2}
    known.rules["main"] = [
        rule("pull_request", **reviews),
        rule("required_status_checks", **checks, strict_required_status_checks_policy=False),
        rule("deletion"),
        rule("update"),
    ]
    by_rules = BranchRules(pull_request=True, approvals=2, checks=frozenset("a"), no_deletion=True)
    assert look(fake, lambda client: client.rules("main")) == by_rules
    known.protection["main"] = {
        "required_status_checks": {"contexts": ["b"]},
        "required_pull_request_reviews": {"require_code_owner_reviews": True, "required_approving_review_count": 1},
        "allow_deletions": {"enabled": True},
    }
    both = BranchRules(
        pull_request=True,
        approvals=2,
        code_owners=True,
        checks=frozenset("ab"),
        no_force_push=True,
        no_deletion=True,
    )
    assert look(fake, lambda client: client.rules("main")) == both
    known.rules, known.protection["main"] = {}, {"allow_force_pushes": {"enabled": True}}
    assert look(fake, lambda client: client.rules("main")) == BranchRules(no_deletion=True)


def test_a_rule_without_its_parameters_asks_for_little(fake: FakeGitHub) -> None:
    fake.repository.settings.rules["main"] = [rule("pull_request"), rule("required_status_checks")]
    assert look(fake, lambda client: client.rules("main")) == BranchRules(pull_request=True)


def test_what_the_token_may_not_read_of_a_branch_is_said(fake: FakeGitHub) -> None:
    fake.repository.settings.protection["main"] = {}
    rights = {"metadata": "read", "contents": "read"}
    protected = look(fake, lambda client: client.rules("main"), rights)
    assert protected == BranchRules(unseen=Hidden(403, "Administration: read"))
    unread = look(fake, lambda client: client.rules("main"), {"metadata": "read"})
    assert unread == BranchRules(unseen=Hidden(403, "Contents: read"))
    assert look(fake, lambda client: client.rules("gone"), rights) == BranchRules(there=False)
    assert look(fake, lambda client: client.rules("main"), {}) == Hidden(403, "Metadata: read")


QUESTIONS: list[tuple[str, Callable[[SettingsClient], Awaitable[object]]]] = [
    ("Actions: read", SettingsClient.environments),
    ("Actions: read", lambda client: client.branch_policies("prod")),
    ("Environments: read", lambda client: client.secrets("prod")),
    ("Secrets: read", SettingsClient.repository_secrets),
    ("Secrets: read", SettingsClient.organization_secrets),
    ("Issues: read", SettingsClient.labels),
    ("Administration: read", SettingsClient.permissions),
    ("Contents: read", lambda client: client.owner_errors("main")),
]


@pytest.mark.parametrize(("needs", "work"), QUESTIONS)
@pytest.mark.parametrize("status", [403, 404])
def test_a_question_that_the_token_may_not_ask_has_that_as_its_answer(
    fake: FakeGitHub, needs: str, work: Callable[[SettingsClient], Awaitable[object]], status: int
) -> None:
    if status == 404:
        fake.trouble(status)
    assert look(fake, work, {} if status == 403 else LOOKS) == Hidden(status, needs)


@pytest.mark.parametrize("status", [401, 502])
def test_what_concerns_every_question_is_raised(fake: FakeGitHub, status: int) -> None:
    fake.trouble(status, times=9)
    with pytest.raises(ForgeProblem, match=r"cannot list the labels: GitHub answers"):
        look(fake, SettingsClient.labels)


def test_the_client_has_no_code_for_another_verb(fake: FakeGitHub) -> None:
    """A question cannot hold a verb or a body, and no call in the file is given one."""
    assert [*SettingsQuestion.__dataclass_fields__] == ["what", "path", "needs", "query"]
    called = [
        node for node in ast.walk(ast.parse(inspect.getsource(repository_settings))) if isinstance(node, ast.Call)
    ]
    made = [node for node in called if getattr(node.func, "id", "") == "ForgeCall"]
    assert [[word.arg for word in node.keywords] for node in made] == [["query"]]
    assert SettingsQuestion("ask", "labels", "x").call.method == "GET"
    fake.repository.settings.environments["prod"] = Place(branches=["main"])
    for _, work in QUESTIONS:
        look(fake, work)
    look(fake, lambda client: client.rules("main"))
    assert {asked.method for asked in fake.asked} == {"GET"}
    assert {asked.headers["authorization"] for asked in fake.asked} == {f"Bearer {SECRET}"}
