"""How far a stage of a run has come, how fast it goes, and what it waits for.

Headway: one stage at one time, as a value
Headway.rate, Headway.left: → profiles a second, and seconds until the end, where both can be told
is_worth_a_line: (what the log said last, what stands now) → whether a log gets another line
time_left: (what a person wrote, the time now) → the seconds until a run's limit
stopping: (how many writes are on their way) → what a person is told who presses Ctrl-C
duration: (seconds) → the time in words

All times are monotonic seconds. The clock belongs to the caller.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    """The work of a run on many profiles, by the word that people read."""

    READING = "Reading"
    CHECKING = "Checking"
    WRITING = "Writing"


# Why a call is not made, or a profile not read, in a run that has a limit.
RUN_OVER = "the run's time is over"
# The rate is that of this many seconds: an allowance lets a burst through, and then holds every call back.
_WINDOW = 20.0
# Before that, a rate would be a guess.
_SOONEST = 1.0
# A log gets a line when another tenth is done, but not two in a second, and when it was silent for long.
_TENTHS = 10
_SPACING = 1.0
_SILENCE = 30.0


@dataclass(frozen=True, slots=True)
class Headway:
    """A stage at the time `now`: `done` of `total` profiles, and the reasons for which workers wait.

    `note` says at the start what the stage may take. `marks` are earlier times with what was done by then.
    """

    stage: Stage
    total: int
    now: float
    done: int = 0
    note: str = ""
    waits: tuple[str, ...] = ()
    marks: tuple[tuple[float, int], ...] = ()

    @classmethod
    def begun(cls, stage: Stage, total: int, *, now: float, note: str = "") -> Headway:
        """Return a stage that begins now."""
        return cls(stage, total, now, note=note, marks=((now, 0),))

    def at(self, now: float) -> Headway:
        """Return the same at a later time."""
        return replace(self, now=now)

    def advanced(self, now: float) -> Headway:
        """Return the stage after one more profile."""
        done, marks = self.done + 1, self.marks
        if now - marks[-1][0] >= _SOONEST:
            marks = (*marks, (now, done))
        # The last mark before the window stays: the rate is measured from it.
        while len(marks) > 1 and now - marks[1][0] >= _WINDOW:
            marks = marks[1:]
        return replace(self, now=now, done=done, marks=marks)

    @property
    def rate(self) -> float | None:
        """The profiles a second of late, or None while that cannot be told."""
        time, done = self.marks[0]
        passed = self.now - time
        return (self.done - done) / passed if passed >= _SOONEST and self.done > done else None

    @property
    def left(self) -> float | None:
        """The seconds until the end at this rate, or None while that cannot be told."""
        return (self.total - self.done) / self.rate if self.rate is not None else None


def is_worth_a_line(said: Headway, standing: Headway) -> bool:
    """Return whether a log that said `said` gets another line: each 10 percent, and each 30 seconds."""
    passed = standing.now - said.now
    further = _tenth(standing) > _tenth(said)
    return (further and passed >= _SPACING) or passed >= _SILENCE


def _tenth(standing: Headway) -> int:
    return _TENTHS * standing.done // standing.total if standing.total else 0


_DURATION = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m(?:in)?)?(?:(\d{1,6})s)?", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAY = 24 * 3600


def time_left(text: str, now: datetime) -> float | None:
    """Return the seconds until the limit that `text` names, None if it names none that is still to come.

    It is a duration (`90m`, `1h30m`), a time of day in UTC (`14:30`), or a time with its zone (`2026-12-01T14:30Z`).
    """
    plain = text.replace(" ", "")
    if (found := _DURATION.fullmatch(plain)) is not None and plain:
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return float(hours * 3600 + minutes * 60 + seconds) or None
    if (clock := _CLOCK.fullmatch(plain)) is not None:
        here = now.astimezone(UTC)
        then = here.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return (then - here).total_seconds() % _DAY or None
    try:
        end = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    left = end - now if end.tzinfo is not None else timedelta(0)
    return left.total_seconds() if left > timedelta(0) else None


def stopping(writes: int) -> str:
    """Return what is said at the first signal, while so many writes are on their way."""
    if not writes:
        return "Stopping: no write is on its way, and what was sent is being recorded."
    if writes == 1:
        return "Stopping: finishing 1 write that is on its way. Press again to leave it unknown."
    return f"Stopping: finishing {writes} writes that are on their way. Press again to leave them unknown."


def duration(seconds: float) -> str:
    """Return a time as people say it: `5 s`, `1 min 37 s`, `2 h 5 min`; parts of a second count as a whole one."""
    whole = math.ceil(max(seconds, 0.0))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
