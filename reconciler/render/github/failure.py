"""failure: (a page of an apply, the run) → the issue that says that it failed, and its comments."""

from __future__ import annotations

from typing import Final

from reconciler.core.handover import COMMENT_BYTES, Handover
from reconciler.core.marker import hidden, marker_lines, unmarked
from reconciler.core.standing import EachField, issue_marker
from reconciler.core.workflow import WorkflowContext
from reconciler.render.github.signed import in_folder, run_link, signed

FAILURE_ISSUE_NAME: Final = "failure"
_WHAT_TO_DO: Final = (
    "Below is what failed. When its cause is gone, run the workflow again: on the run's page, `Re-run jobs`. "
    "An apply that ends well closes this issue."
)


def failure_title(folder: str) -> str:
    """Return the issue's title; each folder of a repository has its own issue."""
    return f"WhatsApp profiles could not be applied{in_folder(folder)}"


def failure_body(page: Handover, running: WorkflowContext, *, now: str) -> str:
    """Return the issue's body."""
    marker = running.marker(page)
    lead = f"**{signed(marker, running)} failed** at {now}{_code(page)}."
    top = "\n\n".join((hidden(FAILURE_ISSUE_NAME, issue_marker(marker, EachField(), looked=now)), lead, _WHAT_TO_DO))
    text = unmarked(page.text).strip("\n")
    long = f"The result is too long for an issue: it is in the summary of {run_link(marker, running)}."
    bodies = [f"{top}\n\n{one}\n" for one in (text, long)]
    return bodies[0] if len(bodies[0].encode()) <= COMMENT_BYTES else bodies[1]


def _code(page: Handover) -> str:
    """Return the exit code; what was stopped from outside has none."""
    return f", with exit code {page.exit_code}" if page.exit_code else ""


def settled_body(old: str, page: Handover, running: WorkflowContext, *, now: str) -> str:
    """Return the body of an issue that is closed: what failed then, and which run settled it."""
    marker = issue_marker(running.marker(page), EachField(), looked=now)
    return "\n".join((hidden(FAILURE_ISSUE_NAME, marker), *[*marker_lines(old)][1:]))


def failed_again(page: Handover, running: WorkflowContext, *, now: str) -> str:
    """Return the comment that says that the apply of another commit failed too."""
    return f"{signed(running.marker(page), running)} failed too, at {now}{_code(page)}.\n"


def applied_comment(page: Handover, running: WorkflowContext, *, now: str) -> str:
    """Return the comment with which the issue is closed."""
    return f"{signed(running.marker(page), running)} ended well at {now}.\n"
