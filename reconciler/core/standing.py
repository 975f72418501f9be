"""standing: the fields that differ ⇄ the hidden line in an issue's body by which the next run knows them.

Others can edit the body, so what comes back decides about words, and about nothing else. Of more fields than fit, only
how many they are is kept, and what says whether they are the same ones.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from reconciler.core.basics import Model
from reconciler.core.handover import HandoverKind
from reconciler.core.marker import Marker, RunNumber, hidden

# What is remembered shares the body with what people read.
STATE_BYTES: Final = 24_000
_DIGEST: Final = 12

FieldPlace: TypeAlias = tuple[str, str]
# JSON has no tuples, and a strict model takes no list for one.
_Row: TypeAlias = Annotated[tuple[str, str, str, str, str], Field(strict=False)]


class DriftedField(Model):
    """One field that is not as its file says: since when, and, if it was not seen today, when it was seen last.

    `since` is empty where it was there before anybody could remember it. `live` tells one value from another, where
    that can be named.
    """

    profile: str
    field: str
    since: str = ""
    seen: str = ""
    live: str = ""

    @property
    def place(self) -> FieldPlace:
        """What it is known by."""
        return (self.profile, self.field)


class EachField(Model):
    """Every field that differs."""

    fields: tuple[DriftedField, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.fields)

    @property
    def digest(self) -> str:
        """What says whether they are the same ones."""
        places = sorted(one.place for one in self.fields)
        return hashlib.sha256(json.dumps(places).encode()).hexdigest()[:_DIGEST]


class ManyFields(Model):
    """More fields than can be remembered one by one."""

    count: int
    digest: str


DriftIssueState: TypeAlias = EachField | ManyFields


class IssueMarker(Marker):
    """The marker of an issue: besides whose text it is, when the look was, and what differed then."""

    looked: str = ""
    fields: Annotated[tuple[_Row, ...], Field(strict=False)] = ()
    count: RunNumber = 0
    digest: str = ""

    @property
    def standing(self) -> DriftIssueState:
        """What differed at that look."""
        if self.digest:
            return ManyFields(count=self.count, digest=self.digest)
        found = (
            DriftedField(profile=profile, field=field, since=since, seen=seen, live=live)
            for profile, field, since, seen, live in self.fields
        )
        return EachField(fields=tuple({one.place: one for one in found}.values()))


def issue_marker(marker: Marker, standing: DriftIssueState, *, looked: str) -> IssueMarker:
    """Return the marker of an issue."""
    known = {name: getattr(marker, name) for name in Marker.model_fields}
    if isinstance(standing, ManyFields):
        return IssueMarker(**known, looked=looked, count=standing.count, digest=standing.digest)
    rows = tuple((one.profile, one.field, one.since, one.seen, one.live) for one in standing.fields)
    return IssueMarker(**known, looked=looked, fields=rows)


def bounded(each: EachField) -> DriftIssueState:
    """Return what can be remembered of all that differs: each field, or how many."""
    nobody = Marker(key="", kind=HandoverKind.DRIFT, run=0, attempt=0)
    fits = len(hidden("", issue_marker(nobody, each, looked=""))) <= STATE_BYTES
    return each if fits else ManyFields(count=each.count, digest=each.digest)
