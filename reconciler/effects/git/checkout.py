"""What is checked out: whether it is still the commit to apply, and which files were edited.

BranchTip: (the repository, a branch at its remote) → whether the checked-out commit is superseded or stale.
edits: the clone → what differs below profiles/ from the checked-out commit, in a repository of our own.

The branch is fetched into a repository of our own, because a shallow clone does not know which commit came before
which.

The files are taken as `git add` takes them: new ones included, ignored ones not. The clone and its index stay as they
are, and none of its hooks runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git.clone import Clone, edited_paths, find_clone, head, is_commit_name
from reconciler.effects.git.process import Bare, Git, Late
from reconciler.effects.git.remote import OriginRemote, hash_of, looking_into
from reconciler.effects.world import Context

_REF = re.compile(r"origin/(?P<branch>[A-Za-z0-9_][A-Za-z0-9._/-]*)\Z")
_TIP = "refs/tip"
# This many of the files that differ are named; the rest are counted.
_NAMED = 3


class BranchTip:
    """The branch as it is at the remote, and the commit that is checked out here."""

    def __init__(self, context: Context, ref: str, *, git: Git) -> None:
        """Fetch the branch `ref`, as in origin/main; raises EnvironmentProblem if that fails."""
        self.head = head(context.root, git=git)
        self.ref = ref
        found = _REF.match(ref)
        if found is None or ".." in ref or ref.endswith((".lock", "/", ".")):
            raise EnvironmentProblem(
                f"{ref!r} is no branch that can be looked up: name one at origin, as in origin/main"
            )
        if not self.head and git.is_over:
            raise EnvironmentProblem(_late(ref))
        if not self.head:
            raise EnvironmentProblem(
                f"whether this is the tip of {ref} cannot be said: git names no commit that is checked out here; "
                "see what `git rev-parse HEAD` says"
            )
        self.hurry = git.hurry
        with self._in_time():
            self._bare = _fetched(context, found["branch"], git)
            self.commit = self._bare.run("rev-parse", "--verify", _TIP).out.decode().strip()
            # True if the branch has gone on from the checked-out commit.
            self.superseded = self.head != self.commit and self._before(self.head, self.commit)
        self._edited = edited_paths(context.root, context.profiles.name, git=git)

    @property
    def stale(self) -> str:
        """Why the checked-out commit is not to be applied although nothing supersedes it; "" if it may be."""
        if self.superseded:
            return ""
        if self.head != self.commit:
            return f"the commit {self.head[:12]} is not on {self.ref}, whose tip is {self.commit[:12]}"
        if self._edited is None:
            return f"git does not say whether the files are those of the commit {self.head[:12]}; see `git status`"
        if self._edited:
            return f"the files are not those of the commit {self.head[:12]}: {_some(self._edited)}; see `git status`"
        return ""

    def went_before(self, commit: str) -> bool:
        """True if `commit` is the checked-out one or came before it. It is foreign: a record can be forged.

        This calls git, and so may block; `hurry` ends that. Raises EnvironmentProblem if git does not answer.
        """
        with self._in_time():
            return is_commit_name(commit) and self._before(commit, self.head)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        try:
            yield
        except Late:
            raise EnvironmentProblem(_late(self.ref)) from None

    def _before(self, one: str, other: str) -> bool:
        # A commit that the branch does not have did not come before any of its commits.
        return self._bare.run("merge-base", "--is-ancestor", "--end-of-options", one, other).code == 0


def _late(ref: str) -> str:
    return f"{ref} could not be fetched in time; try again"


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _fetched(context: Context, branch: str, git: Git) -> Bare:
    """Return a repository with the branch's commits, and with as few of their files as the remote can leave out."""
    origin = OriginRemote(context, git)
    if why := origin.fetch(f"+refs/heads/{branch}:{_TIP}", "--filter=tree:0"):
        raise EnvironmentProblem(
            f"origin/{branch} cannot be looked up, so whether this commit is still the one to apply is unknown: {why}"
        )
    return origin.bare


@dataclass(frozen=True, slots=True)
class Edits:
    """What differs: the commit, the tree that it would have, and the paths from git's top. `origin` holds it all."""

    parent: str
    tree: str
    files: tuple[str, ...]
    origin: OriginRemote


def edits(context: Context, git: Git, *, author: Mapping[str, str]) -> Edits:
    """Return what differs; `author` is the environment for a later commit. Raises EnvironmentProblem if git fails.

    This calls git, and so may block; `git.hurry` ends that.
    """
    commit = head(context.root, git=git)
    if not commit:
        raise EnvironmentProblem("git names no commit that is checked out here; see what `git rev-parse HEAD` says")
    try:
        return _edits(context, git, commit, author=author)
    except Late:
        late = f"git did not say within {git.seconds:.0f} seconds, or before the run had to end, what differs"
        raise EnvironmentProblem(f"{late} below {context.profiles.name}/; try again") from None


def _edits(context: Context, git: Git, commit: str, *, author: Mapping[str, str]) -> Edits:
    clone = _Asked(find_clone(context.root, git, context.environ), context.profiles.name)
    objects, shallow = (clone.place(what) for what in ("objects", "shallow"))
    origin = OriginRemote(context, git, more={**hash_of(commit), **looking_into(objects), **author})
    if shallow.exists():
        # The end of the shallow clone's past, so that git does not look for older commits.
        (origin.bare.folder / "shallow").write_bytes(shallow.read_bytes())
    own = {"GIT_INDEX_FILE": str(origin.bare.folder / "index"), "GIT_OBJECT_DIRECTORY": str(origin.objects)}
    around = {**own, **looking_into(objects), "GIT_OPTIONAL_LOCKS": "0"}
    clone = _Asked(clone.clone.within(around), clone.profiles)
    clone.ask("read-tree", "-m", commit)
    clone.ask("add", "--all", "--", context.profiles.name)
    tree = clone.ask("write-tree").decode().strip()
    differ = origin.bare.ask("diff-tree", "-r", "-z", "--no-renames", "--name-only", commit, tree)
    return Edits(commit, tree, tuple(differ.decode("utf-8", "backslashreplace").split("\0")[:-1]), origin)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The user's clone, and the folder that git is asked about."""

    clone: Clone
    profiles: str

    def place(self, what: str) -> Path:
        """Return the path of a part of the clone, which may be outside of the clone's own folder."""
        said = self.ask("rev-parse", "--path-format=absolute", "--git-path", what)
        return Path(os.fsdecode(said.removesuffix(b"\n")))

    def ask(self, *words: str) -> bytes:
        """Return git's output; raises EnvironmentProblem with its complaint."""
        ran = self.clone.run(*words)
        if ran.code:
            why = ran.err.strip().rpartition("\n")[2].removeprefix("fatal: ") or f"it ended with {ran.code}"
            raise EnvironmentProblem(f"git does not say what differs below {self.profiles}/: {why}")
        return ran.out
