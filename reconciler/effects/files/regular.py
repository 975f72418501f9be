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
from typing import BinaryIO


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
        return _content(stream, found.st_size, most), stat.S_IMODE(found.st_mode)


def _content(stream: BinaryIO, size: int, most: int) -> bytes:
    """Read a file that has `size` bytes. To make room for the most that it may have takes longer than to read it."""
    room = size + 1 if most < 0 else min(size + 1, most)
    content = stream.read(room)
    if len(content) < room or room == most:
        return content
    # It has grown meanwhile, or is one of the system's own, which have no size.
    return content + stream.read(-1 if most < 0 else most - room)
