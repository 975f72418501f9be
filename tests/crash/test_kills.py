from __future__ import annotations

import pytest

from tests.crash.reported import reported


@pytest.mark.parametrize("store", ["local", "git"])
def test_a_run_that_is_killed_anywhere_loses_nothing_and_the_next_one_finishes(store: str, *, long: bool) -> None:
    """Repeat a failure alone: `python -m tests.crash.campaign --store STORE --only WAY`."""
    moments, every = (1000, 1) if long else (40, 25)
    report = reported("campaign", "--store", store, "--random", f"{moments}", "--every", f"{every}")
    assert report["failures"] == []
    assert report["killed"] > moments // 2
    if store == "local":
        # Every line that was chosen is reached; where git takes its time, not every run goes the same way.
        assert [way for way in report["survived"] if way.startswith("line:")] == []
    # Some died before the first write, some after the last: so the rest died in between.
    assert 0 < report["nothing_sent"] + report["all_sent"] < report["killed"]
