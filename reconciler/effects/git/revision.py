"""revision: (a repository, a revision) → the files of profiles/ as they were there, in a folder of their own.

listing: the same → what tells these files from those of another revision, and nothing is put down.

They come only from git's objects: nothing is checked out and no hook runs. A commit with its full name that a shallow
clone lacks is fetched from origin, into a repository of our own. The objects came from a pull request, so every path is
checked, no link is made, and a file that is too large is not taken. An unreadable revision stops nothing: the caller is
told why, and knows less.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TypeVar

from reconciler.core.basics import Diagnostic, EnvironmentProblem, warning
from reconciler.effects.git.clone import Clone, NoClone, commit_name, find_clone
from reconciler.effects.git.process import Git, Late
from reconciler.effects.git.remote import OriginRemote, hash_of, looking_into
from reconciler.effects.world import Context

T = TypeVar("T")
_FOLDER = "profiles"
_WHOLE_NAME = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
# One byte more than the reader of each takes, so that it reports such a file as it does anywhere.
_PICTURE_BYTES = 5 * 1024 * 1024 + 1
_TEXT_BYTES = 256 * 1024 + 1
_TABLE_BYTES = 4 * 1024 * 1024 + 1
_LIMITS = {
    **dict.fromkeys((".yaml", ".yml"), _TEXT_BYTES),
    ".csv": _TABLE_BYTES,
    **dict.fromkeys((".png", ".jpg", ".jpeg"), _PICTURE_BYTES),
}
_MOST_FILES = 100_000
_MOST_BYTES = 1024 * 1024 * 1024
_REGULAR = frozenset({b"100644", b"100755"})
# Lazy fetching is refused twice: older versions of git do not know the first variable, but know the last.
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "",
}
_ABSENT = "there is no such commit in this clone"
_FETCH = "fetch it first: `git fetch origin`, or `fetch-depth: 0` where actions/checkout makes a shallow clone"


@dataclass(frozen=True, slots=True)
class RevisionFiles:
    """The files at `commit` (its full name); below `folder` lies a profiles/, if there was one."""

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
    """Why a revision cannot be read, and what to do; never leaves this module."""

    def __init__(self, why: str, *, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


@contextmanager
def revision(context: Context, name: str, *, git: Git) -> Iterator[RevisionFiles | Diagnostic]:
    """Yield the files of the revision `name` for as long as they are needed, or a warning that says why not.

    The context's folder may be a subfolder of git's repository.
    """
    with tempfile.TemporaryDirectory(prefix="reconciler-") as scratch:
        folder = Path(scratch)
        found: RevisionFiles | Diagnostic
        try:
            found = RevisionFiles(folder, _written(context, name, folder=folder, git=git))
        except _UnreadableError as problem:
            found = _unreadable(name, str(problem), hint=problem.hint)
        except Late:
            late = f"git did not answer within {git.seconds:.0f} seconds, or before the run had to end"
            found = _unreadable(name, late)
        except EnvironmentProblem as problem:
            found = _unreadable(name, str(problem))
        except OSError as problem:
            found = _unreadable(name, f"a file of it cannot be put down: {problem.strerror}")
        yield found


def _unreadable(name: str, why: str, *, hint: str = "") -> Diagnostic:
    return warning("base-unreadable", f"the revision {name!r} cannot be read: {why}", hint=hint)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The user's clone, which is only read."""

    clone: Clone

    def ask(self, *words: str, given: bytes = b"", into: IO[bytes] | None = None, unknown: bool = False) -> bytes:
        """Return git's output; with `unknown`, finding nothing gives an empty output."""
        ran = self.clone.run(*words, given=given, into=into)
        if ran.code and not (unknown and ran.code == 1):
            # Its last line says why it gave up; the lines before it say what it tried.
            *_, last = ran.err.strip().split("\n")
            said = f"git says: {last.removeprefix('fatal: ')}" if last else f"git ended with {ran.code}"
            raise _UnreadableError(said, hint=_FETCH)
        return ran.out

    def commit(self, name: str) -> str:
        """Return the full name of the commit that `name` stands for, or ""."""
        said = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", unknown=True)
        # A git that is too old to know the option repeats it.
        return commit_name(said.removeprefix(b"--end-of-options\n"))


def listing(context: Context, name: str, *, git: Git) -> bytes | None:
    """Return the names, kinds and contents below profiles/ at the revision `name`, as hashes; None if git cannot say.

    Two revisions with the same listing ask for the same, whatever else their commits changed.
    """
    try:
        return _at(context, name, _listed, git=git)
    except (_UnreadableError, EnvironmentProblem, Late):
        return None


def _listed(clone: _Asked, commit: str) -> bytes:
    return clone.ask("ls-tree", "-r", "-z", "--long", commit, "--", _FOLDER)


