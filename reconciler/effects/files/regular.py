"""Regular files, and what is none: every path here is foreign.

read_regular: (a path, how much) → the content of a regular file, and its mode.
is_link: (a path) → whether it is a symbolic link.

No link is followed, and a pipe is opened without waiting for a writer, and refused.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def is_link(path: Path) -> bool:
    """Return whether the path is a symbolic link; False if the system cannot say, as of a path that is too long."""
    try:
        return path.is_symlink()
    except OSError:
        return False


def read_regular(path: Path, most: int = -1) -> tuple[bytes, int]:
    """Return the content, of which at most `most` bytes are read, and the mode; raises OSError for anything else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return stream.read(most), stat.S_IMODE(found.st_mode)
