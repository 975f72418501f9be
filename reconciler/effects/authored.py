"""authored: new files below profiles/. Nothing is ever overwritten, and no link is followed out of the folder."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.core.errors import EnvironmentProblem


def create(folder: Path, relative: str, content: bytes) -> bool:
    """Write a new file; False when there is one of that name. Raises EnvironmentProblem when it cannot be written."""
    path = folder / relative
    try:
        _made(folder, path.parent)
    except OSError as problem:
        raise _unwritable(folder, relative, problem) from None
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    except FileExistsError:
        return False
    except OSError as problem:
        raise _unwritable(folder, relative, problem) from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
    except OSError as problem:
        # Half a file would be taken for what somebody wrote.
        path.unlink(missing_ok=True)
        raise _unwritable(folder, relative, problem) from None
    return True


def _unwritable(folder: Path, relative: str, problem: OSError) -> EnvironmentProblem:
    return EnvironmentProblem(f"{folder.name}/{relative} cannot be written: {problem.strerror}")


def exists(folder: Path, relative: str) -> bool:
    """Say whether anything of that name is there, a link that leads nowhere included."""
    return os.path.lexists(folder / relative)


def _made(folder: Path, parent: Path) -> None:
    """Make `parent` below `folder`, and see that no part of the way there is a link."""
    step = folder
    for part in parent.relative_to(folder).parts:
        step /= part
        step.mkdir(exist_ok=True)
        if step.is_symlink():
            raise OSError(0, f"{step.name} is a symbolic link")
