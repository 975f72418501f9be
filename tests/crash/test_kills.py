from __future__ import annotations

import json

import pytest

from tests.crash.reported import reported
from tests.support.postgres import server


@pytest.mark.parametrize("store", ["local", "git"])
def test_a_run_that_is_killed_anywhere_loses_nothing_and_the_next_one_finishes(store: str, *, long: bool) -> None:
    """The short form dies at one line of each kind, for at any other the same bytes are left: the long form at each.

    A line is no moment: at random moments git and the database are killed in the middle of what they do.
    Repeat a failure alone: `python -m tests.crash.campaign --store STORE --only WAY`.
    """
    moments, lines = (1000, "each") if long else (6, "kinds")
    report = reported("campaign", "--store", store, "--random", f"{moments}", "--lines", lines)
    # A list is cut where it is compared. A trial that fails once in weeks has to tell all of it.
    assert not report["failures"], json.dumps(report["failures"], indent=1)
    # Before the intents, between intents and writes, between writes and outcomes, and after them.
    assert report["kinds"] >= 8
    # Most lines are reached, and some moments are in time: a busy machine is slower or faster than it just was.
    assert report["killed"] > report["kinds"]
    if store == "local":
        # Every line that was chosen is reached; where git takes its time, not every run goes the same way.
        assert [way for way in report["survived"] if way.startswith("line:")] == []
    # Some died before the first write, some after the last: so the rest died in between.
    assert 0 < report["nothing_sent"] + report["all_sent"] < report["killed"]


def test_where_the_ledger_is_in_a_database_a_kill_loses_nothing_either(*, long: bool) -> None:
    if not long:
        pytest.skip("writers are killed in test_conformance_runs.py; --long kills whole applies")
    server(durable=True)
    report = reported("campaign", "--store", "postgres", "--random", "100", "--lines", "kinds")
    assert report["failures"] == []
    assert report["killed"] > report["kinds"] >= 8
    assert 0 < report["nothing_sent"] + report["all_sent"] < report["killed"]
