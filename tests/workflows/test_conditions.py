"""Which jobs and steps run after which event and which end of the jobs before, as the runner evaluates it.

Every step but its name, its `id` and its `if:` is taken out; a step does nothing, keeps an artifact, or fails.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any

import pytest

from reconciler.core.authoring.callers import Callers, caller_files
from tests.support.github import REPOSITORY
from tests.support.repository import Git
from tests.workflows.documents import WORKFLOWS, read
from tests.workflows.hosted import CALLERS, VERSION
from tests.workflows.runner import Ran, Runner

OWN = {"number": 7, "user": {"login": "ann"}, "head": {"repo": {"full_name": REPOSITORY}}}
FORK = OWN | {"head": {"repo": {"full_name": "eve/profiles"}}}
# The fork was deleted while its pull request was open.
GONE = OWN | {"head": {"repo": None}}
BOT = OWN | {"user": {"login": "dependabot[bot]"}}
ON_MAIN: dict[str, Any] = {"ref": "refs/heads/main", "repository": {"default_branch": "main"}}
ELSEWHERE = ON_MAIN | {"ref": "refs/heads/hurry"}
MERGED = ON_MAIN | {"before": "0" * 40}
OFFLINE = "Plan without a provider"


def hollow(workflow: str, *, failing: Collection[str], keeping: Collection[str], owed: str) -> str:
    """Return a called workflow of which nothing is left but what decides what runs; JSON is YAML."""
    data = read(WORKFLOWS[workflow])
    for name, job in data["jobs"].items():
        job["steps"] = [_hollow(step, job=name, failing=failing, keeping=keeping, owed=owed) for step in job["steps"]]
        job.pop("environment", None)
        job.pop("concurrency", None)
    return json.dumps(data)


def _hollow(
    step: dict[str, Any], *, job: str, failing: Collection[str], keeping: Collection[str], owed: str
) -> dict[str, Any]:
    what = f'echo {quote(step["name"])} >> "$STAND_STEPS"'
    if step.get("id") == "artifact" and job in keeping:
        what += "; echo artifact-id=1 >> $GITHUB_OUTPUT"
    if step.get("id") == "owed" and owed:
        what += f"; echo owed={owed} >> $GITHUB_OUTPUT"
    if step["name"] in failing:
        what += "; exit 1"
    return {key: step[key] for key in ("name", "id", "if", "continue-on-error") if key in step} | {"run": what}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner at a repository with one commit."""
    (tmp_path / "checkout").mkdir()
    Git(tmp_path / "checkout").commit()
    return Runner(tmp_path / "runs", {"GITHUB_REPOSITORY": REPOSITORY}, tools={VERSION: tmp_path / "tool"})


def run(
    runner: Runner,
    workflow: str,
    event: str,
    payload: dict[str, Any],
    *,
    failing: Collection[str] = (),
    keeping: Collection[str] = ("plan", "apply", "drift", "adopt"),
    callers: Callers = CALLERS,
    owed: str = "true",
) -> Ran:
    """Run a caller of a hollow workflow."""
    folder = runner.tools[VERSION] / ".github" / "workflows"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{workflow}.yml").write_text(hollow(workflow, failing=failing, keeping=keeping, owed=owed))
    text = caller_files(callers)[f".github/workflows/{callers.file(workflow)}"]
    return runner.run(event, payload, checkout=runner.folder.parent / "checkout", text=text)


@pytest.mark.parametrize(
    ("event", "payload", "jobs", "offline"),
    [
        ("pull_request", {"number": 7, "pull_request": OWN}, {"plan", "comment"}, False),
        ("pull_request", {"number": 7, "pull_request": FORK}, {"outside"}, True),
        ("pull_request", {"number": 7, "pull_request": GONE}, {"outside"}, True),
        ("pull_request", {"number": 7, "pull_request": BOT}, {"outside"}, True),
        ("merge_group", {"merge_group": {"base_sha": "0" * 40}}, {"plan"}, False),
    ],
    ids=["of the repository", "of a fork", "of a fork that is gone", "of Dependabot", "in the merge queue"],
)
def test_a_plan_with_credentials_is_only_for_pull_requests_of_the_repository(
    runner: Runner, event: str, payload: dict[str, Any], jobs: set[str], offline: bool
) -> None:
    ran = run(runner, "plan", event, payload)
    assert set(ran.jobs) == jobs
    assert ran.green
    assert (OFFLINE in ran.steps) == offline


