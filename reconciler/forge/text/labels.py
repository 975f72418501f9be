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
from reconciler.render.markdown.blocks import table
from reconciler.render.safe_text import code_span, prose, terminal
from reconciler.render.words import ends

_OTHER_PERSON: Final = "another person has to put it on, or `policy: {self_label: allow}` lets that person do it"
_AGAIN: Final = "take it off and put it on again after looking at that plan"
_QUIET: Final = (
    "what was pushed last started no run of the plan's workflow, so its time is not known; "
    "close the pull request and open it again, and put the label on after looking at its new plan"
)

_WHY: Final[dict[LabelDoubt, Callable[[IgnoredLabel], str]]] = {
    LabelDoubt.NO_RULE: lambda _: f"it names nothing that can be let through; that is one of {', '.join(ALLOWABLE)}",
    LabelDoubt.ACTOR_UNKNOWN: lambda _: "GitHub does not say who put it on",
    LabelDoubt.PROGRAM: lambda one: f"{one.actor} is a program, and no person who looked at the plan",
    LabelDoubt.NOT_A_WRITER: lambda one: f"{one.actor} put it on, and may not write to this repository",
    LabelDoubt.AUTHOR: lambda one: f"{one.actor} put it on, and opened the pull request: {_OTHER_PERSON}",
    LabelDoubt.PUSHER: lambda one: f"{one.actor} put it on, and pushed the last commit: {_OTHER_PERSON}",
    LabelDoubt.PUSHER_UNKNOWN: lambda one: f"GitHub does not say who pushed the last commit, of which run {one.run} is",
    LabelDoubt.PUSH_UNKNOWN: lambda _: "no run of the plan's workflow says when the last commit was pushed",
    LabelDoubt.QUIET_PUSH: lambda _: _QUIET,
    LabelDoubt.PLAN_NOT_ENDED: lambda one: (
        f"the plan of the last push, run {one.run}, did not end: put it on again after looking at that plan"
    ),
    LabelDoubt.PLANNED_AGAIN: lambda one: (
        f"run {one.run}, the plan of the last push, ended after the merge: who put it on cannot have seen that plan"
    ),
    LabelDoubt.BEFORE_PLAN: lambda one: (
        f"it was put on before the plan of the last push, run {one.run}, had ended{_at(one)}: {_AGAIN}"
    ),
    LabelDoubt.OTHER_PULL: lambda one: (
        f"the same commit merged pull request {one.other}, which has no such label that counts"
    ),
}


def why_ignored(one: IgnoredLabel) -> str:
    """Return why a label does not count; a login in it is foreign."""
    return _WHY[one.doubt](one)


def _at(one: IgnoredLabel) -> str:
    return f" at {one.ended:%Y-%m-%dT%H:%M:%SZ}" if one.ended else ""


def allowed_text(allowed: AllowedByLabels) -> str:
    """Return which labels count, which do not, and why."""
    lines = [_lead(allowed), *allowed.notes]
    lines += [
        terminal(f"  ✓ {event.label}  put on by {event.actor} at {event.at:%Y-%m-%dT%H:%MZ}") for event in allowed.given
    ]
    lines += [
        terminal(f"  · {one.label}{_place(one, allowed)}  ignored: {why_ignored(one)}") for one in allowed.ignored
    ]
    return "\n".join(lines)


def allowed_markdown(allowed: AllowedByLabels) -> str:
    """Return the same as a section of a job's summary."""
    rows = [(code_span(event.label), "counts", code_span(event.actor)) for event in allowed.given]
    rows += [
        (code_span(one.label), prose(f"ignored{_place(one, allowed)}: {why_ignored(one)}"), code_span(one.actor))
        for one in allowed.ignored
    ]
    parts = ["### Labels", _lead(allowed), *map(prose, allowed.notes)]
    parts += [table(("label", "what it does", "put on by"), tuple(rows))] if rows else []
    return "".join(f"{part}\n\n" for part in parts)


def allowed_json(allowed: AllowedByLabels) -> dict[str, Any]:
    """Return the same as a document; each label that does not count has the sentence too."""
    document = TypeAdapter(AllowedByLabels).dump_python(allowed, mode="json")
    for label, one in zip(document["ignored"], allowed.ignored, strict=True):
        label["why"] = why_ignored(one)
    return {"format_version": RESULT_FORMAT, **document, **ends(())}


def allowed_outputs(allowed: AllowedByLabels) -> str:
    """Return the lines for the workflow: words of a closed list, and a number."""
    return f"allow={' '.join(allowed.rules)}\npull={allowed.pull or ''}\n"


def _lead(allowed: AllowedByLabels) -> str:
    if not allowed.pull:
        return "No pull request: no label lets anything through."
    rules = ", ".join(allowed.rules) or "nothing"
    if len(allowed.pulls) > 1:
        numbers = " and ".join(map(str, allowed.pulls))
        return f"One commit merged pull requests {numbers}. The labels that all of them have let through: {rules}."
    return f"The labels of pull request {allowed.pull} let through: {rules}."


def _place(one: IgnoredLabel, allowed: AllowedByLabels) -> str:
    return f" at pull request {one.pull}" if one.pull != allowed.pull else ""
