"""authored: files below profiles/, made or replaced as a whole. No link is followed out of the folder.

What is new never overwrites anything; what is replaced must still be what was read, and is never there by half.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

from reconciler.core.errors import EnvironmentProblem


def create(folder: Path, relative: str, content: bytes) -> bool:
    """Write a new file; False when there is one of that name. Raises EnvironmentProblem when it cannot be written."""
    path = folder / relative
    try:
        _on_the_way(folder, path.parent, make=True)
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


def original(folder: Path, relative: str) -> bytes:
    """Return what a file holds; raises EnvironmentProblem when it cannot be read."""
    try:
        _on_the_way(folder, (folder / relative).parent)
        return _regular(folder / relative)[0]
    except OSError as problem:
        raise EnvironmentProblem(f"{folder.name}/{relative} cannot be read: {problem.strerror}") from None


def replace(folder: Path, relative: str, content: bytes, *, was: bytes) -> None:
    """Put `content` in the place of a file that holds `was`; raises EnvironmentProblem when that cannot be done."""
    path = folder / relative
    try:
        _on_the_way(folder, path.parent)
        found, mode = _regular(path)
        if found != was:
            raise EnvironmentProblem(
                f"{folder.name}/{relative} changed while this ran, and was left alone; run it again"
            )
        # A name that no run takes for a profile, should this one be killed before it has the right one.
        descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".new")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
            Path(fresh).replace(path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise _unwritable(folder, relative, problem) from None


def _regular(path: Path) -> tuple[bytes, int]:
    """Return a file's content and mode. A pipe is opened without waiting for somebody to write into it, and refused."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return stream.read(), stat.S_IMODE(found.st_mode)


def _unwritable(folder: Path, relative: str, problem: OSError) -> EnvironmentProblem:
    return EnvironmentProblem(f"{folder.name}/{relative} cannot be written: {problem.strerror}")


def exists(folder: Path, relative: str) -> bool:
    """Say whether anything of that name is there, a link that leads nowhere included."""
    return os.path.lexists(folder / relative)


def _on_the_way(folder: Path, parent: Path, *, make: bool = False) -> None:
    """Go from `folder` to `parent`, making what is missing if asked to; raises OSError where a part of it is a link."""
    step = folder
    for part in parent.relative_to(folder).parts:
        step /= part
        if make:
            step.mkdir(exist_ok=True)
        if step.is_symlink():
            raise OSError(0, f"{step.name} is a symbolic link")
