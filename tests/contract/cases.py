"""Lays the suite's tests out: over every provider that there is, and the things at its stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import pytest

from reconciler.providers import providers
from tests.contract.stand import Stand
from tests.contract.stands import stands

POINTS = range(1, 13)
_POINT = re.compile(r"test_(\d\d)_")


def _stands() -> list[Stand]:
    found = stands()
    missing = [name for name in providers() if name not in found]
    assert not missing, f"{', '.join(missing)}: no stand; write one in tests/contract/stands/"
    return [found[name] for name in providers()]


def readable(stand: Stand) -> bool:
    """Say whether what is at the provider can be read back."""
    return stand.readable


def write_only(stand: Stand) -> bool:
    """Say whether nothing can be read back."""
    return not stand.readable


def _any(_: Stand) -> bool:
    return True


def every_provider(where: Callable[[Stand], bool] = _any) -> pytest.MarkDecorator:
    """Run a test at the stand of every provider, or of those of one sort."""
    return pytest.mark.parametrize("stand", [pytest.param(one, id=one.name) for one in _stands() if where(one)])


def every(name: str, things: Callable[[Stand], Iterable[tuple[str, object]]]) -> pytest.MarkDecorator:
    """Run a test with every one of the things at each stand, given with their labels."""
    found = [(one, label, thing) for one in _stands() for label, thing in things(one)]
    rows = [pytest.param(one, thing, id=f"{one.name}-{label}") for one, label, thing in found]
    return pytest.mark.parametrize(("stand", name), rows)


def table(tests: Mapping[str, object]) -> set[tuple[int, str]]:
    """Return which point is tested with which provider; a test that may be skipped counts for none."""
    found: set[tuple[int, str]] = set()
    for name, test in tests.items():
        match, marks = _POINT.match(name), getattr(test, "pytestmark", [])
        if match and [mark.name for mark in marks] == ["parametrize"]:
            found |= {(int(match[1]), row.values[0].name) for row in marks[0].args[1] if not row.marks}
    return found
