"""What the steps are: pinned actions, checkouts that keep no token, and inputs that the action and the program know."""

from __future__ import annotations

import re
from typing import Any

import click
import pytest

from reconciler.cli import reconciler
from reconciler.core.authoring.callers import MOST_JOBS
from tests.workflows.documents import ACTION, CALLED, OURS, WORKFLOWS, Job, expressions, jobs, read, variable_of

JOBS = {str(job): job for job in jobs()}
STEPS = {f"{job}: {step['name']}": step for job in JOBS.values() for step in job.steps}
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\Z")
CHECKOUT = "actions/checkout"
ACTIONS_INPUTS = read(ACTION)["inputs"]
RUN = read(ACTION)["runs"]["steps"][-1]
# Inputs that are no option of the program.
OWN = {"args", "checkout", "command", "directory", "merge", "plan", "token", "variables"}
# How far back a job must see: the parent, where that is what the files are held against.
DEEP = {"gates/gates", "plan/outside", "plan/plan", "plan/shard"}
DEEP |= {f"apply/{name}" for name in ("apply", "merge", "plan", "review", "shard")}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_action_of_others_is_pinned_by_its_commit_and_ours_is_of_the_workflows_own(workflow: str) -> None:
    lines = [line.strip().removeprefix("- ") for line in WORKFLOWS[workflow].read_text().splitlines()]
    used = [line for line in lines if line.startswith("uses: ")]
    assert used
    others = [line for line in used if line != f"uses: {OURS}"]
    assert [line for line in others if not PINNED.match(line)] == []


def test_one_action_has_one_version_everywhere() -> None:
    used = {step["uses"] for step in STEPS.values() if "@" in step.get("uses", "")}
    assert len({action.partition("@")[0] for action in used}) == len(used)


def test_the_action_uses_no_other() -> None:
    assert [step for step in read(ACTION)["runs"]["steps"] if "uses" in step] == []


@pytest.mark.parametrize("name", STEPS)
def test_no_shell_step_is_written_by_an_expression(name: str) -> None:
    assert "${{" not in STEPS[name].get("run", "")


def test_no_shell_step_of_the_action_is_written_by_an_expression() -> None:
    assert ["${{" in step["run"] for step in read(ACTION)["runs"]["steps"]] == [False, False]


@pytest.mark.parametrize("name", JOBS)
def test_no_checkout_leaves_a_token_behind(name: str) -> None:
    found = JOBS[name].using(CHECKOUT)
    assert [step["with"]["persist-credentials"] for step in found] == [False] * len(found)


def test_no_other_repository_is_checked_out() -> None:
    """The default token cannot read a private copy of the tool; the runner itself fetches what `$/` names."""
    found = [step["with"] for job in JOBS.values() for step in job.using(CHECKOUT)]
    assert found
    assert [one for one in found if {"repository", "token", "ssh-key"} & set(one)] == []
    assert [line for path in WORKFLOWS.values() for line in path.read_text().splitlines() if "uses: ./" in line] == []


@pytest.mark.parametrize("name", [name for name in JOBS if JOBS[name].using(OURS)])
def test_what_is_looked_at_is_the_commit_of_the_event_or_for_drift_the_branch_that_the_caller_names(name: str) -> None:
    (found,) = [step["with"] for step in JOBS[name].using(CHECKOUT)]
    branch = {"ref": "${{ inputs.branch }}"} if JOBS[name].workflow == "drift" else {}
    deep = {"fetch-depth": 2} if name in DEEP else {}
    assert found == {"path": "repository", "persist-credentials": False} | branch | deep


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.get("uses") == OURS])
def test_every_input_that_is_given_is_one_of_the_action(name: str) -> None:
    given = STEPS[name]["with"]
    assert set(given) <= set(ACTIONS_INPUTS)
    assert "command" in given


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.get("uses") == OURS])
def test_every_input_that_is_given_is_an_option_of_its_command(name: str) -> None:
    given = STEPS[name]["with"]
    options = {variable for option in command(given["command"]).params for variable in variables(option)}
    assert {variable_of(name) for name in set(given) - OWN} <= options


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.get("uses") == OURS])
def test_the_folder_that_is_looked_at_is_the_callers_in_what_was_checked_out(name: str) -> None:
    given = STEPS[name]["with"]
    assert (given["checkout"], given["directory"]) == ("repository", "${{ inputs.directory }}")


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.get("uses") == OURS])
def test_the_callers_variables_reach_every_step(name: str) -> None:
    """Without them an endpoint that the caller allows is a mistake in the files, and a proxy is passed by."""
    assert STEPS[name]["with"]["variables"] == "${{ inputs.variables }}"


