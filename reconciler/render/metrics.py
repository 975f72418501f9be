"""metrics_text: (the page of a look, when and how long) → OpenMetrics text about it, for a monitoring system.

last_success: (the text of an earlier look) → when a look last read everything.

What the look cannot tell is left out: a missing number is not zero. No name of a profile stands here, so no text that a
person wrote does. A reader of the older Prometheus text takes the same file, because all of it are gauges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.core.reports.handover import Handover

_SUCCESS = "reconciler_drift_last_success_timestamp_seconds"
_KEPT = re.compile(rf"^{_SUCCESS} ([0-9]{{1,12}})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LookTimes:
    """When a look ended, in seconds since 1970; how long it took; and when an earlier one last read everything."""

    ended: int
    seconds: float
    success_before: int | None = None


def last_success(text: str) -> int | None:
    """Return when a look last read everything, in seconds since 1970; None if the text does not say it."""
    found = _KEPT.search(text)
    return int(found[1]) if found else None


def metrics_text(page: Handover, times: LookTimes) -> str:
    """Return the whole file; what could not be read makes a look no success, and drift alone does not."""
    return "\n".join((*_lines(page, times), "# EOF"))


def _lines(page: Handover, times: LookTimes) -> Iterator[str]:
    if not page.errored:
        yield from _gauge("differences", len(page.moved), "Fields that differ although their file did not change.")
        yield from _gauge("unreadable", len(page.unread), "Profiles and fields that could not be read.")
    yield from _gauge("exit_code", page.exit_code, "How the last look ended.")
    yield from _gauge("duration_seconds", round(times.seconds, 3), "How long the last look took.", unit="seconds")
    yield from _gauge("last_look_timestamp_seconds", times.ended, "When the last look ended.", unit="seconds")
    success = times.success_before if page.failed or not page.complete else times.ended
    if success is not None:
        name = _SUCCESS.removeprefix("reconciler_drift_")
        yield from _gauge(name, success, "When a look last read everything.", unit="seconds")


def _gauge(name: str, number: float, words: str, *, unit: str = "") -> Iterator[str]:
    yield f"# TYPE reconciler_drift_{name} gauge"
    if unit:
        yield f"# UNIT reconciler_drift_{name} {unit}"
    yield f"# HELP reconciler_drift_{name} {words}"
    yield f"reconciler_drift_{name} {number}"
