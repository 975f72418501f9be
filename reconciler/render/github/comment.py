"""comment: (a page, the plan that was reviewed, the run) → the body of a pull request's comment, which always fits."""

from __future__ import annotations

from typing import Final

from reconciler.core.handover import COMMENT_BYTES, Handover
from reconciler.core.marker import Marker, hidden, unmarked
from reconciler.core.sticky import COMMENT_NAME, DETAILS_END, CommentPart
from reconciler.core.workflow import WorkflowContext
from reconciler.render.github.signed import run_link, signed

_REVIEWED: Final = "<details><summary>The plan as it was reviewed</summary>"


def comment_body(page: Handover, running: WorkflowContext, *, plan: CommentPart | None = None) -> str:
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


def _body(marker: Marker, text: str, running: WorkflowContext, *, plan: CommentPart | None) -> str:
    below = [] if plan is None else ["", _REVIEWED, "", hidden(COMMENT_NAME, plan.marker), plan.text, "", DETAILS_END]
    return "\n".join((hidden(COMMENT_NAME, marker), text, *below, "", signed(marker, running), ""))


def _elsewhere(marker: Marker, running: WorkflowContext) -> str:
    return f"It does not fit here beside the result: it is in the summary of {run_link(marker, running)}."
