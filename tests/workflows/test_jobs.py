"""What each job may do and hold. The runner that tests use models none of this, and GitHub enforces all of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.authoring.callers import caller_files
from tests.workflows.documents import CALLED, GITHUB, OURS, WORKFLOWS, Job, expressions, jobs, read, texts
from tests.workflows.hosted import CALLERS
from tests.workflows.runner import parsed

JOBS = {str(job): job for job in jobs()}
READ = {"contents": "read"}
LOOKING = {"META_PLAN_TOKEN", "META_TOKEN", "META_APP_SECRET", "D360_API_KEYS", "RECONCILER_SECRETS"}
WRITING = LOOKING | {"KALEYRA_API_KEY", "PICKYASSIST_TOKEN", "WEBHOOK_VERIFY", "RECONCILER_LEDGER_KEY"}

# Job: what its token may do; its environment, or the input that names it; what of the environment it holds.
ALLOWED: dict[str, tuple[dict[str, str], str, set[str]]] = {
    "apply/review": (READ | {"actions": "read", "issues": "read", "pull-requests": "read"}, "", set()),
    "apply/apply": ({"contents": "write"}, "environment", WRITING),
    "apply/plan": (READ, "plan-environment", LOOKING | {"RECONCILER_LEDGER_KEY"}),
    "apply/merge": (READ, "", set()),
    "apply/shard": ({"contents": "write"}, "environment", WRITING),
    "apply/report": (READ | {"actions": "read", "issues": "write", "pull-requests": "write"}, "", set()),
    "ci/actions": (READ, "", set()),
    "ci/packages": (READ, "", set()),
    "ci/run": (READ, "", set()),
    "drift/drift": ({"contents": "write"}, "environment", LOOKING | {"RECONCILER_LEDGER_KEY"}),
    "drift/shard": ({"contents": "write"}, "environment", LOOKING | {"RECONCILER_LEDGER_KEY"}),
    "drift/issue": (READ | {"actions": "read", "issues": "write"}, "", set()),
    "drift/adopt": ({"contents": "write"}, "environment", LOOKING | {"RECONCILER_LEDGER_KEY"}),
    "drift/propose": (
        {"contents": "write", "pull-requests": "write"},
        "proposals",
        {"RECONCILER_GITHUB_TOKEN"},
    ),
    "gates/gates": (READ | {"actions": "read", "issues": "read", "pull-requests": "write"}, "", set()),
    "plan/outside": (READ, "", set()),
    "plan/plan": (READ, "environment", LOOKING),
    "plan/shard": (READ, "environment", LOOKING),
    "plan/comment": (READ | {"actions": "read", "pull-requests": "write"}, "", set()),
    "release/check": (READ | {"actions": "read"}, "", set()),
    "release/build": (READ, "", set()),
    "release/attest": ({"attestations": "write", "id-token": "write"}, "", set()),
    "release/publish": ({"id-token": "write"}, "pypi", set()),
    "release/release": ({"contents": "write"}, "", set()),
}
# Workflow: what only one run of at a time goes on, and whether a newer one stops it.
FOLDER = "${{ inputs.directory }}"
TURNS = {
    "gates": (f"reconciler-gates-{FOLDER}-${{{{ github.event.pull_request.number || github.ref }}}}", True),
    "drift": (f"reconciler-drift-{FOLDER}-${{{{ inputs.branch || github.ref }}}}", False),
    "plan": (f"reconciler-plan-{FOLDER}-${{{{ github.event.pull_request.number || github.ref }}}}", True),
}
# What starts the tool's own workflows. The others are called, so no copy runs them on the examples.
STARTS = {
    "ci": {
        "push": {"branches": ["main"]},
        "pull_request": None,
        "schedule": [{"cron": "23 4 * * 1"}, {"cron": "43 4 1 * *"}],
    },
    "release": {"push": {"tags": ["v*.*.*"]}},
}
PEOPLE: dict[str, str | bool] = {"assign": "", "mention": ""}
DEFAULTS: dict[str, dict[str, str | bool | int]] = {
    "plan": {"environment": "profiles-plan", "timeout-minutes": 30, "shards": 1},
    "apply": {
        "environment": "profiles-production",
        "require-reviewed": False,
        "plan-environment": "profiles-drift",
        "plan-workflow": "plan.yml",
        "shards": 1,
        "timeout-minutes": 120,
        **PEOPLE,
    },
    "gates": {"plan-workflow": "plan.yml"},
    "drift": {
        "environment": "profiles-drift",
        "proposals": "profiles-proposals",
        "adopt": False,
        "shards": 1,
        "timeout-minutes": 60,
        **PEOPLE,
    },
}
COMMON: dict[str, str | bool] = {"directory": ".", "runner": "ubuntu-24.04", "variables": ""}


def test_no_environment_that_a_branch_can_enter_has_the_key_of_the_ledger() -> None:
    """Its marks are worth what the key is: with it, a branch could forge memory that counts."""
    keyed = {name for name, (_, _, held) in ALLOWED.items() if "RECONCILER_LEDGER_KEY" in held}
    assert keyed == {"apply/apply", "apply/plan", "apply/shard", "drift/drift", "drift/shard", "drift/adopt"}
    entered = {DEFAULTS[name.split("/")[0]]["environment"] for name in keyed} | {DEFAULTS["apply"]["plan-environment"]}
    assert DEFAULTS["plan"]["environment"] not in entered


@pytest.mark.parametrize("workflow", STARTS)
def test_a_workflow_starts_from_what_the_table_says(workflow: str) -> None:
    assert read(WORKFLOWS[workflow])["on"] == STARTS[workflow]


@pytest.mark.parametrize("workflow", CALLED)
def test_what_works_on_profiles_starts_by_a_call_and_nothing_else(workflow: str) -> None:
    on = read(WORKFLOWS[workflow])["on"]
    assert set(on) == {"workflow_call"}
    # Secrets are those of the environments, and none is handed over.
    assert set(on["workflow_call"]) == {"inputs"}
    defaults = {name: one["default"] for name, one in on["workflow_call"]["inputs"].items()}
    branch = {} if workflow in ("gates", "plan") else {"branch": ""}
    allow = {"allow": ""} if workflow == "apply" else {}
    # The check has no options to choose from.
    args = {} if workflow == "gates" else {"args": ""}
    assert defaults == COMMON | DEFAULTS[workflow] | branch | allow | args


@pytest.mark.parametrize("workflow", CALLED)
def test_a_caller_grants_what_the_jobs_ask_for_and_no_more(workflow: str) -> None:
    """GitHub starts no run of a caller that grants less."""
    asked: dict[str, str] = {}
    for job in JOBS.values():
        for what, level in job.data["permissions"].items() if job.workflow == workflow else ():
            asked[what] = max(level, asked.get(what, ""))
    caller = parsed(caller_files(CALLERS)[f".github/workflows/{workflow}.yml"])
    assert caller["jobs"][workflow]["permissions"] == asked


@pytest.mark.parametrize("workflow", CALLED)
def test_a_caller_gives_inputs_that_the_workflow_has(workflow: str) -> None:
    everything = replace(
        CALLERS,
        name="x",
        directory="x",
        branch="x",
        runner="x",
        require_reviewed=True,
        plan_environment="x",
        production_environment="x",
        drift_environment="x",
        proposals_environment="x",
        shards=2,
    )
    caller = parsed(caller_files(everything)[f".github/workflows/{workflow}-x.yml"])
    assert set(caller["jobs"][workflow]["with"]) <= set(read(WORKFLOWS[workflow])["on"]["workflow_call"]["inputs"])


@pytest.mark.parametrize("workflow", CALLED)
def test_every_input_says_what_it_is_and_is_used(workflow: str) -> None:
    data = read(WORKFLOWS[workflow])
    used = set(re.findall(r"inputs\.([a-z-]+)", WORKFLOWS[workflow].read_text()))
    assert used == set(data["on"]["workflow_call"]["inputs"])
    assert all(one["description"] for one in data["on"]["workflow_call"]["inputs"].values())


def test_the_table_knows_every_workflow() -> None:
    assert {*STARTS, *CALLED} == set(WORKFLOWS)


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
    assert environment_of(job) == environment
    assert secrets(job) == held


@pytest.mark.parametrize("workflow", TURNS)
def test_whole_runs_take_turns_and_no_job_does_alone(workflow: str) -> None:
    group, stopped = TURNS[workflow]
    assert read(WORKFLOWS[workflow])["concurrency"] == {"group": group, "cancel-in-progress": stopped}
    assert [name for name, job in JOBS.items() if job.workflow == workflow and "concurrency" in job.data] == []


def test_applies_take_turns_one_by_one_and_none_replaces_another_that_waits() -> None:
    """A whole run that waits for a reviewer would hold the later ones before they could show what they are about."""
    turn: dict[str, Any] = {
        "group": f"reconciler-apply-{FOLDER}-${{{{ github.ref }}}}",
        "cancel-in-progress": False,
        "queue": "max",
    }
    assert "concurrency" not in read(WORKFLOWS["apply"])
    # A shard takes turns with itself: different ones write side by side.
    of_a_shard = {**turn, "group": turn["group"] + "-${{ matrix.shard }}"}
    assert {name: job.data["concurrency"] for name, job in JOBS.items() if "concurrency" in job.data} == {
        "apply/apply": turn,
        "apply/shard": of_a_shard,
    }


@pytest.mark.parametrize("name", JOBS)
def test_no_job_runs_for_ever(name: str) -> None:
    """The caller may choose for the job that calls the providers; the default is a limit too."""
    limit = JOBS[name].data["timeout-minutes"]
    if limit == "${{ inputs.timeout-minutes }}":
        limit = DEFAULTS[name.partition("/")[0]]["timeout-minutes"]
    assert limit <= 120


@pytest.mark.parametrize("name", JOBS)
def test_secrets_are_named_one_by_one_and_only_where_a_step_needs_them(name: str) -> None:
    job = JOBS[name]
    assert "toJSON(secrets)" not in expressions(job.data)
    assert "inherit" not in str(job.data.get("secrets", ""))
    assert "env" not in job.data
    assert "secrets." not in expressions(read(WORKFLOWS[job.workflow]).get("env", {}))
    holding = [step for step in job.steps if "secrets." in expressions(step)]
    assert all(step["uses"] == OURS for step in holding)


def test_a_pull_requests_files_are_refused_before_a_step_holds_a_credential() -> None:
    checked, *later = [step for step in JOBS["plan/plan"].steps if step.get("uses") == OURS]
    assert checked["with"]["command"] == "validate"
    assert "secrets." not in expressions(checked)
    assert {"continue-on-error", "if"}.isdisjoint(checked)
    assert any("secrets." in expressions(step) for step in later)
    assert [step for step in later if "always()" in step.get("if", "") and "secrets." in expressions(step)] == []


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if job.workflow in CALLED])
def test_only_what_may_write_at_a_provider_leaves_a_record_of_a_deployment(name: str) -> None:
    """The other environments are boxes of secrets: a deployment of each plan would bury those of the applies."""
    environment = JOBS[name].data.get("environment")
    if environment is not None:
        writes = name in ("apply/apply", "apply/shard")
        assert (environment == "${{ inputs.environment }}") == writes
        assert writes or environment["deployment"] is False


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if job.workflow in CALLED])
def test_the_caller_chooses_the_runner_of_every_job(name: str) -> None:
    wanted = "${{ startsWith(inputs.runner, '[') && fromJSON(inputs.runner) || inputs.runner }}"
    assert JOBS[name].data["runs-on"] == wanted


def test_a_job_with_a_providers_credential_writes_no_comment_no_issue_and_no_pull_request() -> None:
    holding = {name: {k for k, v in permissions(job) if v == "write"} for name, job in JOBS.items() if job_looks(job)}
    alone = {"apply/apply", "drift/adopt", "drift/drift", "plan/plan"}
    assert set(holding) == alone | {"apply/plan", "apply/shard", "drift/shard", "plan/shard"}
    assert set().union(*holding.values()) == {"contents"}


def test_what_may_open_a_pull_request_is_of_an_environment_that_no_other_job_is_of() -> None:
    assert [name for name, job in JOBS.items() if "RECONCILER_GITHUB_TOKEN" in secrets(job)] == ["drift/propose"]
    assert [name for name, job in JOBS.items() if environment_of(job) == "proposals"] == ["drift/propose"]


def test_the_check_before_a_merge_is_never_skipped_and_no_job_can_ask_how_it_ended() -> None:
    """A required check that was skipped passes. What applies judges gates and labels itself, whatever a check said."""
    assert "if" not in JOBS["gates/gates"].data
    assert "needs" not in JOBS["gates/gates"].data
    asking = {"checks", "statuses"}
    assert [name for name, job in JOBS.items() if asking & set(job.data["permissions"])] == []
    commands = [step["with"]["command"] for step in JOBS["apply/review"].steps if step.get("uses") == OURS]
    assert commands == ["plan", "github allow", "github reviewed"]
    assert [text for text in texts(read(WORKFLOWS["apply"])) if "gates.yml" in text or "github gates" in text] == []


def test_nothing_asks_who_started_the_run_or_lets_a_fork_choose() -> None:
    for path in WORKFLOWS.values():
        text = path.read_text()
        assert "github.actor" not in text
        assert "pull_request_target" not in text
        assert "workflow_run" not in text
        assert "head_ref" not in text


@pytest.mark.parametrize("script", [".ci/audit", ".ci/sbom"])
def test_packages_are_looked_at_whatever_started_the_run(script: str) -> None:
    """At each push, for each pull request and each week: a hole becomes known on a day when nothing is pushed."""
    job = JOBS["ci/packages"]
    assert "if" not in job.data
    (step,) = (one for one in job.steps if one.get("run", "").startswith(script))
    assert step.get("if", "always()") == "always()"
    assert "continue-on-error" not in step


def test_no_file_names_a_machine_or_a_registry() -> None:
    files = [path for path in GITHUB.rglob("*") if path.is_file() and path.suffix != ".png"]
    assert len(files) > 10
    found = [
        path.name
        for path in files
        if re.search(r"https?://|(?<!\S)/(?!/|profiles/|\.github/|elsewhere\b)\w|index.url", path.read_text())
    ]
    assert found == []


def environment_of(job: Job) -> str:
    """Return a job's environment: its name, or the input that names it."""
    said = job.data.get("environment", "")
    name: str = said["name"] if isinstance(said, dict) else said
    return name.removeprefix("${{ inputs.").removesuffix(" }}")


def secrets(job: Job) -> set[str]:
    """Return the names of the secrets that a job asks for."""
    return set(re.findall(r"secrets\.(\w+)", expressions(job.data)))


def job_looks(job: Job) -> bool:
    """Say whether a job holds a provider's credential."""
    return bool(secrets(job) & WRITING)


def permissions(job: Job) -> list[tuple[str, str]]:
    """Return what a job's token may do."""
    return list(job.data["permissions"].items())
