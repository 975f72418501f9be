"""clone: (a folder, the environment) → the user's clone that holds it, and the only way to ask git about that.

Git takes any folder with HEAD, objects/ and refs/ for a bare repository and does what its config says: start programs,
name remotes. A pull request can commit such a folder. So the clone is found here, by a path named .git, which git
refuses to have in a commit, and every call names it. The config in there belongs to the machine: git wrote it, or
actions/checkout, or a person. It is trusted for the remote's address, for proxies and filters, but starts no hook and
no file monitor.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from reconciler.core.errors import EnvironmentProblem
from reconciler.effects.ledger.plumbing import Git, Ran, users

_CEILINGS = "GIT_CEILING_DIRECTORIES"
_NONE = "not a git repository (or any of the parent directories): .git"
_GITFILE = b"gitdir: "
# Nothing is run on the way, and nothing is written but what is asked for.
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
    """Return the clone that holds `root`; raises NoClone, and what `Git.run` raises.

    Git is asked once, at the top, whether it would use the repository there: it knows which owners are safe.
    """
    around = users(environ)
    try:
        top = _top(root.resolve(), _ceilings(around))
        folder = _folder(top / ".git")
    except OSError as problem:
        raise NoClone(f"its folder cannot be read: {problem.strerror}") from None
    # In an environment of its own: an unusable .git must not lead git to the folders above.
    words = ("-C", str(top), *_OPTIONS, "rev-parse", "--absolute-git-dir")
    ran = git.run(*words, environ={**around, _CEILINGS: str(top.parent)})
    if ran.code:
        raise NoClone(next(iter(ran.err.strip().splitlines()), "git does not say why").removeprefix("fatal: "))
    if Path(os.fsdecode(ran.out.removesuffix(b"\n"))).resolve() != folder:
        raise NoClone(_NONE)
    return Clone(root, top, folder, git, around)


def _top(root: Path, ceilings: frozenset[Path]) -> Path:
    """Return the nearest folder that has a path named .git. As git does, stop at a ceiling and at another device."""
    device = root.stat().st_dev
    for folder in (root, *root.parents):
        if folder != root and (folder in ceilings or folder.stat().st_dev != device):
            break
        if (folder / ".git").exists():
            return folder
    raise NoClone(_NONE)


def _folder(marker: Path) -> Path:
    """Return git's own folder: `marker`, or what it names where it is a file, as in a linked worktree."""
    if marker.is_dir():
        return marker.resolve()
    named = marker.read_bytes().removeprefix(_GITFILE).rstrip(b"\r\n")
    return (marker.parent / os.fsdecode(named)).resolve()


def _ceilings(environ: Mapping[str, str]) -> frozenset[Path]:
    listed = environ.get(_CEILINGS, "").split(os.pathsep)
    return frozenset(Path(one).resolve() for one in listed if Path(one).is_absolute())
