"""timeline: (the runs' records, the targets that count, today, looks) → what applies did and looks found over time.

The ledger remembers every apply, and what an apply found changed elsewhere and left alone. Of looks at drift it
remembers how much the last whole one of each day found at each account. A record is foreign: a time that is none, or is
still to come, is passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from reconciler.core.memory.runs import NOT_TO_SEND, FieldStatus, RunRecord
from reconciler.core.memory.spending import Looks
from reconciler.core.planning.base import TargetKey

_APPLIED = frozenset({FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED, FieldStatus.ALTERED})
_FAILED = frozenset({FieldStatus.FAILED, FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED})
# A time of so many days is told day by day, or week by week.
_DAYS, _WEEKS = 31, 210
# More bars than these are too narrow to be told apart.
MOST_SPANS = 36


class Period(StrEnum):
    """What one bar stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class PeriodNumbers:
    """How many fields applies `applied`, `left` as they are live, and `failed` to write, from the day `begins` on.

    `found` is how many fields were changed elsewhere by the last look at each account; None if there was no look.
    """

    begins: date
    applied: int = 0
    left: int = 0
    failed: int = 0
    found: int | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The spans from the first apply or look until today, the oldest first; none if neither is remembered.

    `cut` says that there were some before the first span.
    """

    span: Period
    spans: tuple[PeriodNumbers, ...] = ()
    cut: bool = False


NO_TIME = Timeline(Period.DAY)


def timeline(
    runs: Iterable[RunRecord], keys: Collection[TargetKey], today: date, *, looks: Iterable[Looks] = ()
) -> Timeline:
    """Return what applies did to the targets `keys`, up to `today`, and what the `looks` of each account found."""
    found = [one for one in _fields(runs, keys) if one[0] <= today]
    looked = [[one for one in mine if one[0] <= today] for mine in looks]
    days_seen = [day for day, _ in found] + [day for mine in looked for day, _ in mine]
    if not days_seen:
        return NO_TIME
    first = min(days_seen)
    days = (today - first).days
    span = Period.DAY if days < _DAYS else Period.WEEK if days < _WEEKS else Period.MONTH
    counted = Counter((_begin(day, span), kind) for day, kind in found)
    begins, last = _begins(_begin(first, span), _begin(today, span), span), _last_looks(looked, span)
    spans = (
        PeriodNumbers(one, counted[one, "applied"], counted[one, "left"], counted[one, "failed"], last.get(one))
        for one in begins
    )
    return Timeline(span, tuple(spans), cut=begins[0] > first)


def _last_looks(looks: Iterable[Iterable[tuple[date, int]]], span: Period) -> dict[date, int]:
    """Return how many differences the last looks of a span found at all accounts together."""
    found: dict[date, int] = {}
    for mine in looks:
        # Days come in their order, so the last one of a span stays.
        for begins, number in {_begin(day, span): number for day, number in mine}.items():
            found[begins] = found.get(begins, 0) + number
    return found


def _fields(runs: Iterable[RunRecord], keys: Collection[TargetKey]) -> Iterator[tuple[date, str]]:
    """Yield the day of each field of an apply, and what became of it."""
    for run in runs:
        try:
            day = date.fromisoformat(run.started.partition("T")[0])
        except ValueError:
            continue
        for outcome in run.outcomes:
            if outcome.target.key in keys:
                kinds = (_kind(field.status) for field in outcome.fields)
                yield from ((day, kind) for kind in kinds if kind)


def _kind(status: FieldStatus) -> str:
    """Return what a field counts as; "" for one that no apply came to."""
    named = {"applied": _APPLIED, "left": NOT_TO_SEND, "failed": _FAILED}
    return next((name for name, statuses in named.items() if status in statuses), "")


def _begin(day: date, span: Period) -> date:
    """Return the first day of the span that `day` is in; a week begins on Monday."""
    if span is Period.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if span is Period.WEEK else day


def _begins(first: date, last: date, span: Period) -> list[date]:
    """Return the beginnings of the spans from `first` to `last`; of very many the newest."""
    found = [last]
    while found[-1] > first and len(found) < MOST_SPANS:
        found.append(_begin(found[-1] - timedelta(days=1), span))
    return found[::-1]
