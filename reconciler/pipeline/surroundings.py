"""look_around: (the world) → the git repository around a folder, its remote and its branch.

settled_plan: (the answers, what is around) → the answers that fit it.
text_there: (a folder, a path) → what a file says that was there before.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.core.authoring.callers import Callers
from reconciler.core.authoring.forge_files import calls_alike, workflow_files
from reconciler.core.authoring.new_repository import SETTINGS_FILE, RepositoryPlan, RunPlace
from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.files.writing import exists, original
from reconciler.effects.git.clone import find_clone, main_branch
from reconciler.effects.git.process import Git, Late
from reconciler.effects.git.program import program_callers
from reconciler.effects.git.remote import find_origin
from reconciler.effects.world import Context

# An address, or what ssh takes for one: git@HOST:PATH.
_HOST = re.compile(r"(?:(?:https?|ssh|git)://)?(?:[^@/]*@)?([A-Za-z0-9.-]+\.[A-Za-z0-9-]+)[:/]")
_GITHUB = ("", "github.com", "ssh.github.com")


@dataclass(frozen=True, slots=True)
class Around:
    """What is around the folder: the `top` of git's repository, or the folder itself, and its remote.

    `folder` is the path from that top, with a slash at its end, or "". `origin` has no credential in it. Changes go to
    `branch`. `callers` name this program, if it knows its repository and its commit. `secret_names` are the
    further variables that may be named.
    """

    top: Path
    folder: str = ""
    in_git: bool = False
    origin: str = ""
    branch: str = "main"
    has_settings: bool = False
    callers: Callers | None = None
    secret_names: frozenset[str] = frozenset()

    @property
    def server(self) -> str:
        """The host of the remote at another server than GitHub's own, "" if it is GitHub's or is not known."""
        found = _HOST.match(self.origin)
        host = found[1].lower() if found is not None else ""
        return "" if host in _GITHUB or host.endswith(".ghe.com") else host


def look_around(context: Context) -> Around:
    """Return what is around the folder; without git, or without a repository, that is the folder alone."""
    git, root = Git(), context.root.resolve()
    found = Around(
        root,
        has_settings=exists(context.root, SETTINGS_FILE),
        callers=program_callers(context.environ),
        secret_names=context.permissions.secret_names,
    )
    try:
        clone = find_clone(root, git, context.environ)
    except (EnvironmentProblem, Late):
        return found
    origin, branch = "", found.branch
    with contextlib.suppress(EnvironmentProblem, Late):
        branch = main_branch(clone)
        origin = find_origin(context, git).shown
    relative = root.relative_to(clone.top).as_posix()
    folder = "" if relative == "." else f"{relative}/"
    return replace(found, top=clone.top, folder=folder, in_git=True, origin=origin, branch=branch)


def settled_plan(plan: RepositoryPlan, around: Around) -> RepositoryPlan:
    """Return the answers with what is around: the branch, and other names if a program has these already.

    Where one of the files calls this tool, or may call a copy of it, the names stay: two sets would do all twice.
    """
    if plan.callers is None:
        return plan
    settled = replace(plan, callers=replace(plan.callers, branch=around.branch))
    texts = [
        text for one in workflow_files(settled, around.folder) if (text := text_there(around.top, one.path)) is not None
    ]
    foreign = plan.place is RunPlace.GITHUB and texts and not any(map(calls_alike, texts))
    return replace(settled, suffix="profiles") if foreign else settled


def text_there(top: Path, path: str) -> str | None:
    """Return the text of a file that is there, "" if it is a link or cannot be read, None if there is none."""
    if not exists(top, path):
        return None
    with contextlib.suppress(EnvironmentProblem):
        return original(top, path).decode("utf-8", "replace")
    return ""
