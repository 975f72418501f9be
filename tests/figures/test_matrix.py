"""Faults on a real socket, in their short form: each fault at two providers, and nothing is called done that is not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from reconciler.providers import providers
from tests.figures.suites import ROOT, matrix_counts


@pytest.mark.parametrize("provider", list(providers()))
def test_no_fault_breaks_an_apply_or_makes_it_say_what_is_not_so(provider: str, long: bool) -> None:
    """In a process of its own, because the memory at its peak is measured."""
    words = ("--provider", provider, *(["--long"] if long else []))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.figures.matrix", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    found = json.loads(ran.stdout)
    counts = matrix_counts(found)
    assert counts.tried >= 40
    assert counts.failures == 0, found
