"""Which jobs and steps run after which event and which end of the jobs before, as the runner evaluates it.

Every step but its name, its `id` and its `if:` is taken out; a step does nothing, keeps an artifact, or fails.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from tests.support.github import REPOSITORY
from tests.support.repository import Git
from tests.workflows.documents import WORKFLOWS, read
from tests.workflows.runner import Ran, Runner

OWN = {"number": 7, "user": {"login": "ann"}, "head": {"repo": {"full_name": REPOSITORY}}}
FORK = OWN | {"head": {"repo": {"full_name": "eve/profiles"}}}
# The fork was deleted while its pull request was open.
GONE = OWN | {"head": {"repo": None}}
BOT = OWN | {"user": {"login": "dependabot[bot]"}}
OFFLINE = "Plan without asking anybody"


def hollow(workflow: str, *, failing: Collection[str], keeping: Collection[str]) -> str:
    """Return a workflow of which nothing is left but what decides what runs; JSON is YAML."""
    data = read(WORKFLOWS[workflow])
    for name, job in data["jobs"].items():
        job["steps"] = [_hollow(step, job=name, failing=failing, keeping=keeping) for step in job["steps"]]
        job.pop("environment", None)
        job.pop("concurrency", None)
    return json.dumps(data)


def _hollow(step: dict[str, Any], *, job: str, failing: Collection[str], keeping: Collection[str]) -> dict[str, Any]:
    what = f"echo 'did: {step['name']}'"
    if step.get("id") == "artifact" and job in keeping:
        what += "; echo artifact-id=1 >> $GITHUB_OUTPUT"
    if step["name"] in failing:
        what += "; exit 1"
    return {key: step[key] for key in ("name", "id", "if") if key in step} | {"run": what}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner at a repository with one commit."""
    (tmp_path / "checkout").mkdir()
    Git(tmp_path / "checkout").commit()
    return Runner(tmp_path / "runs", {"GITHUB_REPOSITORY": REPOSITORY})


def run(
    runner: Runner,
    workflow: str,
    event: str,
    payload: dict[str, Any],
    *,
    failing: Collection[str] = (),
    keeping: Collection[str] = ("plan", "apply", "drift"),
) -> Ran:
    """Run a hollow workflow."""
    text = hollow(workflow, failing=failing, keeping=keeping)
    return runner.run(workflow, event, payload, checkout=runner.folder.parent / "checkout", text=text)


@pytest.mark.parametrize(
    ("event", "payload", "jobs", "offline"),
    [
        ("pull_request", {"number": 7, "pull_request": OWN}, {"validate", "plan", "comment"}, False),
        ("pull_request", {"number": 7, "pull_request": FORK}, {"validate"}, True),
        ("pull_request", {"number": 7, "pull_request": GONE}, {"validate"}, True),
        ("pull_request", {"number": 7, "pull_request": BOT}, {"validate"}, True),
        ("merge_group", {"merge_group": {"base_sha": "0" * 40}}, {"validate", "plan"}, False),
    ],
    ids=["of the repository", "of a fork", "of a fork that is gone", "of Dependabot", "in the merge queue"],
)
def test_a_plan_with_credentials_is_only_for_pull_requests_of_the_repository(
    runner: Runner, event: str, payload: dict[str, Any], jobs: set[str], offline: bool
) -> None:
    ran = run(runner, "plan", event, payload)
    assert set(ran.jobs) == jobs
    assert ran.green
    assert (f"did: {OFFLINE}\n" in ran.log) == offline


@pytest.mark.parametrize(
    ("failing", "keeping", "jobs"),
    [
        (["Plan"], ["plan"], {"validate": "success", "plan": "failure", "comment": "success"}),
        (["Plan"], [], {"validate": "success", "plan": "failure"}),
        (["Validate"], ["plan"], {"validate": "failure"}),
    ],
    ids=["and said why", "and said nothing", "before anything was planned"],
)
def test_a_plan_that_failed_is_commented_on_if_it_says_why(
    runner: Runner, failing: list[str], keeping: list[str], jobs: dict[str, str]
) -> None:
    payload = {"number": 7, "pull_request": OWN}
    assert run(runner, "plan", "pull_request", payload, failing=failing, keeping=keeping).jobs == jobs


