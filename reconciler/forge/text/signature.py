"""Which run wrote a text at a forge, and what of: with links of our own making.

signed: (a text's marker, the run that wrote it) → the words that say what it is. of_commit, by_run, run_link: parts.
in_folder: (a folder) → how a title names it. links_here: (the run that writes) → where its links lead.
"""

from __future__ import annotations

from typing import Final

from reconciler.core.reports.handover import HandoverKind
from reconciler.forge.marker import Marker
from reconciler.forge.port import WorkflowContext
from reconciler.render.markdown.sheet import Links, commit_link
from reconciler.render.safe_text import terminal

_WORD: Final[dict[HandoverKind, str]] = {
    HandoverKind.VALIDATE: "Check",
    HandoverKind.PLAN: "Plan",
    HandoverKind.APPLY: "Apply",
    HandoverKind.DRIFT: "Look for drift",
}

# GitHub takes 256 characters for a title, and GitLab 255.
_LONGEST_FOLDER = 150


def in_folder(folder: str) -> str:
    """Return the folder of a title; a long name is cut to its end, which tells it from others."""
    shown = terminal(folder)
    return f" ({shown if len(shown) <= _LONGEST_FOLDER else f'…{shown[-_LONGEST_FOLDER:]}'})" if folder else ""


def links_here(running: WorkflowContext) -> Links:
    """Return where the pages and the buttons of the run's repository are."""
    return Links(repository=running.home, run=running.url(running.run), workflow=running.workflow)


def signed(marker: Marker, running: WorkflowContext) -> str:
    """Return the line that says what a text is and which run wrote it."""
    return f"{_WORD[marker.kind]}{of_commit(marker, running)} by {by_run(marker, running)}"


def of_commit(marker: Marker, running: WorkflowContext) -> str:
    """Return the commit that a text is about, if it is known."""
    return f" of commit {commit_link(marker.commit, links_here(running))}" if marker.commit else ""


def by_run(marker: Marker, running: WorkflowContext) -> str:
    """Return the run in a marker, as a link, with its attempt if it was not the first."""
    return f"{run_link(marker, running)}{running.words.of_attempt(marker.attempt)}"


def run_link(marker: Marker, running: WorkflowContext) -> str:
    """Return the run in a marker, as a link."""
    return f"[{running.words.run} {marker.run}]({running.url(marker.run)})"
