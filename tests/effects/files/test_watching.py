"""Which files changed since the last look, without a wait: the test is what happens while the reader sleeps."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from reconciler.effects.files.watching import changes


class EndedError(Exception):
    """Nothing more happens."""


def seen(folder: Path, *happenings: Callable[[], object]) -> list[tuple[str, ...]]:
    """Return what is told while these happen, one in each wait."""
    waiting, told = list(happenings), list[tuple[str, ...]]()

    async def sleep(_: float) -> None:
        if not waiting:
            raise EndedError
        waiting.pop(0)()

    async def main() -> None:
        async with aclosing(changes(folder, sleep)) as found:
            async for moved in found:
                told.append(moved)

    with pytest.raises(EndedError):
        asyncio.run(main())
    return told


def nothing() -> None:
    """Nothing happens in this wait."""


def test_what_is_new_edited_renamed_and_gone_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    berlin, munich = tmp_path / "berlin.yaml", tmp_path / "a" / "munich.yaml"
    berlin.write_text("a")
    assert seen(
        tmp_path,
        nothing,
        lambda: munich.write_text("a"),
        nothing,
        lambda: munich.write_text("longer"),
        lambda: munich.rename(tmp_path / "a" / "ulm.yaml"),
        berlin.unlink,
    ) == [(), ("a/munich.yaml",), ("a/munich.yaml",), ("a/munich.yaml", "a/ulm.yaml"), ("berlin.yaml",)]


def test_a_text_of_the_same_length_and_a_file_in_the_place_of_another_are_changes(tmp_path: Path) -> None:
    file, other = tmp_path / "berlin.yaml", tmp_path / ".berlin.yaml.new"
    file.write_text("six")

    def edit() -> None:
        file.write_text("ten")
        os.utime(file, ns=(1, 1))

    def replace() -> None:
        """Save as an editor does: with the same length, and even with the same time."""
        other.write_text("one")
        os.utime(other, ns=(1, 1))
        other.rename(file)

    assert seen(tmp_path, edit, replace) == [(), ("berlin.yaml",), ("berlin.yaml",)]


def test_what_editors_and_systems_keep_hidden_is_no_change(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    hidden: Sequence[Path] = (tmp_path / ".berlin.yaml.swp", tmp_path / ".git" / "index")
    assert seen(tmp_path, *(lambda path=path: path.write_text("x") for path in hidden)) == [()]


def test_a_folder_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"

    def make() -> None:
        folder.mkdir()
        (folder / "berlin.yaml").write_text("x")

    assert seen(folder, make) == [(), ("berlin.yaml",)]


def test_a_file_that_goes_while_it_is_looked_at_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "berlin.yaml").write_text("x")

    def lstat(_: Path) -> os.stat_result:
        raise FileNotFoundError

    assert seen(tmp_path, lambda: monkeypatch.setattr(Path, "lstat", lstat)) == [(), ("berlin.yaml",)]
