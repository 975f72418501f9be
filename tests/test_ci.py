"""What a CI system says of itself is read in one place, and is one value."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from reconciler.ci import CI, ForgeKind, ci_of
from tests.support.readme import ROOT

RUNNER = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "17",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SHA": "d" * 40,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_WORKFLOW_REF": "goldcrust/profiles/.github/workflows/apply-staging.yml@refs/heads/main",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_REPOSITORY": "goldcrust/profiles",
    "GITHUB_TOKEN": "ghs_secret",
}
GITLAB = {
    "CI": "true",
    "GITLAB_CI": "true",
    "CI_PIPELINE_ID": "4711",
    "CI_JOB_ID": "90210",
    "CI_COMMIT_SHA": "d" * 40,
    "CI_COMMIT_REF_NAME": "main",
    "CI_SERVER_URL": "https://gitlab.example",
    "CI_API_V4_URL": "https://gitlab.example/api/v4",
    "CI_PROJECT_PATH": "goldcrust/shops/profiles",
    "CI_PROJECT_ID": "42",
    "CI_JOB_TOKEN": "glcbt-secret",
    "RECONCILER_GITLAB_TOKEN": "glpat-secret",
}
VARIABLE = re.compile(r"CI|(CI|GITHUB|GITLAB|RUNNER)_[A-Z0-9_]*")


def test_githubs_runner_says_all_of_it() -> None:
    assert ci_of(RUNNER) == CI(
        is_ci=True,
        reads_commands=True,
        run="17",
        attempt="2",
        commit="d" * 40,
        branch="main",
        workflow="apply-staging.yml",
        server="https://github.com",
        api="https://api.github.com",
        repository="goldcrust/profiles",
        token="ghs_secret",
    )


def test_gitlabs_runner_says_all_of_it() -> None:
    assert ci_of(GITLAB) == CI(
        is_ci=True,
        run="4711",
        attempt="90210",
        commit="d" * 40,
        branch="main",
        server="https://gitlab.example",
        api="https://gitlab.example/api/v4",
        repository="goldcrust/shops/profiles",
        project="42",
        token="glpat-secret",
        job_token="glcbt-secret",
        token_name="RECONCILER_GITLAB_TOKEN",
        api_name="CI_API_V4_URL",
        server_name="CI_SERVER_URL",
        forge=ForgeKind.GITLAB,
    )


def test_gitlabs_pages_stand_below_a_dash_and_a_retried_job_is_another_run() -> None:
    ci = ci_of(GITLAB)
    assert ci.home == "https://gitlab.example/goldcrust/shops/profiles/-"
    assert ci.run_url == f"{ci.home}/pipelines/4711"
    assert ci.run_name == "4711.90210"
    assert ci_of({**GITLAB, "CI_JOB_ID": ""}).run_name == "4711"
    assert ci_of(RUNNER).run_url == "https://github.com/goldcrust/profiles/actions/runs/17"
    assert [
        ci_of({**GITLAB, name: value}).run_url for name, value in (("CI_PROJECT_PATH", ""), ("CI_PIPELINE_ID", "x"))
    ] == ["", ""]


def test_at_gitlab_a_tag_is_no_branch_and_a_merged_result_is_a_test_merge() -> None:
    assert ci_of({**GITLAB, "CI_COMMIT_TAG": "v1"}).branch == ""
    assert ci_of({**GITLAB, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "e" * 40}).test_merge
    assert not ci_of(GITLAB).test_merge


def test_git_logs_in_with_the_token_and_else_with_the_one_that_every_job_has() -> None:
    assert ci_of(GITLAB).git_login == "x-access-token:glpat-secret"
    assert ci_of({**GITLAB, "RECONCILER_GITLAB_TOKEN": ""}).git_login == "gitlab-ci-token:glcbt-secret"
    assert CI().git_login == ""


@pytest.mark.parametrize(
    ("ref", "found"),
    [("refs/pull/7/merge", True), ("refs/pull/7/head", False), ("refs/heads/refs/pull/7/merge", False), ("", False)],
)
def test_a_test_merge_is_known_by_its_ref(ref: str, found: bool) -> None:
    assert ci_of({"GITHUB_REF": ref}).test_merge == found


def test_elsewhere_all_of_it_is_empty() -> None:
    assert ci_of({"PATH": "/bin"}) == CI()
    assert (CI().run_name, CI().host, CI().home) == ("", "", "")


def test_space_around_a_value_and_a_slash_behind_the_server_do_not_count() -> None:
    spaced = {name: f" {value}\n" for name, value in RUNNER.items() if name != "GITHUB_REF_TYPE"}
    assert ci_of({**spaced, "GITHUB_SERVER_URL": " https://github.com/ "}) == ci_of(RUNNER)


@pytest.mark.parametrize("value", ["", "false", "1", "True"])
def test_only_the_word_that_runners_set_is_a_yes(value: str) -> None:
    ci = ci_of({"CI": value, "GITHUB_ACTIONS": value})
    assert (ci.is_ci, ci.reads_commands) == (False, False)


def test_another_ci_system_is_one_that_obeys_no_command() -> None:
    ci = ci_of({"CI": "true"})
    assert (ci.is_ci, ci.reads_commands) == (True, False)


@pytest.mark.parametrize(("kind", "branch"), [("branch", "main"), ("tag", ""), ("", "")])
def test_a_tag_is_no_branch(kind: str, branch: str) -> None:
    assert ci_of({"GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": kind}).branch == branch


def test_a_runner_that_does_not_say_which_kind_means_a_branch() -> None:
    assert ci_of({"GITHUB_REF_NAME": "main"}).branch == "main"


@pytest.mark.parametrize(
    ("run", "attempt", "name"), [("17", "", "17"), ("17", "1", "17"), ("17", "2", "17.2"), ("", "2", "")]
)
def test_a_later_attempt_is_part_of_a_runs_name(run: str, attempt: str, name: str) -> None:
    assert ci_of({"GITHUB_RUN_ID": run, "GITHUB_RUN_ATTEMPT": attempt}).run_name == name


@pytest.mark.parametrize(
    ("server", "host"),
    [
        ("https://github.com", "github.com"),
        ("https://git.example:8443/", "git.example:8443"),
        ("github.com", ""),
        ("https://[", "https://["),
    ],
)
def test_an_address_that_cannot_be_read_is_no_real_host(server: str, host: str) -> None:
    assert ci_of({"GITHUB_SERVER_URL": server}).host == host


@pytest.mark.parametrize("missing", ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY"])
def test_a_repository_has_an_address_only_where_both_parts_are_said(missing: str) -> None:
    assert ci_of(RUNNER).home == "https://github.com/goldcrust/profiles"
    assert ci_of({**RUNNER, missing: ""}).home == ""


def test_the_token_is_in_no_representation() -> None:
    ci = ci_of(RUNNER)
    assert ci.token == "ghs_secret"
    assert "secret" not in f"{ci!r} {ci} {ci_of(GITLAB)!r}"


def names(source: str) -> list[str]:
    """Return each text in `source` that is the name of a CI system's variable, or the first part of one.

    A message that names a variable among other words is no such text.
    """
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and VARIABLE.fullmatch(text)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('context.environ.get("GITHUB_SHA", "")', ["GITHUB_SHA"]),
        ('os.environ["CI"]', ["CI"]),
        ('SERVER = "CI_SERVER_URL"', ["CI_SERVER_URL"]),
        ('environ.get(f"GITHUB_{name}")', ["GITHUB_"]),
        ('environ.get("GITHUB_" + name)', ["GITHUB_"]),
        ('f"GITHUB_REPOSITORY is not owner/name: {name}"', []),
        ('"set GITHUB_TOKEN"', []),
    ],
)
def test_the_reading_of_a_variable_is_found(source: str, found: list[str]) -> None:
    assert names(source) == found


def test_no_other_module_reads_what_a_ci_system_says() -> None:
    sources = sorted((ROOT / "reconciler").rglob("*.py"))
    read = {str(path.relative_to(ROOT)): names(path.read_text(encoding="utf-8")) for path in sources}
    own = read.pop(str(Path("reconciler", "ci.py")))
    assert {path: found for path, found in read.items() if found} == {}
    asked = {*RUNNER, *GITLAB} - {"RECONCILER_GITLAB_TOKEN"}
    assert set(own) == {*asked, "CI_COMMIT_TAG", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "GITLAB_TOKEN"}
