"""Looking at a repository's settings: its files, the remote, the token, and what GitHub says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from reconciler.core.authoring.callers import Callers, caller_files
from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.github.calls import GitHubPlace
from reconciler.forge.github.repository_settings import SettingsClient
from reconciler.forge.rules.finding import SetupReport, SetupState
from reconciler.forge.runs.setup import settings_place, setup_run
from tests.support.github import REPOSITORY, FakeGitHub
from tests.support.github.asking import SECRET
from tests.support.github.settings import rule
from tests.support.github.world import Place
from tests.support.stores import git

TOOL, COMMIT, KEY = "YOUR-ORG/reconciler", "a" * 40, "RECONCILER_LEDGER_KEY"
SCOPES = ("actions", "administration", "contents", "environments", "issues", "metadata", "secrets")
ALL = MappingProxyType(dict.fromkeys(SCOPES, "read"))
NOTHING: Mapping[str, str] = MappingProxyType({})
SETTINGS = """\
version: 1
ledger: git
accounts:
  shops: {provider: meta, credentials: {token: {env: META_TOKEN}, plan_token: {env: META_PLAN_TOKEN}}}
policy: {clear: deny, webhook: allow, first-contact: deny}
"""


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as found:
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of profiles at GitHub, with its callers."""
    folder = tmp_path / "repository"
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles" / "reconciler.yaml").write_text(SETTINGS)
    add_callers(folder, Callers(TOOL, COMMIT))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
    return folder


def add_callers(folder: Path, wanted: Callers) -> None:
    for path, text in caller_files(wanted).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def look(
    fake: FakeGitHub, root: Path, *, rights: Mapping[str, str] = ALL, place: GitHubPlace | None = None, **environ: str
) -> SetupReport:
    fake.token(SECRET, rights)
    context = Context(root=root, environ=environ)

    async def run() -> SetupReport:
        async with SettingsClient(place or fake.place(SECRET), context=context, app=fake.app) as client:
            return await setup_run(context, client)

    return asyncio.run(run())


def bad(report: SetupReport) -> list[tuple[str, str]]:
    return [(one.about, one.state) for one in report.findings if one.state is not SetupState.OK]


def set_up(fake: FakeGitHub) -> None:
    """Set everything up at GitHub."""
    known = fake.repository.settings
    known.environments |= {
        "profiles-plan": Place(secrets=["META_PLAN_TOKEN"]),
        "Profiles-Production": Place(["META_TOKEN", KEY], ["main"], reviewers=[("User", 7, "anna")]),
        "profiles-drift": Place(["META_PLAN_TOKEN", KEY], ["main"]),
        "profiles-proposals": Place(["RECONCILER_GITHUB_TOKEN"], protected=True),
    }
    checks = [{"context": "plan / plan"}, {"context": "gates / gates"}]
    known.rules["main"] = [
        rule("pull_request", require_code_owner_review=True, required_approving_review_count=1),
        rule("required_status_checks", required_status_checks=checks, strict_required_status_checks_policy=True),
    ]
    known.rules["reconciler-ledger"] = [rule("deletion"), rule("non_fast_forward")]
    known.default_permissions, known.owner_errors = "read", []
    fake.repository.labels.append("allow-bulk")


def test_a_repository_that_is_set_up_lacks_nothing(fake: FakeGitHub, root: Path) -> None:
    set_up(fake)
    report = look(fake, root)
    assert bad(report) == []
    assert report.reasons == frozenset()
    assert (report.repository, report.server) == (REPOSITORY, "https://github.com")
    assert {asked.method for asked in fake.asked} == {"GET"}


def test_an_empty_repository_lacks_everything_and_has_no_branch(fake: FakeGitHub, root: Path) -> None:
    fake.repository.settings.branches = []
    report = look(fake, root)
    missing = [one for one in report.findings if one.state is SetupState.MISSING]
    assert all(one.mends for one in missing)
    assert ("branch main", "git push --set-upstream origin HEAD:main") in [(one.about, one.mends) for one in missing]
    assert [one.mends for one in missing if one.about == "labels"] == ["gh label create allow-bulk"]


def test_a_token_without_rights_is_told_what_each_thing_needs(fake: FakeGitHub, root: Path) -> None:
    set_up(fake)
    found = look(fake, root, rights={})
    assert {state for _, state in bad(found)} == {"cannot tell"}
    assert [about for about, _ in bad(found)] == [
        "environments",
        "repository secrets",
        "repository secrets",
        "branch main",
        "owners",
        "ledger",
        "labels",
        "token of jobs",
    ]


def test_a_repository_that_github_does_not_show_is_none(fake: FakeGitHub, root: Path) -> None:
    with pytest.raises(ForgeProblem, match=r"^GitHub has no repository a/b, or this token may not see it$"):
        look(fake, root, place=GitHubPlace("a/b", token=SECRET))


