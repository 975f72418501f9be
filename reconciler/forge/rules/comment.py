"""comment_target: (a pull request's comments, a page, the run that made it) → the comment that the page goes into.

merge_of: (the pull requests that GitHub lists for a commit, the branch) → those that the commit is the merge of.
note_target: (a pull request's comments, the run that judged its gates) → the comment with the plan that they are of.
comment_parts: a comment's body → its parts, each with its marker.

Each folder of a repository has one comment of its own at a pull request. It is found by its hidden marker *and* its
author, because every person can quote a marker. An older run never overwrites a newer one. The reviewed plan stays
below the result of its apply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.forge.marker import Marker, first_line, marker_lines, read_marker
from reconciler.forge.port import Comment, Pull, WorkflowContext, is_same_name


def merge_of(pulls: Sequence[Pull], commit: str, *, branch: str) -> tuple[Pull, ...]:
    """Return the pull requests that `commit` merged into `branch`, the oldest first: nearly always one, or none.

    Only the merge itself proves that the reviewed files are the ones here. Without a branch, any branch is taken.
    """
    found = (pull for pull in pulls if commit and pull.merged_at is not None and pull.merge_commit == commit)
    return tuple(sorted((pull for pull in found if branch in ("", pull.base_ref)), key=lambda pull: pull.number))


def commit_of_merge(pulls: Sequence[Pull], commit: str, *, branch: str) -> Pull | None:
    """Return the pull request where people look for the result of `commit`: its merge, else one that brought it."""
    brought = (pull for pull in pulls if pull.merged_at is not None and branch in ("", pull.base_ref))
    return next(iter((*merge_of(pulls, commit, branch=branch), *brought)), None)


COMMENT_NAME: Final = "comment"
# The note about gates stands below the comment's own marker, and ends with a line of its own.
NOTE_NAME: Final = "gates"
NOTE_END: Final = "<!-- reconciler:end-of-gates -->"
DETAILS_END: Final = "</details>"


@dataclass(frozen=True, slots=True)
class CommentPart:
    """One command's part of a comment: its marker, and its text."""

    marker: Marker
    text: str


@dataclass(frozen=True, slots=True)
class PostComment:
    """There is no comment yet."""


@dataclass(frozen=True, slots=True)
class EditComment:
    """The comment to write into; `plan` is the reviewed plan, to be kept below the result of an apply."""

    id: int
    plan: CommentPart | None = None


@dataclass(frozen=True, slots=True)
class LeaveComment:
    """Nothing is written, and why; `newer` is the run that claims to have written the comment after this run began."""

    why: str
    newer: int = 0


CommentTarget = PostComment | EditComment | LeaveComment


def comment_target(
    comments: Iterable[Comment], page: Handover, *, key: str, author: str, running: WorkflowContext, made_up: int = 0
) -> CommentTarget:
    """Return where the page goes. Of two comments, as a race can leave them, the older one counts.

    `made_up` is the number of a run that never existed: every person who may write can put one into a comment.
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
        why = f"{running.words.named(*marker.order)} is newer, and wrote the comment already"
        return LeaveComment(why=why, newer=marker.run)
    return EditComment(id=found.id, plan=_reviewed(found.body) if page.kind is HandoverKind.APPLY else None)


def note_target(
    comments: Iterable[Comment], *, key: str, author: str, running: WorkflowContext
) -> Comment | LeaveComment:
    """Return the comment of this folder, if a plan stands in it, and nothing that is newer than this run."""
    found = _mine(comments, key=key, author=author)
    parts = comment_parts(found.body) if found is not None else ()
    if found is None or not parts or parts[0].marker.kind is not HandoverKind.PLAN:
        return LeaveComment(why="there is no comment with a plan")
    lines = [*marker_lines(found.body)][:2]
    markers = [read_marker(name, line, of=Marker) for name, line in zip((COMMENT_NAME, NOTE_NAME), lines, strict=False)]
    newer = max((one for one in markers if isinstance(one, Marker)), key=lambda one: one.order)
    if newer.order > running.order:
        return LeaveComment(why=f"{running.words.named(*newer.order)} is newer", newer=newer.run)
    return found


def without_note(body: str) -> tuple[str, str]:
    """Return a comment's own marker line, and the text below it without a note about gates."""
    head, *lines = marker_lines(body)
    if lines and not isinstance(read_marker(NOTE_NAME, lines[0], of=Marker), Marker):
        return head, "\n".join(lines)
    end = lines.index(NOTE_END) + 1 if NOTE_END in lines else 1
    return head, "\n".join(lines[end:])


def comment_parts(body: str) -> tuple[CommentPart, ...]:
    """Return the parts of a comment, the newest first; nothing if the body begins otherwise."""
    return tuple(_parts([*marker_lines(body)]))


def _parts(body: Sequence[str]) -> Iterator[CommentPart]:
    found = [(index, read_marker(COMMENT_NAME, line, of=Marker)) for index, line in enumerate(body)]
    starts = [(index, marker) for index, marker in found if isinstance(marker, Marker)]
    if not starts or starts[0][0] != 0:
        return
    for (start, marker), end in zip(starts, [*(index for index, _ in starts[1:]), len(body)], strict=True):
        yield CommentPart(marker=marker, text="\n".join(body[start + 1 : end]).strip("\n"))


def _mine(comments: Iterable[Comment], *, key: str, author: str) -> Comment | None:
    """Return the oldest comment of this folder; a comment with a broken marker is taken only if there is no other."""
    ours = sorted((one for one in comments if is_same_name(one.author, author)), key=lambda one: one.id)
    marked = [(one, read_marker(COMMENT_NAME, first_line(one.body), of=Marker)) for one in ours]
    whole = (one for one, marker in marked if isinstance(marker, Marker) and marker.key == key)
    broken = (one for one, marker in marked if isinstance(marker, str))
    return next(whole, None) or next(broken, None)


def _reviewed(body: str) -> CommentPart | None:
    """Return the plan in a comment: its only part, or the one below an apply's.

    A comment about wrong files, which had no plan, holds none.
    """
    found = comment_parts(body)
    if not found or found[-1].marker.kind is not HandoverKind.PLAN:
        return None
    plan = found[-1]
    if len(found) == 1:
        return plan
    before, end, _ = plan.text.rpartition(f"\n{DETAILS_END}")
    return replace(plan, text=(before if end else plan.text).strip("\n"))
