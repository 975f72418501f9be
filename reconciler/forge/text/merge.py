"""What a merge permits, as text and as documents.

allowed_text, allowed_json, allowed_markdown, allowed_outputs: what the labels of a pull request let through.
reviewed_text, reviewed_json: which plan was reviewed before a merge.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.memory.runs import Reason
from reconciler.forge.rules.labels import AllowedByLabels
from reconciler.forge.rules.reviewed import NotReviewed, ReviewedRun
from reconciler.render.markdown.blocks import table
from reconciler.render.safe_text import code_span, prose, terminal
from reconciler.render.words import ends


def allowed_text(allowed: AllowedByLabels) -> str:
    """Return which labels count, which do not, and why."""
    lines = [_lead(allowed), *allowed.notes]
    lines += [
        terminal(f"  ✓ {event.label}  put on by {event.actor} at {event.at:%Y-%m-%dT%H:%MZ}") for event in allowed.given
    ]
    lines += [terminal(f"  · {one.label}  ignored: {one.why}{_by(one.actor)}") for one in allowed.ignored]
    return "\n".join(lines)


def allowed_markdown(allowed: AllowedByLabels) -> str:
    """Return the same as a section of a job's summary."""
    rows = [(code_span(event.label), "counts", code_span(event.actor)) for event in allowed.given]
    rows += [(code_span(one.label), prose(f"ignored: {one.why}"), code_span(one.actor)) for one in allowed.ignored]
    parts = ["### Labels", _lead(allowed), *map(prose, allowed.notes)]
    parts += [table(("label", "what it does", "put on by"), tuple(rows))] if rows else []
    return "".join(f"{part}\n\n" for part in parts)


def allowed_json(allowed: AllowedByLabels) -> dict[str, Any]:
    """Return the same as a document."""
    return {
        "format_version": RESULT_FORMAT,
        **TypeAdapter(AllowedByLabels).dump_python(allowed, mode="json"),
        **ends(()),
    }


def allowed_outputs(allowed: AllowedByLabels) -> str:
    """Return the lines for the workflow: words of a closed list, and a number."""
    return f"allow={' '.join(allowed.rules)}\npull={allowed.pull or ''}\n"


def _lead(allowed: AllowedByLabels) -> str:
    if not allowed.pull:
        return "No pull request: no label lets anything through."
    rules = ", ".join(allowed.rules) or "nothing"
    return f"The labels of pull request {allowed.pull} let through: {rules}."


def _by(actor: str) -> str:
    return f" ({actor})" if actor else ""


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
    told = TypeAdapter(type(found)).dump_python(found, mode="json", exclude={"plan"})
    reasons = (Reason.STOPPED,) if isinstance(found, NotReviewed) else ()
    return {"format_version": RESULT_FORMAT, "commit": commit, **told, **ends(reasons)}