def test_a_folder_of_the_repository_has_its_own_callers_environments_and_ledger(fake: FakeGitHub, root: Path) -> None:
    (root / "staging" / "profiles").mkdir(parents=True)
    (root / "staging" / "profiles" / "reconciler.yaml").write_text(SETTINGS)
    chosen = Callers(TOOL, COMMIT, name="staging", directory="staging", plan_environment="look")
    add_callers(root, chosen)
    report = look(fake, root / "staging")
    assert report.findings[0].state is SetupState.OK
    assert [one.about for one in report.findings[1:3]] == ["look", "profiles-production"]
    (ledger,) = (one for one in report.findings if one.about == "ledger")
    assert ledger.detail.startswith("reconciler-ledger-staging can be ")


def test_what_is_no_workflow_is_said_and_a_link_is_not_followed(fake: FakeGitHub, root: Path) -> None:
    folder = root / ".github" / "workflows"
    (folder / "broken.yml").write_text("a: [")
    (folder / "linked.yaml").symlink_to(folder / "plan.yml")
    unread = [one.detail for one in look(fake, root).findings if one.state is SetupState.UNSEEN]
    assert unread == [
        f".github/workflows/{name} cannot be read as YAML that this program takes"
        for name in ("broken.yml", "linked.yaml")
    ]


def test_without_git_the_workflows_and_the_ledger_are_those_of_the_folder(fake: FakeGitHub, tmp_path: Path) -> None:
    add_callers(tmp_path, Callers(TOOL, COMMIT))
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "reconciler.yaml").write_text(SETTINGS)
    report = look(fake, tmp_path)
    assert report.findings[0].state is SetupState.OK
    assert "ledger" not in {one.about for one in report.findings}


def test_a_ledger_at_another_remote_is_not_this_repositorys(fake: FakeGitHub, root: Path) -> None:
    report = look(fake, root, RECONCILER_LEDGER_REMOTE="https://git.example/ledger.git")
    assert "ledger" not in {one.about for one in report.findings}


def test_files_with_errors_are_said_and_the_rest_is_looked_at(fake: FakeGitHub, root: Path) -> None:
    (root / "profiles" / "berlin.yaml").write_text("account: none\n")
    (found,) = (one for one in look(fake, root).findings if one.about == "files")
    assert (found.state, found.mends) == (SetupState.WRONG, "reconciler validate")


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ("https://api.github.com", ""),
        ("https://api.acme.ghe.com", ""),
        ("https://github.acme.example/api/v3", "github.acme.example is an Enterprise Server"),
    ],
)
def test_an_enterprise_server_is_known_by_its_address(fake: FakeGitHub, root: Path, api: str, said: str) -> None:
    report = look(fake, root, place=GitHubPlace(REPOSITORY, api, SECRET))
    servers = [one.detail.partition(":")[0] for one in report.findings if one.about == "server"]
    assert servers == ([said] if said else [])


# Which repository, and which token


def place(root: Path, **environ: str) -> GitHubPlace:
    return settings_place(Context(root=root, environ=environ))


def refusal(root: Path, **environ: str) -> str:
    with pytest.raises(EnvironmentProblem) as found:
        place(root, **environ)
    return str(found.value)


def test_the_repository_is_that_of_the_remote_or_of_the_environment(root: Path) -> None:
    assert place(root, GH_TOKEN="t") == GitHubPlace(REPOSITORY, token="t")
    both = place(root, GH_TOKEN="other", GITHUB_TOKEN="t", GITHUB_REPOSITORY="a/b", GITHUB_API_URL="https://x/api/v3")
    assert both == GitHubPlace("a/b", "https://x/api/v3", "t")
    assert replace(both, token="").token == ""


def test_a_token_is_kept_out_of_every_message(root: Path) -> None:
    context = Context(root=root, environ={"GH_TOKEN": "gho_0123456789"})
    settings_place(context)
    assert "gho_" not in context.secrets.without("it was gho_0123456789")


def test_without_a_token_it_is_said_how_to_give_one(root: Path) -> None:
    said = refusal(root)
    assert said == (
        "neither GITHUB_TOKEN nor GH_TOKEN is set: GITHUB_TOKEN=$(gh auth token) reconciler doctor --github"
    )


def test_without_a_remote_the_repository_is_not_known(root: Path, tmp_path: Path) -> None:
    git(root, "remote", "remove", "origin")
    said = refusal(root, GITHUB_TOKEN="t")
    assert said.startswith("which repository at GitHub is meant is not known: the repository has no remote origin: ")
    assert said.endswith("`gh repo create --private --source . --remote origin`, or set GITHUB_REPOSITORY=OWNER/NAME")
    (tmp_path / "no-git").mkdir()
    assert "git finds no repository" in refusal(tmp_path / "no-git", GITHUB_TOKEN="t")


def test_what_a_runner_of_gitlab_says_is_about_another_server(root: Path) -> None:
    job = {"CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_PATH": "a/b", "GITLAB_CI": "true"}
    assert place(root, GH_TOKEN="t", **job) == GitHubPlace(REPOSITORY, token="t")


def test_a_token_goes_to_no_host_that_a_remote_names(root: Path) -> None:
    git(root, "remote", "set-url", "origin", "https://evil.example/goldcrust/profiles.git")
    said = refusal(root, GITHUB_TOKEN="t")
    assert said.startswith("the remote origin is not at github.com: set GITHUB_REPOSITORY=OWNER/NAME")