@pytest.mark.parametrize(
    ("event", "payload", "judged"),
    [
        ("pull_request", {"action": "labeled", "number": 7, "pull_request": OWN}, True),
        ("pull_request", {"action": "opened", "number": 7, "pull_request": FORK}, True),
        ("pull_request", {"action": "opened", "number": 7, "pull_request": BOT}, True),
        ("merge_group", {"merge_group": {"base_sha": "0" * 40}}, False),
    ],
    ids=["a label", "of a fork", "of Dependabot", "in the merge queue"],
)
def test_gates_are_judged_for_every_pull_request_and_the_merge_queue_gets_its_check(
    runner: Runner, event: str, payload: dict[str, Any], *, judged: bool
) -> None:
    ran = run(runner, "gates", event, payload)
    assert ran.jobs == {"gates": "success"}
    assert ("Gates and labels" in ran.steps) is judged


def did(ran: Ran, *names: str) -> list[str]:
    """Return which of these steps ran."""
    return [name for name in names if name in ran.steps]


TOLD = ("Fetch the result", "Comment", "Open, update or close the issue", "Say that it was stopped")


@pytest.mark.parametrize(
    ("failing", "keeping", "jobs", "planned"),
    [
        ([], ["plan"], {"plan": "success", "comment": "success"}, True),
        (["Plan"], ["plan"], {"plan": "failure", "comment": "success"}, True),
        (["Validate"], ["plan"], {"plan": "failure", "comment": "success"}, False),
        (["Plan"], [], {"plan": "failure"}, True),
        (["Validate"], [], {"plan": "failure"}, False),
    ],
    ids=["a plan", "it failed and said why", "files are wrong", "it failed and said nothing", "nothing was said"],
)
def test_a_comment_follows_whatever_the_plan_left_and_wrong_files_never_reach_its_credentials(
    runner: Runner, failing: list[str], keeping: list[str], jobs: dict[str, str], planned: bool
) -> None:
    payload = {"number": 7, "pull_request": OWN}
    ran = run(runner, "plan", "pull_request", payload, failing=failing, keeping=keeping)
    assert ran.jobs == jobs
    assert ("Plan" in ran.steps) == planned


@pytest.mark.parametrize("pull", [FORK, GONE, BOT], ids=["of a fork", "of a fork that is gone", "of Dependabot"])
def test_what_is_wrong_with_the_files_of_a_fork_is_kept_for_no_comment(runner: Runner, pull: dict[str, Any]) -> None:
    payload = {"number": 7, "pull_request": pull}
    ran = run(runner, "plan", "pull_request", payload, failing=["Validate"])
    assert ran.jobs == {"outside": "failure"}
    assert did(ran, "Keep the plan", OFFLINE) == []


@pytest.mark.parametrize(
    ("failing", "keeping", "jobs", "told"),
    [
        ([], ["apply"], {"review": "success", "apply": "success", "report": "success"}, TOLD[:3]),
        (["Apply"], ["apply"], {"review": "success", "apply": "failure", "report": "success"}, TOLD[:3]),
        (["Apply"], [], {"review": "success", "apply": "failure", "report": "success"}, TOLD[3:]),
        (["Which gates labels let pass"], ["apply"], {"review": "failure", "report": "success"}, TOLD[3:]),
        # A comment that GitHub refuses keeps no issue from being written.
        (["Comment"], ["apply"], {"review": "success", "apply": "success", "report": "failure"}, TOLD[:3]),
        (["Fetch the result"], ["apply"], {"review": "success", "apply": "success", "report": "failure"}, TOLD[:1]),
        # Nothing failed, and nothing was kept: there is nothing to tell.
        ([], [], {"review": "success", "apply": "success"}, ()),
    ],
    ids=["well", "badly", "with no word", "before it began", "no comment", "no result", "nothing"],
)
def test_how_an_apply_ended_is_told_whatever_it_left(
    runner: Runner, failing: list[str], keeping: list[str], jobs: dict[str, str], told: tuple[str, ...]
) -> None:
    ran = run(runner, "apply", "push", MERGED, failing=failing, keeping=keeping)
    assert ran.jobs == jobs
    assert did(ran, *TOLD) == list(told)
    assert bool(did(ran, "Keep what could not be recorded")) == ("apply" in jobs)