def test_every_option_of_every_command_is_an_input_or_goes_through_args() -> None:
    """An input without an option, or of another name than the option's, would be swallowed."""
    options = {name for one in every_command() for option in one.params for name in variables(option)}
    assert {variable_of(name) for name in set(ACTIONS_INPUTS) - OWN} <= options
    assert "args" in ACTIONS_INPUTS
    # The command that works on the profiles takes the caller's further options.
    given = {name: step["with"] for name, step in STEPS.items() if step.get("uses") == OURS}
    assert {one["command"] for one in given.values() if "args" in one} == {"plan", "apply", "drift"}


def test_every_input_reaches_the_shell_through_its_environment_only() -> None:
    environment = RUN["env"]
    assert {f"${{{{ inputs.{name} }}}}" for name in ACTIONS_INPUTS} == {
        value for value in environment.values() if "inputs." in value
    }
    for name in set(ACTIONS_INPUTS) - OWN:
        assert environment[variable_of(name)] == f"${{{{ inputs.{name} }}}}"


def test_the_last_word_of_the_action_is_exec() -> None:
    """Without it the shell gets the signal of a cancelled run, and the program is killed in the middle of a write."""
    assert RUN["run"].strip().splitlines()[-1].startswith("exec ")


@pytest.mark.parametrize("name", JOBS)
def test_a_result_is_kept_whatever_became_of_the_run(name: str) -> None:
    kept = JOBS[name].using("actions/upload-artifact")
    reports = [step for step in kept if "report" in step["with"]["path"] or "recovery" in step["with"]["path"]]
    assert {step["with"]["overwrite"] for step in kept if "overwrite" in step["with"]} <= {True}
    assert [step["if"].partition(" && ")[0] for step in reports] == ["always()"] * len(reports)


@pytest.mark.parametrize("job", ["apply/apply", "apply/shard"])
def test_what_could_not_be_recorded_is_kept_although_its_folder_is_hidden(job: str) -> None:
    kept = JOBS[job].using("actions/upload-artifact")
    (step,) = [step for step in kept if "recovery" in step["with"]["name"]]
    assert step["with"]["include-hidden-files"] is True
    # Another attempt must not take its place.
    assert "${{ github.run_attempt }}" in step["with"]["name"]


@pytest.mark.parametrize("name", JOBS)
def test_an_artifact_that_is_fetched_is_one_that_the_same_run_kept(name: str) -> None:
    job = JOBS[name]
    before = [other for other in JOBS.values() if other.workflow == job.workflow]
    kept = {plain(step["with"]["name"]) for other in before for step in other.using("actions/upload-artifact")}
    assert {plain(called(step)) for step in job.using("actions/download-artifact")} <= kept


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if job.workflow in CALLED])
def test_the_name_of_every_artifact_carries_the_folder_so_that_two_calls_in_one_run_share_none(name: str) -> None:
    job = JOBS[name]
    own = {f"steps.{step['id']}" for step in job.using(OURS) if "id" in step}
    needed = {
        f"needs.{other}"
        for other in [job.data.get("needs", [])]
        for other in ([other] if isinstance(other, str) else other)
    }
    for step in [*job.using("actions/upload-artifact"), *job.using("actions/download-artifact")]:
        sources = set(re.findall(r"([\w.-]+)\.outputs\.suffix", called(step)))
        assert sources
        assert sources <= own | needed
    for other in needed:
        handed = JOBS[f"{job.workflow}/{other.removeprefix('needs.')}"].data["outputs"]
        suffix = r"(?:steps|needs)\.[a-z]+\.outputs\.suffix"
        assert re.fullmatch(rf"\$\{{\{{ {suffix}(?: \|\| {suffix})? \}}\}}", handed["suffix"])


@pytest.mark.parametrize(
    "name", [name for name, step in STEPS.items() if step.get("with", {}).get("shard") or "matrix.shard" in str(step)]
)
def test_a_shards_job_is_one_of_its_matrix_and_its_artifact_carries_which(name: str) -> None:
    job, step = JOBS[name.partition(":")[0]], STEPS[name]
    matrix = job.data["strategy"]["matrix"]["shard"]
    assert job.data["strategy"]["fail-fast"] is False
    assert "shards > 1" in job.data["if"]
    counts = re.findall(r"inputs\.shards == (\d) && '\[([\d, ]+)\]'", matrix)
    assert [(count, parts.split(", ")) for count, parts in counts] == [
        (str(count), [str(part) for part in range(1, count + 1)]) for count in range(2, MOST_JOBS)
    ]
    assert f"'[{', '.join(map(str, range(1, MOST_JOBS + 1)))}]'" in matrix
    if step.get("uses") == OURS:
        assert step["with"]["shard"] == "${{ matrix.shard }}/${{ inputs.shards }}"
    else:
        assert "${{ matrix.shard }}" in step["with"]["name"]


