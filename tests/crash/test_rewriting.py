from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.crash.commands import COMMANDS
from tests.crash.reported import reported
from tests.crash.rewriting import Left, Ready, differences, half_written


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_writes_is_killed_and_typed_again_and_nothing_is_half_or_lost(
    command: str, long: bool, record_property: Callable[[str, Any], None]
) -> None:
    """Repeat a failure alone: `python -m tests.crash.rewriting --command NAME --only WAY`."""
    moments, lines = (100, "each") if long else (0, "few")
    report = reported("rewriting", "--command", command, "--random", f"{moments}", "--lines", lines)
    record_property("tried", report["trials"])
    assert report["failures"] == []
    assert report["commands"] == [command]
    assert report["killed"] >= 2


OLD = Left({"a.yaml": b"old"}, {"a about": ["settled"]}, ["/upload"])
NEW = replace(OLD, files={"a.yaml": b"new", "b.yaml": b"b"})


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (OLD, []),
        (NEW, []),
        (replace(NEW, files={"a.yaml": b"ne"}), ["a.yaml is neither as it was nor as it is to be: b'ne'"]),
        (replace(NEW, files={}), ["a.yaml is gone"]),
        (replace(NEW, sent=["/upload", "/1"]), ["it sent ['/1']"]),
    ],
)
def test_what_a_dead_command_may_leave(left: Left, said: list[str]) -> None:
    assert [*half_written(_ready(), left)] == said


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (NEW, []),
        (OLD, ["of the files, a.yaml is b'old', not b'new'", "of the files, b.yaml is None, not b'b'"]),
        (replace(NEW, memory={}), ["of the memory, a about is None, not ['settled']"]),
        (replace(NEW, sent=[]), ["the next run sent []"]),
    ],
)
def test_what_the_next_one_must_make_of_it(left: Left, said: list[str]) -> None:
    assert [*differences(_ready(), left)] == said


def _ready() -> Ready:
    return Ready(Path(), (), before=OLD, after=NEW, whole=0.0, lines={})
