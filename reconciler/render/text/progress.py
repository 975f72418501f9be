"""A sign of life: how far a stage is, at a terminal and in a log.

progress_text: (a standing, columns) → one line with a bar, and what is waited for, on it or below it
beginning_text, progress_line: (a standing) → a line of a log, at the start and on the way
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.core.basics import count
from reconciler.core.progress import Headway, duration
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import Look, styled

_BAR = 25
_SHORT_BAR = 8
_DONE, _TO_DO = "█", "░"
_BLOCKS = re.compile(f"{_DONE}+")
_BETWEEN = "  "
# From here on a rate has no decimals; below the other, it is told by the minute.
_FAST, _SLOW = 10.0, 1.0


def progress_text(standing: Headway, width: int) -> str:
    """Return the standing for a terminal of `width` columns. What has no room is left out, the numbers last."""
    numbers = f"{standing.done}/{standing.total}"
    title = f"{standing.stage} {count(standing.total, 'profile')}"
    pace = [*_pace(standing)]
    layouts = (
        [title, _bar(standing, _BAR), numbers, *pace],
        [title, _bar(standing, _SHORT_BAR), numbers, *pace],
        [_bar(standing, _SHORT_BAR), numbers, *pace],
        [numbers, *pace[-1:]],
        [numbers],
    )
    # The last column stays free: a terminal may begin a new line when it is filled.
    line = next((found for found in map(_BETWEEN.join, layouts) if len(found) < width), numbers)
    waits = _waits(standing)
    together = f"{line}{_BETWEEN}{waits}"
    line = _BLOCKS.sub(lambda blocks: styled(blocks[0], Look.DONE), line)
    if not waits:
        return line
    return line + (_BETWEEN if len(together) < width else "\n") + styled(waits, Look.DIM)


def beginning_text(standing: Headway) -> str:
    """Return what a log says when the stage begins: how many profiles, and what that may take."""
    note = f": {standing.note}" if standing.note else ""
    return f"{standing.stage} {count(standing.total, 'profile')}{note}"


def progress_line(standing: Headway) -> str:
    """Return what a log says on the way."""
    percent = 100 * standing.done // standing.total
    said = (f"{standing.done} of {standing.total} ({percent} %)", *_pace(standing), *filter(None, [_waits(standing)]))
    return f"{standing.stage}: {', '.join(said)}"


def _bar(standing: Headway, length: int) -> str:
    done = length * standing.done // standing.total
    return _DONE * done + _TO_DO * (length - done)


def _pace(standing: Headway) -> Iterator[str]:
    """Yield how fast it goes, and how long it still takes, as far as that can be told."""
    rate, left = standing.rate, standing.left
    if rate is None or left is None or standing.done >= standing.total:
        return
    if rate >= _FAST:
        yield f"{rate:.0f}/s"
    else:
        yield f"{rate:.1f}/s" if rate >= _SLOW else f"{60 * rate:.1f}/min"
    yield f"{duration(left)} left"


def _waits(standing: Headway) -> str:
    return f"waiting for {terminal(' and '.join(standing.waits))}" if standing.waits else ""
