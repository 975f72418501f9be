"""The two issues that a repository's folder can have: one about drift, one about a failed apply.

roll_drift_issue: (what the issue remembers, a drift page, the time) → what it remembers next, and the news.
failure_issue: (an apply's page, whether the issue is open) → what happens to the issue.
issue_marker, bounded: the fields that differ ↔ the hidden line in the body, by which the next run knows them.

Others can edit the body, so the hidden line decides only about words. If there are more fields than fit, only their
number is kept, and a digest that tells whether they are the same ones.

One issue for each folder of the repository, for ever. It is opened when something differs, closed when a complete look
finds nothing, and opened again later. For a field that could not be read, the last known state stays: it is no news
that it was not seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Final, TypeAlias, assert_never

from pydantic import Field

from reconciler.core.reports.handover import Handover, HandoverKind, MovedField
from reconciler.forge.marker import Marker, RunNumber, first_line, hidden, read_marker
from reconciler.forge.port import Issue, is_same_name

# The state shares the body with the text that people read.
STATE_BYTES: Final = 24_000
_DIGEST: Final = 12

FieldPlace: TypeAlias = tuple[str, str]
# JSON has no tuples, and a strict model takes no list for one.
_Row: TypeAlias = Annotated[tuple[str, str, str, str, str], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class DriftedField:
    """One field that differs from its file: since when, and, if today's look could not see it, when it was seen last.

    `since` is empty if it differed before it could be remembered. `live` tells one value from another, if the value has
    a name.
    """

    profile: str
    field: str
    since: str = ""
    seen: str = ""
    live: str = ""

    @property
    def place(self) -> FieldPlace:
        """The identity of the field."""
        return (self.profile, self.field)


@dataclass(frozen=True, slots=True)
class EachField:
    """Every field that differs."""

    fields: tuple[DriftedField, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.fields)

    @property
    def digest(self) -> str:
        """A digest that tells whether two sets of fields are the same."""
        places = sorted(one.place for one in self.fields)
        return hashlib.sha256(json.dumps(places).encode()).hexdigest()[:_DIGEST]


@dataclass(frozen=True, slots=True)
class ManyFields:
    """More fields than can be remembered one by one."""

    count: int
    digest: str


DriftIssueState: TypeAlias = EachField | ManyFields


class IssueMarker(Marker):
    """The marker of an issue: besides its owner, the time of the look, and the fields that differed then.

    Of `remembered` targets the ledger held something.
    """

    looked: str = ""
    fields: Annotated[tuple[_Row, ...], Field(strict=False)] = ()
    count: RunNumber = 0
    digest: str = ""
    remembered: RunNumber = 0

    @property
    def standing(self) -> DriftIssueState:
        """The fields that differed at that look."""
        if self.digest:
            return ManyFields(count=self.count, digest=self.digest)
        found = (
            DriftedField(profile=profile, field=field, since=since, seen=seen, live=live)
            for profile, field, since, seen, live in self.fields
        )
        return EachField(fields=tuple({one.place: one for one in found}.values()))


def issue_marker(marker: Marker, standing: DriftIssueState, *, looked: str, remembered: int = 0) -> IssueMarker:
    """Return the marker of an issue."""
    known = {name: getattr(marker, name) for name in Marker.model_fields} | {"remembered": remembered}
    if isinstance(standing, ManyFields):
        return IssueMarker(**known, looked=looked, count=standing.count, digest=standing.digest)
    rows = tuple((one.profile, one.field, one.since, one.seen, one.live) for one in standing.fields)
    return IssueMarker(**known, looked=looked, fields=rows)


def bounded(each: EachField) -> DriftIssueState:
    """Return the part of the differences that can be remembered: each field, or how many."""
    example = Marker(key="", kind=HandoverKind.DRIFT, run=0, attempt=0)
    fits = len(hidden("", issue_marker(example, each, looked=""))) <= STATE_BYTES
    return each if fits else ManyFields(count=each.count, digest=each.digest)


DRIFT_LABEL: Final = "reconciler"
# How many characters of a value's name are remembered.
_NAME: Final = 8


@dataclass(frozen=True, slots=True)
class DriftIssueNews:
    """Other fields differ than before; which ones, if each was remembered both times."""

    before: int
    after: int
    new: tuple[FieldPlace, ...] = ()
    gone: tuple[FieldPlace, ...] = ()
    each: bool = True

    @property
    def wakes(self) -> bool:
        """True if a difference is new to the readers of the issue."""
        return bool(self.new) or (not self.each and self.after > 0)


@dataclass(frozen=True, slots=True)
class LedgerMemory:
    """Of how many targets the ledger held something at the look `before`, and `now`.

    The issue `keeps` the number that the next look is compared with.
    """

    before: int = 0
    now: int = 0
    keeps: int = 0

    @property
    def gone(self) -> bool:
        """True if entries are missing: the program itself deletes none."""
        return self.now < self.before


def remembering(before: int, page: Handover) -> LedgerMemory:
    """Return what is to be said of the ledger's memory. What was lost is told until an apply made new memory of it."""
    if page.remembered is None:
        return LedgerMemory(before, before, keeps=before)
    lost = page.remembered < before and (page.no_apply or page.waiting)
    return LedgerMemory(before, page.remembered, keeps=before if lost else page.remembered)


