"""What a pull request shows: its comment, and which plan of it was reviewed.

comment_body: (a page, the reviewed plan, the run) → the body of a pull request's comment, which always fits.
linked_page: (a plan's page, the address of its review page) → the page with the link.
noted_body: (a comment's body, a note about gates, the run) → the body with the note above the plan.
stopped_page: (a command, the run of the workflow) → the page of a job that ended before it could write one.
told_text, told_json: what was done at the forge, as text and as JSON.
reviewed_text, reviewed_json: which plan was reviewed before a merge.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter

from reconciler.core.basics import Reason
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.reports.handover import COMMENT_BYTES, Handover, HandoverKind
from reconciler.forge.marker import Marker, hidden, unmarked
from reconciler.forge.port import ForgeResult, WorkflowContext
from reconciler.forge.rules.comment import COMMENT_NAME, DETAILS_END, NOTE_END, NOTE_NAME, CommentPart, without_note
from reconciler.forge.rules.merge import NotReviewed, ReviewedRun
from reconciler.forge.text.signature import links_here, run_link, signed
from reconciler.forge.vocabulary import GITHUB, ForgeWords
from reconciler.render.safe_text import terminal
from reconciler.render.words import ends

# What stands in a link of Markdown without ending it.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._~/:-]+\Z")
_REVIEWED: Final = "<details><summary>The plan as it was reviewed</summary>"


def linked_page(page: Handover, address: str, *, home: str) -> Handover:
    """Return a plan's page with a line below its heading that leads to the review page.

    An address that is not below `home`, the repository's own, gets no link. A plan that was stopped left no such page.
    """
    mine = bool(home) and address.startswith(f"{home}/") and _ADDRESS.match(address) is not None
    if not mine or page.kind is not HandoverKind.PLAN or page.errored:
        return page
    heading, _, rest = page.text.partition("\n")
    line = f"The review page: [`plan.html`]({address}), in a zip archive. It shows each profile now beside after."
    return Handover(**{**dict(page), "text": f"{heading}\n\n{line}\n{rest}"})


def comment_body(page: Handover, running: WorkflowContext, *, plan: CommentPart | None = None) -> str:
    """Return the body. If it is too long, the plan gives way first, and the body says what is left out."""
    marker = running.marker(page)
    text = unmarked(page.text).strip("\n")
    long = f"The result is too long for a comment: it is in the summary of {run_link(marker, running)}."
    bodies = [_body(marker, text, running, plan=plan)]
    if plan is not None:
        elsewhere = replace(plan, text=_elsewhere(plan.marker, running))
        bodies += [_body(marker, text, running, plan=elsewhere), _body(marker, text, running, plan=None)]
    bodies.append(_body(marker, long, running, plan=None))
    return next(body for body in bodies if len(body.encode()) <= COMMENT_BYTES or body == bodies[-1])


def _body(marker: Marker, text: str, running: WorkflowContext, *, plan: CommentPart | None) -> str:
    below = [] if plan is None else ["", _REVIEWED, "", hidden(COMMENT_NAME, plan.marker), plan.text, "", DETAILS_END]
    return "\n".join((hidden(COMMENT_NAME, marker), text, *below, "", signed(marker, running), ""))


def _elsewhere(marker: Marker, running: WorkflowContext) -> str:
    return f"It does not fit here beside the result: it is in the summary of {run_link(marker, running)}."


def noted_body(body: str, note: str, running: WorkflowContext, *, commit: str) -> str:
    """Return a comment with this note in the place of an older one; the note is left out if it does not fit."""
    head, text = without_note(body)
    marker = Marker(key=running.folder, kind=HandoverKind.PLAN, run=running.run, attempt=running.attempt, commit=commit)
    noted = "\n".join((head, hidden(NOTE_NAME, marker), unmarked(note).strip("\n"), NOTE_END, text))
    return noted if len(noted.encode()) <= COMMENT_BYTES else f"{head}\n{text}"


def stopped_page(kind: HandoverKind, running: WorkflowContext, *, commit: str = "") -> Handover:
    """Return the page. It has no exit code: the command may not have begun, and what it did is not known."""
    words = running.words
    text = (
        f"### WhatsApp profiles: the {words.workflow} was stopped\n\n"
        f"The {words.workflow} ended before it could say what it did: "
        "a step before it failed, or its machine was lost. "
        f"The log of [{words.run} {running.run}]({running.url(running.run)}) says which. When the cause is gone, "
        f"{links_here(running).words.again}.\n"
    )
    return Handover(kind=kind, text=text, commit=commit, errored=True)


def told_text(told: ForgeResult, *, words: ForgeWords = GITHUB) -> str:
    """Return what was done, in a line or two."""
    name = f"{told.thing} at {words.sign}{told.number}" if told.thing == "comment" else f"{told.thing} #{told.number}"
    done = f"The {name}: {', '.join(told.done)}." if told.done else f"Nothing is written at {words.name}."
    said = [done, terminal(told.url), f"Why: {terminal(told.why)}." if told.why else ""]
    said.append(f"warning: {terminal(told.warning)}" if told.warning else "")
    return "\n".join(part for part in said if part)


def told_json(told: ForgeResult) -> dict[str, Any]:
    """Return the same as a document."""
    return {"format_version": RESULT_FORMAT, **TypeAdapter(ForgeResult).dump_python(told, mode="json"), **ends(())}


_SHORT = 7


def reviewed_text(found: ReviewedRun | NotReviewed, *, commit: str, file: str, words: ForgeWords = GITHUB) -> str:
    """Return which run's plan it is and where it is now, or why there is none."""
    if isinstance(found, NotReviewed):
        return terminal(f"No reviewed plan of {commit[:_SHORT]} counts: {found.why}. Nothing was written to {file}.")
    run = found.run
    made = f"made at {run.created:%Y-%m-%dT%H:%MZ} by {words.run} {run.id}{words.of_attempt(run.attempt)}"
    made = f"{made} for {run.head[:_SHORT]}"
    return terminal(f"The plan of {words.pull} {found.pull}, {made}: written to {file}.")


def reviewed_json(found: ReviewedRun | NotReviewed, *, commit: str) -> dict[str, Any]:
    """Return the same as a document, without the plan itself."""
    told = TypeAdapter(type(found)).dump_python(found, mode="json", exclude={"plan"})
    reasons = (Reason.STOPPED,) if isinstance(found, NotReviewed) else ()
    return {"format_version": RESULT_FORMAT, "commit": commit, **told, **ends(reasons)}
