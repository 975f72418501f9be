from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the folder that holds the profiles, with nothing in it."""
    found = tmp_path / "profiles"
    found.mkdir()
    return found
