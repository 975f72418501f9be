"""setup_findings: (what a repository needs, what GitHub answers) → one finding for each thing, in order. PURE.

SetupNeeds: what the settings, the profiles and the calling workflows ask for.

Facts are in forge/github/APIS.md (G-1 to G-10, W-3, W-16, W-19).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.authoring.github_commands import (
    LEDGER_KEY_NAME,
    checks_command,
    labels_command,
    ledger_command,
    permissions_command,
    review_command,
)
from reconciler.core.basics import count
from reconciler.core.safety.gates import GATES
from reconciler.core.settings import WRITTEN_RULES, Policy, Rule
from reconciler.forge.repository_answers import BranchRules, Hidden, RepositoryAnswers, WorkflowPermissions
from reconciler.forge.rules.environments import WantedEnvironment, environment_findings
from reconciler.forge.rules.finding import SetupFinding, SetupState, unseen_finding
from reconciler.forge.rules.labels import LABEL_PREFIX
from reconciler.forge.rules.needed_secrets import NeededSecret, SecretUse, secret_findings, shared_findings
from reconciler.forge.rules.pinned import PinnedUse, pinned_findings

_PROPOSER: Final = "RECONCILER_GITHUB_TOKEN"
_OWNERS: Final = "owners"


@dataclass(frozen=True, slots=True)
class SetupNeeds:
    """What is asked for. `uses` are those of the tool alone, `gates` the gates that ask a person.

    `ledger` is the memory's branch, "" if it is kept elsewhere. `enterprise` is the host of an Enterprise Server, ""
    at github.com. `errors` are those of the files, which may hide what is needed.
    """

    uses: tuple[PinnedUse, ...] = ()
    folder: str = ""
    secrets: tuple[NeededSecret, ...] = ()
    gates: tuple[str, ...] = ()
    ledger: str = ""
    enterprise: str = ""
    errors: int = 0
    unread: tuple[str, ...] = ()

    def caller(self, workflow: str) -> PinnedUse | None:
        """Return what calls a workflow for this folder."""
        mine = (one for one in self.uses if one.workflow == workflow and one.folder == self.folder)
        return next(mine, None)

    @property
    def branch(self) -> str:
        """The branch that is applied: the one that the caller names, or that a push to starts it; else main."""
        caller = self.caller("apply")
        named = (caller.inputs.get("branch", ""), *caller.branches) if caller else ()
        return next((one for one in named if one and "*" not in one and "${{" not in one), "main")

    def environment(self, workflow: str, key: str = "environment") -> str:
        """Return the environment that a caller names, or the tool's own for it."""
        usual = "profiles-production" if workflow == "apply" else f"profiles-{workflow}"
        caller = self.caller(workflow)
        return (caller.inputs.get(key, "") if caller else "") or ("profiles-proposals" if key == "proposals" else usual)

    @property
    def environments(self) -> tuple[WantedEnvironment, ...]:
        """The environments, in the order in which people make them."""
        branch = self.branch
        return (
            WantedEnvironment(self.environment("plan"), "plans"),
            WantedEnvironment(self.environment("apply"), "applies", branch, last_look=True),
            WantedEnvironment(self.environment("drift"), "drift", branch),
            WantedEnvironment(self.environment("drift", "proposals"), "proposals", branch, optional=True),
        )

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that a merge must wait for: the calling job's name, then the called one's."""
        callers = ((name, self.caller(name)) for name in ("plan", "gates"))
        return tuple(f"{caller.job if caller else name} / {name}" for name, caller in callers)


def asking_gates(policy: Policy) -> tuple[str, ...]:
    """Return the gates that a label can open: those that ask a person. The one about sizes always does."""
    rules = ((WRITTEN_RULES.get(name, name), getattr(policy, name)) for name in WRITTEN_RULES)
    asking = {name for name, rule in rules if rule is Rule.ASK} | {"bulk"}
    return tuple(gate for gate in GATES if gate in asking)


def setup_findings(needs: SetupNeeds, answers: RepositoryAnswers) -> Iterator[SetupFinding]:
    """Yield the findings, in the order in which people set things up."""
    if needs.enterprise:
        said = (
            f"{needs.enterprise} is an Enterprise Server: the called workflows keep their results with actions that do "
            f"not run there, and name their action as $/. Run plan, apply and drift as docs/elsewhere.md says"
        )
        yield SetupFinding("server", SetupState.WRONG, said)
    for name in needs.unread:
        yield SetupFinding("workflows", SetupState.UNSEEN, f"{name} cannot be read as YAML that this program takes")
    yield from pinned_findings(needs.uses, folder=needs.folder)
    if needs.errors:
        said = f"{count(needs.errors, 'error')} in the files may hide what is needed"
        yield SetupFinding("files", SetupState.WRONG, said, "reconciler validate")
    if isinstance(answers.environments, Hidden):
        yield unseen_finding("environments", answers.environments, "environments")
    for wanted in needs.environments:
        yield from environment_findings(wanted, answers)
    yield from _secrets(needs, answers)
    yield from _main(needs, answers.main)
    yield _owners(answers.owner_errors)
    if needs.ledger and answers.ledger is not None:
        yield _ledger(needs.ledger, answers.ledger)
    yield _labels(needs.gates, answers.labels)
    yield from _permissions(needs, answers)


def _secrets(needs: SetupNeeds, answers: RepositoryAnswers) -> Iterator[SetupFinding]:
    for work in SecretUse:
        name = needs.environment(work)
        there = answers.secrets.get(name)
        if there is not None:
            yield from secret_findings(name, work, needs.secrets, there, marks=bool(needs.ledger))
    yield from shared_findings(needs.secrets, answers.repository_secrets, answers.organization_secrets)


def _main(needs: SetupNeeds, rules: BranchRules | Hidden) -> Iterator[SetupFinding]:
    about = f"branch {needs.branch}"
    if isinstance(rules, Hidden):
        yield unseen_finding(about, rules, "rules of it")
        return
    if not rules.there:
        said = f"GitHub has no branch {needs.branch} yet"
        yield SetupFinding(about, SetupState.MISSING, said, f"git push --set-upstream origin HEAD:{needs.branch}")
    lacking = [check for check in needs.checks if check not in rules.checks]
    if lacking:
        said = f"a merge does not wait for {' and '.join(lacking)}"
        yield _not_asked(about, rules, said, checks_command(needs.branch, lacking))
    else:
        yield SetupFinding(about, SetupState.OK, f"a merge waits for {' and '.join(needs.checks)}")
    asked = ((rules.pull_request, "a pull request"), (rules.code_owners, "the approval of code owners"))
    unasked = [what for is_asked, what in asked if not is_asked]
    if unasked:
        yield _not_asked(about, rules, f"a change does not need {' nor '.join(unasked)}", review_command(needs.branch))
    else:
        approvals = f"{count(rules.approvals, 'approval')}, and those of code owners"
        yield SetupFinding(about, SetupState.OK, f"a change needs a pull request with {approvals}")


def _not_asked(about: str, rules: BranchRules, said: str, mends: str) -> SetupFinding:
    """Return that rules do not ask for something; a protection that cannot be read may ask for it."""
    if rules.unseen is None:
        return SetupFinding(about, SetupState.MISSING, said, mends)
    hidden = unseen_finding(about, rules.unseen, "protection of the branch").detail
    return SetupFinding(about, SetupState.UNSEEN, f"by the rules {said}, and {hidden}")


def _owners(errors: tuple[str, ...] | Hidden) -> SetupFinding:
    if isinstance(errors, Hidden):
        if errors.status != 404:
            return unseen_finding(_OWNERS, errors, "CODEOWNERS file")
        said = "there is no CODEOWNERS: no person is asked about accounts, rules and workflows"
        return SetupFinding(
            _OWNERS, SetupState.MISSING, said, "reconciler init --runs-at github --owner @YOUR-ORG/TEAM"
        )
    if not errors:
        return SetupFinding(_OWNERS, SetupState.OK, "CODEOWNERS is there, and GitHub finds no error in it")
    place, _, why = errors[0].rpartition(": ")
    more = f", and {count(len(errors) - 1, 'more error')}" if len(errors) > 1 else ""
    return SetupFinding(_OWNERS, SetupState.WRONG, f"{place}: {why}{more}", f"gh browse {place}")


def _ledger(branch: str, rules: BranchRules | Hidden) -> SetupFinding:
    about = "ledger"
    if isinstance(rules, Hidden):
        return unseen_finding(about, rules, f"rules of {branch}")
    asked = ((rules.no_force_push, "pushed to with force"), (rules.no_deletion, "deleted"))
    open_ = [what for is_asked, what in asked if not is_asked]
    if open_:
        return _not_asked(about, rules, f"{branch} can be {' and '.join(open_)}", ledger_command(branch))
    said = (
        f"{branch} only grows. GitHub cannot name the workflow as the only one that pushes to it; "
        f"{LEDGER_KEY_NAME} marks what runs wrote"
    )
    return SetupFinding(about, SetupState.OK, said)


def _labels(gates: Sequence[str], labels: tuple[str, ...] | Hidden) -> SetupFinding:
    if isinstance(labels, Hidden):
        return unseen_finding("labels", labels, "labels")
    lacking = [gate for gate in gates if f"{LABEL_PREFIX}{gate}" not in labels]
    names = ", ".join(f"{LABEL_PREFIX}{gate}" for gate in lacking or gates)
    if not lacking:
        return SetupFinding("labels", SetupState.OK, f"{names}: a reviewer can open each gate that asks")
    said = f"there is no label {names}: GitHub offers a label only once it is made"
    return SetupFinding("labels", SetupState.MISSING, said, labels_command(lacking))


def _permissions(needs: SetupNeeds, answers: RepositoryAnswers) -> Iterator[SetupFinding]:
    about, found = "token of jobs", answers.permissions
    if isinstance(found, Hidden):
        yield unseen_finding(about, found, "permissions of workflows")
        return
    if found.default == "read":
        yield SetupFinding(about, SetupState.OK, "a job that says nothing of it may only read")
    else:
        said = f"a job that says nothing of it may {found.default}"
        yield SetupFinding(about, SetupState.WRONG, said, permissions_command(proposes=found.may_propose))
    yield _proposing(needs, answers, found)


def _proposing(needs: SetupNeeds, answers: RepositoryAnswers, found: WorkflowPermissions) -> SetupFinding:
    about, named = "proposals", answers.secrets.get(needs.environment("drift", "proposals"))
    if isinstance(named, tuple) and _PROPOSER in named:
        return SetupFinding(about, SetupState.OK, f"`adopt` opens pull requests with {_PROPOSER}")
    if found.may_propose:
        return SetupFinding(about, SetupState.OK, "`adopt` may open pull requests; each waits for Approve and run")
    said = "workflows may not open pull requests, so `adopt` cannot propose"
    return SetupFinding(about, SetupState.NOT_SET, said, permissions_command(proposes=True))
