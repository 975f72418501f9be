"""read_acknowledgements: (profiles/drift-ignore.yaml, all profiles' names) → its entries, and the problems in it.

An acknowledgement accepts one live value of one field until a day, and says why.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from reconciler.core.basics import NOWHERE, Diagnostic, Location, Model, error, errors_of, in_order, warning
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.reading.parsing import dotted, parse_partly
from reconciler.core.reading.slips import slip_problems
from reconciler.core.reading.suggestions import Nearest, did_you_mean
from reconciler.core.yaml_documents import Document, Path

FINGERPRINT = r"^sha256:[0-9a-f]{64}$"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(data: object) -> date:
    """Return a day that is written as a date or as text; raises ValueError for anything else."""
    match data:
        case date() if not isinstance(data, datetime):
            return data
        case str() if _DAY.fullmatch(data):
            return date.fromisoformat(data)
        case _:
            raise ValueError("no day")


class IgnoreEntry(Model):
    """One entry as written: an accepted live value, by its fingerprint. `until` is the last day."""

    profile: Annotated[str, Field(min_length=1, description="the name of a profile")]
    field: str
    value: Annotated[str, Field(pattern=FINGERPRINT, description="the hash that `drift --accept` writes, in full")]
    reason: Annotated[str, Field(min_length=1, description="why the live value is accepted")]
    until: Annotated[date, BeforeValidator(_day), Field(description="a day such as 2026-12-27")]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A sound entry, and its place in the file. Of one that is yet to be written, `shown` is its value for people."""

    profile: str
    field: str
    value: str
    reason: str
    until: date
    source: Location = NOWHERE
    shown: str = ""


class IgnoreDocument(Model):
    """profiles/drift-ignore.yaml as written."""

    version: Literal[1]
    # Entries are checked one by one, so that a wrong one does not hide the others.
    ignore: list[Any]


@dataclass(frozen=True, slots=True)
class Acknowledgements:
    """The sound entries, and every problem in the file."""

    entries: tuple[Acknowledgement, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


_NOTHING: dict[str, Any] = {
    "profile": "-",
    "field": FIELD_NAMES[0],
    "value": f"sha256:{'0' * 64}",
    "reason": "-",
    "until": date.min,
}


def read_acknowledgements(document: Document, profiles: Collection[str]) -> Acknowledgements:
    """Check the file; `profiles` are the names of all profiles."""
    parsed = parse_partly(IgnoreDocument, document, (), data=document.data, stand_ins={"version": 1, "ignore": []})
    found: list[Acknowledgement] = []
    names, near = frozenset(profiles), Nearest(profiles)
    problems = [*parsed.problems, *slip_problems(document)]
    for number, data in enumerate(parsed.value.ignore):
        path = ("ignore", number)
        entry = parse_partly(IgnoreEntry, document, path, data=data, stand_ins=_NOTHING)
        wrong = (*entry.problems, *_unknown_field(document, path, name=entry.value.field))
        if not errors_of(wrong):
            found.append(Acknowledgement(**dict(entry.value), source=document.at(path)))
        name = entry.value.profile
        if "profile" not in entry.wrong and name not in names:
            problems.append(_unknown_profile(document, path, name, hint=near(name)))
        problems += wrong
    return Acknowledgements(tuple(found), in_order(problems))


def _unknown_field(document: Document, path: Path, *, name: str) -> Iterator[Diagnostic]:
    if name not in FIELD_NAMES:
        at, hint = (*path, "field"), did_you_mean(name, FIELD_NAMES)
        yield error("unknown-field", f"{dotted(at)}: unknown field {name!r}", hint=hint, location=document.at(at))


def _unknown_profile(document: Document, path: Path, name: str, *, hint: str) -> Diagnostic:
    """Return the warning for an entry whose profile is gone. The entry has no effect, so it is not an error."""
    at = (*path, "profile")
    return warning(
        "unknown-profile", f"{dotted(at)}: there is no profile {name!r}", hint=hint, location=document.at(at)
    )
