"""failing: (a page of an apply, the issue that says that one failed) → what becomes of the issue."""

from __future__ import annotations

from enum import Enum

from reconciler.core.handover import Handover


class FailureIssue(Enum):
    """What becomes of the issue that says that an apply failed."""

    OPEN = "open"
    WRITE = "write"
    CLOSE = "close"
    LEAVE = "leave"


def failure_issue(page: Handover, *, is_open: bool) -> FailureIssue:
    """Return what becomes of it: one that was superseded, or could not read everything, settles nothing."""
    if page.failed or page.errored:
        return FailureIssue.WRITE if is_open else FailureIssue.OPEN
    return FailureIssue.CLOSE if is_open and page.exit_code == 0 and page.complete else FailureIssue.LEAVE
