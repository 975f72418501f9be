"""What the tests of the ledger share: each store in turn, and a clone with its remote."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.effects.ledger import Ledger
from tests.support.stores import STORES, clone


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ledger(store: str, tmp_path: Path) -> Ledger:
    return STORES[store](tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone of an empty remote."""
    return clone(tmp_path)


@pytest.fixture
def remote(root: Path) -> Path:
    """The remote of the clone."""
    return root.parent / "remote.git"
