"""The template of GitLab: what GitLab reads, sound shell, and which job may do what."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.repository import Git
from tests.workflows.pipelines import TEMPLATE, chosen, documents, interpolated
from tests.workflows.test_linters import RUNNER, problems, tool

GIVEN = {"tool": "goldcrust-tools/reconciler", "commit": "f" * 40}
JOBS = interpolated(GIVEN)
PLAIN = {name: job for name, job in JOBS.items() if not name.startswith(".")}
(BASE,) = (job for name, job in JOBS.items() if name.startswith("."))
# What GitLab's runner sets, as far as a line here reads it.
GITLAB = (
    *("CI_COMMIT_BEFORE_SHA", "CI_COMMIT_REF_NAME", "CI_COMMIT_SHA", "CI_DEFAULT_BRANCH", "CI_JOB_TOKEN"),
    *("CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_IID", "CI_NODE_INDEX", "CI_NODE_TOTAL"),
    *("CI_PIPELINE_SOURCE", "CI_SERVER_URL"),
)
MERGE_REQUEST = {"CI_PIPELINE_SOURCE": "merge_request_event"}
TRAIN = {**MERGE_REQUEST, "CI_MERGE_REQUEST_EVENT_TYPE": "merge_train"}
MAIN = {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_NAME": "main", "CI_DEFAULT_BRANCH": "main"}


def test_gitlabs_schema_takes_it(tmp_path: Path) -> None:
    made = tmp_path / "jobs.yml"
    made.write_text(json.dumps(JOBS))
    ran = tool("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(made))
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("name", PLAIN)
def test_every_script_is_sound_shell(name: str) -> None:
    assert not set(GITLAB) & set(RUNNER)
    lines = "\n".join([*BASE["before_script"], *PLAIN[name]["script"]])
    assert problems(lines, *GITLAB) == ""


def test_the_shell_of_other_inputs_is_sound_too() -> None:
    words = {"name": "-eu", "directory": "shops/eu", "apply_args": "--max 5"}
    given = {**GIVEN, **words, "require_reviewed": True, "shards": 3}
    for name, job in interpolated(given).items():
        if "script" in job:
            assert problems("\n".join(["directory=x", *job["script"]]), *GITLAB) == "", name


@pytest.mark.parametrize("name", ["report/not-owed", "report/page.json", "review/allow", "review", "reports/x", ""])
def test_no_committed_file_stands_for_what_another_job_found(tmp_path: Path, name: str) -> None:
    """With `report/not-owed` in the repository, no failure of an apply was ever told."""
    git = Git(tmp_path)
    (tmp_path / "README.md").touch()
    if name:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    git.commit()
    # What a job was handed is no file of the repository.
    (tmp_path / "report").mkdir(exist_ok=True)
    (tmp_path / "report" / "plan.json").touch()
    (check,) = (lines for lines in BASE["before_script"] if "ls-files" in lines)
    ran = subprocess.run(["bash", "-euc", check], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == (0 if name in ("", "reports/x") else 1), ran.stderr
    assert ran.stdout.splitlines()[1:] == ([name] if ran.returncode else [])
    assert BASE["before_script"].index(check) < len(BASE["before_script"]) - 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tool", "a/b' ; curl evil"),
        ("commit", "main"),
        ("directory", "'; id; '"),
        ("directory", "/etc"),
        ("name", "x'y"),
        ("apply", "never"),
    ],
)
def test_an_input_that_would_be_something_else_in_a_line_is_refused(name: str, value: str) -> None:
    with pytest.raises(AssertionError, match=name):
        interpolated({**GIVEN, name: value})


def test_what_stands_in_a_line_has_a_pattern_or_is_an_option_or_the_words_of_a_command() -> None:
    """A variable could be set by who starts a pipeline; an input is set in a file that is reviewed."""
    inputs, text = documents()
    free = {name for name, one in inputs.items() if not {"regex", "options", "type"} & set(one)}
    lines = text.replace("\\\n", " ")
    used = {name for name in free if re.search(rf"reconciler -C .*\$\[\[ inputs\.{name} \]\]", lines)}
    assert used == {"plan_args", "apply_args", "drift_args", "issue_args"}


def names(jobs: dict[str, dict[str, Any]] = JOBS, /, **variables: str) -> dict[str, str]:
    """Return the jobs of a pipeline, and when each runs."""
    return {job.name.removeprefix("reconciler-"): job.when for job in chosen(jobs, variables)}


def test_each_kind_of_pipeline_has_its_jobs() -> None:
    assert names(**MERGE_REQUEST) == {"plan": "on_success", "note": "always", "gates": "always"}
    merged = names(**MERGE_REQUEST, CI_MERGE_REQUEST_EVENT_TYPE="merged_result")
    assert (merged, names(**TRAIN)) == (names(**MERGE_REQUEST), {"train": "on_success"})
    assert names(**MAIN, CI_PIPELINE_SOURCE="push") == {
        "review": "on_success",
        "apply": "on_success",
        "report": "always",
    }
    assert names(**MAIN, CI_PIPELINE_SOURCE="web") == names(**MAIN, CI_PIPELINE_SOURCE="push")
    looks = {"drift": "on_success", "issue": "always", "adopt": "manual", "propose": "on_success"}
    assert names(**MAIN, CI_PIPELINE_SOURCE="schedule") == looks
    feature = {**MAIN, "CI_COMMIT_BRANCH": "feature"}
    # A tag that is called main has no branch.
    tag = {**MAIN, "CI_COMMIT_BRANCH": ""}
    for source in ("push", "web", "schedule", "api", "trigger"):
        assert names(**feature, CI_PIPELINE_SOURCE=source) == {}
        assert names(**tag, CI_PIPELINE_SOURCE=source) == {}
        assert names(**MAIN, CI_PIPELINE_SOURCE=source, RECONCILER_PAUSED="true") == {}


def after(jobs: dict[str, dict[str, Any]], **variables: str) -> dict[str, list[str]]:
    """Return the jobs of a pipeline, and those that come before each."""
    found = {job.name: [str(one["job"]) for one in job.after] for job in chosen(jobs, variables)}
    return {
        name.removeprefix("reconciler-"): [one.removeprefix("reconciler-") for one in found[name]] for name in found
    }


def test_shards_have_a_job_before_each_that_merges_them_and_the_merging_one_keeps_its_name() -> None:
    """Labels, notes and the reviewed plan are asked of the job `reconciler-plan`, however many plan."""
    jobs = interpolated({**GIVEN, "shards": 3})
    parts = {name for name, job in jobs.items() if "parallel" in job}
    assert {jobs[name]["parallel"] for name in parts} == {3}
    assert names(jobs, **MERGE_REQUEST) == {"plan-shards": "on_success", "plan": "always", **names(**MERGE_REQUEST)} | {
        "plan": "always"
    }
    assert names(jobs, **TRAIN) == names(**TRAIN)
    sends = {"review": "on_success", "apply-plan": "on_success", "apply-merge": "always", "apply-shards": "on_success"}
    for source in ("push", "web"):
        assert names(jobs, **MAIN, CI_PIPELINE_SOURCE=source) == {**sends, "report": "always"}
        assert names(jobs, **MAIN, CI_PIPELINE_SOURCE=source, RECONCILER_PAUSED="true") == {}
    looks = names(**MAIN, CI_PIPELINE_SOURCE="schedule")
    assert names(jobs, **MAIN, CI_PIPELINE_SOURCE="schedule") == {
        **looks,
        "drift-shards": "on_success",
        "drift": "always",
    }
    assert names(jobs, **MAIN, CI_PIPELINE_SOURCE="schedule", RECONCILER_PAUSED="true") == {}


def test_a_job_waits_for_the_shards_that_there_are() -> None:
    jobs = interpolated({**GIVEN, "shards": 3})
    assert after(jobs, **MERGE_REQUEST)["plan"] == ["plan-shards"]
    assert after(jobs, **MAIN, CI_PIPELINE_SOURCE="schedule")["drift"] == ["drift-shards"]
    pushed = after(jobs, **MAIN, CI_PIPELINE_SOURCE="push")
    assert (pushed["apply-shards"], pushed["report"]) == (["review", "apply-merge"], ["apply-shards"])
    # With one, no job waits for more than it did.
    assert after(JOBS, **MERGE_REQUEST)["plan"] == after(JOBS, **MAIN, CI_PIPELINE_SOURCE="schedule")["drift"] == []
    assert after(JOBS, **MAIN, CI_PIPELINE_SOURCE="push") == {"review": [], "apply": ["review"], "report": ["apply"]}


def test_where_the_reviewed_plan_is_required_the_shards_send_that_and_plan_nothing() -> None:
    jobs = interpolated({**GIVEN, "shards": 2, "require_reviewed": True})
    assert after(jobs, **MAIN, CI_PIPELINE_SOURCE="push") == {
        "review": [],
        "apply-shards": ["review"],
        "report": ["apply-shards"],
    }


def test_only_what_sends_makes_a_deployment_and_one_does_so_at_a_time() -> None:
    places = {name: job["environment"] for name, job in PLAIN.items() if "environment" in job}
    sends = {"reconciler-apply", "reconciler-apply-shards"}
    assert {name for name, place in places.items() if "action" not in place} == sends
    assert {place.get("action", "access") for place in places.values()} == {"access"}
    # What is without an environment gets no credential.
    assert {*PLAIN} - {*places} == {"reconciler-train", "reconciler-apply-merge"}
    assert PLAIN["reconciler-apply"]["resource_group"] == "reconciler-apply"
    # Shards that are not the same take no turns.
    assert PLAIN["reconciler-apply-shards"]["resource_group"] == "reconciler-apply-$CI_NODE_INDEX"
    assert {name for name, job in PLAIN.items() if "resource_group" in job} == sends
    assert [name for name, job in PLAIN.items() if job.get("interruptible")] == [
        "reconciler-plan-shards",
        "reconciler-plan",
        "reconciler-train",
    ]


def test_no_job_that_writes_at_gitlab_has_an_environment_of_a_provider() -> None:
    writes = {name for name, job in PLAIN.items() if 'reconciler -C "$directory" gitlab' in "\n".join(job["script"])}
    places = {PLAIN[name]["environment"]["name"] for name in writes}
    assert places == {"profiles-notes", "profiles-proposals"}
    others = {job["environment"]["name"] for name, job in PLAIN.items() if name not in writes and "environment" in job}
    assert others == {"profiles-plan", "profiles-production", "profiles-drift"}


def test_a_second_folder_has_jobs_turns_and_needs_of_its_own() -> None:
    both: dict[str, Any] = interpolated({**GIVEN, "name": "-eu", "directory": "eu"})
    assert not set(both) & set(JOBS)
    needed = {one["job"] for job in both.values() for one in job.get("needs", [])}
    assert needed < set(both)
    assert both["reconciler-apply-eu"]["resource_group"] == "reconciler-apply-eu"
    assert both["reconciler-adopt-eu"]["artifacts"]["paths"] == ["report/", "eu/profiles/"]


def test_the_image_is_the_one_of_the_container_file() -> None:
    inputs, _ = documents()
    container = (TEMPLATE.parents[1] / "elsewhere" / "Containerfile").read_text(encoding="utf-8")
    assert f"FROM {inputs['image']['default']}\n" in container
