"""What a repository lacks at GitHub: each answer, and what is said of it with the command that mends it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.basics import Reason
from reconciler.core.settings import Policy, Rule
from reconciler.forge.repository_answers import (
    BranchLimit,
    BranchRules,
    Environment,
    Hidden,
    RepositoryAnswers,
    Reviewer,
    WorkflowPermissions,
)
from reconciler.forge.rules.finding import SetupFinding, SetupReport, SetupState
from reconciler.forge.rules.needed_secrets import NeededSecret, SecretUse
from reconciler.forge.rules.pinned import PinnedUse
from reconciler.forge.rules.setup import SetupNeeds, asking_gates, setup_findings

TOOL, COMMIT = "YOUR-ORG/reconciler", "a" * 40
USES = tuple(
    PinnedUse(f".github/workflows/{name}.yml", TOOL, COMMIT, name, name) for name in ("plan", "gates", "apply", "drift")
)
TOKEN = NeededSecret("META_TOKEN", "account shops", frozenset({SecretUse.APPLY}), writes=True)
NEEDS = SetupNeeds(USES, secrets=(TOKEN,), gates=("clear",), ledger="reconciler-ledger")
CHECKS = frozenset(("plan / plan", "gates / gates"))
PEOPLE = (Reviewer("User", 7, "anna"),)
ANSWERS = RepositoryAnswers(
    environments=(
        Environment("profiles-plan"),
        Environment("profiles-production", BranchLimit.NAMED, PEOPLE, no_self_review=True),
        Environment("profiles-drift", BranchLimit.PROTECTED),
        Environment("profiles-proposals", BranchLimit.NAMED),
    ),
    branches={"profiles-production": ("main",), "profiles-proposals": ("main", "next")},
    secrets={
        "profiles-plan": (),
        "profiles-production": ("META_TOKEN", "RECONCILER_LEDGER_KEY"),
        "profiles-drift": ("RECONCILER_LEDGER_KEY",),
        "profiles-proposals": ("RECONCILER_GITHUB_TOKEN",),
    },
    labels=("allow-clear",),
    repository_secrets=("OTHER",),
    organization_secrets=Hidden(404, "Secrets: read"),
    main=BranchRules(pull_request=True, approvals=1, code_owners=True, checks=CHECKS),
    ledger=BranchRules(no_force_push=True, no_deletion=True),
    permissions=WorkflowPermissions("read", may_propose=False),
    owner_errors=(),
)


def found(needs: SetupNeeds = NEEDS, **answers: Any) -> list[SetupFinding]:
    return [*setup_findings(needs, replace(ANSWERS, **answers))]


def bad(needs: SetupNeeds = NEEDS, **answers: Any) -> list[tuple[str, str, str]]:
    """Return what is not in order: what it is about, its state and words, and the beginning of its command."""
    wrong = [one for one in found(needs, **answers) if one.state is not SetupState.OK]
    return [(one.about, f"{one.state}: {one.detail}", one.mends) for one in wrong]


def test_a_repository_that_lacks_nothing_has_a_line_for_each_thing() -> None:
    assert bad() == []
    assert [(one.about, one.detail) for one in found()] == [
        ("workflows", f"plan, gates, apply and drift of {TOOL} at aaaaaaa"),
        ("profiles-plan", "it is there for plans, of each branch"),
        ("profiles-production", "it is there for applies, of main only"),
        ("profiles-production", "asks anna before numbers are written"),
        ("profiles-drift", "it is there for drift, of protected branches only"),
        ("profiles-proposals", "it is there for proposals, of main, next only"),
        ("profiles-production", "it has META_TOKEN, RECONCILER_LEDGER_KEY"),
        ("profiles-drift", "it has RECONCILER_LEDGER_KEY"),
        ("repository secrets", "no credential of an account is one"),
        ("branch main", "a merge waits for plan / plan and gates / gates"),
        ("branch main", "a change needs a pull request with 1 approval, and those of code owners"),
        ("owners", "CODEOWNERS is there, and GitHub finds no error in it"),
        (
            "ledger",
            (
                "reconciler-ledger only grows. GitHub cannot name the workflow as the only one that pushes to it; "
                "RECONCILER_LEDGER_KEY marks what runs wrote"
            ),
        ),
        ("labels", "allow-clear: a reviewer can open each gate that asks"),
        ("token of jobs", "a job that says nothing of it may only read"),
        ("proposals", "`adopt` opens pull requests with RECONCILER_GITHUB_TOKEN"),
    ]


def test_what_no_token_may_see_cannot_be_told_and_is_no_error() -> None:
    hidden: dict[str, Any] = dict.fromkeys(
        ("environments", "labels", "repository_secrets", "main", "permissions", "owner_errors", "ledger"),
        Hidden(403, "X: read"),
    )
    told = bad(**hidden, branches={}, secrets={})
    assert {said.partition(":")[0] for _, said, _ in told} == {"cannot tell"}
    assert [(about, mends) for about, _, mends in told] == [
        ("environments", ""),
        ("repository secrets", ""),
        ("branch main", ""),
        ("owners", ""),
        ("ledger", ""),
        ("labels", ""),
        ("token of jobs", ""),
    ]
    assert told[0][1] == "cannot tell: this token may not see the environments (403); it needs `X: read`"
    report = SetupReport("a/b", "https://github.com", tuple(found(**hidden, branches={}, secrets={})))
    assert report.reasons == {Reason.INCOMPLETE}
    gone = Hidden(404, "X: read")
    assert bad(labels=gone) == [
        ("labels", "cannot tell: GitHub shows this token no labels (404); it needs `X: read`", "")
    ]


PUT = "gh api --method PUT 'repos/{owner}/{repo}/environments/"
NAME = "gh api 'repos/{owner}/{repo}/environments/profiles-production/deployment-branch-policies' -f name=main"
LIMIT = (
    f"{PUT}profiles-production' -F 'deployment_branch_policy[protected_branches]=false' "
    f"-F 'deployment_branch_policy[custom_branch_policies]=true'"
)


def environments(*places: Environment) -> dict[str, Any]:
    others = ANSWERS.environments if isinstance(ANSWERS.environments, tuple) else ()
    return {"environments": tuple(next((new for new in places if new.name == one.name), one) for one in others)}


def test_each_environment_is_there_or_a_command_makes_it() -> None:
    told = bad(environments=(), branches={}, secrets={})
    none = "there is no environment for {} (private repositories of GitHub's Free plan have none)"
    assert [(about, said) for about, said, _ in told[:4]] == [
        ("profiles-plan", f"missing: {none.format('plans')}"),
        ("profiles-production", f"missing: {none.format('applies')}"),
        ("profiles-drift", f"missing: {none.format('drift')}"),
        ("profiles-proposals", f"not set: {none.format('proposals')}"),
    ]
    assert (told[0][2], told[1][2]) == (f"{PUT}profiles-plan'", f"{LIMIT} && {NAME}")


def test_an_environment_that_each_branch_can_enter_is_limited_and_keeps_what_it_has() -> None:
    said = "wrong: each branch can enter it, so each pull request can use its secrets; only main may"
    open_ = Environment("profiles-production", reviewers=PEOPLE, no_self_review=True, wait=5)
    ((about, words, mends),) = bad(**environments(open_))
    assert (about, words) == ("profiles-production", said)
    kept = '{"reviewers":[{"type":"User","id":7}],"prevent_self_review":true,"wait_timer":5,"deployment_branch_policy"'
    assert mends.startswith(f"printf %s '{kept}")
    assert mends.endswith(f" --input - && {NAME}")
    bare, reviewed = bad(**environments(Environment("profiles-production")))
    assert bare[2] == f"{LIMIT} && {NAME}"
    assert reviewed[1].startswith("not set: no reviewer is asked before numbers are written")
    assert "`policy: {last-look: ask}` asks for another person's label instead" in reviewed[1]


@pytest.mark.parametrize(
    ("branches", "said", "mends"),
    [
        (("next",), "missing: main cannot enter it, so no applies can run", NAME),
        ((), "missing: main cannot enter it, so no applies can run", NAME),
        (
            ("main", "m*"),
            "wrong: the branches m* can enter it: a pattern lets in what a person names like it",
            "gh browse --settings",
        ),
        (
            Hidden(403, "Actions: read"),
            "cannot tell: this token may not see the branches that can enter it (403); it needs `Actions: read`",
            "",
        ),
    ],
)
def test_only_the_branch_that_is_applied_may_enter_production(branches: Any, said: str, mends: str) -> None:
    told = bad(branches={**ANSWERS.branches, "profiles-production": branches})
    assert told == [("profiles-production", said, mends)]


def test_a_person_who_approves_an_own_merge_is_said() -> None:
    open_ = Environment("profiles-production", BranchLimit.NAMED, PEOPLE)
    told = [one.detail for one in found(**environments(open_))]
    assert "asks anna before numbers are written; one of them can approve an own merge" in told


def test_an_environment_that_a_workflow_computes_is_not_looked_for() -> None:
    computed = replace(USES[0], inputs={"environment": "${{ vars.PLAN }}"})
    told = bad(replace(NEEDS, uses=(computed, *USES[1:])))
    assert told[0] == ("${{ vars.PLAN }}", "cannot tell: the workflow computes which environment plans enter", "")


def test_callers_choose_environments_branch_and_the_names_of_checks() -> None:
    named = {
        "plan": replace(USES[0], job="Look", inputs={"environment": "look"}),
        "gates": replace(USES[1], job="Gate"),
        "apply": replace(USES[2], inputs={"environment": "Prod"}, branches=("rel/*", "trunk")),
        "drift": replace(USES[3], inputs={"environment": "see", "proposals": "pro"}),
    }
    needs = SetupNeeds(tuple(named.values()))
    assert [one.name for one in needs.environments] == ["look", "Prod", "see", "pro"]
    assert (needs.branch, needs.checks) == ("trunk", ("Look / plan", "Gate / gates"))
    chosen = replace(named["apply"], inputs={"branch": "live"})
    assert SetupNeeds((chosen,)).branch == "live"
    computed = replace(chosen, inputs={"branch": "${{ x }}"}, branches=("rel/*",))
    assert SetupNeeds((computed,)).branch == "main"
    assert (SetupNeeds().branch, SetupNeeds().checks) == ("main", ("plan / plan", "gates / gates"))


def test_another_folder_has_callers_of_its_own() -> None:
    staging = replace(USES[0], inputs={"directory": "./staging/", "environment": "staging"})
    needs = SetupNeeds((*USES, staging), folder="staging")
    assert needs.environment("plan") == "staging"
    assert SetupNeeds((*USES, staging)).environment("plan") == "profiles-plan"


RULES = BranchRules(pull_request=True, approvals=1, code_owners=True, checks=CHECKS)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (replace(RULES, checks=frozenset(("plan / plan",))), ["missing: a merge does not wait for gates / gates"]),
        (replace(RULES, code_owners=False), ["missing: a change does not need the approval of code owners"]),
        (
            BranchRules(there=False),
            [
                "missing: GitHub has no branch main yet",
                "missing: a merge does not wait for plan / plan and gates / gates",
                "missing: a change does not need a pull request nor the approval of code owners",
            ],
        ),
        (
            replace(RULES, checks=frozenset(), unseen=Hidden(403, "Administration: read")),
            [
                (
                    "cannot tell: by the rules a merge does not wait for plan / plan and gates / gates, and this token "
                    "may not see the protection of the branch (403); it needs `Administration: read`"
                )
            ],
        ),
    ],
)
def test_the_rules_of_main_are_those_that_the_flow_needs(rules: BranchRules, said: list[str]) -> None:
    assert [words for about, words, _ in bad(main=rules) if about == "branch main"] == said


def test_each_lacking_rule_has_the_command_that_adds_it() -> None:
    push, checks, review = (mends for about, _, mends in bad(main=BranchRules(there=False)) if about == "branch main")
    assert push == "git push --set-upstream origin HEAD:main"
    assert '"context":"gates / gates"' in checks
    assert '"require_code_owner_review":true' in review


@pytest.mark.parametrize(
    ("errors", "said", "mends"),
    [
        (
            Hidden(404, "Contents: read"),
            "missing: there is no CODEOWNERS: no person is asked about accounts, rules and workflows",
            "reconciler init --runs-at github --owner @YOUR-ORG/TEAM",
        ),
        (
            (".github/CODEOWNERS:3: Unknown owner",),
            "wrong: .github/CODEOWNERS:3: Unknown owner",
            "gh browse .github/CODEOWNERS:3",
        ),
        (("C:3: a", "C:4: b"), "wrong: C:3: a, and 1 more error", "gh browse C:3"),
    ],
)
def test_code_owners_are_there_without_an_error(errors: Any, said: str, mends: str) -> None:
    assert bad(owner_errors=errors) == [("owners", said, mends)]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (BranchRules(), "missing: reconciler-ledger can be pushed to with force and deleted"),
        (BranchRules(there=False, no_deletion=True), "missing: reconciler-ledger can be pushed to with force"),
    ],
)
def test_the_branch_of_the_ledger_only_grows(rules: BranchRules, said: str) -> None:
    ((about, words, mends),) = bad(ledger=rules)
    assert (about, words) == ("ledger", said)
    assert mends.endswith("'repos/{owner}/{repo}/rulesets' --method POST --input -")


def test_a_ledger_on_a_machine_has_no_branch_and_no_key() -> None:
    local = replace(NEEDS, ledger="")
    assert bad(local, secrets={"profiles-production": ("META_TOKEN",), "profiles-drift": ()}, ledger=None) == [
        ("proposals", "not set: workflows may not open pull requests, so `adopt` cannot propose", PROPOSE)
    ]


READ = "gh api --method PUT 'repos/{owner}/{repo}/actions/permissions/workflow' -f default_workflow_permissions=read"
PROPOSE = f"{READ} -F can_approve_pull_request_reviews=true"


def test_the_token_of_a_job_may_only_read_unless_the_job_says_more() -> None:
    told = bad(permissions=WorkflowPermissions("write", may_propose=False))
    assert told == [("token of jobs", "wrong: a job that says nothing of it may write", READ)]
    kept = bad(permissions=WorkflowPermissions("write", may_propose=True))
    assert [mends for _, _, mends in kept] == [PROPOSE]


def test_workflows_may_propose_with_their_own_token() -> None:
    told = found(secrets={}, permissions=WorkflowPermissions("read", may_propose=True))
    assert told[-1].detail == "`adopt` may open pull requests; each waits for Approve and run"


def test_the_labels_that_gates_need_are_there() -> None:
    several = replace(NEEDS, gates=("bulk", "clear", "webhook"))
    assert bad(several) == [
        (
            "labels",
            "missing: there is no label allow-bulk, allow-webhook: GitHub offers a label only once it is made",
            'for gate in bulk webhook; do gh label create "allow-$gate"; done',
        )
    ]


def test_a_gate_that_does_not_ask_needs_no_label() -> None:
    policy = replace(Policy(), clear=Rule.DENY, webhook=Rule.ALLOW, same_value=Rule.ASK)
    assert asking_gates(policy) == ("bulk", "first-contact", "same-value")


def test_an_enterprise_server_and_files_with_errors_are_said_first() -> None:
    needs = replace(NEEDS, enterprise="github.acme.example", errors=2, unread=(".github/workflows/x.yml",))
    server, unread, files = bad(needs)
    assert server[0] == "server"
    assert server[1].startswith("wrong: github.acme.example is an Enterprise Server: ")
    assert unread[1] == "cannot tell: .github/workflows/x.yml cannot be read as YAML that this program takes"
    assert files == ("files", "wrong: 2 errors in the files may hide what is needed", "reconciler validate")


def test_a_report_ends_as_its_findings_do() -> None:
    def ends(*states: SetupState) -> frozenset[Reason]:
        return SetupReport("a/b", "", tuple(SetupFinding("x", state, "y") for state in states)).reasons

    assert ends(SetupState.OK, SetupState.NOT_SET) == frozenset()
    assert ends(SetupState.MISSING) == ends(SetupState.WRONG) == {Reason.ERROR}
    assert ends(SetupState.UNSEEN, SetupState.WRONG) == {Reason.ERROR, Reason.INCOMPLETE}


def test_a_repository_of_which_nothing_is_shown_is_not_here() -> None:
    assert ANSWERS.here
    gone = Hidden(404, "x")
    names = ("environments", "labels", "main", "repository_secrets", "permissions")
    shown_nothing: dict[str, Any] = dict.fromkeys(names, gone)
    nothing = replace(ANSWERS, **shown_nothing)
    assert not nothing.here
    assert replace(nothing, labels=Hidden(403, "x")).here