@pytest.mark.parametrize(
    ("workflow", "event", "payload"),
    [("apply", "push", MERGED), ("apply", "workflow_dispatch", ON_MAIN), ("drift", "schedule", {})],
)
def test_one_switch_stops_what_writes_and_what_looks_on_its_own(
    runner: Runner, workflow: str, event: str, payload: dict[str, Any]
) -> None:
    runner.variables |= {"RECONCILER_PAUSED": "true", "RECONCILER_ADOPT": "true"}
    assert run(runner, workflow, event, payload).jobs == {}


@pytest.mark.parametrize("workflow", ["apply", "drift"])
def test_what_is_started_by_hand_on_another_branch_does_nothing(runner: Runner, workflow: str) -> None:
    inputs = {"inputs": {"allow": "clear", "adopt": "true"}}
    assert run(runner, workflow, "workflow_dispatch", ELSEWHERE | inputs).jobs == {}


REQUIRED = replace(CALLERS, require_reviewed=True)
OWED = "Whether an apply is owed"
MEANWHILE = ("Which gates labels let pass", "Which plan was reviewed", "Keep the plan")


@pytest.mark.parametrize(
    ("event", "owed", "failing", "applied"),
    [
        ("push", "false", [], False),
        ("push", "true", [], True),
        # What is not known is done: the check broke off, or said nothing.
        ("push", "", [], True),
        ("push", "", [OWED], True),
        # A person who starts it by hand means it.
        ("workflow_dispatch", "false", [], True),
    ],
    ids=["nothing", "something", "no word", "the check failed", "by hand"],
)
def test_production_is_entered_only_when_something_is_owed(
    runner: Runner, event: str, owed: str, failing: list[str], applied: bool
) -> None:
    payload = MERGED if event == "push" else ON_MAIN
    ran = run(runner, "apply", event, payload, owed=owed, failing=failing, callers=REQUIRED)
    assert ran.jobs == dict.fromkeys(("review", "apply", "report") if applied else ("review",), "success")
    asked = MEANWHILE if event == "push" else MEANWHILE[1:]
    assert did(ran, *MEANWHILE) == list(asked if applied else ())


@pytest.mark.parametrize(("event", "asked"), [("push", True), ("workflow_dispatch", False)])
def test_labels_are_asked_for_a_merge_only(runner: Runner, event: str, asked: bool) -> None:
    ran = run(runner, "apply", event, MERGED if event == "push" else ON_MAIN)
    assert set(ran.jobs) == {"review", "apply", "report"}
    assert bool(did(ran, "Which gates labels let pass")) == asked


@pytest.mark.parametrize("callers", [CALLERS, REQUIRED], ids=["not required", "required"])
def test_the_reviewed_plan_is_fetched_where_it_is_required(runner: Runner, callers: Callers) -> None:
    # A variable, which every writer can change at GitHub, decides nothing.
    runner.variables["RECONCILER_REQUIRE_REVIEWED_PLAN"] = str(not callers.require_reviewed)
    ran = run(runner, "apply", "push", MERGED, callers=callers)
    fetched = did(ran, "Which plan was reviewed", "Keep the plan", "Fetch the plan")
    assert len(fetched) == (3 if callers.require_reviewed else 0)


