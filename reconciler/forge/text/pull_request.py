"""What a pull request shows: its comment, which plan of it was reviewed, and the text of a proposal.

signed: (a text's marker, the run that wrote it) → the words that say what it is, with links of our own making.
comment_body: (a page, the reviewed plan, the run) → the body of a pull request's comment, which always fits.
noted_body: (a comment's body, a note about gates, the run) → the body with the note above the plan.
stopped_page: (a command, the run of the workflow) → the page of a job that ended before it could write one.
told_text, told_json: what was done at GitHub, as text and as JSON.
reviewed_text, reviewed_json: which plan was reviewed before a merge.
commit_message, pull_text: what a proposal's commit and pull request say. proposed_text, proposed_json: the result.

A file's name is foreign: GitHub would link its parts in a commit's message, so no name stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, Final, assert_never

from pydantic import TypeAdapter

from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.handover import COMMENT_BYTES, Handover, HandoverKind
from reconciler.core.memory.runs import Reason
from reconciler.core.plurals import count
from reconciler.forge.marker import Marker, hidden, unmarked
from reconciler.forge.port import ForgeResult, WorkflowContext
from reconciler.forge.rules.comment import COMMENT_NAME, DETAILS_END, NOTE_END, NOTE_NAME, CommentPart, without_note
from reconciler.forge.rules.merge import NotReviewed, Proposal, ProposalAction, ReviewedRun
from reconciler.render.markdown.sheet import Links, commit_link
from reconciler.render.safe_text import code_span, terminal
from reconciler.render.words import ends

WORD: dict[HandoverKind, str] = {
    HandoverKind.VALIDATE: "Check",
    HandoverKind.PLAN: "Plan",
    HandoverKind.APPLY: "Apply",
    HandoverKind.DRIFT: "Look for drift",
}

# GitHub takes 256 characters for a title.
_LONGEST_FOLDER = 150


def in_folder(folder: str) -> str:
    """Return the folder of a title; a long name is cut to its end, which tells it from others."""
    shown = terminal(folder)
    return f" ({shown if len(shown) <= _LONGEST_FOLDER else f'…{shown[-_LONGEST_FOLDER:]}'})" if folder else ""


def signed(marker: Marker, running: WorkflowContext) -> str:
    """Return the line that says what a text is and which run wrote it."""
    return f"{WORD[marker.kind]}{of_commit(marker, running)} by {by_run(marker, running)}"


def of_commit(marker: Marker, running: WorkflowContext) -> str:
    """Return the commit that a text is about, if it is known."""
    return f" of commit {commit_link(marker.commit, Links(repository=running.home))}" if marker.commit else ""


def by_run(marker: Marker, running: WorkflowContext) -> str:
    """Return the run in a marker, as a link, with its attempt if it was not the first."""
    attempt = f", attempt {marker.attempt}" if marker.attempt > 1 else ""
    return f"{run_link(marker, running)}{attempt}"


def run_link(marker: Marker, running: WorkflowContext) -> str:
    """Return the run in a marker, as a link."""
    return f"[run {marker.run}]({running.url(marker.run)})"


_REVIEWED: Final = "<details><summary>The plan as it was reviewed</summary>"


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
    text = (
        "### WhatsApp profiles: the workflow was stopped\n\n"
        "The workflow ended before it could say what it did: a step before it failed, or its machine was lost. "
        f"Look at the log of [run {running.run}]({running.url(running.run)}), and run it again.\n"
    )
    return Handover(kind=kind, text=text, commit=commit, errored=True)


def told_text(told: ForgeResult) -> str:
    """Return what was done, in a line or two."""
    name = f"{told.thing} at #{told.number}" if told.thing == "comment" else f"{told.thing} #{told.number}"
    done = f"The {name}: {', '.join(told.done)}." if told.done else "Nothing is written at GitHub."
    said = [done, terminal(told.url), f"Why: {terminal(told.why)}." if told.why else ""]
    said.append(f"warning: {terminal(told.warning)}" if told.warning else "")
    return "\n".join(part for part in said if part)


def told_json(told: ForgeResult) -> dict[str, Any]:
    """Return the same as a document."""
    return {"format_version": RESULT_FORMAT, **TypeAdapter(ForgeResult).dump_python(told, mode="json"), **ends(())}


_SHORT = 7


def reviewed_text(found: ReviewedRun | NotReviewed, *, commit: str, file: str) -> str:
    """Return which run's plan it is and where it is now, or why there is none."""
    if isinstance(found, NotReviewed):
        return terminal(f"No reviewed plan of {commit[:_SHORT]} counts: {found.why}. Nothing was written to {file}.")
    run = found.run
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    made = f"made at {run.created:%Y-%m-%dT%H:%MZ} by run {run.id}{attempt} for {run.head[:_SHORT]}"
    return terminal(f"The plan of pull request {found.pull}, {made}: written to {file}.")


