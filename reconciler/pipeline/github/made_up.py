"""made_up: (the run that a text at GitHub names as its writer) → whether there never was one.

Whoever may write to the repository can edit what this program wrote there. A number that is larger than any run has
would keep the text as it is for ever.
"""

from __future__ import annotations

from http import HTTPStatus

from reconciler.effects.github import GitHub
from reconciler.effects.github.problems import GitHubProblem


async def is_made_up(github: GitHub, run: int) -> bool:
    """Say whether GitHub knows no run of that number; where the job may not ask, the text is believed."""
    try:
        await github.run(run)
    except GitHubProblem as problem:
        if problem.status == HTTPStatus.NOT_FOUND:
            return True
        if problem.status != HTTPStatus.FORBIDDEN:
            raise
    return False
