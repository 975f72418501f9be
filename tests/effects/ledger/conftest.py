"""What the tests of the ledger share: each store in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.effects.ledger import Ledger
from tests.support.stores import STORES


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ledger(store: str, tmp_path: Path) -> Ledger:
    return STORES[store](tmp_path)