@pytest.mark.parametrize(
    ("failing", "keeping", "jobs"),
    [
        ([], ["apply"], {"review": "success", "apply": "success", "report": "success"}),
        (["Apply"], ["apply"], {"review": "success", "apply": "failure", "report": "success"}),
        (["Apply"], [], {"review": "success", "apply": "failure"}),
        (["Which gates labels let pass"], ["apply"], {"review": "failure"}),
        (["Comment"], ["apply"], {"review": "success", "apply": "success", "report": "failure"}),
    ],
)
def test_what_became_of_an_apply_is_reported_if_it_says_so(
    runner: Runner, failing: list[str], keeping: list[str], jobs: dict[str, str]
) -> None:
    ran = run(runner, "apply", "push", {"before": "0" * 40}, failing=failing, keeping=keeping)
    assert ran.jobs == jobs
    # A comment that GitHub refuses keeps no issue from being written.
    assert ("did: Open, update or close the issue\n" in ran.log) == ("report" in jobs)
    assert ("did: Keep what could not be recorded\n" in ran.log) == ("apply" in jobs)


@pytest.mark.parametrize(("workflow", "event"), [("apply", "push"), ("drift", "schedule")])
def test_one_switch_stops_what_writes_and_what_looks_on_its_own(runner: Runner, workflow: str, event: str) -> None:
    runner.variables |= {"RECONCILER_PAUSED": "true", "RECONCILER_ADOPT": "true"}
    assert run(runner, workflow, event, {}).jobs == {}


@pytest.mark.parametrize("required", ["", "true"])
def test_the_reviewed_plan_is_fetched_where_it_is_required(runner: Runner, required: str) -> None:
    runner.variables["RECONCILER_REQUIRE_REVIEWED_PLAN"] = required
    ran = run(runner, "apply", "push", {"before": "0" * 40})
    done = [
        name for name in ("Which plan was reviewed", "Keep the plan", "Fetch the plan") if f"did: {name}\n" in ran.log
    ]
    assert len(done) == (3 if required else 0)


def test_without_the_reviewed_plan_that_is_required_nothing_is_applied(runner: Runner) -> None:
    runner.variables["RECONCILER_REQUIRE_REVIEWED_PLAN"] = "true"
    ran = run(runner, "apply", "push", {"before": "0" * 40}, failing=["Which plan was reviewed"])
    assert ran.jobs == {"review": "failure"}


@pytest.mark.parametrize(
    ("event", "payload", "variable", "jobs"),
    [
        ("schedule", {}, "", {"drift", "issue"}),
        ("schedule", {}, "true", {"drift", "issue", "adopt"}),
        ("workflow_dispatch", {"inputs": {"adopt": "true"}}, "", {"drift", "issue", "adopt"}),
        ("workflow_dispatch", {"inputs": {"adopt": "false"}}, "", {"drift", "issue"}),
    ],
)
def test_drift_is_adopted_only_where_somebody_asked_for_it(
    runner: Runner, event: str, payload: dict[str, Any], variable: str, jobs: set[str]
) -> None:
    runner.variables["RECONCILER_ADOPT"] = variable
    assert set(run(runner, "drift", event, payload).jobs) == jobs


def test_a_look_that_could_not_read_everything_updates_the_issue_and_adopts_nothing(runner: Runner) -> None:
    payload = {"inputs": {"adopt": "true"}}
    ran = run(runner, "drift", "workflow_dispatch", payload, failing=["Look"])
    assert ran.jobs == {"drift": "failure", "issue": "success"}
