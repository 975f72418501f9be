"""Looking at a project's settings: its files, the remote, the token, and what GitLab says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.authoring.callers import Callers, pipeline_text
from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.gitlab.project_settings import ProjectSettingsClient
from reconciler.forge.rules.finding import SetupReport, SetupState
from reconciler.forge.runs.project import project_place, project_run
from tests.support.gitlab import PATH, SECRET, FakeGitLab
from tests.support.gitlab.settings import protected, schedule
from tests.support.gitlab.world import Token
from tests.support.stores import git

TEXT = pipeline_text(Callers("YOUR-GROUP/reconciler", "a" * 40))
SETTINGS = """\
version: 1
ledger: git
accounts:
  shops: {provider: meta, credentials: {token: {env: META_TOKEN}, plan_token: {env: META_PLAN_TOKEN}}}
policy: {clear: deny, webhook: allow, first-contact: deny}
"""


@pytest.fixture
def fake() -> Iterator[FakeGitLab]:
    """A project at GitLab that is set up."""
    with FakeGitLab() as found:
        found.tokens[SECRET] = Token(scopes=("read_api",), level=40)
        known = found.project.settings
        known.waits_for_pipeline, known.branches = True, [protected("main", owners=True)]
        known.labels, known.schedules = ["allow-bulk"], [schedule("refs/heads/main")]
        known.environments = [{"name": "profiles-production", "required_approval_count": 1}]
        known.files[".gitlab-ci.yml"] = TEXT
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone of it."""
    folder = tmp_path / "repository"
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles" / "reconciler.yaml").write_text(SETTINGS)
    (folder / ".gitlab-ci.yml").write_text(TEXT)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", f"git@gitlab.com:{PATH}.git")
    return folder


def run(root: Path, fake: FakeGitLab, **environ: str) -> SetupReport:
    context, place = project_place(Context(root, environ={"GITLAB_TOKEN": SECRET, **environ}))

    async def look() -> SetupReport:
        async with ProjectSettingsClient(place, context=context, app=fake.app) as client:
            return await project_run(context, client)

    return asyncio.run(look())


def about(report: SetupReport, name: str) -> list[tuple[str, str]]:
    return [(one.state.value, one.detail) for one in report.findings if one.about == name]


def test_where_all_is_set_up_only_variables_cannot_be_told(root: Path, fake: FakeGitLab) -> None:
    report = run(root, fake)
    assert (report.repository, report.server) == (PATH, "https://gitlab.com")
    assert {one.state for one in report.findings} == {SetupState.OK, SetupState.UNSEEN}
    for name in ("include here", "include of main"):
        assert about(report, name) == [("ok", "the jobs of YOUR-GROUP/reconciler at aaaaaaa")]
    ((_, plan),) = about(report, "profiles-plan")
    assert plan.endswith("needed, masked: META_PLAN_TOKEN")
    assert len(fake.asked) == 6


def test_a_file_that_is_not_there_or_not_yaml_is_told_apart(root: Path, fake: FakeGitLab) -> None:
    fake.project.settings.files[".gitlab-ci.yml"] = "include: [\n"
    (root / ".gitlab-ci.yml").unlink()
    report = run(root, fake)
    assert [state for state, _ in about(report, "include here")] == ["missing"]
    assert [state for state, _ in about(report, "include of main")] == ["cannot tell"]
    fake.project.settings.files.clear()
    (root / ".gitlab-ci.yml").mkdir()
    report = run(root, fake)
    assert [state for state, _ in about(report, "include here")] == ["cannot tell"]
    assert [state for state, _ in about(report, "include of main")] == ["missing"]


def test_a_project_that_the_token_may_not_see_is_a_problem(root: Path, fake: FakeGitLab) -> None:
    fake.trouble(404, "404 Project Not Found")
    with pytest.raises(ForgeProblem, match="cannot read the project: GitLab answers 404"):
        run(root, fake)


@pytest.mark.parametrize(
    "origin",
    [
        f"https://gitlab.example/{PATH}",
        f"https://ada:pw@gitlab.example:8443/{PATH}.git",
        f"ssh://git@gitlab.example:22/{PATH}.git",
        f"git@GitLab.example:{PATH}.git",
    ],
)
def test_the_remote_names_the_project_at_the_server_that_is_named(root: Path, origin: str) -> None:
    git(root, "remote", "set-url", "origin", origin)
    environ = {"RECONCILER_GITLAB_TOKEN": SECRET, "CI_SERVER_URL": "https://gitlab.example/"}
    _, place = project_place(Context(root, environ=environ))
    assert (place.repository, place.project, place.api) == (
        PATH,
        "goldcrust%2Fprofiles",
        "https://gitlab.example/api/v4",
    )
    with pytest.raises(EnvironmentProblem, match=r"the remote origin is not at gitlab\.com: set CI_SERVER_URL="):
        project_place(Context(root, environ={"GITLAB_TOKEN": SECRET}))


def test_the_environment_names_the_project(root: Path) -> None:
    environ = {"GITLAB_TOKEN": SECRET, "CI_PROJECT_PATH": "a/b", "CI_PROJECT_ID": "7"}
    assert project_place(Context(root, environ=environ))[1].project == "7"
    with pytest.raises(EnvironmentProblem, match="CI_PROJECT_ID is no number"):
        project_place(Context(root, environ={**environ, "CI_PROJECT_ID": "c%2Fd"}))


def test_without_a_token_or_a_remote_it_says_what_to_set(root: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="neither RECONCILER_GITLAB_TOKEN nor GITLAB_TOKEN is set"):
        project_place(Context(root, environ={"GITLAB_TOKEN": " "}))
    git(root, "remote", "remove", "origin")
    with pytest.raises(EnvironmentProblem, match="which project at GitLab is meant is not known"):
        project_place(Context(root, environ={"GITLAB_TOKEN": SECRET}))


def test_outside_of_a_clone_the_folder_itself_has_the_file(root: Path, fake: FakeGitLab) -> None:
    (root / ".git").rename(root.parent / "elsewhere")
    report = run(root, fake, CI_PROJECT_PATH=PATH)
    assert [state for state, _ in about(report, "include here")] == ["ok"]