def test_without_the_reviewed_plan_that_is_required_nothing_is_applied_and_the_issue_says_so(runner: Runner) -> None:
    ran = run(runner, "apply", "push", MERGED, failing=["Which plan was reviewed"], keeping=[], callers=REQUIRED)
    assert ran.jobs == {"review": "failure", "report": "success"}
    assert did(ran, *TOLD) == ["Say that it was stopped"]


STAGING = replace(CALLERS, branch="staging")
ON_STAGING = ON_MAIN | {"ref": "refs/heads/staging"}


@pytest.mark.parametrize(
    ("workflow", "event", "payload", "runs"),
    [
        ("apply", "push", ON_STAGING | {"before": "0" * 40}, True),
        ("apply", "workflow_dispatch", ON_MAIN, False),
        ("drift", "workflow_dispatch", ON_STAGING, True),
        ("drift", "schedule", {}, True),
    ],
)
def test_another_branch_is_applied_and_looked_at_where_a_caller_names_it(
    runner: Runner, workflow: str, event: str, payload: dict[str, Any], runs: bool
) -> None:
    assert bool(run(runner, workflow, event, payload, callers=STAGING).jobs) == runs


@pytest.mark.parametrize(
    ("event", "payload", "variable", "jobs"),
    [
        ("schedule", {}, "", {"drift", "issue"}),
        ("schedule", {}, "true", {"drift", "issue", "adopt", "propose"}),
        (
            "workflow_dispatch",
            ON_MAIN | {"inputs": {"adopt": "true"}},
            "",
            {"drift", "issue", "adopt", "propose"},
        ),
        ("workflow_dispatch", ON_MAIN | {"inputs": {"adopt": "false"}}, "", {"drift", "issue"}),
    ],
)
def test_drift_is_adopted_only_on_request(
    runner: Runner, event: str, payload: dict[str, Any], variable: str, jobs: set[str]
) -> None:
    runner.variables["RECONCILER_ADOPT"] = variable
    assert set(run(runner, "drift", event, payload).jobs) == jobs


@pytest.mark.parametrize(
    ("failing", "keeping", "jobs"),
    [
        ([], ["drift", "adopt"], {"drift": "success", "adopt": "success", "propose": "success"}),
        (["Look"], ["drift", "adopt"], {"drift": "failure", "adopt": "success", "propose": "success"}),
        (
            ["Look", "Write it into the files"],
            ["drift", "adopt"],
            {"drift": "failure", "adopt": "failure", "propose": "success"},
        ),
        (["Write it into the files"], ["drift"], {"drift": "success", "adopt": "failure"}),
        (["Look"], [], {"drift": "failure"}),
    ],
    ids=["nothing", "looking", "both", "adopting, with no word", "looking, with no word"],
)
def test_what_could_not_be_read_is_told_and_keeps_nothing_else_from_being_adopted(
    runner: Runner, failing: list[str], keeping: list[str], jobs: dict[str, str]
) -> None:
    runner.variables["RECONCILER_ADOPT"] = "true"
    ran = run(runner, "drift", "schedule", {}, failing=failing, keeping=keeping)
    assert ran.jobs == jobs | {"issue": "success"}
    assert did(ran, *TOLD) == list(TOLD[2:3] if "drift" in keeping else TOLD[3:])


SHARDED = replace(CALLERS, shards=2)


@pytest.mark.parametrize(
    ("failing", "pull", "jobs", "merged"),
    [
        ([], OWN, {"shard": "success", "plan": "success", "comment": "success"}, True),
        # The merge says which plan is missing, and the comment says it too.
        (["Plan the shard"], OWN, {"shard": "failure", "plan": "success", "comment": "success"}, True),
        (["Validate"], OWN, {"shard": "failure", "plan": "failure", "comment": "success"}, False),
        ([], FORK, {"outside": "success"}, False),
    ],
    ids=["a plan", "a shard failed", "files are wrong", "of a fork"],
)
def test_shards_are_planned_side_by_side_and_one_job_merges_what_they_left(
    runner: Runner, failing: list[str], pull: dict[str, Any], jobs: dict[str, str], *, merged: bool
) -> None:
    payload = {"number": 7, "pull_request": pull}
    ran = run(runner, "plan", "pull_request", payload, failing=failing, callers=SHARDED)
    assert ran.jobs == jobs
    steps = ("Plan", "Plan the shard", "Fetch the shards' plans", "Merge the shards' plans")
    shard = ["Plan the shard"] if merged else []
    assert did(ran, *steps) == [*shard, *(steps[2:] if merged else ())]


