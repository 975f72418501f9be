"""What a forge reads at the top of git's repository: owners, updates, and the workflows that call this program.

forge_files: (the answers, the folder of the profiles) → the files, for the place where the program is to run.
workflow_files: the same → the workflows that call this program alone.
is_caller, calls_alike: (the text of a file that was there) → whether it calls the tool, or perhaps a copy of it.
owner_problem: (an owner as typed) → what is wrong with it, or "".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from reconciler.core.authoring.callers import Callers, caller_files, pipeline_text
from reconciler.core.authoring.new_repository import NewFile, RepositoryPlan, RunPlace

OWNERS_FILE: Final = {RunPlace.GITHUB: ".github/CODEOWNERS", RunPlace.GITLAB: ".gitlab/CODEOWNERS"}
PIPELINE_FILE: Final = ".gitlab-ci.yml"
UPDATES_FILE: Final = {RunPlace.GITHUB: ".github/dependabot.yml", RunPlace.GITLAB: "renovate.json"}
# Where each forge looks for owners. The first file that is there counts (forge/github/APIS.md, T-7).
OWNERS_PLACES: Final = {
    RunPlace.GITHUB: (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    RunPlace.GITLAB: ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
}
UPDATES_PLACES: Final = {
    RunPlace.GITHUB: (".github/dependabot.yml", ".github/dependabot.yaml"),
    RunPlace.GITLAB: ("renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".gitlab/renovate.json"),
}
_OWNER = re.compile(r"@[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*|[^@\s#]+@[^@\s#]+\.[A-Za-z0-9-]+")
_ALIKE = re.compile(r"uses: \S+/\.github/workflows/(?:plan|gates|apply|drift)\.yml@")
_PLACEHOLDERS = frozenset({"@owner", "@org", "@org/team", "@user", "@your-org", "@username"})

_OWNERS_HEAD = (
    "# The last line that matches a file counts. Accounts and rules decide where a credential goes and what stops an",
    "# apply, so they have owners of their own. Give each owner write access, and require their review for main.",
)
_DEPENDABOT = """\
version: 2
updates:
  # It moves the commit that the workflows name to the newest release of the tool.
  - {package-ecosystem: github-actions, directory: /, schedule: {interval: weekly}, cooldown: {default-days: 7}}
"""
_RENOVATE = """\
{
  "$schema": "https://docs.renovatebot.com/renovate-schema.json",
  "extends": ["config:recommended"],
  "enabledManagers": ["gitlabci", "gitlabci-include"],
  "minimumReleaseAge": "7 days"
}
"""


def forge_files(plan: RepositoryPlan, folder: str) -> Iterator[NewFile]:
    """Yield the files for the forge; `folder` is the path of the profiles' repository in git's, with a slash, or ""."""
    if plan.place not in OWNERS_FILE:
        return
    if plan.owners:
        text = "\n".join((*_OWNERS_HEAD, *owner_lines(plan, folder))) + "\n"
        yield NewFile(OWNERS_FILE[plan.place], text.encode(), f"{' '.join(plan.owners)} review the profiles")
    updates = _DEPENDABOT if plan.place is RunPlace.GITHUB else _RENOVATE
    whose = "Dependabot" if plan.place is RunPlace.GITHUB else "Renovate"
    yield NewFile(UPDATES_FILE[plan.place], updates.encode(), f"{whose} proposes new versions of the tool")
    yield from workflow_files(plan, folder)


def workflow_files(plan: RepositoryPlan, folder: str) -> Iterator[NewFile]:
    """Yield the files that call the tool; none where its repository or its commit is not known."""
    if plan.place not in OWNERS_FILE or plan.callers is None:
        return
    wanted = replace(plan.callers, directory=folder.rstrip("/") or ".", name=_name(f"{folder}{plan.suffix}"))
    found = caller_files(wanted) if plan.place is RunPlace.GITHUB else {PIPELINE_FILE: pipeline_text(wanted)}
    for path, text in found.items():
        yield NewFile(path, text.encode(), f"calls {wanted.tool} at {wanted.version or wanted.commit[:12]}")


def _name(folder: str) -> str:
    """Return what tells the workflows of a folder from those of another; "" at the top, without a suffix."""
    return folder and (re.sub(r"[^A-Za-z0-9]+", "-", folder).strip("-") or "folder")


def is_caller(text: str, callers: Callers) -> bool:
    """True if a workflow calls one of the tool's, or a pipeline includes the tool's, at whichever commit."""
    return f"uses: {callers.tool}/.github/workflows/" in text or f"project: {callers.tool}\n" in text


def calls_alike(text: str) -> bool:
    """True if a workflow calls one of a name that the tool's have, in whichever repository: it may be a copy of it."""
    return _ALIKE.search(text) is not None


def owner_lines(plan: RepositoryPlan, folder: str) -> tuple[str, ...]:
    """Return who reviews what. Guardians review this file, and each file that decides where a credential goes."""
    profiles, guardians = " ".join(plan.owners), " ".join(plan.guardians or plan.owners)
    settings = ".github/" if plan.place is RunPlace.GITHUB else ".gitlab/"
    lines = [
        f"/{folder}profiles/ {profiles}",
        f"/{folder}profiles/reconciler.yaml {guardians}",
        f"/{settings} {guardians}",
    ]
    return (*lines, f"/{PIPELINE_FILE} {guardians}") if plan.place is RunPlace.GITLAB else tuple(lines)


def owner_problem(owner: str) -> str:
    """Return what is wrong with an owner, or "" if a forge could know it. Whether it does is not asked."""
    if owner.lower() in _PLACEHOLDERS:
        return f"{owner} is a placeholder; name the people or the team who review"
    if not _OWNER.fullmatch(owner):
        return f"{owner} is no owner; write @user, @organisation/team or an e-mail address"
    return ""
