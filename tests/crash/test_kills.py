from __future__ import annotations

import pytest

from tests.crash.reported import reported


@pytest.mark.parametrize("store", ["local", "git"])
def test_a_run_that_is_killed_anywhere_loses_nothing_and_the_next_one_finishes(store: str, *, long: bool) -> None:
    """Repeat a failure alone: `python -m tests.crash.campaign --store STORE --only WAY`."""
    # One with the git store takes as long as three with the local one.
    moments, every = (1000, 1) if long else {"local": (100, 10), "git": (50, 20)}[store]
    report = reported("campaign", "--store", store, "--random", f"{moments}", "--every", f"{every}")
    assert report["failures"] == []
    assert report["killed"] > moments // 2
    # Some died before the first write, some after the last: so the rest died in between.
    assert 0 < report["nothing_sent"] + report["all_sent"] < report["killed"]


def test_every_line_that_was_chosen_is_reached() -> None:
    report = reported("campaign", "--every", "60")
    lines = [way for way in report["survived"] if way.startswith("line:")]
    assert (lines, report["failures"]) == ([], [])
