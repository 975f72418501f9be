"""Which files of a folder change, as they do.

changes: (a folder, how to wait) → which files changed, whenever some did.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

from reconciler.effects.files.paths import is_hidden

# Seconds between two looks at the times of files.
_LOOK_EVERY = 1.0


async def changes(folder: Path, sleep: Callable[[float], Awaitable[None]]) -> AsyncGenerator[tuple[str, ...]]:
    """Yield the paths of files that changed, at first none. It never ends, and looks again after each `sleep`.

    What changes while the reader is at work is seen afterwards.
    """
    seen = _moments(folder)
    yield ()
    while True:
        await sleep(_LOOK_EVERY)
        now = _moments(folder)
        if moved := sorted(path for path in seen.keys() | now.keys() if seen.get(path) != now.get(path)):
            seen = now
            yield tuple(moved)


def _moments(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return each file's time, size and number in its file system. Editors write a new file in the place of an old one.

    Hidden files are passed over, as what an editor keeps of a text meanwhile. No link is followed.
    """
    found: dict[str, tuple[int, int, int]] = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_hidden(name)]
        for name in files:
            if is_hidden(name):
                continue
            path = Path(place, name)
            try:
                told = path.lstat()
            except OSError:
                # It went meanwhile, and so it is no longer there.
                continue
            found[path.relative_to(folder).as_posix()] = (told.st_mtime_ns, told.st_size, told.st_ino)
    return found
