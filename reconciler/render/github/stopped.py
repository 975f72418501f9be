"""stopped: (a command, the run of the workflow) → the page of a job that ended before it could write one."""

from __future__ import annotations

from reconciler.core.handover import Handover, HandoverKind
from reconciler.core.workflow import WorkflowContext


def stopped_page(kind: HandoverKind, running: WorkflowContext, *, commit: str = "") -> Handover:
    """Return the page. There is no exit code, for the command may not have begun, and nobody knows what it did."""
    text = (
        "### WhatsApp profiles: the workflow was stopped\n\n"
        "The workflow ended before it could say what it did: a step before it failed, or its machine was lost. "
        f"Look at the log of [run {running.run}]({running.url(running.run)}), and run it again.\n"
    )
    return Handover(kind=kind, text=text, commit=commit, errored=True)
