"""What a proposal says: the pull request that brings adopted values into the files.

commit_message, pull_text: what its commit and the pull request say. proposed_text, proposed_json: the command's result.

A file's name is foreign: GitHub would link its parts in a commit's message, so no name stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import accumulate
from typing import Any, Final, assert_never

from pydantic import TypeAdapter

from reconciler.core.basics import count
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.reports.handover import COMMENT_BYTES
from reconciler.forge.rules.merge import Proposal, ProposalAction
from reconciler.forge.vocabulary import GITHUB, ForgeWords
from reconciler.render.markdown.sheet import Links
from reconciler.render.safe_text import code_span, terminal

TITLE: Final = "Adopt what was changed on WhatsApp"
# With at most this many files, and bytes of their names, there is room for the text of the drift page.
_MOST_FILES, _MOST_BYTES = 30, 2_000
_WHY = (
    "These profiles were changed on WhatsApp, and not through this repository. With this {pull} their files say "
    "what WhatsApp showed then: merging it sends nothing, unless that has changed again. To have the files' values "
    "back instead, close it and {start} with `drifted` {allow}."
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


def pull_text(files: Sequence[str], page: str, *, checked: bool, links: Links, words: ForgeWords = GITHUB) -> str:
    """Return the text of the pull request; `page` is Markdown, and `checked` says that its checks start by themselves.

    If the text with the page is too long for GitHub, the page is left out.
    """
    parts = [
        _WHY.format(**asdict(links.words)),
        _listed(files),
        *([] if checked else [_UNCHECKED]),
    ]
    whole = "\n\n".join([*parts, "---", page.strip()]) if page.strip() else "\n\n".join(parts)
    if len(whole.encode()) <= COMMENT_BYTES:
        return whole
    of_run = "the workflow's run" if words.run != words.workflow else f"the {words.run}"
    return "\n\n".join([*parts, f"What was changed, field by field, is too long for here: {of_run} has it."])


def _listed(files: Sequence[str]) -> str:
    lines = [f"* {code_span(name)}" for name in files[:_MOST_FILES]]
    sizes = accumulate(len(line.encode()) for line in lines)
    shown = [line for line, size in zip(lines, sizes, strict=True) if size <= _MOST_BYTES]
    rest = len(files) - len(shown)
    return "\n".join([f"{count(len(files), 'file')}:", "", *shown, *([f"* and {rest} more"] if rest else [])])


def proposed_text(report: Proposal, *, words: ForgeWords = GITHUB) -> str:
    """Return the result, for a terminal."""
    pull = f"{words.pull} {words.sign}{report.pull}{f', {terminal(report.url)}' if report.url else ''}"
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
