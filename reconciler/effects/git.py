"""What git says about the repository: the commit that is checked out."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40,64}\Z")
_SECONDS = 10


def head(root: Path) -> str:
    """Return the commit that is checked out in `root`, or an empty text where git does not know one."""
    command = ["git", "-C", str(root), "rev-parse", "--verify", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - fixed words and a folder
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return commit_name(found.stdout)


def commit_name(said: bytes) -> str:
    """Return the commit's full name that git said, or an empty text where it said anything else."""
    commit = said.decode("ascii", "replace").strip()
    return commit if is_commit_name(commit) else ""


def is_commit_name(text: str) -> bool:
    """Say whether a text is the full name of a commit, whether or not there is one."""
    return _COMMIT.match(text) is not None
