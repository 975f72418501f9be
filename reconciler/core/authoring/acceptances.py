"""acceptances: (a drift plan, what is to be accepted) → entries for profiles/drift-ignore.yaml.

accepted_text: (the file's text, entries) → the text with the entries at its end. Comments and the form of what is there
stay. The caller reads the text again before it writes it: a file of another form is left to people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reconciler.core.authoring.yaml_text import mapping
from reconciler.core.planning.acknowledged import acceptable
from reconciler.core.planning.plan import Plan
from reconciler.core.reading.acknowledgements import Acknowledgement

_HEAD = "# yaml-language-server: $schema=../schemas/drift-ignore.schema.json\nversion: 1\nignore:\n"
# Each turn takes one line: if `\s` took line breaks here, thirty empty lines would take minutes.
_FIRST_ITEM = re.compile(r"^ignore:[^\n]*\n(?:[^\S\n]*(?:#[^\n]*)?\n)*?(?P<indent> *)- ", re.MULTILINE)
_NO_ITEM = re.compile(r"^ignore: *\[ *\](?= *(?:#|$))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What is to be accepted: the live values of `fields`, or of every field if none is named; why, and until when."""

    fields: tuple[str, ...]
    reason: str
    until: date


def acceptances(plan: Plan, wanted: Acceptance) -> tuple[Acknowledgement, ...]:
    """Return an entry for each difference of the fields that can be accepted and is not accepted yet."""
    return tuple(
        Acknowledgement(planned.target.profile, change.field, name, wanted.reason, wanted.until)
        for planned in plan.targets
        for change in planned.differences
        if (not wanted.fields or change.field in wanted.fields) and not change.acknowledged
        if (name := acceptable(planned, change))
    )


def accepted_text(text: str, entries: Iterable[Acknowledgement]) -> str:
    """Return `text` with the entries at its end; an empty text becomes a whole file."""
    text = _NO_ITEM.sub("ignore:", text or _HEAD)
    found = _FIRST_ITEM.search(text)
    indent = found["indent"] if found else "  "
    return f"{text.rstrip()}\n{entry_lines(entries, indent=indent)}"


def entry_lines(entries: Iterable[Acknowledgement], *, indent: str = "  ") -> str:
    """Return entries as the items of a list."""
    lines = []
    for one in entries:
        data = {"profile": one.profile, "field": one.field, "value": one.value, "reason": one.reason}
        said = [*mapping(data), f"until: {one.until.isoformat()}"]
        lines += [f"{indent}{'  ' if number else '- '}{line}\n" for number, line in enumerate(said)]
    return "".join(lines)
