"""edits: (the clone) → what differs below profiles/ from the commit that is checked out, in a repository of our own.

The files are taken as `git add` takes them: new ones with them, ignored ones not. The clone stays as it is, its index
too, and none of its hooks runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.errors import EnvironmentProblem
from reconciler.effects.clone import Clone, find_clone
from reconciler.effects.context import Context
from reconciler.effects.git import head
from reconciler.effects.ledger.plumbing import Git, Late
from reconciler.effects.origin import OriginRemote, hash_of, looking_into


@dataclass(frozen=True, slots=True)
class Edits:
    """What differs: the commit, the tree that it would have, and the paths from git's top on. `origin` holds it all."""

    parent: str
    tree: str
    files: tuple[str, ...]
    origin: OriginRemote


def edits(context: Context, git: Git, *, author: Mapping[str, str]) -> Edits:
    """Return what differs; `author` is for whoever commits it. Raises EnvironmentProblem where git does not say.

    This asks git, and so may block; who does not wait in vain tells `git` to hurry.
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
        # Where the clone's past ends, so that git does not look for what came before.
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
        """Return where git keeps something of the clone, which need not be in the clone's own folder."""
        said = self.ask("rev-parse", "--path-format=absolute", "--git-path", what)
        return Path(os.fsdecode(said.removesuffix(b"\n")))

    def ask(self, *words: str) -> bytes:
        """Return what git says; raises EnvironmentProblem with what it complains of."""
        ran = self.clone.run(*words)
        if ran.code:
            why = ran.err.strip().rpartition("\n")[2].removeprefix("fatal: ") or f"it ended with {ran.code}"
            raise EnvironmentProblem(f"git does not say what differs below {self.profiles}/: {why}")
        return ran.out
