"""The files that call the tool's workflows: what they hold, and that an upgrade is one line of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.core.authoring.callers import Callers, caller_files, pipeline_text
from reconciler.core.basics import EnvironmentProblem

OLD, NEW = "a" * 40, "b" * 40
PLAIN = Callers("acme/reconciler", OLD, version="v1.2.0")
STAGING = Callers(
    "acme/reconciler",
    OLD,
    name="staging",
    directory="./shops/staging/",
    branch="staging",
    plan_environment="staging plan",
    production_environment="staging",
    drift_environment="staging drift",
    proposals_environment="null",
    runner='["self-hosted", "ä"]',
    require_reviewed=True,
    cron="23 4 * * 1-5",
)
APPLY = f"""\
name: apply
on:
  push: {{branches: [main]}}
  workflow_dispatch: {{inputs: {{allow: {{description: 'Gates and findings to let pass, as in "clear webhook"'}}}}}}
permissions: {{}}
jobs:
  apply:
    name: apply
    permissions:
      actions: read # the reviewed plan
      contents: write # the ledger's branch
      issues: write # the issue of an apply that failed
      pull-requests: write # the comment
    uses: acme/reconciler/.github/workflows/apply.yml@{OLD} # v1.2.0
    with:
      allow: ${{{{ inputs.allow }}}}
"""


def parsed(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def given(wanted: Callers, workflow: str) -> dict[str, Any]:
    """Return what a caller hands over."""
    data = parsed(caller_files(wanted)[f".github/workflows/{wanted.file(workflow)}"])
    found: dict[str, Any] = data["jobs"][workflow].get("with", {})
    return found


def test_a_repository_holds_four_short_files() -> None:
    files = caller_files(PLAIN)
    assert list(files) == [f".github/workflows/{name}.yml" for name in ("plan", "gates", "apply", "drift")]
    assert files[".github/workflows/apply.yml"] == APPLY
    assert sum(text.count("\n") for text in files.values()) == 55


def test_an_upgrade_changes_the_commit_and_nothing_else() -> None:
    before = caller_files(STAGING)
    after = caller_files(replace(STAGING, commit=NEW))
    assert {name: text.replace(OLD, NEW) for name, text in before.items()} == after
    assert [text.count(OLD) for text in before.values()] == [1, 1, 1, 1]


def test_what_a_team_does_not_choose_is_the_tools_default() -> None:
    assert given(PLAIN, "plan") == given(PLAIN, "gates") == {}
    assert given(PLAIN, "apply") == {"allow": "${{ inputs.allow }}"}
    assert given(PLAIN, "drift") == {"adopt": "${{ inputs.adopt || false }}"}


def test_what_a_team_chooses_reaches_each_workflow_that_takes_it() -> None:
    common = {"directory": "shops/staging", "runner": '["self-hosted", "ä"]'}
    assert given(STAGING, "plan") == common | {"environment": "staging plan"}
    assert given(STAGING, "gates") == common | {"plan-workflow": "plan-staging.yml"}
    assert given(STAGING, "apply") == common | {
        "allow": "${{ inputs.allow }}",
        "branch": "staging",
        "environment": "staging",
        "plan-workflow": "plan-staging.yml",
        "require-reviewed": True,
    }
    assert given(STAGING, "drift") == common | {
        "adopt": "${{ inputs.adopt || false }}",
        "branch": "staging",
        "environment": "staging drift",
        "proposals": "null",
    }


def test_several_shards_are_an_input_of_what_works_on_profiles_and_one_is_none() -> None:
    given = {name: parsed(text)["jobs"] for name, text in caller_files(replace(STAGING, shards=4)).items()}
    inputs = {job: data["with"] for jobs in given.values() for job, data in jobs.items()}
    assert {job: one.get("shards") for job, one in inputs.items()} == {"plan": 4, "gates": None, "apply": 4, "drift": 4}
    assert inputs["apply"]["plan-environment"] == inputs["drift"]["environment"]
    assert all("shards" not in text and "plan-environment" not in text for text in caller_files(STAGING).values())


def test_each_folder_has_files_names_and_a_schedule_of_its_own() -> None:
    files = caller_files(STAGING)
    assert not set(files) & set(caller_files(PLAIN))
    read = {parsed(text)["name"]: parsed(text)["on"] for text in files.values()}
    assert list(read) == ["plan staging", "gates staging", "apply staging", "drift staging"]
    only = {"branches": ["staging"]}
    assert read["plan staging"] == {"pull_request": only, "merge_group": only}
    types = ["opened", "synchronize", "reopened", "ready_for_review", "labeled", "unlabeled"]
    assert read["gates staging"] == {"pull_request": only | {"types": types}, "merge_group": only}
    assert read["apply staging"]["push"] == only
    assert read["drift staging"]["schedule"] == [{"cron": "23 4 * * 1-5"}]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tool": "reconciler"}, "'reconciler' is not a repository: write OWNER/NAME"),
        ({"tool": "a/b@main #"}, "is not a repository"),
        ({"commit": "v1.2.0"}, "'v1.2.0' is not a commit: write all of its 40 characters"),
        ({"version": "v1\n"}, "a version is like v1.2.0"),
        ({"version": "main"}, "a version is like v1.2.0"),
        ({"shards": 0}, "0 shards are not from 1 to 8"),
        ({"shards": 9}, "9 shards are not from 1 to 8"),
        ({"name": "a/b"}, "a name like staging"),
        ({"cron": '1"'}, "a schedule like 17 5 * * *"),
        ({"directory": "${{ secrets.X }}"}, "cannot stand in a workflow"),
        ({"runner": "a\nb"}, "cannot stand in a workflow"),
        ({"production_environment": "\u2028"}, "cannot stand in a workflow"),
    ],
)
def test_what_would_make_another_workflow_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(EnvironmentProblem, match=said.replace("*", r"\*")):
        replace(PLAIN, **wrong)


PIPELINE = f"""\
# The jobs stand in the tool's own project, at this commit. To upgrade, change the commit.
include:
  - project: acme/reconciler
    file: templates/reconciler.yml
    ref: &commit "{OLD}" # v1.2.0
    inputs:
      tool: acme/reconciler
      commit: *commit
"""


def test_a_project_at_gitlab_includes_the_jobs_and_names_the_commit_once() -> None:
    assert pipeline_text(PLAIN) == PIPELINE
    old, new = (pipeline_text(replace(PLAIN, commit=commit)).splitlines() for commit in (OLD, NEW))
    assert sum(one != other for one, other in zip(old, new, strict=True)) == 1


def test_what_a_team_chooses_is_an_input_that_the_template_has() -> None:
    from tests.workflows.pipelines import interpolated

    for wanted in (PLAIN, STAGING, replace(STAGING, tool="acme/tools/reconciler", commit="1" * 40)):
        (include,) = YAML(typ="safe", pure=True).load(pipeline_text(wanted))["include"]
        assert (include["project"], include["ref"]) == (wanted.tool, wanted.commit)
        assert include["ref"] == include["inputs"]["commit"]
        jobs = interpolated(include["inputs"])
        assert f"reconciler-plan{'-staging' if wanted.name else ''}" in jobs


def test_a_group_in_a_group_is_no_repository_at_github() -> None:
    with pytest.raises(EnvironmentProblem, match="is not a repository at GitHub: write OWNER/NAME"):
        caller_files(replace(PLAIN, tool="acme/tools/reconciler"))
