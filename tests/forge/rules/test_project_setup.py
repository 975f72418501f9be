"""What a project at GitLab lacks, as rules over values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.forge.repository_answers import Hidden
from reconciler.forge.rules.finding import SetupFinding, SetupState
from reconciler.forge.rules.included import IncludedJobs
from reconciler.forge.rules.needed_secrets import NeededSecret, SecretUse
from reconciler.forge.rules.project_setup import (
    BranchProtection,
    PipelineSchedule,
    ProjectAnswers,
    ProjectNeeds,
    ProtectedEnvironment,
    project_findings,
)

TOOL, OLD, NEW = "YOUR-GROUP/reconciler", "a" * 40, "b" * 40
OK, MISSING, WRONG, UNSEEN, NOT_SET = (
    SetupState.OK,
    SetupState.MISSING,
    SetupState.WRONG,
    SetupState.UNSEEN,
    SetupState.NOT_SET,
)
HIDDEN = Hidden(403, "the scope read_api")


def jobs(ref: str = OLD, **inputs: str) -> IncludedJobs:
    return IncludedJobs(TOOL, ref, {"tool": TOOL, "commit": ref, **inputs})


NEEDS = ProjectNeeds(
    included=(jobs(),),
    secrets=(
        NeededSecret("LOOK", "account a", frozenset({SecretUse.PLAN, SecretUse.DRIFT})),
        NeededSecret("WRITE", "account a", frozenset({SecretUse.APPLY}), writes=True),
    ),
    gates=("bulk", "clear"),
    marks=True,
)
ANSWERS = ProjectAnswers(
    branch="main",
    waits_for_pipeline=True,
    included=(jobs(),),
    protections=(BranchProtection("main", code_owners=True),),
    environments=(ProtectedEnvironment("profiles-production", 2),),
    labels=("allow-bulk", "allow-clear"),
    schedules=(PipelineSchedule("main", "17 5 * * *"),),
)


def found(needs: ProjectNeeds = NEEDS, **changed: Any) -> list[SetupFinding]:
    return [*project_findings(needs, replace(ANSWERS, **changed))]


def one(about: str, state: SetupState, findings: list[SetupFinding]) -> SetupFinding:
    """Return the only finding about a thing in a state."""
    (there,) = [one for one in findings if (one.about, one.state) == (about, state)]
    return there


def test_where_all_is_set_only_the_variables_cannot_be_told() -> None:
    findings = found()
    assert {finding.state for finding in findings} == {OK, UNSEEN}
    said = {finding.about: finding.detail.partition("needed, ")[2] for finding in findings if finding.state is UNSEEN}
    assert said == {
        "profiles-plan": "masked: LOOK",
        "profiles-notes": "masked: RECONCILER_GITLAB_TOKEN",
        "profiles-drift": "masked and protected: LOOK, RECONCILER_LEDGER_KEY, RECONCILER_GITLAB_TOKEN",
        "profiles-production": "masked and protected: WRITE, RECONCILER_LEDGER_KEY, RECONCILER_GITLAB_TOKEN",
        "profiles-proposals": "masked and protected: RECONCILER_GITLAB_TOKEN",
    }
    assert one("profiles-production", OK, findings).detail == "it is protected, and asks for 2 approvals"
    bare = [finding.about for finding in found(ProjectNeeds(included=(jobs(),))) if finding.state is UNSEEN]
    assert "profiles-plan" not in bare


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (IncludedJobs(TOOL, "v1"), "the ref is v1: only a commit"),
        (IncludedJobs(TOOL, ""), "the ref is not given"),
        (IncludedJobs(TOOL, OLD, {"tool": TOOL}), "the input commit is not given, and the ref aaaaaaa"),
        (IncludedJobs(TOOL, OLD, {"tool": "X/y", "commit": OLD}), "the input tool is X/y, and the project YOUR-GROUP"),
        (IncludedJobs(TOOL, OLD, {"commit": OLD}), "the input tool is not given"),
    ],
)
def test_an_include_names_one_commit_of_one_tool(wrong: IncludedJobs, said: str) -> None:
    assert one("include here", WRONG, found(replace(NEEDS, included=(wrong,)))).detail.startswith(said)


def test_the_default_branch_includes_the_commit_of_the_file_here() -> None:
    (moved,) = [finding for finding in found(included=(jobs(NEW),)) if finding.about == "include of main"]
    assert moved.state is WRONG
    assert moved.detail == "it names bbbbbbb, and the file here aaaaaaa: its pipelines run the former until a merge"
    for absent in ((), Hidden(404, "x")):
        assert one("include of main", MISSING, found(included=absent)).mends == "reconciler init --runs-at gitlab"
    unread = one("include of main", UNSEEN, found(included=None)).detail
    assert unread == ".gitlab-ci.yml cannot be read as YAML that this program takes"
    hidden = one("include of main", UNSEEN, found(included=HIDDEN)).detail
    assert hidden == "this token may not see the .gitlab-ci.yml (403); it needs `the scope read_api`"
    assert one("include here", UNSEEN, found(replace(NEEDS, included=None))).detail == unread


def test_a_folder_has_an_include_of_its_own() -> None:
    own = jobs(directory="./shops/", production_environment="shops-production")
    needs = replace(NEEDS, folder="shops", included=(jobs(directory="."), own))
    findings = found(needs)
    assert one("include of main", MISSING, findings).detail == ".gitlab-ci.yml includes no jobs of the tool for shops/"
    assert one("include here", OK, findings).detail == "the jobs of YOUR-GROUP/reconciler at aaaaaaa"
    assert one("shops-production", NOT_SET, findings).mends == "Settings → CI/CD → Protected environments"


@pytest.mark.parametrize(
    ("rules", "state", "said"),
    [
        ((), MISSING, "main is not protected"),
        ((BranchProtection("m[a]in"), BranchProtection("ma?n")), MISSING, "main is not protected"),
        ((BranchProtection("main"), BranchProtection("m*", pushers=1)), MISSING, "a change does not need a merge"),
        ((BranchProtection("main"), BranchProtection("*", force=True)), WRONG, "it can be pushed to with force"),
        ((BranchProtection("ma*"),), NOT_SET, "a change does not need the approval of code owners"),
    ],
)
def test_of_several_protections_the_one_that_allows_most_counts(
    rules: tuple[BranchProtection, ...], state: SetupState, said: str
) -> None:
    finding = one("branch main", state, found(protections=rules))
    assert finding.detail.startswith(said)
    assert finding.mends == "Settings → Repository → Protected branches"


def test_what_is_not_set_has_the_command_that_sets_it() -> None:
    findings = found(waits_for_pipeline=False, labels=("allow-bulk",), schedules=(PipelineSchedule("other", "x"),))
    waits = "glab api --method PUT projects/:id -F only_allow_merge_if_pipeline_succeeds=true"
    assert one("branch main", MISSING, findings).mends == waits
    label = one("labels", MISSING, findings)
    assert label.detail == "there is no label allow-clear"
    assert label.mends == 'for gate in clear; do glab label create --name "allow-$gate"; done'
    schedule = "glab schedule create --description drift --ref main --cron '17 5 * * *'"
    assert one("schedule", MISSING, findings).mends == schedule
    odd = found(branch="a b;c", schedules=())
    assert "--ref 'a b;c'" in one("schedule", MISSING, odd).mends
    files = one("files", WRONG, found(replace(NEEDS, errors=2)))
    assert files.detail == "2 errors in the files may hide what is needed"
    bare = found(environments=(ProtectedEnvironment("profiles-production"),))
    assert one("profiles-production", OK, bare).detail == "it is protected, without approvals"


def test_what_the_token_may_not_see_is_said() -> None:
    findings = found(protections=HIDDEN, environments=Hidden(404, "x"), labels=HIDDEN, schedules=HIDDEN)
    for about in ("branch main", "labels", "schedule"):
        assert one(about, UNSEEN, findings).detail.startswith("this token may not see the ")
    (production, _) = [one for one in findings if one.about == "profiles-production"]
    assert production.detail.startswith("GitLab shows this token no protected environments, which plans")
