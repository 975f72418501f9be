"""Which plan people looked at before a merge, as text and as JSON."""

from __future__ import annotations

from typing import Any

from reconciler.core.memory.runs import Reason
from reconciler.core.memory.stored import FORMAT_VERSION
from reconciler.core.reviewed import NotReviewed, ReviewedRun
from reconciler.render.safe_text import terminal
from reconciler.render.words import ends

_SHORT = 7


def reviewed_text(found: ReviewedRun | NotReviewed, *, commit: str, file: str) -> str:
    """Return which run's plan it is and where it is now, or why there is none."""
    if isinstance(found, NotReviewed):
        return terminal(f"Nobody reviewed a plan of {commit[:_SHORT]}: {found.why}. Nothing was written to {file}.")
    run = found.run
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    made = f"made at {run.created:%Y-%m-%dT%H:%MZ} by run {run.id}{attempt} for {run.head[:_SHORT]}"
    return terminal(f"The plan of pull request {found.pull}, {made}: written to {file}.")


def reviewed_json(found: ReviewedRun | NotReviewed, *, commit: str) -> dict[str, Any]:
    """Return the same as a document, without the plan itself."""
    told = found.model_dump(mode="json", exclude={"plan"})
    reasons = (Reason.STOPPED,) if isinstance(found, NotReviewed) else ()
    return {"format_version": FORMAT_VERSION, "commit": commit, **told, **ends(reasons)}
