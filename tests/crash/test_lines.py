"""The campaign dies at lines of named files. Under a name that no file has, nothing would ever die."""

from __future__ import annotations

from tests.crash.lines import WATCHED


def test_every_file_that_is_watched_is_there_and_named_once() -> None:
    assert [name for name, path in WATCHED if not path.is_file()] == []
    assert len({name for name, _ in WATCHED}) == len(WATCHED)