@dataclass(frozen=True, slots=True)
class DriftIssueRoll:
    """What happens to the issue.

    `news` is for a comment. `turned` are fields whose value changed after a person closed the issue. With `stays`, it
    is not known which remembered fields still differ, and the text of the last complete look stays below the new head.
    `memory` is the ledger's.
    """

    standing: DriftIssueState
    open: bool
    news: DriftIssueNews | None = None
    turned: tuple[FieldPlace, ...] = ()
    stays: bool = False
    memory: LedgerMemory = LedgerMemory()


def found_issue(
    issues: Iterable[Issue], name: str, *, key: str, author: str
) -> tuple[Issue, IssueMarker | None] | None:
    """Return this folder's issue of the kind `name`, and its marker, None if that is broken.

    If there are several, an open one counts before a closed one, and then the newest.
    """
    ours = [one for one in issues if is_same_name(one.author, author)]
    read = [(one, read_marker(name, first_line(one.body), of=IssueMarker)) for one in ours]
    whole = [(one, marker) for one, marker in read if isinstance(marker, IssueMarker) and marker.key == key]
    broken = [(one, None) for one, marker in read if isinstance(marker, str)]
    return max(whole or broken, key=lambda found: (found[0].open, found[0].number), default=None)


def roll_drift_issue(
    was: DriftIssueState, page: Handover, *, is_open: bool, looked: str, now: str, remembered: int = 0
) -> DriftIssueRoll:
    """Return what follows from a page of drift; `looked` is the time of the look that `was` comes from.

    A person who closes the issue has seen its content. Only something new opens it again, and another value is new.
    Of `remembered` targets the ledger held something then. Where entries are missing now, what seems to be new may be
    drift that was forgotten, so it counts.
    """
    memory = remembering(remembered, page)
    found = (*page.moved, *(page.waiting if memory.gone else ()))
    return replace(_rolled(was, page, found, is_open=is_open, looked=looked, now=now), memory=memory)


def _rolled(
    was: DriftIssueState, page: Handover, found: Iterable[MovedField], *, is_open: bool, looked: str, now: str
) -> DriftIssueRoll:
    partial = page.errored or not page.complete
    if isinstance(was, ManyFields) and partial:
        return DriftIssueRoll(standing=was, open=is_open, stays=True)
    standing = bounded(_merged(was, page, found, looked=looked, now=now))
    news = _news(was, standing)
    if not standing.count:
        return DriftIssueRoll(standing=standing, open=is_open and partial, news=news)
    turned = () if is_open else _turned(was, standing)
    wakes = bool(turned) or (news is not None and news.wakes)
    return DriftIssueRoll(standing=standing, open=is_open or wakes, news=news, turned=turned)


def _merged(
    was: DriftIssueState, page: Handover, differing: Iterable[MovedField], *, looked: str, now: str
) -> EachField:
    """Return the fields that differ now, and those that differed before and could not be seen."""
    match was:
        case EachField(fields=fields):
            known, since = {one.place: one for one in fields}, now
        case ManyFields():
            known, since = {}, ""
        case _:
            assert_never(was)
    unseen = _unseen(page)
    found = {one.place: replace(one, seen=one.seen or looked) for one in known.values() if unseen(one)}
    for moved in differing:
        place = (moved.profile, moved.field)
        known_since = known[place].since if place in known else since
        live = _short(moved.live)
        found[place] = DriftedField(profile=moved.profile, field=moved.field, since=known_since, live=live)
    return EachField(fields=tuple(found[place] for place in sorted(found)))


def _short(live: str) -> str:
    """Return enough of a value's name to tell it from the one before."""
    return live.removeprefix("sha256:")[:_NAME]


def _turned(was: DriftIssueState, standing: DriftIssueState) -> tuple[FieldPlace, ...]:
    """Return the fields that differed before, and now show another value."""
    if not (isinstance(was, EachField) and isinstance(standing, EachField)):
        return ()
    before = {one.place: one.live for one in was.fields}
    return tuple(one.place for one in standing.fields if one.live and before.get(one.place, "") not in ("", one.live))


def _unseen(page: Handover) -> Callable[[DriftedField], bool]:
    """Return a function that tells of a field whether the look could not see it."""
    unread = {(one.profile, one.field) for one in page.unread}
    # Something was not seen, and the page does not say what: it may have been any field.
    blind = page.errored or (not page.complete and not unread)
    return lambda one: blind or one.place in unread or (one.profile, "") in unread


def _news(was: DriftIssueState, standing: DriftIssueState) -> DriftIssueNews | None:
    if was.digest == standing.digest:
        return None
    if isinstance(was, EachField) and isinstance(standing, EachField):
        before, after = ({one.place for one in found.fields} for found in (was, standing))
        new, gone = tuple(sorted(after - before)), tuple(sorted(before - after))
        return DriftIssueNews(before=was.count, after=standing.count, new=new, gone=gone)
    return DriftIssueNews(before=was.count, after=standing.count, each=False)


class FailureIssue(Enum):
    """What happens to the issue about a failed apply."""

    OPEN = "open"
    WRITE = "write"
    CLOSE = "close"
    LEAVE = "leave"


def failure_issue(page: Handover, *, is_open: bool) -> FailureIssue:
    """Return what happens to it; an apply that was superseded, or could not read everything, settles nothing."""
    if page.failed or page.errored:
        return FailureIssue.WRITE if is_open else FailureIssue.OPEN
    return FailureIssue.CLOSE if is_open and page.exit_code == 0 and page.complete else FailureIssue.LEAVE
