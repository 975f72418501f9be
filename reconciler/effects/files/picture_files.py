"""Pictures in files below profiles/: open_picture for what a profile names, picture_bytes for what is sent.

A file's path comes from a pull request, so it is foreign. Every part of it is opened by itself and without following
links, and no more than the limit is read. What is wrong with a file is a sentence; what is wrong with one that was
sound when the plan was made stops the run.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import stat
from pathlib import Path

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import Picture
from reconciler.effects.files.picture_ends import picture_extent
from reconciler.effects.files.pictures import MAX_BYTES, content_digest, over_limit, read_picture

# O_NONBLOCK: opening a pipe must not wait until another process writes into it.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FOLDER = _OPEN | os.O_DIRECTORY
_OPEN_FILE = _OPEN | os.O_NONBLOCK
# What people write in front of a path that begins below it.
_FOLDER = "profiles"
# How alike two names are at least, of which one may be meant by the other.
_ALIKE = 0.6


class _NotOpenedError(Exception):
    """Why a picture's file is not read, as a sentence; never leaves this module."""


def open_picture(root: Path, relative: str) -> Picture | str:
    """Return the picture at `relative` below `root`, or a sentence that says why not."""
    try:
        content = _read(root, relative)
    except _NotOpenedError as refused:
        return str(refused)
    found = read_picture(content, file=relative)
    rest = len(content) - picture_extent(content).end if isinstance(found, Picture) else 0
    if rest:
        return f"{relative} holds {rest:,} bytes after the end of its picture, which would be uploaded; export it again"
    return found


def picture_bytes(root: Path, picture: Picture) -> bytes:
    """Return the bytes of `picture`, opened again in the same safe way; they must be the bytes that were reviewed."""
    try:
        content = _read(root, picture.file)
    except _NotOpenedError as refused:
        raise EnvironmentProblem(f"{refused}; it was there when the plan was made, so plan again") from None
    if content_digest(content) != picture.sha256:
        raise EnvironmentProblem(
            f"{picture.file} changed since it was read; plan again, so that what is sent is what was reviewed"
        )
    return content


def _read(root: Path, relative: str) -> bytes:
    """Return the file's bytes; no folder on the way can be swapped for a link between its check and its opening."""
    parts = _parts(relative)
    with contextlib.ExitStack() as stack:
        folder = _open_root(root)
        stack.callback(os.close, folder)
        for depth, part in enumerate(parts, start=1):
            flags = _OPEN_FILE if depth == len(parts) else _OPEN_FOLDER
            try:
                folder = os.open(part, flags, dir_fd=folder)
            except OSError as error:
                raise _NotOpenedError(f"{relative} {_why(error, folder, parts[:depth], relative)}") from None
            stack.callback(os.close, folder)
        return _read_regular(folder, relative)


def _parts(relative: str) -> tuple[str, ...]:
    if not relative.isprintable():  # NUL, line ends, lone surrogates, and characters that turn text on a terminal
        raise _NotOpenedError(f"{relative!r} holds a character that cannot be shown; use a plain file name")
    if "\\" in relative:
        raise _NotOpenedError(f"{relative} holds a backslash; separate folders with /")
    if relative.startswith("/"):
        raise _NotOpenedError(
            f"{relative} is an absolute path; write it relative to profiles/, as in pictures/logo.png"
        )
    parts = tuple(relative.split("/"))
    if ".." in parts:
        raise _NotOpenedError(f"{relative} leads out of its folder by `..`; a picture must lie below profiles/")
    if "" in parts or "." in parts:
        raise _NotOpenedError(f"{relative or 'an empty path'} is not a plain path; write it as in pictures/logo.png")
    return parts


def _open_root(root: Path) -> int:
    # The root is the operator's choice, so it alone may be a link.
    try:
        return os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError as error:
        raise _NotOpenedError(f"the folder {root} cannot be opened: {error.strerror}") from None


def _why(error: OSError, folder: int, parts: tuple[str, ...], relative: str) -> str:
    """Say why the last of `parts` could not be opened in `folder`. Only the words depend on this second look."""
    at = "/".join(parts)
    if isinstance(error, FileNotFoundError):
        if at == _FOLDER and at != relative:
            return f"does not exist: its path begins below {_FOLDER}/; write {relative.removeprefix(f'{_FOLDER}/')}"
        near = _near(folder, parts[-1]) or (_below(folder, relative) if at == relative == parts[-1] else "")
        meant = f"; did you mean {'/'.join((*parts[:-1], near))}?" if near else "; check the spelling, or add the file"
        return f"does not exist{'' if at == relative else f': {at} is not there'}{meant}"
    with contextlib.suppress(OSError):
        mode = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            return f"leads through a symbolic link at {at}; put the file itself there"
        if not stat.S_ISDIR(mode) and isinstance(error, NotADirectoryError):
            return f"cannot be opened: {at} is a file, not a folder"
    return f"cannot be opened: {error.strerror}"


def _near(folder: int, name: str) -> str:
    """Return the entry of `folder` with nearly the name `name`, or "". A suffix that is the same says nothing."""
    entries = {entry.lower(): entry for entry in _entries(folder)}
    found = "".join(entries[match] for match in difflib.get_close_matches(name.lower(), entries, n=1))
    own, other = (Path(one.lower()).stem for one in (name, found))
    return found if difflib.SequenceMatcher(None, own, other).ratio() >= _ALIKE else ""


def _below(folder: int, name: str) -> str:
    """Return the path of the file `name` in a folder right below `folder`, or ""."""
    inner = (f"{entry}/{name}" for entry in _entries(folder) if _is_folder(folder, entry))
    return next((one for one in inner if os.access(one, os.F_OK, dir_fd=folder)), "")


def _is_folder(folder: int, entry: str) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISDIR(os.stat(entry, dir_fd=folder, follow_symlinks=False).st_mode)
    return False


def _entries(folder: int) -> list[str]:
    try:
        return sorted(entry for entry in os.listdir(folder) if entry.isprintable())
    except OSError:
        return []


def _read_regular(descriptor: int, relative: str) -> bytes:
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        raise _NotOpenedError(f"{relative} is not a regular file; put a JPEG or PNG there")
    if state.st_size > MAX_BYTES:
        raise _NotOpenedError(f"{relative} is {over_limit(state.st_size)}")
    try:
        with open(descriptor, "rb", closefd=False) as file:
            # One byte more than allowed: read_picture then notices a file that grows meanwhile.
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _NotOpenedError(f"{relative} cannot be read: {error.strerror}") from None
