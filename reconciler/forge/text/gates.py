"""The check before a merge, in words: which gates stand in the way, and which label of whom does not count, and why.

gates_text, gates_json: (the result) → for the log and for programs. gates_markdown: → a section of the job's summary.
gates_note: (the result, the run that judged) → the note above the plan in the pull request's comment.

Why a label does not count is always the sentence of labels.py, so every place says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import TypeAdapter

from reconciler.core.basics import Reason
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.settings import Rule
from reconciler.forge.port import PullEvent, WorkflowContext
from reconciler.forge.rules.gates import GatesResult, JudgedGate
from reconciler.forge.rules.labels import LABEL_PREFIX, IgnoredLabel
from reconciler.forge.text.labels import why_ignored
from reconciler.forge.vocabulary import GITHUB, ForgeWords
from reconciler.render.markdown.blocks import table
from reconciler.render.safe_text import code_span, prose, terminal
from reconciler.render.words import ends

_AGAIN: Final = "The apply judges gates and labels again after the merge."
_PARTLY: Final = "Not everything could be read for this plan, so the apply may meet further gates."


def reasons_of(result: GatesResult) -> tuple[Reason, ...]:
    """Return why the check is red, nothing if it is green."""
    return () if result.passes else (Reason.STOPPED,)


def gates_text(result: GatesResult, *, words: ForgeWords = GITHUB) -> str:
    """Return each gate, and each label that does not count."""
    lines = [_lead(result, words), *result.allowed.notes]
    for gate in result.gates:
        lines.append(f"  {'✗' if gate.stands else '✓'} {gate.tripped.gate}  {gate.tripped.summary}")
        lines += (f"      {one}" for one in _said(gate, words))
    lines += (f"  · {_ignored(one, words)}" for one in _others(result))
    lines += _remarks(result)
    return "\n".join(terminal(line) for line in lines)


def gates_markdown(result: GatesResult, *, words: ForgeWords = GITHUB) -> str:
    """Return the same for a job's summary."""
    return "\n\n".join(("### Gates before the merge", *_blocks(result, words))) + "\n\n"


def gates_note(result: GatesResult, running: WorkflowContext) -> str:
    """Return the same for the comment, with the run that judged."""
    by = f"Judged by [{running.words.run} {running.run}]({running.url(running.run)})."
    return "\n\n".join((*_blocks(result, running.words), by, ""))


def gates_json(result: GatesResult, *, words: ForgeWords = GITHUB) -> dict[str, Any]:
    """Return the same as a document; each label that does not count has the sentence too."""
    gates = [
        {
            **gate.tripped.model_dump(mode="json"),
            "stands": gate.stands,
            "opened_by": [event.actor for event in gate.by],
            "ignored": [_document(one, words) for one in gate.ignored],
        }
        for gate in result.gates
    ]
    told = {name: getattr(result, name) for name in ("pull", "commit", "run", "why", "partly", "branch", "base", "tip")}
    others = [_document(one, words) for one in _others(result)]
    return {"format_version": RESULT_FORMAT, **told, "gates": gates, "ignored": others, **ends(reasons_of(result))}


def _document(one: IgnoredLabel, words: ForgeWords) -> dict[str, Any]:
    document: dict[str, Any] = TypeAdapter(IgnoredLabel).dump_python(one, mode="json")
    return {**document, "why": why_ignored(one, words=words)}


def _blocks(result: GatesResult, words: ForgeWords) -> Iterator[str]:
    yield f"**Before the merge:** {prose(_lead(result, words))}"
    yield from map(prose, result.allowed.notes)
    rows = [
        (code_span(gate.tripped.gate), prose(gate.tripped.summary), "<br>".join(map(prose, _said(gate, words))))
        for gate in result.gates
    ]
    rows += [("", "", prose(_ignored(one, words))) for one in _others(result)]
    if rows:
        yield table(("Gate", "What it says", "Labels"), rows)
    yield from map(prose, _remarks(result))


def _lead(result: GatesResult, words: ForgeWords) -> str:
    if result.settled:
        return f"There is nothing to judge in {words.pull} {result.pull}: {result.why}."
    if not result.run:
        return f"No plan of {words.pull} {result.pull} can be judged: {result.why}."
    standing = [gate.tripped.gate for gate in result.gates if gate.stands]
    if standing:
        return f"The apply would stop at {', '.join(standing)}."
    return "Each gate in the way has a label that counts." if _asks(result) else "No gate is in the way."


def _asks(result: GatesResult) -> bool:
    return any(gate.tripped.rule is Rule.ASK for gate in result.gates)


def _said(gate: JudgedGate, words: ForgeWords) -> Iterator[str]:
    """Yield what is to be done about a gate, and each label for it."""
    tripped, label = gate.tripped, f"{LABEL_PREFIX}{gate.tripped.gate}"
    if tripped.rule is Rule.DENY:
        yield f"no label opens it: {tripped.hint}"
    elif tripped.rule is not Rule.ASK:
        yield "it warns, and stops nothing"
    elif not gate.by and not gate.ignored:
        yield f"put on the label {label}, after looking at the plan"
    yield from map(_counts, gate.by)
    yield from (_ignored(one, words) for one in gate.ignored)


def _counts(event: PullEvent) -> str:
    return f"{event.label} of {event.actor} counts"


def _ignored(one: IgnoredLabel, words: ForgeWords) -> str:
    return f"{one.label}{f' of {one.actor}' if one.actor else ''} does not count: {why_ignored(one, words=words)}"


def _others(result: GatesResult) -> list[IgnoredLabel]:
    """Return the labels that do not count and are for no gate of this plan."""
    shown = [one for gate in result.gates for one in gate.ignored]
    return [one for one in result.allowed.ignored if one not in shown]


def _remarks(result: GatesResult) -> Iterator[str]:
    if not result.run:
        return
    if result.partly:
        yield _PARTLY
    if result.moved:
        went = f"{result.branch} has moved since the plan was made, from {result.base[:12]} to {result.tip[:12]}."
        yield f"{went} Update the branch to see a plan of both."
    yield _AGAIN
