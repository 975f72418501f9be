"""merge: (the pull requests that GitHub knows of a commit, the branch) → the one that the commit is the merge of."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.github import Pull


def merge_of(pulls: Sequence[Pull], commit: str, *, branch: str) -> tuple[Pull, ...]:
    """Return the pull requests that `commit` merged into `branch`, the oldest first: nearly always one, or none.

    Nothing but the merge itself is proof that what was reviewed there is what is here. Where no branch is named, any
    is taken.
    """
    found = (pull for pull in pulls if commit and pull.merged_at is not None and pull.merge_commit == commit)
    return tuple(sorted((pull for pull in found if branch in ("", pull.base_ref)), key=lambda pull: pull.number))


def commit_of_merge(pulls: Sequence[Pull], commit: str, *, branch: str) -> Pull | None:
    """Return the pull request where people look for what became of `commit`: its merge, else one that brought it."""
    brought = (pull for pull in pulls if pull.merged_at is not None and branch in ("", pull.base_ref))
    return next(iter((*merge_of(pulls, commit, branch=branch), *brought)), None)
