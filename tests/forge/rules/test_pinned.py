"""Where workflows use the tool, and whether all of them name one commit."""

from __future__ import annotations

from reconciler.core.authoring.callers import Callers, caller_files
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import read_yaml
from reconciler.forge.rules.finding import SetupState
from reconciler.forge.rules.pinned import PinnedUse, of_tool, pinned_findings, pinned_uses

TOOL, ONE, TWO = "YOUR-ORG/reconciler", "a" * 40, "b" * 40


def uses(**texts: str) -> tuple[PinnedUse, ...]:
    found: list[PinnedUse] = []
    for name, text in texts.items():
        document = read_yaml(text.encode(), name)
        assert isinstance(document, Document)
        found += pinned_uses(f".github/workflows/{name}.yml", document.data)
    return tuple(found)


def said(found: tuple[PinnedUse, ...], folder: str = "") -> list[tuple[SetupState, str, str]]:
    return [(one.state, one.detail, one.mends) for one in pinned_findings(found, folder=folder)]


def test_the_callers_that_the_tool_writes_are_found_with_what_they_choose() -> None:
    wanted = Callers(TOOL, ONE, version="v1.2.0", name="staging", directory="staging", branch="live", runner="big")
    found = uses(**{path.rpartition("/")[2][:-4]: text for path, text in caller_files(wanted).items()})
    assert [one.workflow for one in found] == ["plan", "gates", "apply", "drift"]
    assert {(one.tool, one.ref, one.folder, one.job == one.workflow) for one in found} == {(TOOL, ONE, "staging", True)}
    assert (found[2].branches, found[2].inputs["branch"]) == (("live",), "live")
    assert said(found, "staging") == [(SetupState.OK, f"plan, gates, apply and drift of {TOOL} at aaaaaaa", "")]


def test_what_is_no_workflow_uses_nothing() -> None:
    nothing: tuple[object, ...] = (
        None,
        [],
        "text",
        {"jobs": []},
        {"on": "push", "jobs": {"a": 3, "b": {"uses": 7, "steps": {}}}},
    )
    for data in nothing:
        assert [*pinned_uses("x.yml", data)] == []


def test_a_step_can_use_the_action_and_a_job_without_a_name_has_its_key() -> None:
    called = f"{TOOL}/.github/workflows/plan.yml@{ONE}"
    found = uses(
        own=f"jobs:\n  a:\n    steps:\n      - uses: {TOOL}/.github/actions/reconciler@{ONE}\n      - run: x\n",
        plan=f"on: {{push: {{branches: [main, 3]}}}}\njobs:\n  look: {{uses: {called}}}\n",
    )
    assert [(one.workflow, one.job, one.branches) for one in found] == [("", "", ()), ("plan", "look", ("main",))]
    assert said(found[:1])[1] == (SetupState.OK, f"1 step of {TOOL} at aaaaaaa", "")


def test_another_programs_workflows_of_the_same_name_are_not_the_tools() -> None:
    other = PinnedUse("x.yml", "acme/terraform", "main", "plan", "plan")
    mine = tuple(PinnedUse(f"{name}.yml", TOOL, ONE, name, name) for name in ("plan", "apply"))
    assert of_tool((other, *mine)) == mine
    assert of_tool(()) == ()


def test_workflows_that_are_not_called_are_named_with_what_writes_them() -> None:
    mine = tuple(PinnedUse(f"{name}.yml", TOOL, ONE, name, name) for name in ("plan", "apply"))
    lacking, there = said(mine)
    missing = "no workflow calls gates and drift of the tool"
    assert lacking == (SetupState.MISSING, missing, "reconciler init --runs-at github")
    assert there == (SetupState.OK, f"plan and apply of {TOOL} at aaaaaaa", "")
    assert said((), "staging") == [
        (
            SetupState.MISSING,
            "no workflow calls plan, gates, apply and drift of the tool for staging/",
            "reconciler init --runs-at github",
        )
    ]


def test_callers_of_several_commits_are_brought_to_the_one_that_most_name() -> None:
    refs = {"plan": ONE, "gates": TWO, "apply": TWO, "drift": "v1"}
    found = tuple(PinnedUse(f"w/{name}.yml", TOOL, ref, name, name) for name, ref in refs.items())
    (old, words, mends), (tag, moved, tag_mends) = said(found)
    assert (old, words) == (SetupState.WRONG, f"plan.yml names aaaaaaa of {TOOL}, and most name bbbbbbb")
    assert mends.startswith("perl -pi -e ")
    assert mends.endswith(" w/plan.yml")
    assert TWO in mends
    assert (tag, moved) == (SetupState.WRONG, f"drift.yml names v1 of {TOOL}: only a commit cannot be moved")
    assert tag_mends.endswith(" w/drift.yml")


def test_a_tag_that_all_name_becomes_a_commit_by_asking_github() -> None:
    found = tuple(PinnedUse(f"{name}.yml", TOOL, "v1", name, name) for name in ("plan", "gates", "apply", "drift"))
    ((_, words, mends),) = said(found)
    names = "apply.yml, drift.yml, gates.yml and plan.yml"
    assert words == f"{names} name v1 of {TOOL}: only a commit cannot be moved"
    assert mends.startswith(f"commit=$(gh api repos/{TOOL}/commits/v1 --jq .sha) && perl")


def test_no_command_holds_a_reference_that_perl_would_take_for_more() -> None:
    found = (PinnedUse("plan.yml", TOOL, "v1;(?{`id`})", "plan", "plan"),)
    assert said(found)[1][2] == ""