SENT = ("Fetch the result", "Fetch the shards' results", "Merge the shards' results", *TOLD[1:])


@pytest.mark.parametrize(
    ("failing", "keeping", "jobs", "told"),
    [
        ([], ["merge", "shard"], {}, SENT[1:5]),
        # What could be read is planned and sent all the same.
        (["Plan the shard", "Merge the shards' plans"], ["merge", "shard"], {"plan": "", "merge": ""}, SENT[1:5]),
        (["Apply the shard", "Merge the shards' results"], ["merge", "shard"], {"shard": ""}, SENT[1:5]),
        (["Apply the shard"], ["merge"], {"shard": ""}, SENT[5:]),
        (["Merge the shards' plans"], [], {"merge": "", "shard": None}, SENT[5:]),
        (["Which gates labels let pass"], [], {"review": "", "plan": None, "merge": None, "shard": None}, SENT[5:]),
        (["Comment"], ["merge", "shard"], {"report": ""}, SENT[1:5]),
    ],
    ids=["well", "incomplete", "badly", "with no word", "no plan", "before it began", "no comment"],
)
def test_shards_are_applied_side_by_side_by_one_plan_and_told_together(
    runner: Runner,
    failing: list[str],
    keeping: list[str],
    jobs: dict[str, str | None],
    told: tuple[str, ...],
) -> None:
    """`jobs` are those that fail, and those that do not run."""
    ran = run(runner, "apply", "push", MERGED, failing=failing, keeping=keeping, callers=SHARDED)
    every = dict.fromkeys(("review", "plan", "merge", "shard", "report"), "success")
    ended = every | {name: "failure" for name, end in jobs.items() if end == ""}
    assert ran.jobs == {name: end for name, end in ended.items() if jobs.get(name, "") is not None}
    assert did(ran, *SENT) == list(told)


def test_shards_send_the_plan_that_was_reviewed_where_that_is_required(runner: Runner) -> None:
    callers = replace(REQUIRED, shards=2)
    ran = run(runner, "apply", "push", MERGED, keeping=["shard"], callers=callers)
    assert ran.jobs == dict.fromkeys(("review", "shard", "report"), "success")
    assert run(runner, "apply", "push", MERGED, owed="false", callers=callers).jobs == {"review": "success"}


@pytest.mark.parametrize(
    ("failing", "keeping", "jobs"),
    [
        ([], ["drift"], {"shard": "success", "drift": "success", "issue": "success"}),
        (["Look at the shard"], ["drift"], {"shard": "failure", "drift": "success", "issue": "success"}),
        (["Merge what the shards found"], [], {"shard": "success", "drift": "failure", "issue": "success"}),
    ],
    ids=["well", "a shard failed", "nothing could be merged"],
)
def test_shards_are_looked_at_side_by_side_and_one_issue_follows(
    runner: Runner, failing: list[str], keeping: list[str], jobs: dict[str, str]
) -> None:
    ran = run(runner, "drift", "schedule", {}, failing=failing, keeping=keeping, callers=SHARDED)
    assert ran.jobs == jobs
    assert did(ran, "Look", "Merge what the shards found") == ["Merge what the shards found"]
    assert did(ran, *TOLD) == list(TOLD[2:3] if keeping else TOLD[3:])


def test_the_switch_stops_the_shards_too(runner: Runner) -> None:
    runner.variables["RECONCILER_PAUSED"] = "true"
    assert run(runner, "drift", "schedule", {}, callers=SHARDED).jobs == {}
