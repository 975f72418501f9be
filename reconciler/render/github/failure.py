"""failure: (a page of an apply, the run) → the issue that says that it failed, and its comments."""

from __future__ import annotations

from typing import Final

from reconciler.core.marker import hidden, lines, unmarked
from reconciler.core.page import COMMENT_BYTES, Page
from reconciler.core.standing import Each, issue_marker
from reconciler.core.workflow import Running
from reconciler.render.github.signed import in_folder, run_link, signed

NAME: Final = "failure"
_WHAT_TO_DO: Final = (
    "Below is what failed. When its cause is gone, run the workflow again: on the run's page, `Re-run jobs`. "
    "An apply that ends well closes this issue."
)


def failure_title(folder: str) -> str:
    """Return the issue's title; each folder of a repository has its own issue."""
    return f"WhatsApp profiles could not be applied{in_folder(folder)}"


def failure_body(page: Page, running: Running, *, now: str) -> str:
    """Return the issue's body."""
    marker = running.marker(page)
    lead = f"**{signed(marker, running)} failed** at {now}{_code(page)}."
    top = "\n\n".join((hidden(NAME, issue_marker(marker, Each(), looked=now)), lead, _WHAT_TO_DO))
    text = unmarked(page.text).strip("\n")
    long = f"The result is too long for an issue: it is in the summary of {run_link(marker, running)}."
    bodies = [f"{top}\n\n{one}\n" for one in (text, long)]
    return bodies[0] if len(bodies[0].encode()) <= COMMENT_BYTES else bodies[1]


def _code(page: Page) -> str:
    """Return the exit code; what was stopped from outside has none."""
    return f", with exit code {page.exit_code}" if page.exit_code else ""


def settled_body(old: str, page: Page, running: Running, *, now: str) -> str:
    """Return the body of an issue that is closed: what failed then, and which run settled it."""
    marker = issue_marker(running.marker(page), Each(), looked=now)
    return "\n".join((hidden(NAME, marker), *[*lines(old)][1:]))


def failed_again(page: Page, running: Running, *, now: str) -> str:
    """Return the comment that says that the apply of another commit failed too."""
    return f"{signed(running.marker(page), running)} failed too, at {now}{_code(page)}.\n"


def applied_comment(page: Page, running: Running, *, now: str) -> str:
    """Return the comment with which the issue is closed."""
    return f"{signed(running.marker(page), running)} ended well at {now}.\n"
