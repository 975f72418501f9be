"""project_findings: (what a project needs, what GitLab answers) → one finding for each thing, in order. PURE.

ProjectNeeds, ProjectAnswers: what the files ask for, and what GitLab says; all names in the answers are foreign.
BranchProtection, ProtectedEnvironment, PipelineSchedule: one answer each, as far as it is used.

GitLab's list of variables holds their values, so it is never asked. Facts are in forge/gitlab/APIS.md (G-21 to G-26).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from reconciler.core.authoring.github_commands import LEDGER_KEY_NAME
from reconciler.core.basics import count
from reconciler.forge.repository_answers import Hidden, Names
from reconciler.forge.rules.finding import SetupFinding, SetupState, unseen_finding
from reconciler.forge.rules.included import IncludedJobs, include_findings
from reconciler.forge.rules.labels import LABEL_PREFIX
from reconciler.forge.rules.needed_secrets import NeededSecret, SecretUse

_TOKEN: Final = "RECONCILER_GITLAB_TOKEN"
_BRANCHES: Final = "Settings → Repository → Protected branches"
_ENVIRONMENTS: Final = "Settings → CI/CD → Protected environments"
_VARIABLES: Final = "Settings → CI/CD → Variables"


@dataclass(frozen=True, slots=True)
class BranchProtection:
    """One protection: `name` may have stars. `pushers` says how many entries let accounts push without a proposal."""

    name: str
    pushers: int = 0
    force: bool = False
    code_owners: bool = False


@dataclass(frozen=True, slots=True)
class ProtectedEnvironment:
    """One protected environment, and how many approvals a job that enters it needs."""

    name: str
    approvals: int = 0


@dataclass(frozen=True, slots=True)
class PipelineSchedule:
    """One schedule: of which branch it makes pipelines, and when."""

    branch: str
    cron: str


@dataclass(frozen=True, slots=True)
class ProjectNeeds:
    """What is asked for. `included` is what the file here includes, None if it cannot be read."""

    included: tuple[IncludedJobs, ...] | None = ()
    folder: str = ""
    secrets: tuple[NeededSecret, ...] = ()
    gates: tuple[str, ...] = ()
    marks: bool = False
    errors: int = 0

    def environment(self, use: str) -> str:
        """Return the environment that the include names, or the template's own for it."""
        mine = next((one for one in self.included or () if one.folder == self.folder), None)
        return (mine.inputs.get(f"{use}_environment", "") if mine else "") or f"profiles-{use}"


@dataclass(frozen=True, slots=True)
class ProjectAnswers:
    """The answers. `included` is what the default branch's file includes, None if it cannot be read."""

    branch: str
    waits_for_pipeline: bool
    included: tuple[IncludedJobs, ...] | Hidden | None
    protections: tuple[BranchProtection, ...] | Hidden
    environments: tuple[ProtectedEnvironment, ...] | Hidden
    labels: Names | Hidden
    schedules: tuple[PipelineSchedule, ...] | Hidden


def project_findings(needs: ProjectNeeds, answers: ProjectAnswers) -> Iterator[SetupFinding]:
    """Yield the findings, in the order in which people set things up."""
    yield from include_findings(needs.included, answers.included, folder=needs.folder, branch=answers.branch)
    if needs.errors:
        said = f"{count(needs.errors, 'error')} in the files may hide what is needed"
        yield SetupFinding("files", SetupState.WRONG, said, "reconciler validate")
    yield from _branch(answers)
    yield _production(needs.environment("production"), answers.environments)
    yield from _variables(needs)
    yield _labels(needs.gates, answers.labels)
    yield _schedule(answers.branch, answers.schedules)


def _branch(answers: ProjectAnswers) -> Iterator[SetupFinding]:
    """Yield what holds for the default branch. Of several protections the one that allows most counts."""
    name = answers.branch
    about = f"branch {name}"
    if isinstance(answers.protections, Hidden):
        yield _unseen(about, answers.protections, "protected branches")
    else:
        yield from _protected(about, name, [one for one in answers.protections if fnmatchcase(name, _stars(one.name))])
    if answers.waits_for_pipeline:
        yield SetupFinding(about, SetupState.OK, "a merge waits for a pipeline that succeeds")
    else:
        mends = "glab api --method PUT projects/:id -F only_allow_merge_if_pipeline_succeeds=true"
        yield SetupFinding(about, SetupState.MISSING, "a merge does not wait for its pipeline", mends)


