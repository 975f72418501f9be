"""revision: (a repository, a revision) → the files of profiles/ as they were there, in a folder of their own.

They come from git's objects and from nowhere else: nothing is checked out, no hook runs, nothing is fetched. What is in
the objects came from a pull request, so every path is checked, no link is made, and what is too large is not taken.
That it cannot be had stops nothing: who asks is told why, and knows less.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from reconciler.core.diagnostics import Diagnostic, warning
from reconciler.effects.git import commit_name
from reconciler.effects.ledger.plumbing import users

_SECONDS = 30
_FOLDER = "profiles"
# A byte more of each than its reader takes, so that it says what it says of such a file anywhere.
_PICTURE_BYTES = 5 * 1024 * 1024 + 1
_TEXT_BYTES = 256 * 1024 + 1
_LIMITS = {
    **dict.fromkeys((".yaml", ".yml"), _TEXT_BYTES),
    **dict.fromkeys((".png", ".jpg", ".jpeg"), _PICTURE_BYTES),
}
_MOST_FILES = 100_000
_MOST_BYTES = 1024 * 1024 * 1024
_REGULAR = frozenset({b"100644", b"100755"})
# Lazy fetching is refused twice: versions of git that do not know the first still know the last.
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "",
}
_FETCH = "fetch it first: `git fetch origin`, or `fetch-depth: 0` where actions/checkout makes a shallow clone"


@dataclass(frozen=True, slots=True)
class Revision:
    """The files at `commit` (its full name); below `folder` lies a profiles/, if it had any."""

    folder: Path
    commit: str


@dataclass(frozen=True, slots=True)
class _Blob:
    """One file of the revision: its path below the repository, its object's name and its size."""

    path: PurePosixPath
    name: bytes
    size: int

    @property
    def limit(self) -> int:
        return _LIMITS[self.path.suffix.lower()]


class _UnreadableError(Exception):
    """Why a revision cannot be had, and what to do; never leaves this module."""

    def __init__(self, why: str, *, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


@contextmanager
def revision(root: Path, name: str) -> Iterator[Revision | Diagnostic]:
    """Yield the files of `root` at the revision `name` for as long as they are needed, or a warning that says why not.

    `root` may be a folder inside of what git calls the repository.
    """
    with tempfile.TemporaryDirectory(prefix="reconciler-") as scratch:
        folder = Path(scratch)
        found: Revision | Diagnostic
        try:
            found = Revision(folder, _written(root, name, folder))
        except _UnreadableError as problem:
            found = _unreadable(name, str(problem), hint=problem.hint)
        except OSError as problem:
            found = _unreadable(name, f"a file of it cannot be put down: {problem.strerror}")
        yield found


def _unreadable(name: str, why: str, *, hint: str = "") -> Diagnostic:
    return warning("base-unreadable", f"the revision {name!r} cannot be read: {why}", hint=hint)


def _written(root: Path, name: str, folder: Path) -> str:
    """Write what the revision holds below `folder`, and return its commit."""
    commit = _commit(root, name)
    blobs = list(_blobs(_git(root, "ls-tree", "-r", "-z", "--long", commit, "--", _FOLDER)))
    if len(blobs) > _MOST_FILES or sum(min(blob.size, blob.limit) for blob in blobs) > _MOST_BYTES:
        raise _UnreadableError(f"its profiles/ holds more than {_MOST_FILES:,} files or {_MOST_BYTES:,} bytes")
    for blob in blobs:
        (folder / blob.path).parent.mkdir(parents=True, exist_ok=True)
    taken = [blob for blob in blobs if blob.size < blob.limit]
    with tempfile.TemporaryFile() as contents:
        _cat(root, taken, contents)
        for blob in taken:
            _put(folder / blob.path, _content(blob, contents))
    for blob in blobs:
        if blob.size >= blob.limit:
            _put(folder / blob.path, b"\0" * blob.limit)
    return commit


def _commit(root: Path, name: str) -> str:
    """Return the full name of the commit that `name` stands for."""
    if name.startswith("-") or not name or not name.isprintable():
        raise _UnreadableError("that is not the name of a revision", hint="name a branch, a tag or a commit")
    said = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", unknown=True)
    # Git repeats the option where it is too old to know it.
    commit = commit_name(said.removeprefix(b"--end-of-options\n"))
    if not commit:
        raise _UnreadableError("there is no such commit in this clone", hint=_FETCH)
    return commit


def _git(root: Path, *words: str, unknown: bool = False) -> bytes:
    """Return what git says; where `unknown` is allowed, finding nothing is saying nothing."""
    with tempfile.TemporaryFile() as said:
        _run(root, words, stdout=said, unknown=unknown)
        said.seek(0)
        return said.read()


def _run(
    root: Path, words: Sequence[str], *, stdout: IO[bytes], stdin: IO[bytes] | None = None, unknown: bool = False
) -> None:
    command = ["git", "-C", str(root), *words]
    try:
        ended = subprocess.run(  # noqa: S603 - fixed words, a folder, and a name that is no option
            command,
            stdin=stdin if stdin is not None else subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**users(os.environ), **_ENVIRONMENT},
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _UnreadableError(f"git did not answer within {_SECONDS} seconds") from None
    except OSError as problem:
        raise _UnreadableError(f"git cannot be run: {problem.strerror}") from None
    if ended.returncode and not (unknown and ended.returncode == 1):
        # Its last line says why it gave up; those before it say what it tried.
        *_, last = ended.stderr.decode("utf-8", "replace").strip().split("\n")
        said = f"git says: {last.removeprefix('fatal: ')}" if last else f"git ended with {ended.returncode}"
        raise _UnreadableError(said, hint=_FETCH)


def _blobs(listing: bytes) -> Iterator[_Blob]:
    """Yield the regular files of git's listing that a profile can be made of; links and other repositories are none."""
    for line in listing.split(b"\0")[:-1]:
        facts, _, path = line.partition(b"\t")
        mode, _, name, size = facts.split()
        where = PurePosixPath(os.fsdecode(path))
        if where.parts == (_FOLDER,):
            # That it holds nothing would mean that nothing was managed there, and that there were no rules.
            raise _UnreadableError(f"its {_FOLDER} is a link, a repository of its own or a file")
        if mode not in _REGULAR or where.suffix.lower() not in _LIMITS:
            continue
        if where.parts[0] != _FOLDER or {"..", "."} & {*where.parts} or where.is_absolute():
            raise _UnreadableError("it holds a path that leads elsewhere")
        if not size.isdigit():
            raise _UnreadableError("a file of it is not in this clone", hint=_FETCH)
        yield _Blob(where, name, int(size))


def _cat(root: Path, blobs: Iterable[_Blob], contents: IO[bytes]) -> None:
    """Write the objects into `contents`, one after the other, each with a line before it that says how long it is."""
    with tempfile.TemporaryFile() as names:
        names.write(b"".join(blob.name + b"\n" for blob in blobs))
        names.seek(0)
        _run(root, ("cat-file", "--batch", "--buffer"), stdin=names, stdout=contents)
    contents.seek(0)


def _content(blob: _Blob, contents: IO[bytes]) -> bytes:
    if contents.readline() != b"%s blob %d\n" % (blob.name, blob.size):
        raise _UnreadableError("a file of it is not in this clone", hint=_FETCH)
    return contents.read(blob.size + 1)[:-1]


def _put(path: Path, content: bytes) -> None:
    """Write a file that is not there yet: of two whose names this machine takes for one, neither is the right one."""
    with path.open("xb") as stream:
        stream.write(content)
