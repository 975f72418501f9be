"""What is to be written into people's files, and what came of it.

adoption: (a plan, the desired profiles) → for each profile the live values that its file should say, and the rest.
as_written: (a value) → how YAML writes it.
acceptances: (a drift plan, what is to be accepted) → entries for profiles/drift-ignore.yaml.
accepted_text: (the file's text, entries) → the text with the entries at its end. Comments and the form of what is there
stay. The caller reads the text again before it writes it: a file of another form is left to people.

Adoption takes only values that are known to have moved elsewhere. A person decides about a difference without a date,
and about one that moved on both sides. Whether `validate` accepts a live value shows when the changed file is resolved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from reconciler.core.authoring.yaml_text import mapping, quoted_scalar
from reconciler.core.basics import Location, cut
from reconciler.core.explanations import ORIGINS, DriftSection
from reconciler.core.fields import Json, Picture, Value, Webhook, canonical_url
from reconciler.core.planning.acknowledged import acceptable
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reading.acknowledgements import Acknowledgement
from reconciler.core.reading.layers import literal
from reconciler.core.target import Change, Desired, Known, Placed


@dataclass(frozen=True, slots=True)
class Authored(Placed):
    """A field that a profile's own file now says; `detail` adds what a reviewer should know."""

    profile: str
    file: str
    field: str
    detail: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut(Placed):
    """A field that was not written, and why. `failed` if it should have been and the machine prevented it."""

    profile: str
    file: str
    field: str
    reason: str
    failed: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class WantedField:
    """A value that a profile's own file should say."""

    field: str
    value: Value
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileChanges:
    """One profile's part: the values that its file should say, and those that it should not, each with its reason."""

    desired: Desired
    wanted: tuple[WantedField, ...] = ()
    left: tuple[LeftOut, ...] = ()


def left_out(desired: Desired, field: str, reason: str, *, failed: bool = False) -> LeftOut:
    """Return the value for a field of a profile that is not written."""
    profile = desired.target.profile
    return LeftOut(profile, file=desired.file, field=field, reason=reason, failed=failed, line=desired.line)


def overrides(source: Location, desired: Desired) -> str:
    """Return what the profile's own file then overrides, if the field is written elsewhere; else ""."""
    return f"overrides {source.file}:{source.line}" if source.file not in ("", desired.file) else ""


def spelled(value: Value, desired: Value) -> Value:
    """Return a value whose links are spelled as in the files: a provider rewrites the spelling of live links."""
    if not isinstance(value, tuple) or not isinstance(desired, tuple):
        return value
    known = {canonical_url(link): link for link in desired}
    return tuple(known.get(canonical_url(link), link) for link in value)


def as_written(value: Value, *, picture: str = "") -> Json:
    """Return a value as YAML writes it: a literal `${` is doubled, and a picture is its path."""
    match value:
        case Picture():
            return picture or value.file
        case str():
            return literal(value)
        case tuple():
            return [literal(link) for link in value]
        case Webhook():
            return {"url": literal(value.url)}
        case _:
            assert_never(value)


def is_text(data: Json) -> bool:
    """True if all of `data` can stand in a file; half of a surrogate pair cannot."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


_WEBHOOK = "a webhook is never adopted: its secrets are not shown, and customers' messages go where it says"


def adoption(plan: Plan, desired: Sequence[Desired]) -> tuple[FileChanges, ...]:
    """Return what to do with each profile that differs from live, in the plan's order."""
    by_key = {one.target.key: one for one in desired}
    found = (_of(planned, by_key[planned.target.key]) for planned in plan.targets if planned.differences)
    return tuple(one for one in found if one.wanted or one.left)


def _of(planned: TargetPlan, desired: Desired) -> FileChanges:
    found = [*_adoption_verdicts(planned, desired)]
    return FileChanges(
        desired=desired,
        wanted=tuple(one for one in found if isinstance(one, WantedField)),
        left=tuple(one for one in found if isinstance(one, LeftOut)),
    )


def _adoption_verdicts(planned: TargetPlan, desired: Desired) -> Iterator[WantedField | LeftOut]:
    """Yield a verdict on each difference, except those that wait for an apply: the files ask for them."""
    for change in planned.differences:
        observed, meaning = planned.status is TargetStatus.OBSERVED, ORIGINS[change.origin]
        moved = observed or meaning.section is DriftSection.MOVED or meaning.undecided
        live = change.before_value
        if not moved or live is None:
            continue
        if why := _why_not_adopted(change, live, observed=observed):
            yield left_out(desired, change.field, why)
        else:
            detail = overrides(change.source, desired)
            yield WantedField(field=change.field, value=spelled(live, change.after), detail=detail)


def _why_not_adopted(change: Change, live: Value, *, observed: bool) -> str:
    """Return why a live value is not taken, or ""."""
    if not isinstance(change.before, Known):
        return "it cannot be read back"
    if isinstance(live, Webhook):
        return _WEBHOOK
    if change.acknowledged:
        return f"accepted: {change.acknowledged}"
    if not observed and (undecided := ORIGINS[change.origin].undecided):
        return undecided
    return "" if is_text(as_written(live)) else "it holds half of a character"


_HEAD = "# yaml-language-server: $schema=../schemas/drift-ignore.schema.json\nversion: 1\nignore:\n"
# Each turn takes one line: if `\s` took line breaks here, thirty empty lines would take minutes.
_FIRST_ITEM = re.compile(r"^ignore:[^\n]*\n(?:[^\S\n]*(?:#[^\n]*)?\n)*?(?P<indent> *)- ", re.MULTILINE)
_MOST_SHOWN = 100
_NO_ITEM = re.compile(r"^ignore: *\[ *\](?= *(?:#|$))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An acceptance: the live values of `fields`, or of every field if none is named; why, and until when."""

    fields: tuple[str, ...]
    reason: str
    until: date


def acceptances(plan: Plan, wanted: Acceptance) -> tuple[Acknowledgement, ...]:
    """Return an entry for each difference of the fields that can be accepted and is not accepted yet."""
    return tuple(
        Acknowledgement(
            planned.target.profile,
            change.field,
            name,
            wanted.reason,
            wanted.until,
            shown=shown_value(change.before_value),
        )
        for planned in plan.targets
        for change in planned.differences
        if (not wanted.fields or change.field in wanted.fields) and not change.acknowledged
        if (name := acceptable(planned, change))
    )


def shown_value(value: Value | None) -> str:
    """Return a text or links for the person who reviews the entry of a live value; nothing of any other value."""
    match value:
        case str():
            return value
        case tuple():
            return " ".join(value)
        case _:
            return ""


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
        said = [
            *mapping({"profile": one.profile, "field": one.field}),
            # A hash tells a reviewer nothing. Quotes keep a value with line breaks on one line.
            *([f"# {quoted_scalar(cut(one.shown, _MOST_SHOWN))}"] if one.shown else ()),
            *mapping({"value": one.value, "reason": one.reason}),
            f"until: {one.until.isoformat()}",
        ]
        lines += [f"{indent}{'  ' if number else '- '}{line}\n" for number, line in enumerate(said)]
    return "".join(lines)