def _protected(about: str, name: str, rules: Sequence[BranchProtection]) -> Iterator[SetupFinding]:
    if not rules:
        said = f"{name} is not protected: its jobs get no protected variable, and each developer may push to it"
        yield SetupFinding(about, SetupState.MISSING, said, _BRANCHES)
        return
    if any(one.force for one in rules):
        yield SetupFinding(about, SetupState.WRONG, "it can be pushed to with force", _BRANCHES)
    if any(one.pushers for one in rules):
        said = "a change does not need a merge request: choose No one for Allowed to push and merge"
        yield SetupFinding(about, SetupState.MISSING, said, _BRANCHES)
    else:
        yield SetupFinding(about, SetupState.OK, "it is protected, and a change needs a merge request")
    if any(one.code_owners for one in rules):
        yield SetupFinding(about, SetupState.OK, "a change needs the approval of code owners")
    else:
        said = "a change does not need the approval of code owners, which plans of GitLab that cost have"
        yield SetupFinding(about, SetupState.NOT_SET, said, _BRANCHES)


def _stars(name: str) -> str:
    """Return a pattern of fnmatch in which only a star stands for more."""
    return re.sub(r"[?\[]", lambda found: f"[{found[0]}]", name)


def _production(name: str, found: Sequence[ProtectedEnvironment] | Hidden) -> SetupFinding:
    if isinstance(found, Hidden):
        return _unseen(name, found, "protected environments, which plans of GitLab that cost have")
    mine = next((one for one in found if one.name == name), None)
    if mine is None:
        said = "it is not protected: who may run a pipeline of the default branch can apply"
        return SetupFinding(name, SetupState.NOT_SET, said, _ENVIRONMENTS)
    asks = f"and asks for {count(mine.approvals, 'approval')}" if mine.approvals else "without approvals"
    return SetupFinding(name, SetupState.OK, f"it is protected, {asks}")


def _variables(needs: ProjectNeeds) -> Iterator[SetupFinding]:
    """Yield for each environment which variables it needs. What is there cannot be asked without their values."""
    key = (LEDGER_KEY_NAME,) if needs.marks else ()
    wanted = (
        ("plan", _of(needs, SecretUse.PLAN), "masked"),
        ("notes", (_TOKEN,), "masked"),
        ("drift", (*_of(needs, SecretUse.DRIFT), *key, _TOKEN), "masked and protected"),
        ("production", (*_of(needs, SecretUse.APPLY), *key, _TOKEN), "masked and protected"),
        ("proposals", (_TOKEN,), "masked and protected"),
    )
    for use, names, how in wanted:
        if names:
            said = f"GitLab lists variables only with their values, so it is not asked; needed, {how}: "
            about = needs.environment(use)
            yield SetupFinding(about, SetupState.UNSEEN, f"{said}{', '.join(names)}", _VARIABLES)


def _of(needs: ProjectNeeds, work: SecretUse) -> Names:
    return tuple(one.name for one in needs.secrets if work in one.work)


def _labels(gates: Sequence[str], labels: Names | Hidden) -> SetupFinding:
    about = "labels"
    if isinstance(labels, Hidden):
        return _unseen(about, labels, about)
    lacking = [gate for gate in gates if f"{LABEL_PREFIX}{gate}" not in labels]
    names = ", ".join(f"{LABEL_PREFIX}{gate}" for gate in lacking or gates)
    if lacking:
        mends = f'for gate in {shlex.join(lacking)}; do glab label create --name "allow-$gate"; done'
        return SetupFinding(about, SetupState.MISSING, f"there is no label {names}", mends)
    return SetupFinding(about, SetupState.OK, f"{names}: a reviewer can open each gate that asks")


def _schedule(branch: str, found: Sequence[PipelineSchedule] | Hidden) -> SetupFinding:
    about = "schedule"
    if isinstance(found, Hidden):
        return _unseen(about, found, "pipeline schedules")
    mine = next((one for one in found if one.branch == branch), None)
    if mine is not None:
        return SetupFinding(about, SetupState.OK, f"drift is looked for in {branch} at {mine.cron}")
    said = f"no schedule that is active makes pipelines of {branch}, so drift is not looked for"
    words = ("glab", "schedule", "create", "--description", "drift", "--ref", branch, "--cron", "17 5 * * *")
    return SetupFinding(about, SetupState.MISSING, said, shlex.join(words))


def _unseen(about: str, hidden: Hidden, what: str) -> SetupFinding:
    return unseen_finding(about, hidden, what, forge="GitLab")
