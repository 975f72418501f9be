"""Proposed: what became of the pull request that brings adopted values into the files."""

from __future__ import annotations

from enum import StrEnum

from reconciler.core.basics import Model


class ProposalAction(StrEnum):
    """What was done about the pull request; nothing where nothing differs."""

    NOTHING = "nothing"
    OPENED = "opened"
    UPDATED = "updated"
    KEPT = "kept"


class Proposal(Model):
    """The files that differ, the branch's commit with them, and its pull request; `url` is GitHub's."""

    branch: str
    base: str
    became: ProposalAction = ProposalAction.NOTHING
    files: tuple[str, ...] = ()
    commit: str = ""
    pull: int = 0
    url: str = ""
