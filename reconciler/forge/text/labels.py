"""Which labels count and which do not, in words: the one place for every output that tells people about labels.

why_ignored: (a label that does not count) → the sentence that says why, and what to do.
allowed_text, allowed_json, allowed_markdown, allowed_outputs: (what labels let through) → the result of the command.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pydantic import TypeAdapter

from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.safety.decision import ALLOWABLE
from reconciler.forge.rules.labels import AllowedByLabels, IgnoredLabel, LabelDoubt
from reconciler.forge.vocabulary import GITHUB, ForgeWords
from reconciler.render.markdown.blocks import table
from reconciler.render.safe_text import code_span, prose, terminal
from reconciler.render.words import ends

_OTHER_PERSON: Final = "another person has to put it on, or `policy: {self_label: allow}` lets that person do it"
_AGAIN: Final = "take it off and put it on again after looking at that plan"

_WHY: Final[dict[LabelDoubt, Callable[[IgnoredLabel, ForgeWords], str]]] = {
    LabelDoubt.NO_RULE: lambda _, __: (
        f"it names nothing that can be let through; that is one of {', '.join(ALLOWABLE)}"
    ),
    LabelDoubt.ACTOR_UNKNOWN: lambda _, words: f"{words.name} does not say who put it on",
    LabelDoubt.PROGRAM: lambda one, _: f"{one.actor} is a program, and no person who looked at the plan",
    LabelDoubt.NOT_A_WRITER: lambda one, _: f"{one.actor} put it on, and may not write to this repository",
    LabelDoubt.AUTHOR: lambda one, words: f"{one.actor} put it on, and opened the {words.pull}: {_OTHER_PERSON}",
    LabelDoubt.PUSHER: lambda one, _: f"{one.actor} put it on, and pushed the last commit: {_OTHER_PERSON}",
    LabelDoubt.PUSHER_UNKNOWN: lambda one, words: (
        f"{words.name} does not say who pushed the last commit, of which {words.run} {one.run} is"
    ),
    LabelDoubt.PUSH_UNKNOWN: lambda _, words: (
        f"no {words.run} of the plan's {_job(words)} says when the last commit was pushed"
    ),
    LabelDoubt.QUIET_PUSH: lambda _, words: (
        f"what was pushed last started no {words.run} of the plan's {_job(words)}, so its time is not known; "
        f"{words.anew}, and put the label on after looking at its new plan"
    ),
    LabelDoubt.PLAN_NOT_ENDED: lambda one, words: (
        f"the plan of the last push, {words.run} {one.run}, did not end: put it on again after looking at that plan"
    ),
    LabelDoubt.PLANNED_AGAIN: lambda one, words: (
        f"{words.run} {one.run}, the plan of the last push, ended after the merge: "
        "who put it on cannot have seen that plan"
    ),
    LabelDoubt.BEFORE_PLAN: lambda one, words: (
        f"it was put on before the plan of the last push, {words.run} {one.run}, had ended{_at(one)}: {_AGAIN}"
    ),
    LabelDoubt.OTHER_PULL: lambda one, words: (
        f"the same commit merged {words.pull} {one.other}, which has no such label that counts"
    ),
}


def why_ignored(one: IgnoredLabel, *, words: ForgeWords = GITHUB) -> str:
    """Return why a label does not count; a login in it is foreign."""
    return _WHY[one.doubt](one, words)


def _job(words: ForgeWords) -> str:
    """Return what plans: a workflow, or a job of a pipeline."""
    return "job" if words.run == words.workflow else words.workflow


def _at(one: IgnoredLabel) -> str:
    return f" at {one.ended:%Y-%m-%dT%H:%M:%SZ}" if one.ended else ""


def allowed_text(allowed: AllowedByLabels, *, words: ForgeWords = GITHUB) -> str:
    """Return which labels count, which do not, and why."""
    lines = [_lead(allowed, words), *allowed.notes]
    lines += [
        terminal(f"  ✓ {event.label}  put on by {event.actor} at {event.at:%Y-%m-%dT%H:%MZ}") for event in allowed.given
    ]
    lines += [
        terminal(f"  · {one.label}{_place(one, allowed, words)}  ignored: {why_ignored(one, words=words)}")
        for one in allowed.ignored
    ]
    return "\n".join(lines)


def allowed_markdown(allowed: AllowedByLabels, *, words: ForgeWords = GITHUB) -> str:
    """Return the same as a section of a job's summary."""
    rows = [(code_span(event.label), "counts", code_span(event.actor)) for event in allowed.given]
    rows += [
        (
            code_span(one.label),
            prose(f"ignored{_place(one, allowed, words)}: {why_ignored(one, words=words)}"),
            code_span(one.actor),
        )
        for one in allowed.ignored
    ]
    parts = ["### Labels", _lead(allowed, words), *map(prose, allowed.notes)]
    parts += [table(("label", "what it does", "put on by"), tuple(rows))] if rows else []
    return "".join(f"{part}\n\n" for part in parts)


def allowed_json(allowed: AllowedByLabels, *, words: ForgeWords = GITHUB) -> dict[str, Any]:
    """Return the same as a document; each label that does not count has the sentence too."""
    document = TypeAdapter(AllowedByLabels).dump_python(allowed, mode="json")
    for label, one in zip(document["ignored"], allowed.ignored, strict=True):
        label["why"] = why_ignored(one, words=words)
    return {"format_version": RESULT_FORMAT, **document, **ends(())}


def allowed_outputs(allowed: AllowedByLabels) -> str:
    """Return the lines for the workflow: words of a closed list, and a number."""
    return f"allow={' '.join(allowed.rules)}\npull={allowed.pull or ''}\n"


def _lead(allowed: AllowedByLabels, words: ForgeWords) -> str:
    if not allowed.pull:
        return f"No {words.pull}: no label lets anything through."
    rules = ", ".join(allowed.rules) or "nothing"
    if len(allowed.pulls) > 1:
        numbers = " and ".join(map(str, allowed.pulls))
        return f"One commit merged {words.pull}s {numbers}. The labels that all of them have let through: {rules}."
    return f"The labels of {words.pull} {allowed.pull} let through: {rules}."


def _place(one: IgnoredLabel, allowed: AllowedByLabels, words: ForgeWords) -> str:
    return f" at {words.pull} {one.pull}" if one.pull != allowed.pull else ""
