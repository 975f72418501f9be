"""Metrics as monitoring systems read them: by prometheus-client, which shares no code with the program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

# The parsers are older than types.
_OPENMETRICS: Any = openmetrics_parser.text_string_to_metric_families
_PROMETHEUS: Any = parser.text_string_to_metric_families


def families(text: str) -> Iterator[Any]:
    """Yield what the text holds as OpenMetrics; raises ValueError for anything that is not."""
    yield from _OPENMETRICS(text)


def numbers(text: str) -> dict[str, float]:
    """Return each number by its short name, in which both parsers must agree."""
    found = [
        {one.name: one.value for family in read(text) for one in family.samples} for read in (families, _PROMETHEUS)
    ]
    assert found[0] == found[1]
    return {name.removeprefix("reconciler_drift_"): value for name, value in found[0].items()}
