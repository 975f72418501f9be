from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gitlab import FakeGitLab


@pytest.fixture
def fake() -> Iterator[FakeGitLab]:
    """A GitLab in this process; the test fails where a text with a quick action was written."""
    with FakeGitLab() as made:
        yield made
