"""What the tests of runs at a forge begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.proposing import Desk, desk


@pytest.fixture
def clone(tmp_path: Path) -> Desk:
    """A clone in which one profile was adopted."""
    made = desk(tmp_path)
    made.write("profiles/berlin.yaml")
    return made
