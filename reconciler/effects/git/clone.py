"""The user's clone: finding it, and the only way to ask git about it.

find_clone: (a folder, the environment) → the Clone that holds it.
head, edited_paths: a folder → the checked-out commit, and the files that differ from it.
main_branch: (the Clone) → the branch that changes go to.
applying_workflow: (the world) → the file of the workflow that applies what this one looks at.

Git takes any folder with HEAD, objects/ and refs/ for a bare repository and does what its config says: it starts
programs and names remotes. A pull request can commit such a folder. So the clone is found here, by a path named .git,
which git refuses to have in a commit, and every call names it. The config there belongs to the machine: git,
actions/checkout or a person wrote it. It is trusted for the remote's address, for proxies and filters. It starts no
hook and no file monitor.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git.process import Git, Late, Ran, users
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import Context

_CEILINGS = "GIT_CEILING_DIRECTORIES"
_NONE = "not a git repository (or any of the parent directories): .git"
_GITFILE = b"gitdir: "
# No program runs on the way, and only what a command asks for is written.
_PLAIN = (
    "safe.bareRepository=explicit",
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "core.untrackedCache=false",
)
_OPTIONS = tuple(word for setting in _PLAIN for word in ("-c", setting))


class NoClone(EnvironmentProblem):
    """The folder lies in no clone that git will use; says why, in git's words."""


class NoRepository(NoClone):
    """There is no path named .git in the folder or above it."""


@dataclass(frozen=True, slots=True)
class Clone:
    """The clone: the folder `root` that was asked about, the `top` of the working copy, and git's own folder."""

    root: Path
    top: Path
    folder: Path
    git: Git
    environ: Mapping[str, str]

    def run(self, *words: str, given: bytes = b"", into: IO[bytes] | None = None) -> Ran:
        """Run git in `root`, as `Git.run` does; no folder on the way is taken for a repository."""
        place = ("-C", str(self.root), f"--git-dir={self.folder}", f"--work-tree={self.top}")
        return self.git.run(*place, *_OPTIONS, *words, environ=self.environ, given=given, into=into)

    def within(self, more: Mapping[str, str]) -> Clone:
        """Return the same with `more` in git's environment."""
        return replace(self, environ={**self.environ, **more})


def find_clone(root: Path, git: Git, environ: Mapping[str, str]) -> Clone:
    """Return the clone that holds `root`; raises NoClone, and the exceptions of `Git.run`.

    Git is asked once, at the top, whether it would use the repository there: it knows which owners are safe.
    """
    around = users(environ)
    try:
        top = _top(root.resolve(), _ceilings(around))
        folder = _folder(top / ".git")
    except OSError as problem:
        raise NoClone(f"its folder cannot be read: {problem.strerror}") from None
    # With a ceiling of its own: an unusable .git must not lead git to the folders above.
    words = ("-C", str(top), *_OPTIONS, "rev-parse", "--absolute-git-dir")
    ran = git.run(*words, environ={**around, _CEILINGS: str(top.parent)})
    if ran.code:
        raise NoClone(next(iter(ran.err.strip().splitlines()), "git does not say why").removeprefix("fatal: "))
    if Path(os.fsdecode(ran.out.removesuffix(b"\n"))).resolve() != folder:
        raise NoClone(_NONE)
    return Clone(root, top, folder, git, around)


def _top(root: Path, ceilings: frozenset[Path]) -> Path:
    """Return the nearest folder that has a path named .git. As in git, a ceiling or another device ends the search."""
    device = root.stat().st_dev
    for folder in (root, *root.parents):
        if folder != root and (folder in ceilings or folder.stat().st_dev != device):
            break
        if (folder / ".git").exists():
            return folder
    raise NoRepository(_NONE)


def _folder(marker: Path) -> Path:
    """Return git's own folder: `marker`, or the folder named in it if it is a file, as in a linked worktree."""
    if marker.is_dir():
        return marker.resolve()
    named = marker.read_bytes().removeprefix(_GITFILE).rstrip(b"\r\n")
    return (marker.parent / os.fsdecode(named)).resolve()


def _ceilings(environ: Mapping[str, str]) -> frozenset[Path]:
    listed = environ.get(_CEILINGS, "").split(os.pathsep)
    return frozenset(Path(one).resolve() for one in listed if Path(one).is_absolute())


_REMOTE, _HEADS = "refs/remotes/origin/", "refs/heads/"
_COMMIT = re.compile(r"[0-9a-f]{40,64}\Z")
# The files that a profile can be made of; all others ask for nothing.
_TEXTS = frozenset((".yaml", ".yml", ".csv"))
_READ = _TEXTS | {".png", ".jpg", ".jpeg"}
_STATUS = (
    *("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=traditional"),
    # Else .gitmodules, a file of the checkout, could say that no change of a submodule is shown.
    "--ignore-submodules=none",
)


def head(root: Path, *, git: Git | None = None) -> str:
    """Return the commit that is checked out in `root`, or "" if git does not know one."""
    return commit_name(_said(git or Git(), root, "rev-parse", "--verify", "HEAD") or b"")


