from __future__ import annotations

import pytest

from tests.crash.reported import reported
from tests.support.postgres import server


@pytest.mark.parametrize("store", ["local", "git"])
def test_of_two_applies_at_once_one_waits_or_stops_and_nothing_is_written_twice(store: str, *, long: bool) -> None:
    report = reported("pairs", "--store", store, "--pairs", "10" if long else "2")
    assert report["failures"] == []
    assert report["waited"] > 0


def test_nor_where_the_ledger_is_in_a_database(*, long: bool) -> None:
    if not long:
        pytest.skip("writers at once are in test_conformance_runs.py; --long has two whole applies")
    server(durable=True)
    report = reported("pairs", "--store", "postgres", "--pairs", "10")
    assert report["failures"] == []
    assert report["waited"] > 0