def reviewed_json(found: ReviewedRun | NotReviewed, *, commit: str) -> dict[str, Any]:
    """Return the same as a document, without the plan itself."""
    told = TypeAdapter(type(found)).dump_python(found, mode="json", exclude={"plan"})
    reasons = (Reason.STOPPED,) if isinstance(found, NotReviewed) else ()
    return {"format_version": RESULT_FORMAT, "commit": commit, **told, **ends(reasons)}


TITLE: Final = "Adopt what was changed on WhatsApp"
# With at most this many files, and bytes of their names, there is room for the text of the drift page.
_MOST_FILES, _MOST_BYTES = 30, 2_000
_WHY = (
    "These profiles were changed on WhatsApp, and not through this repository. With this pull request their files say "
    "what WhatsApp showed then: merging it sends nothing, unless that has changed again. To have the files' values "
    "back instead, close it and start the workflow `apply` from its button with `drifted` under `allow`."
)
_UNCHECKED = (
    "> [!NOTE]\n"
    "> The checks of this pull request wait: a workflow's own token opened it. A person who may write starts them with "
    "**Approve and run** below. A later push with that token may start none; close the pull request and open it again "
    "then. With an app's token as the secret `RECONCILER_GITHUB_TOKEN`, they start at once."
)


def commit_message(files: Sequence[str]) -> str:
    """Return the message of the commit that changes `files`."""
    return f"{TITLE}\n\n{count(len(files), 'file')} below profiles/ changed by `reconciler drift --adopt`."


def pull_text(files: Sequence[str], page: str, *, checked: bool) -> str:
    """Return the text of the pull request; `page` is Markdown, and `checked` says that its checks start by themselves.

    If the text with the page is too long for GitHub, the page is left out.
    """
    parts = [_WHY, _listed(files), *([] if checked else [_UNCHECKED])]
    whole = "\n\n".join([*parts, "---", page.strip()]) if page.strip() else "\n\n".join(parts)
    if len(whole.encode()) <= COMMENT_BYTES:
        return whole
    return "\n\n".join([*parts, "What was changed, field by field, is too long for here: the workflow's run has it."])


def _listed(files: Sequence[str]) -> str:
    lines = [f"* {code_span(name)}" for name in files[:_MOST_FILES]]
    sizes = accumulate(len(line.encode()) for line in lines)
    shown = [line for line, size in zip(lines, sizes, strict=True) if size <= _MOST_BYTES]
    rest = len(files) - len(shown)
    return "\n".join([f"{count(len(files), 'file')}:", "", *shown, *([f"* and {rest} more"] if rest else [])])


def proposed_text(report: Proposal) -> str:
    """Return the result, for a terminal."""
    pull = f"pull request #{report.pull}, {terminal(report.url)}" if report.url else f"pull request #{report.pull}"
    what = f"{count(len(report.files), 'file')} on the branch {terminal(report.branch)} ({report.commit[:12]})"
    match report.became:
        case ProposalAction.NOTHING:
            return "Nothing to propose: the files below profiles/ are those of the commit."
        case ProposalAction.OPENED:
            return f"Proposed: {what}; opened {pull}."
        case ProposalAction.UPDATED:
            return f"Proposed: {what}; updated {pull}."
        case ProposalAction.KEPT:
            return f"Proposed before, and nothing is new: {what}; {pull}."
        case _:
            assert_never(report.became)


def proposed_json(report: Proposal) -> dict[str, Any]:
    """Return the report as a document."""
    return {"format_version": RESULT_FORMAT, **TypeAdapter(Proposal).dump_python(report, mode="json"), "exit_code": 0}
