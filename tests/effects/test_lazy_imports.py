from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("PIL", "httpx", "rich", "starlette", "uvicorn")


@pytest.mark.parametrize(
    "module",
    [
        "reconciler.pipeline.showing",
        "reconciler.forge.github.client",
        "reconciler.effects.http.client",
        "reconciler.effects.ledger.sqlite",
    ],
)
def test_what_is_heavy_is_imported_by_what_needs_it(module: str) -> None:
    """Time to --help is felt, and httpx brings its own command line along."""
    program = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("[]\n", "", 0)
