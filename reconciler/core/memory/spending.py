"""What an account's calls took of its allowance, what looks found, and which numbers the last one did not come to.

Window: the calls that were made in the time of a rate, so that no such time ever has more of them than it allows.
AccountRecord: what the ledger keeps of an account, so that runs know of each other.
merged: (what is kept, what a run adds) → what is kept then.

The time of a rate is told in sixtieths, for an hour in minutes. A provider counts the calls of any such time, so a call
counts until the whole of its sixtieth is older than that. A bucket that fills up again while it is being emptied would
let almost twice as many through in the first hour.

The provider's own figure outranks what is remembered. A record can be forged like any other memory. At worst, a run
then waits for the time of one rate, or begins with other numbers.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from reconciler.core.traits import Rate

_PARTS = 60
# A shorter time is over before another run begins.
_WORTH_KEEPING = 600.0
_MOST_UNREAD = 100_000
# By how many parts of the time the clock of another machine may be ahead.
_MOST_AHEAD = 5
_LONGEST_KEY = 1000
# Looks at drift are kept for about a year.
_MOST_LOOKS = 366

# How many calls were made in which part of time, counted since 1970, the oldest first.
Slots: TypeAlias = tuple[tuple[int, int], ...]
AccountKey: TypeAlias = tuple[str, str, str]
# How many differences the last whole look at drift of each day found, the oldest first.
Looks: TypeAlias = tuple[tuple[date, int], ...]


class Window:
    """The calls of one account within the time of its rate: this run's own, and those of others as far as known.

    Every time is in seconds since 1970.
    """

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._width = rate.seconds / _PARTS
        self._own: deque[list[int]] = deque()
        self._others: deque[list[int]] = deque()
        self._used = 0
        # What this run has made in all, by part, as far as no ledger has it yet.
        self._fresh: dict[int, int] = {}

    def remember(self, slots: Slots, now: float) -> None:
        """Take over what the ledger knows of earlier runs, but not times in the future or before the window."""
        here = self._part(now)
        self._count_others((part, calls) for part, calls in sorted(slots) if here - _PARTS <= part <= here)

    def told(self, percent: float, now: float) -> None:
        """Take the provider's figure, in percent, which knows the calls of all others. A part of one counts whole."""
        self._expire(now)
        used = math.ceil(self.rate.calls * min(percent + 1, 100) / 100)
        others = max(0, used - sum(calls for _, calls in self._own))
        known = sum(calls for _, calls in self._others)
        if others > known:
            self._count_others([*self._others, (self._part(now), others - known)])
        elif others < known:
            # The provider's figure no longer counts the oldest.
            kept: list[tuple[int, int]] = []
            for part, calls in reversed(self._others):
                kept.append((part, min(calls, others)))
                others -= kept[-1][1]
            self._count_others(reversed(kept))

    def left(self, now: float) -> int:
        """Return how many calls may be made at once."""
        return max(0, self._free(now))

    def wait(self, calls: int, now: float) -> float:
        """Return after how many seconds so many `calls` may be made at once; more than the rate allows never may."""
        wanted, free = min(calls, self.rate.calls), self._free(now)
        known, seconds = deque(_by_part(self._own, self._others)), 0.0
        while wanted > free:
            part, gone = known.popleft()
            free += gone
            seconds = self._ends(part) - now
        return seconds

    def take(self, calls: int, now: float) -> None:
        """Count `calls` that are being made."""
        self._add(self._own, self._part(now), calls)
        self._used += calls
        self._fresh[self._part(now)] = self._fresh.get(self._part(now), 0) + calls

    def give_back(self, calls: int, now: float) -> None:
        """Take back calls that were counted, and that were not made after all."""
        for one in reversed(self._own):
            back = min(calls, one[1], self._fresh.get(one[0], 0))
            one[1] -= back
            self._used -= back
            self._fresh[one[0]] = self._fresh.get(one[0], 0) - back
            calls -= back
        self._expire(now)

    def lasts(self, calls: int, now: float) -> float:
        """Return after how many seconds the last of `calls` calls can be made, if each is made as soon as it may."""
        free, time = self._free(now), now
        known = deque(_by_part(self._own, self._others))
        while calls > free:
            if free > 0:
                self._add(known, self._part(time), free)
                calls, free = calls - free, 0
            part, gone = known.popleft()
            free += gone
            time = max(time, self._ends(part))
        return time - now

    def fresh(self) -> Slots:
        """Return this run's calls that no ledger has yet, and count them as kept."""
        found = tuple(sorted((part, calls) for part, calls in self._fresh.items() if calls > 0))
        self._fresh.clear()
        return found if self.rate.seconds >= _WORTH_KEEPING else ()

    def not_kept(self, slots: Slots) -> None:
        """Count `slots` as fresh again: the ledger could not keep them."""
        for part, calls in slots:
            self._fresh[part] = self._fresh.get(part, 0) + calls

    def _free(self, now: float) -> int:
        """Return how many calls may be made; below nothing where others made more than is allowed."""
        self._expire(now)
        return self.rate.calls - self._used

    def _part(self, time: float) -> int:
        return int(time // self._width)

    def _ends(self, part: int) -> float:
        """Return when the last call of a part has left the window."""
        return (part + 1 + _PARTS) * self._width

    def _expire(self, now: float) -> None:
        for calls in (self._own, self._others):
            while calls and self._ends(calls[0][0]) <= now:
                self._used -= calls.popleft()[1]

    def _count_others(self, slots: Iterable[Iterable[int]]) -> None:
        self._used -= sum(calls for _, calls in self._others)
        self._others = deque([part, calls] for part, calls in slots if calls > 0)
        # A forged record must not hold a run up for longer than the allowance that it stands for.
        most = self.rate.calls
        for one in self._others:
            one[1] = min(one[1], most)
            most -= one[1]
        self._used += sum(calls for _, calls in self._others)

    @staticmethod
    def _add(slots: deque[Any], part: int, calls: int) -> None:
        if slots and slots[-1][0] == part:
            slots[-1] = [part, slots[-1][1] + calls]
        else:
            slots.append([part, calls])


def _by_part(*slots: Iterable[list[int]]) -> list[list[int]]:
    return sorted([part, calls] for one in slots for part, calls in one)


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What the ledger keeps of an account: its calls of late, where the last look stopped, and what looks found.

    `unread` are in the order in which the next look begins with them. In what a run adds, `read` are the addresses that
    it did come to, which wait no more.
    """

    key: AccountKey
    slots: Slots = ()
    unread: tuple[str, ...] = ()
    read: frozenset[str] = frozenset()
    looks: Looks = ()


def merged(known: AccountRecord | None, news: AccountRecord) -> AccountRecord:
    """Return what is kept after `news`, whatever other runs added meanwhile."""
    calls: dict[int, int] = {}
    for part, number in (*(known.slots if known is not None else ()), *news.slots):
        calls[part] = calls.get(part, 0) + number
    # A time in the future was forged, or comes from a wrong clock. It must not make true calls look old.
    now = max((part for part, _ in news.slots), default=max(calls, default=0))
    newest = sorted(part for part in calls if now - _PARTS <= part <= now + _MOST_AHEAD)[-(_PARTS + 1) :]
    slots = tuple((part, calls[part]) for part in newest)
    waited = known.unread if known is not None else ()
    over = {*news.read, *news.unread}
    unread = (*(one for one in waited if one not in over), *news.unread)
    looks = {**dict(known.looks if known is not None else ()), **dict(news.looks)}
    return AccountRecord(news.key, slots, unread, looks=tuple(sorted(looks.items())[-_MOST_LOOKS:]))


def account_to_json(record: AccountRecord) -> dict[str, Any]:
    """Return `record` as the ledger keeps it."""
    slots = [list(slot) for slot in record.slots]
    looks = {"looks": [[day.isoformat(), found] for day, found in record.looks]} if record.looks else {}
    return {"format": 1, "key": list(record.key), "calls": slots, "unread": list(record.unread), **looks}


def account_from_json(data: Any) -> AccountRecord:
    """Return the record that `account_to_json` wrote; raises ValueError for anything else."""
    match data:
        case {
            "format": 1,
            "key": [str(provider), str(endpoint), str(account)],
            "calls": list(calls),
            "unread": list(unread),
        } if len(calls) <= _PARTS + 1 and len(unread) <= _MOST_UNREAD:
            slots = tuple(sorted(map(_slot, calls)))
            names = tuple(one for one in unread if isinstance(one, str) and len(one) <= _LONGEST_KEY)
            return AccountRecord((provider, endpoint, account), slots, names, looks=_looks(data.get("looks", [])))
        case _:
            raise ValueError("not the record of an account")


def _looks(data: Any) -> Looks:
    """Return the looks that are written down; records of earlier versions have none."""
    if not isinstance(data, list) or len(data) > _MOST_LOOKS:
        raise ValueError("not the looks at an account")
    return tuple(sorted(map(_look, data)))


def _look(data: Any) -> tuple[date, int]:
    match data:
        case [str(day), int(found)] if found >= 0:
            return date.fromisoformat(day), found
        case _:
            raise ValueError("not what a look found")


def _slot(data: Any) -> tuple[int, int]:
    match data:
        case [int(part), int(calls)] if part >= 0 and calls >= 0:
            return part, calls
        case _:
            raise ValueError("not how many calls were made when")


def with_accounts(
    known: Mapping[AccountKey, AccountRecord], news: Iterable[AccountRecord]
) -> dict[AccountKey, AccountRecord]:
    """Return the records of accounts in `news` as they are kept upon what is `known`."""
    found: dict[AccountKey, AccountRecord] = {}
    for one in news:
        found[one.key] = merged(found.get(one.key) or known.get(one.key), one)
    return found