def known_commit(context: Context, *, git: Git | None = None) -> str:
    """Return the commit that people know this run by, or "": no page of a pull request lists GitHub's test merge.

    The merge's second parent is the newest commit of the pull request (W-1 in forge/github/APIS.md).
    """
    asked, root = git or Git(), context.root
    found = head(root, git=asked)
    if not context.ci.test_merge or found != context.ci.commit:
        return found
    return commit_name(_said(asked, root, "rev-parse", "--verify", "--quiet", "HEAD^2") or b"") or found


def prefix(root: Path) -> str:
    """Return the path of `root` in its repository, with a slash at its end; "" at the top, or if git does not say."""
    said = _said(Git(), root, "rev-parse", "--show-prefix") or b""
    return said.decode("utf-8", "surrogateescape").removesuffix("\n")


def holds_file(root: Path, path: str) -> bool:
    """Return whether the repository of `root` holds a file of that path, from its top, in its working copy."""
    try:
        return (find_clone(root, Git(), os.environ).top / path).is_file()
    except (Late, EnvironmentProblem, OSError):
        return False


def applying_workflow(context: Context) -> str:
    """Return the file name of the workflow that applies, "" if it is not known.

    Callers are named alike: beside `drift-staging.yml` stands `apply-staging.yml`, or the name is not known.
    """
    mine = context.ci.workflow
    name = mine.replace("drift", "apply", 1)
    return name if name != mine and holds_file(context.root, f".github/workflows/{name}") else ""


def main_branch(clone: Clone) -> str:
    """Return the branch that changes go to: what origin calls its own, else main or master, else the one at hand.

    A clone without a commit has none yet; it will be main.
    """
    said = clone.run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    if not said.code:
        return said.out.decode("utf-8", "replace").strip().removeprefix(_REMOTE)
    refs = clone.run("for-each-ref", "--format=%(refname)", _REMOTE, _HEADS).out
    listed = refs.decode("utf-8", "replace").split()
    for place in (_REMOTE, _HEADS):
        if name := next((one for one in ("main", "master") if f"{place}{one}" in listed), ""):
            return name
    here = clone.run("symbolic-ref", "--quiet", "HEAD").out.decode("utf-8", "replace").strip()
    return here.removeprefix(_HEADS) if here in listed else "main"


def edited_paths(root: Path, folder: str, *, git: Git | None = None) -> tuple[str, ...] | None:
    """Return the files of `folder` that differ from the commit, new ones too; None if git does not say."""
    try:
        clone = find_clone(root, git or Git(), os.environ)
        said = clone.run("--no-optional-locks", *_STATUS, "--", folder)
    except (Late, EnvironmentProblem):
        return None
    if said.code:
        return None
    names = [os.fsdecode(line[3:]) for line in said.out.split(b"\0") if line]
    # Files that git ignores are profiles too. Git names only the folder of a submodule, and its files are profiles too.
    read = (name for name in names if PurePosixPath(name).suffix.lower() in _READ or (clone.top / name).is_dir())
    shown = (os.fsencode(name).decode("utf-8", "replace") for name in read)
    return tuple(name for name in shown if not _is_skipped(name, folder))


def _is_skipped(name: str, folder: str) -> bool:
    """True for a text with a dot at the front of its name or of a folder in `folder`: it holds no profile."""
    below = PurePosixPath(name.rpartition(f"{folder}/")[2])
    return below.suffix.lower() in _TEXTS and any(part.startswith(".") for part in below.parts)


def tracked_paths(root: Path, folder: str, *, git: Git) -> tuple[str, ...] | None:
    """Return the files in `folder` that belong to the clone's index, from `root`; None where there is no clone.

    In whichever letters: some file systems take them for one. Raises EnvironmentProblem where git does not say.
    """
    try:
        ran = find_clone(root, git, os.environ).run("ls-files", "-z", "--", f":(icase){folder}")
    except NoRepository:
        return None
    except Late:
        raise EnvironmentProblem("it did not answer in time") from None
    if ran.code:
        raise EnvironmentProblem(ran.err.strip().removeprefix("error: ").partition("\n")[0])
    return tuple(name.decode("utf-8", "replace") for name in ran.out.split(b"\0") if name)


def _said(git: Git, root: Path, *words: str) -> bytes | None:
    try:
        found = find_clone(root, git, os.environ).run(*words)
    except (Late, EnvironmentProblem):
        return None
    return None if found.code else found.out


def commit_name(said: bytes) -> str:
    """Return the full name of the commit in git's output, or "" for any other output."""
    commit = said.decode("ascii", "replace").strip()
    return commit if is_commit_name(commit) else ""


def is_commit_name(text: str) -> bool:
    """True if a text is the full name of a commit, whether or not there is one."""
    return _COMMIT.match(text) is not None


async def known_commit_of(context: Context) -> str:
    """Return the commit that people know this run by; where git hangs, a signal does not wait for it."""
    asked = Git()
    return await run_in_thread(partial(known_commit, context, git=asked), hurry=asked.hurry)


async def checked_out(context: Context) -> str:
    """Return the commit that is checked out, or an empty text; where git hangs, a signal does not wait for it."""
    asked = Git()
    return await run_in_thread(partial(head, context.root, git=asked), hurry=asked.hurry)
