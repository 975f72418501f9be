"""tip: (the repository, a branch at its remote) → whether what is checked out is still the commit to apply.

The branch is fetched into a repository of our own: in a shallow clone nobody can say what came before what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from reconciler.core.errors import EnvironmentProblem
from reconciler.effects.context import Context
from reconciler.effects.git import edited_paths, head, is_commit_name
from reconciler.effects.ledger.plumbing import Bare, Git, Late
from reconciler.effects.origin import OriginRemote

_REF = re.compile(r"origin/(?P<branch>[A-Za-z0-9_][A-Za-z0-9._/-]*)\Z")
_TIP = "refs/tip"
# As many of the files that differ are named; the rest is counted.
_NAMED = 3


class BranchTip:
    """The branch as it is at the remote, and the commit that is checked out here."""

    def __init__(self, context: Context, ref: str, *, git: Git) -> None:
        """Fetch the branch `ref`, as in origin/main; raises EnvironmentProblem where that cannot be done."""
        self.head = head(context.root)
        self.ref = ref
        found = _REF.match(ref)
        if found is None or ".." in ref or ref.endswith((".lock", "/", ".")):
            raise EnvironmentProblem(
                f"{ref!r} is no branch that can be looked up: name one at origin, as in origin/main"
            )
        if not self.head:
            raise EnvironmentProblem(
                f"whether this is the tip of {ref} cannot be said: git names no commit that is checked out here; "
                "see what `git rev-parse HEAD` says"
            )
        self.hurry = git.hurry
        with self._in_time():
            self._bare = _fetched(context, found["branch"], git)
            self.commit = self._bare.run("rev-parse", "--verify", _TIP).out.decode().strip()
            # Whether the branch has gone on from the commit that is checked out.
            self.superseded = self.head != self.commit and self._before(self.head, self.commit)
        self._edited = edited_paths(context.root, context.profiles.name)

    @property
    def stale(self) -> str:
        """Why the commit that is checked out is not to be applied although nothing supersedes it, or nothing."""
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
        """Say whether `commit` is the one that is checked out or came before it. It is foreign: a record can be forged.

        This asks git, and so may block; `hurry` ends that. Raises EnvironmentProblem where git does not answer.
        """
        with self._in_time():
            return is_commit_name(commit) and self._before(commit, self.head)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        try:
            yield
        except Late:
            raise EnvironmentProblem(f"{self.ref} could not be fetched in time; try again") from None

    def _before(self, one: str, other: str) -> bool:
        # A commit that the branch does not have at all did not come before anything of it.
        return self._bare.run("merge-base", "--is-ancestor", "--end-of-options", one, other).code == 0


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _fetched(context: Context, branch: str, git: Git) -> Bare:
    """Return a repository that holds the branch's commits, and of their files as little as the remote can leave out."""
    origin = OriginRemote(context, git)
    if why := origin.fetch(f"+refs/heads/{branch}:{_TIP}", "--filter=tree:0"):
        raise EnvironmentProblem(
            f"origin/{branch} cannot be looked up, so nobody knows whether this commit is still the one to apply: {why}"
        )
    return origin.bare
