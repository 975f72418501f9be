"""What the tests of git and of the ledger share: a clone with its remote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.stores import clone


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone of an empty remote."""
    return clone(tmp_path)


@pytest.fixture
def remote(root: Path) -> Path:
    """The remote of the clone."""
    return root.parent / "remote.git"
