"""What the client that only looks makes of GitLab's answers about a project's settings."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

import gitlab
import pytest

from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.gitlab import project_settings
from reconciler.forge.gitlab.calls import gitlab_place
from reconciler.forge.gitlab.project_settings import ProjectQuestion, ProjectSettingsClient
from reconciler.forge.repository_answers import Hidden
from reconciler.forge.rules.project_setup import BranchProtection, PipelineSchedule, ProtectedEnvironment
from tests.support.gitlab import PATH, SECRET, FakeGitLab
from tests.support.gitlab.asking import world
from tests.support.gitlab.settings import protected, schedule
from tests.support.gitlab.world import Token

T = TypeVar("T")
NEEDS = "the scope read_api and the role Maintainer"


@pytest.fixture(autouse=True)
def maintainer(fake: FakeGitLab) -> None:
    """The token is one that may read and no more."""
    fake.tokens[SECRET] = Token(scopes=("read_api",), level=40)


def look(fake: FakeGitLab, work: Callable[[ProjectSettingsClient], Awaitable[T]]) -> T:
    context = world(CI_PROJECT_ID=PATH.replace("/", "%2F"))

    async def run() -> T:
        async with ProjectSettingsClient(gitlab_place(context), context=context, app=fake.app) as client:
            return await work(client)

    return asyncio.run(run())


QUESTIONS: list[Callable[[ProjectSettingsClient], Awaitable[object]]] = [
    lambda client: client.pipeline_file("main"),
    ProjectSettingsClient.protections,
    ProjectSettingsClient.environments,
    ProjectSettingsClient.labels,
    ProjectSettingsClient.schedules,
]


def test_settings_are_read(fake: FakeGitLab) -> None:
    known = fake.project.settings
    known.waits_for_pipeline = True
    known.branches = [protected("main"), protected("v*", push=40, force=True, owners=True)]
    known.branches[0]["push_access_levels"] = [{"access_level": 0}, {"access_level": None, "user_id": 7}]
    rules = [{"required_approvals": 1}, {"required_approvals": 2}]
    known.environments = [
        {"name": "prod", "required_approval_count": 0, "approval_rules": rules},
        {"name": "old", "required_approval_count": 1},
        {"name": "bare"},
    ]
    known.schedules = [schedule("refs/heads/main"), schedule("other", active=False)]
    known.labels = [f"l{number}" for number in range(101)]
    known.files[".gitlab-ci.yml"] = "include: []\n"
    project = look(fake, ProjectSettingsClient.project)
    assert (project.default_branch, project.only_allow_merge_if_pipeline_succeeds) == ("main", True)
    one, other = BranchProtection("main", pushers=1), BranchProtection("v*", 1, force=True, code_owners=True)
    assert look(fake, ProjectSettingsClient.protections) == (one, other)
    environments = tuple(map(ProtectedEnvironment, ("prod", "old", "bare"), (3, 1, 0)))
    assert look(fake, ProjectSettingsClient.environments) == environments
    assert look(fake, ProjectSettingsClient.schedules) == (PipelineSchedule("main", "17 5 * * *"),)
    assert look(fake, ProjectSettingsClient.labels) == tuple(known.labels)
    assert look(fake, lambda client: client.pipeline_file("main")) == b"include: []\n"
    assert look(fake, lambda client: client.pipeline_file("gone")) == Hidden(404, NEEDS)


@pytest.mark.parametrize("work", QUESTIONS)
@pytest.mark.parametrize("status", [403, 404])
def test_a_question_that_the_token_may_not_ask_has_that_as_its_answer(
    fake: FakeGitLab, work: Callable[[ProjectSettingsClient], Awaitable[object]], status: int
) -> None:
    fake.trouble(status)
    assert look(fake, work) == Hidden(status, NEEDS)


@pytest.mark.parametrize("status", [401, 502])
def test_what_concerns_every_question_is_raised(fake: FakeGitLab, status: int) -> None:
    fake.trouble(status, times=9)
    with pytest.raises(ForgeProblem, match=r"cannot list the labels: GitLab answers"):
        look(fake, ProjectSettingsClient.labels)


def test_the_client_has_no_code_for_another_verb_and_asks_for_no_variables(fake: FakeGitLab) -> None:
    """A question cannot hold a verb or a body, and no call in the file is given one."""
    assert [*ProjectQuestion.__dataclass_fields__] == ["what", "path", "query"]
    called = [node for node in ast.walk(ast.parse(inspect.getsource(project_settings))) if isinstance(node, ast.Call)]
    made = [node for node in called if getattr(node.func, "id", "") == "ForgeCall"]
    assert [[word.arg for word in node.keywords] for node in made] == [["query"], ["of_project"]]
    for work in (ProjectSettingsClient.project, *QUESTIONS):
        look(fake, work)
    assert {asked.partition(" ")[0] for asked in fake.asked} == {"GET"}
    assert len(fake.asked) == 6
    assert not any("variables" in asked for asked in fake.asked)


def test_python_gitlab_finds_the_settings_of_the_stand_in(fake: FakeGitLab) -> None:
    known = fake.project.settings
    known.branches, known.labels, known.schedules = [protected("main")], ["allow-clear"], [schedule("refs/heads/main")]
    known.environments = [{"name": "prod", "required_approval_count": 0}]
    known.files[".gitlab-ci.yml"] = "include: []\n"
    with fake.serving() as url:
        project = gitlab.Gitlab(url, private_token=SECRET).projects.get(PATH)
        assert (project.default_branch, project.only_allow_merge_if_pipeline_succeeds) == ("main", False)
        (branch,) = project.protectedbranches.list(get_all=True)
        assert (branch.name, branch.allow_force_push) == ("main", False)
        assert [one["access_level"] for one in branch.push_access_levels] == [0]
        assert [one.name for one in project.protected_environments.list(get_all=True)] == ["prod"]
        assert [one.name for one in project.labels.list(get_all=True)] == ["allow-clear"]
        (found,) = project.pipelineschedules.list(scope="active", get_all=True)
        assert (found.ref, found.cron) == ("refs/heads/main", "17 5 * * *")
        assert project.files.raw(file_path=".gitlab-ci.yml", ref="main") == b"include: []\n"
