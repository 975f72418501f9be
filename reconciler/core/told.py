"""What people at GitHub were told: a comment or an issue, and what was done to it."""

from __future__ import annotations

from enum import StrEnum

from reconciler.core.basics import Model


class ForgeAction(StrEnum):
    """One thing that was done, in the words of the command's result."""

    WRITTEN = "written"
    UPDATED = "updated"
    OPENED = "opened"
    REOPENED = "opened again"
    COMMENTED = "commented on"
    CLOSED = "closed"


class ForgeResult(Model):
    """What became of the `thing`, a comment or an issue, of `number`; where nothing was `done`, `why` says why.

    `warning` is what whoever runs this must put right.
    """

    thing: str
    number: int = 0
    done: tuple[ForgeAction, ...] = ()
    url: str = ""
    why: str = ""
    warning: str = ""


def author_warning(author: str, wanted: str) -> str:
    """Return what to say where a text is another author's than the one that the next run looks for."""
    return (
        f"GitHub says that {author or 'nobody'} wrote it, and the next run looks for one by {wanted}: "
        f"it would not find it, and write another; run with --author {author}"
    )
