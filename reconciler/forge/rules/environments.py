"""environment_findings: (an environment as it is wanted, what GitHub says) → whether it is there, and whom it lets in.

PURE. An environment holds credentials, so which branches can enter it decides who can use them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.core.authoring.github_commands import branch_command, environment_command, restricting_command
from reconciler.forge.repository_answers import BranchLimit, Environment, Hidden, RepositoryAnswers
from reconciler.forge.rules.finding import SetupFinding, SetupState, optional_finding, unseen_finding

_PLANS = "private repositories of GitHub's Free plan have none"


@dataclass(frozen=True, slots=True)
class WantedEnvironment:
    """One environment: what runs in it (`use`), and the only `branch` that may enter it, "" for all.

    With `last_look` its reviewers are asked before numbers are written. It is `optional` where only a part needs it.
    """

    name: str
    use: str
    branch: str = ""
    last_look: bool = False
    optional: bool = False


def environment_findings(wanted: WantedEnvironment, answers: RepositoryAnswers) -> Iterator[SetupFinding]:
    """Yield what is to be said of one environment; nothing if no environment can be seen, which is said once."""
    if isinstance(answers.environments, Hidden):
        return
    if "${{" in wanted.name:
        said = f"the workflow computes which environment {wanted.use} enter"
        yield SetupFinding(wanted.name, SetupState.UNSEEN, said)
        return
    found = next((one for one in answers.environments if one.name.casefold() == wanted.name.casefold()), None)
    if found is None:
        makes = _restricting(wanted, None) if wanted.branch else environment_command(wanted.name)
        plans = "" if answers.environments else f" ({_PLANS})"
        said = f"there is no environment for {wanted.use}{plans}"
        finding = SetupFinding(wanted.name, SetupState.MISSING, said, makes)
        yield optional_finding(finding) if wanted.optional else finding
        return
    yield _entered(wanted, found, answers)
    if wanted.last_look:
        yield _reviewed(wanted, found)


def _entered(wanted: WantedEnvironment, found: Environment, answers: RepositoryAnswers) -> SetupFinding:
    """Return whether only the branch that may enter can."""
    if not wanted.branch:
        return SetupFinding(wanted.name, SetupState.OK, f"it is there for {wanted.use}, of each branch")
    if found.limit is BranchLimit.ALL:
        said = f"each branch can enter it, so each pull request can use its secrets; only {wanted.branch} may"
        return SetupFinding(wanted.name, SetupState.WRONG, said, _restricting(wanted, found))
    if found.limit is BranchLimit.PROTECTED:
        return SetupFinding(wanted.name, SetupState.OK, f"it is there for {wanted.use}, of protected branches only")
    return _named(wanted, answers)


def _named(wanted: WantedEnvironment, answers: RepositoryAnswers) -> SetupFinding:
    branches = answers.branches.get(wanted.name, ())
    if isinstance(branches, Hidden):
        return unseen_finding(wanted.name, branches, "branches that can enter it")
    others = [one for one in branches if one != wanted.branch]
    if any("*" in one for one in others):
        said = f"the branches {', '.join(others)} can enter it: a pattern lets in what a person names like it"
        return SetupFinding(wanted.name, SetupState.WRONG, said, _browse())
    if wanted.branch not in branches:
        said = f"{wanted.branch} cannot enter it, so no {wanted.use} can run"
        return SetupFinding(wanted.name, SetupState.MISSING, said, branch_command(wanted.name, wanted.branch))
    return SetupFinding(wanted.name, SetupState.OK, f"it is there for {wanted.use}, of {', '.join(branches)} only")


def _reviewed(wanted: WantedEnvironment, found: Environment) -> SetupFinding:
    if found.reviewers:
        names = ", ".join(one.name for one in found.reviewers)
        alone = "" if found.no_self_review else "; one of them can approve an own merge"
        return SetupFinding(wanted.name, SetupState.OK, f"asks {names} before numbers are written{alone}")
    said = (
        "no reviewer is asked before numbers are written. Private repositories have reviewers only with Enterprise; "
        "`policy: {last-look: ask}` asks for another person's label instead"
    )
    return SetupFinding(wanted.name, SetupState.NOT_SET, said, _browse())


def _restricting(wanted: WantedEnvironment, found: Environment | None) -> str:
    """Return the command that makes the environment, or that keeps all of it and lets in only one branch."""
    kept: dict[str, Any] = {}
    if found is not None and found.reviewers:
        kept["reviewers"] = [{"type": one.kind, "id": one.id} for one in found.reviewers]
        kept["prevent_self_review"] = found.no_self_review
    if found is not None and found.wait:
        kept["wait_timer"] = found.wait
    return f"{restricting_command(wanted.name, kept=kept)} && {branch_command(wanted.name, wanted.branch)}"


def _browse() -> str:
    return "gh browse --settings"
