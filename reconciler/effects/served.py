"""served: the bytes of a picture that a provider shows → a file below profiles/pictures/, and the way back to it.

Nothing is overwritten.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.fields import Picture
from reconciler.effects.authored import create, exists
from reconciler.effects.pictures import open_picture, read_picture

_SUFFIX = {"image/jpeg": "jpg", "image/png": "png"}
_SUFFIXES = (".jpg", ".jpeg", ".png")


def picture_path(folder: Path, profile: str, content: bytes) -> Picture | None:
    """Return the picture with the file that it belongs in, whether or not it is there yet; None where it is none."""
    picture = read_picture(content) if content else ""
    if not isinstance(picture, Picture):
        return None
    suffix = _SUFFIX[picture.mime]
    file = f"pictures/{profile}.{suffix}"
    if exists(folder, file) and not _holds(folder, file, picture):
        # Another picture of that name is somebody's; one that has this hash in its name is this one.
        file = f"pictures/{profile}-{picture.sha256[:16]}.{suffix}"
    return picture.model_copy(update={"file": file})


def save_picture(folder: Path, picture: Picture, content: bytes) -> None:
    """Write `content` to the picture's file unless that holds it; raises EnvironmentProblem when it cannot be."""
    if not create(folder, picture.file, content) and not _holds(folder, picture.file, picture):
        raise EnvironmentProblem(f"{folder.name}/{picture.file} is there and is another picture; rename it")


def find_picture(folder: Path, picture: Picture) -> Picture | None:
    """Return the picture with the file that holds exactly its bytes: the one that it names, or one of pictures/."""
    for file in (*([picture.file] if picture.file else []), *_pictures(folder, picture.size)):
        there = open_picture(folder, file)
        if isinstance(there, Picture) and there.sha256 == picture.sha256:
            return there
    return None


def _pictures(folder: Path, size: int) -> Iterator[str]:
    """Yield the files below pictures/ that are as big as that one; what cannot be looked at is none of them."""
    for parent, folders, names in os.walk(folder / "pictures"):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            with contextlib.suppress(OSError):
                if path.suffix.lower() in _SUFFIXES and path.lstat().st_size == size:
                    yield path.relative_to(folder).as_posix()


def _holds(folder: Path, file: str, picture: Picture) -> bool:
    there = open_picture(folder, file)
    return isinstance(there, Picture) and there.sha256 == picture.sha256
