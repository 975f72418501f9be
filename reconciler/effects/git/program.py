"""program_callers: (the environment) → this program's repository and commit, as the workflows that call it name them.

A program that runs from a clone is of the clone's commit, if GitHub has that commit as far as the clone knows. One that
pip installed from git is of the commit that pip wrote down (PEP 610). Any other program does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from reconciler.core.authoring.answers import github_name
from reconciler.core.authoring.callers import Callers
from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import strict_json
from reconciler.effects.git.clone import Clone, commit_name, find_clone
from reconciler.effects.git.process import Git, Late
from reconciler.version import pip_note

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_AT_ORIGIN: Final = ("for-each-ref", "--count=1", "--contains=HEAD", "refs/remotes/origin")
_TAGS: Final = ("tag", "--points-at=HEAD", "--list", "v[0-9]*")


def program_callers(environ: Mapping[str, str], *, package: Path = _PACKAGE) -> Callers | None:
    """Return what calls this program's workflows, without a team's choices; None if the program does not know."""
    try:
        clone = find_clone(package, Git(), environ)
    except (EnvironmentProblem, Late):
        clone = None
    if clone is not None and clone.top == package.parent:
        return _of_clone(clone)
    return _of_pip(package.parent)


def _of_clone(clone: Clone) -> Callers | None:
    """Return the repository and the commit of a clone; nothing if GitHub may not have the commit."""
    name = github_name(clone.run("remote", "get-url", "origin").out.decode("utf-8", "replace").strip())
    if not name or not clone.run(*_AT_ORIGIN).out:
        return None
    commit = commit_name(clone.run("rev-parse", "--verify", "HEAD").out)
    tags = clone.run(*_TAGS).out.decode("utf-8", "replace").split()
    return Callers(name, commit, version=tags[-1] if tags else "")


def _of_pip(folder: Path) -> Callers | None:
    """Return the repository and the commit that pip installed the program in `folder` from."""
    try:
        written: Any = strict_json(pip_note(folder))
        # An address without a commit is a folder's, or an archive's.
        return Callers(github_name(written["url"]), written["vcs_info"]["commit_id"])
    except (KeyError, ValueError, EnvironmentProblem):
        return None
