"""merge: (the pull requests that GitHub knows of a commit, the branch) → the one that the commit is the merge of.

sticky: (the comments of a pull request, a page, the run that made it) → which comment the page goes into.

Each folder of a repository has one comment of its own at a pull request. It is found by its hidden marker *and* its
author: anybody can quote a marker. An older run never overwrites a newer one, and what was reviewed stays below what
became of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.handover import Handover, HandoverKind
from reconciler.forge.marker import Marker, first_line, marker_lines, read_marker
from reconciler.forge.port import Comment, Pull, WorkflowContext, same_name


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


COMMENT_NAME: Final = "comment"
DETAILS_END: Final = "</details>"


@dataclass(frozen=True, slots=True)
class CommentPart:
    """One command's part of a comment: its marker, and the text as it stood."""

    marker: Marker
    text: str


@dataclass(frozen=True, slots=True)
class PostComment:
    """There is no comment yet."""


@dataclass(frozen=True, slots=True)
class EditComment:
    """The comment to write into; `plan` is what was reviewed, to be kept below the result of an apply."""

    id: int
    plan: CommentPart | None = None


@dataclass(frozen=True, slots=True)
class LeaveComment:
    """Nothing is written, and why; `newer` is the run that says it wrote the comment after this one began."""

    why: str
    newer: int = 0


CommentTarget = PostComment | EditComment | LeaveComment


def comment_target(
    comments: Iterable[Comment], page: Handover, *, key: str, author: str, running: WorkflowContext, made_up: int = 0
) -> CommentTarget:
    """Return where the page goes. Of two comments, as a race can leave them, the older one counts.

    `made_up` is the number of a run that never was: whoever may write to the repository can put one into a comment.
    """
    if page.kind is HandoverKind.VALIDATE and page.quiet:
        return LeaveComment(why="the files are sound, and what their plan says comes next")
    found = _mine(comments, key=key, author=author)
    if found is None:
        return (
            LeaveComment(why="there is nothing to tell, and no comment that says otherwise")
            if page.quiet
            else PostComment()
        )
    marker = read_marker(COMMENT_NAME, first_line(found.body), of=Marker)
    if isinstance(marker, Marker) and marker.order > running.order and marker.run != made_up:
        why = f"run {marker.run} (attempt {marker.attempt}) is newer, and wrote the comment already"
        return LeaveComment(why=why, newer=marker.run)
    return EditComment(id=found.id, plan=_reviewed(found.body) if page.kind is HandoverKind.APPLY else None)


def comment_parts(body: str) -> tuple[CommentPart, ...]:
    """Return what a comment holds, the newest part first; of a body that begins otherwise, nothing."""
    return tuple(_parts([*marker_lines(body)]))


def _parts(body: Sequence[str]) -> Iterator[CommentPart]:
    found = [(index, read_marker(COMMENT_NAME, line, of=Marker)) for index, line in enumerate(body)]
    starts = [(index, marker) for index, marker in found if isinstance(marker, Marker)]
    if not starts or starts[0][0] != 0:
        return
    for (start, marker), end in zip(starts, [*(index for index, _ in starts[1:]), len(body)], strict=True):
        yield CommentPart(marker=marker, text="\n".join(body[start + 1 : end]).strip("\n"))


def _mine(comments: Iterable[Comment], *, key: str, author: str) -> Comment | None:
    """Return the oldest comment of this folder; one whose marker somebody broke is taken where there is no other."""
    ours = sorted((one for one in comments if same_name(one.author, author)), key=lambda one: one.id)
    marked = [(one, read_marker(COMMENT_NAME, first_line(one.body), of=Marker)) for one in ours]
    whole = (one for one, marker in marked if isinstance(marker, Marker) and marker.key == key)
    broken = (one for one, marker in marked if isinstance(marker, str))
    return next(whole, None) or next(broken, None)


def _reviewed(body: str) -> CommentPart | None:
    """Return the plan of a comment: its only part, or the one that stands below an apply's.

    What was wrong with the files, where they had no plan, is none.
    """
    found = comment_parts(body)
    if not found or found[-1].marker.kind is not HandoverKind.PLAN:
        return None
    plan = found[-1]
    if len(found) == 1:
        return plan
    before, end, _ = plan.text.rpartition(f"\n{DETAILS_END}")
    return replace(plan, text=(before if end else plan.text).strip("\n"))
