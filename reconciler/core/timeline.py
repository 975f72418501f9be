"""timeline: (the runs' records, the targets that count, today) → what applies did in each day, week or month.

The ledger remembers every apply, and what an apply found changed elsewhere and left alone. A look that is no apply
leaves no record. A record is foreign: a time that is none, or is still to come, is passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from reconciler.core.memory.runs import NOT_TO_SEND, FieldStatus, RunRecord
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
    """How many fields applies `applied`, `left` as they are live, and `failed` to write, from the day `begins` on."""

    begins: date
    applied: int = 0
    left: int = 0
    failed: int = 0

    @property
    def whole(self) -> int:
        """All fields that applies had to do with."""
        return self.applied + self.left + self.failed


@dataclass(frozen=True, slots=True)
class Timeline:
    """The spans from the first apply until today, the oldest first; none if no apply is remembered.

    `cut` says that there were applies before the first span.
    """

    span: Period
    spans: tuple[PeriodNumbers, ...] = ()
    cut: bool = False


NO_TIME = Timeline(Period.DAY)


def timeline(runs: Iterable[RunRecord], keys: Collection[TargetKey], today: date) -> Timeline:
    """Return what applies did to the targets `keys`, up to `today`."""
    found = [one for one in _fields(runs, keys) if one[0] <= today]
    if not found:
        return NO_TIME
    first = min(day for day, _ in found)
    days = (today - first).days
    span = Period.DAY if days < _DAYS else Period.WEEK if days < _WEEKS else Period.MONTH
    counted = Counter((_begin(day, span), kind) for day, kind in found)
    begins = _begins(_begin(first, span), _begin(today, span), span)
    spans = (PeriodNumbers(one, *(counted[one, kind] for kind in ("applied", "left", "failed"))) for one in begins)
    return Timeline(span, tuple(spans), cut=begins[0] > first)


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
