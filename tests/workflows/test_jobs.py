"""What each job may do and hold. The runner that tests use models none of this, and GitHub enforces all of it."""

from __future__ import annotations

import re

import pytest

from tests.workflows.documents import GITHUB, WORKFLOWS, Job, expressions, jobs, read

JOBS = {str(job): job for job in jobs()}
READ = {"contents": "read"}
LOOKING = {"META_PLAN_TOKEN", "META_TOKEN", "D360_API_KEYS"}
WRITING = LOOKING | {"KALEYRA_API_KEY", "PICKYASSIST_TOKEN", "WEBHOOK_VERIFY", "RECONCILER_LEDGER_KEY"}

# Job: what its token may do; its environment; what of the environment it holds.
ALLOWED: dict[str, tuple[dict[str, str], str, set[str]]] = {
    "apply/review": (READ | {"actions": "read", "issues": "read", "pull-requests": "read"}, "", set()),
    "apply/apply": ({"contents": "write"}, "profiles-production", WRITING),
    "apply/report": (READ | {"actions": "read", "issues": "write", "pull-requests": "write"}, "", set()),
    "ci/packages": (READ, "", set()),
    "ci/run": (READ, "", set()),
    "drift/drift": ({"contents": "write"}, "profiles-plan", LOOKING),
    "drift/issue": (READ | {"actions": "read", "issues": "write"}, "", set()),
    "drift/adopt": ({"contents": "write"}, "profiles-plan", LOOKING),
    "drift/propose": (
        {"contents": "write", "pull-requests": "write"},
        "profiles-proposals",
        {"RECONCILER_GITHUB_TOKEN"},
    ),
    "plan/validate": (READ, "", set()),
    "plan/plan": (READ, "profiles-plan", LOOKING),
    "plan/comment": (READ | {"actions": "read", "pull-requests": "write"}, "", set()),
    "release/build": (READ | {"attestations": "write", "id-token": "write"}, "", set()),
    "release/publish": ({"id-token": "write"}, "pypi", set()),
    "release/release": ({"contents": "write"}, "", set()),
}
# Workflow: what only one run of at a time goes on, and whether a newer one stops it.
TURNS = {
    "apply": ("reconciler-apply-${{ github.ref }}", False),
    "drift": ("reconciler-drift-${{ github.ref }}", False),
    "plan": ("reconciler-plan-${{ github.event.pull_request.number || github.ref }}", True),
}
# What each workflow starts from, and nothing else.
STARTS = {
    "apply": {
        "push": {"branches": ["main"]},
        "workflow_dispatch": {
            "inputs": {
                "allow": {
                    "description": 'Gates and findings to let pass, separated by spaces, as in "clear webhook"',
                    "type": "string",
                    "default": "",
                }
            }
        },
    },
    "ci": {"push": {"branches": ["main"]}, "pull_request": None, "schedule": [{"cron": "23 4 * * 1"}]},
    "drift": {
        "schedule": [{"cron": "17 5 * * *"}],
        "workflow_dispatch": {
            "inputs": {
                "adopt": {
                    "description": "Also propose what was changed elsewhere as a pull request",
                    "type": "boolean",
                    "default": False,
                }
            }
        },
    },
    "plan": {"pull_request": None, "merge_group": None},
    "release": {"push": {"tags": ["v*"]}},
}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_starts_from_what_the_table_says(workflow: str) -> None:
    """No `pull_request_target`, no filter by paths on what is applied, no label that starts a plan anew."""
    assert read(WORKFLOWS[workflow])["on"] == STARTS[workflow]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_gives_its_jobs_nothing(workflow: str) -> None:
    assert read(WORKFLOWS[workflow])["permissions"] == {}


def test_the_table_knows_every_job() -> None:
    assert set(JOBS) == set(ALLOWED)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_job_may_do_and_hold_what_the_table_says(name: str) -> None:
    job = JOBS[name]
    permissions, environment, held = ALLOWED[name]
    assert job.data["permissions"] == permissions
    assert job.data.get("environment", "") == environment
    assert secrets(job) == held


@pytest.mark.parametrize("workflow", TURNS)
def test_whole_runs_take_turns_and_no_job_does_alone(workflow: str) -> None:
    """Of single jobs that wait, an older run's late one would throw out the newest run's."""
    group, stopped = TURNS[workflow]
    assert read(WORKFLOWS[workflow])["concurrency"] == {"group": group, "cancel-in-progress": stopped}
    assert [name for name, job in JOBS.items() if job.workflow == workflow and "concurrency" in job.data] == []


@pytest.mark.parametrize("name", JOBS)
def test_no_job_runs_for_ever(name: str) -> None:
    assert JOBS[name].data["timeout-minutes"] <= 120


@pytest.mark.parametrize("name", JOBS)
def test_secrets_are_named_one_by_one_and_only_where_a_step_needs_them(name: str) -> None:
    job = JOBS[name]
    assert "toJSON(secrets)" not in expressions(job.data)
    assert "inherit" not in str(job.data.get("secrets", ""))
    assert "env" not in job.data
    assert "secrets." not in expressions(read(WORKFLOWS[job.workflow]).get("env", {}))
    holding = [step for step in job.steps if "secrets." in expressions(step)]
    assert all(step["uses"].startswith("./tool/") for step in holding)


def test_whoever_holds_a_providers_credential_writes_no_comment_no_issue_and_no_pull_request() -> None:
    holding = {name: {k for k, v in permissions(job) if v == "write"} for name, job in JOBS.items() if job_looks(job)}
    assert set(holding) == {"apply/apply", "drift/adopt", "drift/drift", "plan/plan"}
    assert set().union(*holding.values()) == {"contents"}


def test_what_may_open_a_pull_request_is_of_an_environment_that_no_other_job_is_of() -> None:
    assert [name for name, job in JOBS.items() if "RECONCILER_GITHUB_TOKEN" in secrets(job)] == ["drift/propose"]
    assert [name for name, job in JOBS.items() if job.data.get("environment") == "profiles-proposals"] == [
        "drift/propose"
    ]


def test_nothing_asks_who_started_the_run_or_lets_a_fork_choose() -> None:
    for path in WORKFLOWS.values():
        text = path.read_text()
        assert "github.actor" not in text
        assert "pull_request_target" not in text
        assert "workflow_run" not in text
        assert "head_ref" not in text


def test_no_file_names_a_machine_or_a_registry() -> None:
    files = [path for path in GITHUB.rglob("*") if path.is_file() and path.suffix != ".png"]
    assert len(files) > 10
    found = [
        path.name
        for path in files
        if re.search(r"https?://|(?<!\S)/(?!/|profiles/|\.github/)\w|index.url", path.read_text())
    ]
    assert found == []


def secrets(job: Job) -> set[str]:
    """Return the names of the secrets that a job asks for."""
    return set(re.findall(r"secrets\.(\w+)", expressions(job.data)))


def job_looks(job: Job) -> bool:
    """Say whether a job holds a provider's credential."""
    return bool(secrets(job) & WRITING)


def permissions(job: Job) -> list[tuple[str, str]]:
    """Return what a job's token may do."""
    return list(job.data["permissions"].items())
