from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.github import FakeGitHub


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    """A GitHub in this process; the test fails where anything was not as GitHub's description says."""
    with FakeGitHub() as made:
        yield made
