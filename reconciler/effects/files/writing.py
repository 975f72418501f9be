"""Files that are written below profiles/, and documents that are read from a path on the command line.

create, replace, original: (the folder, a path, content) → the file. No link is followed out of the folder.
write_whole: (any path, content) → the file, whole or as it was.
picture_path, save_picture, find_picture: the bytes of a served picture ↔ a file below profiles/pictures/.
read_record, read_plan: a path → a run's record, or an approved plan. Both raise InvalidInput for another document.

A new file never overwrites another. A replaced file must still hold what was read. Neither is ever there by half: a
file gets its name once all of it is on the disk.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from reconciler.core.basics import EnvironmentProblem, InvalidInput, Location, error
from reconciler.core.fields import Picture
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.stored import loaded, record_from_json
from reconciler.core.safety.approval import LARGEST_PLAN, ApprovedPlan, approved
from reconciler.effects.files.paths import read_regular
from reconciler.effects.files.picture_files import open_picture
from reconciler.effects.files.pictures import read_picture


def create(folder: Path, relative: str, content: bytes) -> bool:
    """Write a new file; False if the name is taken. Raises EnvironmentProblem if it cannot be written."""
    path = folder / relative
    try:
        _on_the_way(folder, path.parent, make=True)
    except OSError as problem:
        raise _unwritable(folder, relative, problem) from None
    try:
        with _beside(path, content) as fresh:
            return _named(fresh, path)
    except OSError as problem:
        raise _unwritable(folder, relative, problem) from None


def original(folder: Path, relative: str) -> bytes:
    """Return a file's content; raises EnvironmentProblem if it cannot be read."""
    try:
        _on_the_way(folder, (folder / relative).parent)
        return read_regular(folder / relative)[0]
    except OSError as problem:
        raise EnvironmentProblem(f"{_shown(folder, relative)} cannot be read: {problem.strerror}") from None


def replace(folder: Path, relative: str, content: bytes, *, was: bytes) -> None:
    """Put `content` in the place of a file that holds `was`; raises EnvironmentProblem if that is not possible."""
    path = folder / relative
    try:
        _on_the_way(folder, path.parent)
        found, mode = read_regular(path)
        if found != was:
            raise EnvironmentProblem(
                f"{_shown(folder, relative)} changed while this ran, and was left alone; run it again"
            )
        write_whole(path, content, mode=mode)
    except OSError as problem:
        raise _unwritable(folder, relative, problem) from None


def write_whole(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Put `content` at `path` as a whole or not at all, also over another file; raises OSError."""
    with _beside(path, content, mode=mode) as fresh:
        fresh.replace(path)


@contextlib.contextmanager
def _beside(path: Path, content: bytes, *, mode: int | None = None) -> Iterator[Path]:
    """Write `content` to a new file in the folder of `path`, down to the disk, and remove that name in the end.

    No run takes the name for a profile, if this one is killed before the file has its own.
    """
    fresh = path.with_name(f".{secrets.token_hex(8)}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            if mode is not None:
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def _named(fresh: Path, path: Path) -> bool:
    """Give a whole file its own name; False if the name is taken."""
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        return False
    except OSError:
        # Some file systems have no links. Between the question and the answer another program may take the name.
        if os.path.lexists(path):
            return False
        fresh.rename(path)
    return True


def _unwritable(folder: Path, relative: str, problem: OSError) -> EnvironmentProblem:
    return EnvironmentProblem(f"{_shown(folder, relative)} cannot be written: {problem.strerror}")


def _shown(folder: Path, relative: str) -> str:
    """Return a file's path for people; the folder that the shell is in has no name."""
    return Path(folder.name, relative).as_posix()


def exists(folder: Path, relative: str) -> bool:
    """True if the name is taken, even by a link that leads nowhere."""
    return os.path.lexists(folder / relative)


def _on_the_way(folder: Path, parent: Path, *, make: bool = False) -> None:
    """Go from `folder` to `parent`, making missing folders if `make`; raises OSError at a symbolic link."""
    step = folder
    for part in parent.relative_to(folder).parts:
        step /= part
        if make:
            step.mkdir(exist_ok=True)
        if step.is_symlink():
            raise OSError(0, f"{step.name} is a symbolic link")


_SUFFIX = {"image/jpeg": "jpg", "image/png": "png"}
_SUFFIXES = (".jpg", ".jpeg", ".png")


def picture_path(folder: Path, profile: str, content: bytes) -> Picture | None:
    """Return the picture with the file that it belongs in, which may not exist yet; None if it is not a picture."""
    picture = read_picture(content) if content else ""
    if not isinstance(picture, Picture):
        return None
    suffix = _SUFFIX[picture.mime]
    file = f"pictures/{profile}.{suffix}"
    if exists(folder, file) and not _holds(folder, file, picture):
        # The name is taken by another picture; a name with this hash is this picture's own.
        file = f"pictures/{profile}-{picture.sha256[:16]}.{suffix}"
    return dataclasses.replace(picture, file=file)


def save_picture(folder: Path, picture: Picture, content: bytes) -> None:
    """Write `content` to the picture's file unless it holds that; raises EnvironmentProblem if that is not possible."""
    if not create(folder, picture.file, content) and not _holds(folder, picture.file, picture):
        raise EnvironmentProblem(f"{_shown(folder, picture.file)} is there and is another picture; rename it")


def find_picture(folder: Path, picture: Picture) -> Picture | None:
    """Return the picture with the file that holds exactly its bytes: the named one, or one of pictures/."""
    for file in (*([picture.file] if picture.file else []), *_pictures(folder, picture.size)):
        there = open_picture(folder, file)
        if isinstance(there, Picture) and there.sha256 == picture.sha256:
            return there
    return None


def _pictures(folder: Path, size: int) -> Iterator[str]:
    """Yield the files below pictures/ of the same size; a file that cannot be checked is left out."""
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


# A record of ten thousand profiles in which every field was sent has about half of this.
LARGEST_RECORD = 128 * 1024 * 1024
HINT = "name the file that `apply --record FILE` wrote, or a run that `reconciler history` lists"


def read_record(path: str) -> RunRecord:
    """Read a record that `apply --record` wrote; the path is as the shell knows it, as for `--record`."""
    try:
        with Path(path).open("rb") as file:
            # One byte more than a record may have, so that the reader notices that.
            content = file.read(LARGEST_RECORD + 1)
    except OSError as problem:
        raise _refused(path, f"it cannot be read: {problem.strerror}") from None
    data = loaded(content, "record", most=LARGEST_RECORD)
    if isinstance(data, str):
        raise _refused(path, data)
    try:
        return record_from_json(data)
    except ValueError as problem:
        raise _refused(path, f"it is {problem}") from None


def _refused(path: str, why: str) -> InvalidInput:
    return InvalidInput((error("record", why, hint=HINT, location=Location(file=path)),))


def read_plan(path: str) -> ApprovedPlan:
    """Read a plan that `plan --out` wrote; the path is as the shell knows it, as for `--out`."""
    found = approved(read_plan_file(path), file=path)
    if not isinstance(found, ApprovedPlan):
        raise InvalidInput(found)
    return found


def read_plan_file(path: str) -> bytes:
    """Return what stands in a file that should hold a plan."""
    try:
        with Path(path).open("rb") as file:
            # One byte more than a plan may have, so that the reader notices that.
            return file.read(LARGEST_PLAN + 1)
    except OSError as problem:
        why, hint = f"it cannot be read: {problem.strerror}", "name the file that `plan --out FILE` wrote"
        raise InvalidInput((error("plan-unreadable", why, hint=hint, location=Location(file=path)),)) from None
