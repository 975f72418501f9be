"""What git says about the repository: the commit that is checked out, and which files are not as they are there."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from reconciler.core.errors import EnvironmentProblem
from reconciler.effects.clone import find_clone
from reconciler.effects.ledger.plumbing import Git, Late

_COMMIT = re.compile(r"[0-9a-f]{40,64}\Z")
# What a profile can be made of; whatever else lies in the folder asks for nothing.
_READ = frozenset((".yaml", ".yml", ".png", ".jpg", ".jpeg"))
_STATUS = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=traditional")


def head(root: Path, *, git: Git | None = None) -> str:
    """Return the commit that is checked out in `root`, or an empty text where git does not know one."""
    return commit_name(_said(git or Git(), root, "rev-parse", "--verify", "HEAD") or b"")


def prefix(root: Path) -> str:
    """Return where in its repository `root` is: empty at the top and where git does not say, else ending in a slash."""
    said = _said(Git(), root, "rev-parse", "--show-prefix") or b""
    return said.decode("utf-8", "surrogateescape").removesuffix("\n")


def edited_paths(root: Path, folder: str) -> tuple[str, ...] | None:
    """Return the files of `folder` that are not as the commit has them, new ones too; None where git does not say."""
    said = _said(Git(), root, "--no-optional-locks", *_STATUS, "--", folder)
    if said is None:
        return None
    # Of a file that git ignores a profile is made all the same.
    names = (line[3:].decode("utf-8", "replace") for line in said.split(b"\0") if line)
    return tuple(name for name in names if name.endswith("/") or PurePosixPath(name).suffix.lower() in _READ)


def _said(git: Git, root: Path, *words: str) -> bytes | None:
    try:
        found = find_clone(root, git, os.environ).run(*words)
    except (Late, EnvironmentProblem):
        return None
    return None if found.code else found.out


def commit_name(said: bytes) -> str:
    """Return the commit's full name that git said, or an empty text where it said anything else."""
    commit = said.decode("ascii", "replace").strip()
    return commit if is_commit_name(commit) else ""


def is_commit_name(text: str) -> bool:
    """Say whether a text is the full name of a commit, whether or not there is one."""
    return _COMMIT.match(text) is not None
