"""ahead: (the time here, what servers said of theirs) → how many seconds this machine is ahead of the last one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime


def seconds_ahead(now: datetime, dates: Sequence[str]) -> float | None:
    """Return the seconds, or None where nobody said a time; `dates` are HTTP dates, the last one counts."""
    for text in reversed(dates):
        try:
            said = parsedate_to_datetime(text)
        except ValueError:
            continue
        if said.tzinfo is not None:
            return round((now - said).total_seconds())
    return None
