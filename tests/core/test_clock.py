from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.core.reports.account_reports import seconds_ahead

NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "seconds"),
    [
        ((), None),
        (("Sun, 02 Aug 2026 11:59:58 GMT",), 2),
        (("Sun, 02 Aug 2026 12:05:01 GMT",), -301),
        (("Sun, 02 Aug 2026 14:00:00 +0200",), 0),
        (("Sun, 02 Aug 2026 11:00:00 GMT", "Sun, 02 Aug 2026 11:59:00 GMT"), 60),
        (("Sun, 02 Aug 2026 11:59:00 GMT", "noon", ""), 60),
        (("noon",), None),
        (("Sun, 02 Aug 99999999999999999999 12:00:00 GMT",), None),
        (("Sun, 02 Aug 2026 12:00:00 +99999999999999999999",), None),
        (("Sun, 02 Aug 2026 12:00:00 -0000",), None),
    ],
)
def test_the_last_server_that_says_a_time_counts(dates: tuple[str, ...], seconds: float | None) -> None:
    assert seconds_ahead(NOON, dates) == seconds


def test_the_seconds_are_a_decimal_number_wherever_they_are_shown() -> None:
    assert repr(seconds_ahead(NOON, ("Sun, 02 Aug 2026 11:59:58 GMT",))) == "2.0"
