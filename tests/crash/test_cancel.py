from __future__ import annotations

import pytest

from tests.crash.reported import reported
from tests.support.postgres import server


def test_a_run_that_is_cancelled_anywhere_waits_for_no_trouble_and_tells_what_is_unknown(*, long: bool) -> None:
    """Repeat a failure alone: `python -m tests.crash.cancels --only CANCEL`."""
    report = reported("cancels", "--moments", "100" if long else "5")
    assert report["failures"] == []
    assert report["ends"]["while writing"] > 0


def test_neither_a_write_that_hangs_nor_a_ledger_that_is_slow_is_waited_for() -> None:
    report = reported("cancels", "--only", "both:3.0:writing:0.5:SIGINT")
    assert (report["failures"], report["ends"]) == ([], {"while writing": 1})


def test_nor_is_a_database_in_which_another_run_stands_still(*, long: bool) -> None:
    if not long:
        pytest.skip("test_database.py has a server that says nothing; --long has a whole apply")
    server(durable=True)
    report = reported("cancels", "--only", "row:600:reading:2.0:SIGINT")
    assert (report["failures"], report["ends"]) == ([], {"without a report": 1})
