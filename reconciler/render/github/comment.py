"""comment: (a page, the plan that was reviewed, the run) → the body of a pull request's comment, which always fits."""

from __future__ import annotations

from typing import Final

from reconciler.core.marker import Marker, hidden, unmarked
from reconciler.core.page import COMMENT_BYTES, Page
from reconciler.core.sticky import DETAILS_END, NAME, Part
from reconciler.core.workflow import Running
from reconciler.render.github.signed import run_link, signed

_REVIEWED: Final = "<details><summary>The plan as it was reviewed</summary>"


def comment_body(page: Page, running: Running, *, plan: Part | None = None) -> str:
    """Return the body; where not everything fits, the plan gives way first, and what is left out is said."""
    marker = running.marker(page)
    text = unmarked(page.text).strip("\n")
    long = f"The result is too long for a comment: it is in the summary of {run_link(marker, running)}."
    bodies = [_body(marker, text, running, plan=plan)]
    if plan is not None:
        elsewhere = plan.model_copy(update={"text": _elsewhere(plan.marker, running)})
        bodies += [_body(marker, text, running, plan=elsewhere), _body(marker, text, running, plan=None)]
    bodies.append(_body(marker, long, running, plan=None))
    return next(body for body in bodies if len(body.encode()) <= COMMENT_BYTES or body == bodies[-1])


def _body(marker: Marker, text: str, running: Running, *, plan: Part | None) -> str:
    below = [] if plan is None else ["", _REVIEWED, "", hidden(NAME, plan.marker), plan.text, "", DETAILS_END]
    return "\n".join((hidden(NAME, marker), text, *below, "", signed(marker, running), ""))


def _elsewhere(marker: Marker, running: Running) -> str:
    return f"It does not fit here beside the result: it is in the summary of {run_link(marker, running)}."
