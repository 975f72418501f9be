from __future__ import annotations

from tests.crash.cancel import MOST_SECONDS
from tests.crash.reported import reported


def test_a_run_that_is_cancelled_anywhere_ends_in_time_and_tells_what_is_unknown(*, long: bool) -> None:
    """Repeat a failure alone: `python -m tests.crash.cancels --only CANCEL`."""
    report = reported("cancels", "--moments", "100" if long else "8")
    assert report["failures"] == []
    assert report["longest"] < MOST_SECONDS
    assert report["ends"]["while writing"] > 0


def test_a_write_that_hangs_and_a_ledger_that_is_slow_together_end_in_time() -> None:
    report = reported("cancels", "--only", "both:3.0:7.0:SIGINT")
    assert report["failures"] == []