@pytest.mark.parametrize("job", ["apply/apply", "apply/shard"])
def test_an_apply_is_of_the_tip_and_held_against_what_was_there_before(job: str) -> None:
    given = run_of(JOBS[job])
    assert given["require-tip"] == "origin/${{ inputs.branch || github.event.repository.default_branch }}"
    assert given["base"] == "${{ github.event.before || 'HEAD^' }}"
    assert given["ledger"] == "git"


def test_where_a_reviewed_plan_is_required_nothing_else_approves() -> None:
    required = "inputs.require-reviewed"
    given = run_of(JOBS["apply/apply"])
    assert given["auto-approve"] == f"${{{{ !{required} }}}}"
    assert given["plan"] == f"${{{{ {required} && 'reviewed/plan.json' || '' }}}}"
    steps = [*JOBS["apply/review"].steps, *JOBS["apply/apply"].steps]
    owed = "(github.event_name != 'push' || steps.owed.outputs.owed != 'false')"
    assert [step["if"] for step in steps if required in step.get("if", "")] == [
        f"{required} && {owed}",
        f"{required} && steps.reviewed.outcome == 'success'",
        required,
    ]


def test_a_shard_is_approved_by_the_plan_of_all_and_by_nothing_else() -> None:
    given = run_of(JOBS["apply/shard"])
    assert given["plan"] == "reviewed/plan.json"
    assert "auto-approve" not in given


def test_what_protects_is_an_input_and_no_variable() -> None:
    """Every person who may write can change a variable, and no reviewer sees it."""
    own = {name for path in WORKFLOWS.values() for name in re.findall(r"\bvars\.(\w+)", path.read_text())}
    assert own == {"RECONCILER_PAUSED", "RECONCILER_ADOPT", "RECONCILER_GITHUB_LOGIN"}


def test_labels_are_asked_for_a_merge_and_not_for_a_run_that_is_started_by_hand() -> None:
    (step,) = [step for step in JOBS["apply/review"].using(OURS) if step["with"]["command"] == "github allow"]
    condition = "github.event_name == 'push' && steps.owed.outputs.owed != 'false'"
    assert (step["if"], step["with"]["base"]) == (condition, "${{ github.event.before }}")


def test_no_expression_reads_what_a_stranger_writes() -> None:
    """Titles, bodies, branches and names of a pull request never stand in an expression."""
    stranger = re.compile(r"\.(title|body|label|ref_name|message|email|name|description)\b")
    for step in STEPS.values():
        assert not stranger.search(expressions(step))


def command(words: str) -> click.Command:
    """Return the program's command that an input names."""
    found: click.Command = reconciler
    context = click.Context(found)
    for word in words.split():
        assert isinstance(found, click.Group)
        inner = found.get_command(context, word)
        assert inner is not None
        found = inner
    return found


def every_command() -> list[click.Command]:
    """Return the program's commands, those of its groups too."""
    context = click.Context(reconciler)
    names = [*reconciler.list_commands(context)]
    found = [command(name) for name in names if name != "github"]
    group = command("github")
    assert isinstance(group, click.Group)
    return [*found, *(command(f"github {name}") for name in group.list_commands(click.Context(group)))]


def called(step: dict[str, Any]) -> str:
    """Return the name of a step's artifact, or of those of all shards."""
    given = step["with"]
    name: str = given.get("name") or given["pattern"].replace("*", "${{ matrix.shard }}")
    return name


def plain(name: str) -> str:
    """Return an artifact's name without what it carries of the folder and the attempt."""
    return re.sub(r"\$\{\{.*?\}\}", "", name)


def variables(option: click.Parameter) -> list[str]:
    """Return the environment variables that an option can be given as."""
    match option.envvar:
        case None:
            return []
        case str() as name:
            return [name]
        case names:
            return list(names)


def run_of(job: Job) -> dict[str, Any]:
    """Return what a job's one run of the program is given."""
    (step,) = job.using(OURS)
    given: dict[str, Any] = step["with"]
    return given
