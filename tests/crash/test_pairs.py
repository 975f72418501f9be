from __future__ import annotations

import pytest

from tests.crash.reported import reported


@pytest.mark.parametrize("store", ["local", "git"])
def test_of_two_applies_at_once_one_waits_or_stops_and_nothing_is_written_twice(store: str, *, long: bool) -> None:
    report = reported("pairs", "--store", store, "--pairs", "10" if long else "2")
    assert report["failures"] == []
    assert report["waited"] > 0
