"""The run of a workflow that writes at GitHub, as the runner names it, and how names there are compared."""

from __future__ import annotations

import re
from typing import Final

from reconciler.core.basics import Model
from reconciler.core.handover import Handover
from reconciler.core.marker import Marker

_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}\Z")


class WorkflowContext(Model):
    """Which run this is, and where people find it: `home` is the repository's own address.

    `folder` is where in the repository the profiles are, empty at its top.
    """

    run: int
    attempt: int
    home: str
    folder: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """Which of two runs is the newer one: GitHub's numbers grow, and so do the attempts of one run."""
        return (self.run, self.attempt)

    def url(self, run: int) -> str:
        """Return the address of a run of this repository."""
        return f"{self.home}/actions/runs/{run}"

    def marker(self, page: Handover) -> Marker:
        """Return the marker of what this run writes of a page; what the page calls its commit may be none."""
        commit = page.commit if _COMMIT.match(page.commit) else ""
        return Marker(key=self.folder, kind=page.kind, run=self.run, attempt=self.attempt, commit=commit)


def same_name(one: str, other: str) -> bool:
    """Say whether two logins, or two repositories, are the same one, which GitHub does not tell apart by case."""
    return one.casefold() == other.casefold()
