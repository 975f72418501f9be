"""A run that is killed while it writes: at each line of it, a file below profiles/ is whole or as it was."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from reconciler.effects.files import writing
from reconciler.effects.files.writing import create, replace, write_whole

TEXT = b'number: "+493012345678"\n'


class _Died(BaseException):
    """The process is gone: no line after this one is executed."""


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Do `work`, and die before its line of this number is executed; False if it has fewer lines.

    No line that would tidy up is executed either.
    """
    left = number

    def inside(_: FrameType, event: str, __: object) -> Any:
        nonlocal left
        left -= event == "line"
        if left < 0:
            raise _Died
        return inside

    def entering(frame: FrameType, *_: object) -> Any:
        return inside if frame.f_code.co_filename == writing.__file__ else None

    before = sys.gettrace()
    sys.settrace(entering)
    try:
        work()
    except _Died:
        return True
    finally:
        sys.settrace(before)
    return False


WORKS: dict[str, tuple[Callable[[Path], object], set[bytes | None]]] = {
    "create": (lambda folder: create(folder, "one.yaml", TEXT), {None, TEXT}),
    "replace": (lambda folder: replace(folder, "one.yaml", TEXT, was=b"before"), {b"before", TEXT}),
    "write_whole": (lambda folder: write_whole(folder / "one.yaml", TEXT), {None, TEXT}),
}


# The system closes the files of a process that is gone. This one is not.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("name", WORKS)
def test_a_kill_at_any_line_leaves_a_whole_file_or_what_was_there(tmp_path: Path, name: str) -> None:
    """What else it leaves begins with a dot, so that no run reads it."""
    work, lawful = WORKS[name]
    file, found, number, alive = tmp_path / "one.yaml", set[bytes | None](), 0, False
    while not alive:
        for path in tmp_path.iterdir():
            path.unlink()
        if b"before" in lawful:
            file.write_bytes(b"before")
        alive = not killed_at(number, lambda: work(tmp_path))
        found.add(file.read_bytes() if file.exists() else None)
        assert found <= lawful, number
        assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} <= {"one.yaml"}, number
        number += 1
    # It died before the first write, and lived in the end.
    assert (found, number > 10) == (lawful, True)