def _written(context: Context, name: str, *, folder: Path, git: Git) -> str:
    """Write the files of the revision below `folder`, and return its commit."""

    def put_down(clone: _Asked, commit: str) -> str:
        _put_down(clone, commit, folder)
        return commit

    return _at(context, name, put_down, git=git)


def _at(context: Context, name: str, use: Callable[[_Asked, str], T], *, git: Git) -> T:
    """Return what `use` makes of a clone and the commit in it; raises _UnreadableError if no clone has the commit."""
    if name.startswith("-") or not name or not name.isprintable():
        raise _UnreadableError("that is not the name of a revision", hint="name a branch, a tag or a commit")
    clone = _asked(context, git)
    if commit := clone.commit(name):
        return use(clone, commit)
    if not _WHOLE_NAME.match(name):
        raise _UnreadableError(_ABSENT, hint=_FETCH)
    origin = _fetched(context, name, git=git)
    clone = _Asked(clone.clone.within(looking_into(origin.objects)))
    if clone.commit(name) != name:
        raise _UnreadableError(f"{_ABSENT}, and what origin gives for it is none", hint=_FETCH)
    return use(clone, name)


def _asked(context: Context, git: Git) -> _Asked:
    try:
        return _Asked(find_clone(context.root, git, context.environ).within(_ENVIRONMENT))
    except NoClone as problem:
        raise _UnreadableError(f"git says: {problem}", hint=_FETCH) from None


def _fetched(context: Context, commit: str, *, git: Git) -> OriginRemote:
    """Return a repository of our own with one commit of origin's and its files, without its past."""
    try:
        origin = OriginRemote(context, git, more=hash_of(commit))
        if why := origin.fetch(commit, "--depth=1"):
            raise _UnreadableError(f"{_ABSENT}, and origin does not give it: {why}", hint=_FETCH)
    except EnvironmentProblem as problem:
        raise _UnreadableError(f"{_ABSENT}, and it cannot be fetched: {problem}", hint=_FETCH) from None
    except Late:
        late = f"origin did not answer within {git.seconds:.0f} seconds, or before the run had to end"
        raise _UnreadableError(f"{_ABSENT}, and {late}", hint=_FETCH) from None
    return origin


def _put_down(clone: _Asked, commit: str, folder: Path) -> None:
    blobs = list(_blobs(_listed(clone, commit)))
    if len(blobs) > _MOST_FILES or sum(min(blob.size, blob.limit) for blob in blobs) > _MOST_BYTES:
        raise _UnreadableError(f"its profiles/ holds more than {_MOST_FILES:,} files or {_MOST_BYTES:,} bytes")
    for blob in blobs:
        (folder / blob.path).parent.mkdir(parents=True, exist_ok=True)
    taken = [blob for blob in blobs if blob.size < blob.limit]
    with tempfile.TemporaryFile() as contents:
        _cat(clone, taken, contents)
        for blob in taken:
            _put(folder / blob.path, _content(blob, contents))
    for blob in blobs:
        if blob.size >= blob.limit:
            _put(folder / blob.path, b"\0" * blob.limit)


def _blobs(listing: bytes) -> Iterator[_Blob]:
    """Yield the regular files in git's listing that a profile can be made of, no links and no other repositories."""
    for line in listing.split(b"\0")[:-1]:
        facts, _, path = line.partition(b"\t")
        mode, _, name, size = facts.split()
        where = PurePosixPath(os.fsdecode(path))
        if where.parts == (_FOLDER,):
            # An empty folder would mean that nothing was managed there, and that there were no rules.
            raise _UnreadableError(f"its {_FOLDER} is a link, a repository of its own or a file")
        if mode not in _REGULAR or where.suffix.lower() not in _LIMITS:
            continue
        if where.parts[0] != _FOLDER or {"..", "."} & {*where.parts} or where.is_absolute():
            raise _UnreadableError("it holds a path that leads elsewhere")
        if not size.isdigit():
            raise _UnreadableError("a file of it is not in this clone", hint=_FETCH)
        yield _Blob(where, name, int(size))


def _cat(clone: _Asked, blobs: Iterable[_Blob], contents: IO[bytes]) -> None:
    """Write the objects into `contents`, one after the other, each after a line with its length."""
    names = b"".join(blob.name + b"\n" for blob in blobs)
    clone.ask("cat-file", "--batch", "--buffer", given=names, into=contents)
    contents.seek(0)


def _content(blob: _Blob, contents: IO[bytes]) -> bytes:
    if contents.readline() != b"%s blob %d\n" % (blob.name, blob.size):
        raise _UnreadableError("a file of it is not in this clone", hint=_FETCH)
    return contents.read(blob.size + 1)[:-1]


def _put(path: Path, content: bytes) -> None:
    """Write a new file: if this machine takes two names for one, neither file is the right one."""
    with path.open("xb") as stream:
        stream.write(content)
