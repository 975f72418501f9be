"""Files below profiles/: what is new overwrites nothing, what is replaced is what was read, and no link is followed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.files.writing import create, exists, original, replace
from tests.support.unprivileged import open_folder, unprivileged

FILE = "bakery/493012345678.yaml"
TEXT = b'number: "+493012345678"\nabout: caf\xc3\xa9\r\n'


def refused(folder: Path, relative: str = FILE) -> str:
    with pytest.raises(EnvironmentProblem) as problem:
        create(folder, relative, TEXT)
    return str(problem.value)


@pytest.mark.parametrize("relative", ["one.yaml", FILE, "pictures/bakery/493012345678.png"])
def test_a_new_file_holds_exactly_these_bytes(folder: Path, relative: str) -> None:
    assert not exists(folder, relative)
    assert create(folder, relative, TEXT) is True
    assert (exists(folder, relative), (folder / relative).read_bytes()) == (True, TEXT)
    assert (folder / relative).stat().st_mode & 0o133 == 0


def test_a_folder_that_is_there_is_used(folder: Path) -> None:
    assert create(folder, "bakery/a.yaml", b"a")
    assert create(folder, "bakery/b.yaml", b"b")
    assert sorted(path.name for path in (folder / "bakery").iterdir()) == ["a.yaml", "b.yaml"]


def test_nothing_is_ever_overwritten(folder: Path) -> None:
    (folder / "bakery").mkdir()
    (folder / FILE).write_bytes(b"mine")
    assert create(folder, FILE, TEXT) is False
    assert (exists(folder, FILE), (folder / FILE).read_bytes()) == (True, b"mine")


def test_a_folder_of_that_name_stays_one(folder: Path) -> None:
    (folder / FILE).mkdir(parents=True)
    assert create(folder, FILE, TEXT) is False
    assert (exists(folder, FILE), list((folder / FILE).iterdir())) == (True, [])


@pytest.mark.parametrize("there", [True, False])
def test_a_link_of_that_name_is_not_followed(folder: Path, tmp_path: Path, there: bool) -> None:
    """Also where it leads nowhere: what it names would be created."""
    outside = tmp_path / "outside.yaml"
    if there:
        outside.write_bytes(b"mine")
    (folder / "bakery").mkdir()
    (folder / FILE).symlink_to(outside)
    assert exists(folder, FILE)
    assert create(folder, FILE, TEXT) is False
    assert (outside.read_bytes() if there else outside.exists()) == (b"mine" if there else False)


@pytest.mark.parametrize("relative", [FILE, "pictures/bakery/493012345678.png"])
def test_a_folder_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path, relative: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    way = folder / Path(relative).parent
    way.parent.mkdir(exist_ok=True)
    way.symlink_to(outside)
    assert refused(folder, relative) == f"profiles/{relative} cannot be written: bakery is a symbolic link"
    assert list(outside.iterdir()) == []


def test_nothing_is_made_behind_a_folder_that_is_a_link(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "pictures").symlink_to(outside)
    told = "profiles/pictures/bakery/a.png cannot be written: pictures is a symbolic link"
    assert refused(folder, "pictures/bakery/a.png") == told
    assert list(outside.iterdir()) == []


def test_a_folder_that_is_a_link_to_nowhere_is_said(folder: Path, tmp_path: Path) -> None:
    """`False` would say that the file is there."""
    (folder / "bakery").symlink_to(tmp_path / "outside")
    assert refused(folder).startswith(f"profiles/{FILE} cannot be written: ")
    assert not (tmp_path / "outside").exists()


def test_a_file_in_place_of_the_folder_is_said(folder: Path) -> None:
    """`False` would say that the file is there."""
    (folder / "bakery").write_bytes(b"mine")
    assert not exists(folder, FILE)
    assert refused(folder).startswith(f"profiles/{FILE} cannot be written: ")
    assert (folder / "bakery").read_bytes() == b"mine"


def test_a_file_in_place_of_a_folder_on_the_way_is_said(folder: Path) -> None:
    (folder / "pictures").write_bytes(b"mine")
    assert refused(folder, "pictures/bakery/a.png").startswith("profiles/pictures/bakery/a.png cannot be written: ")


def test_the_folder_of_all_profiles_is_not_made(tmp_path: Path) -> None:
    assert refused(tmp_path / "profiles") == f"profiles/{FILE} cannot be written: No such file or directory"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("relative", ["one.yaml", FILE, "new/one.yaml"])
def test_a_folder_that_may_not_be_written_is_said(relative: str) -> None:
    with open_folder() as root:
        folder = root / "profiles"
        (folder / "bakery").mkdir(parents=True)
        for path in (folder / "bakery", folder):
            path.chmod(0o555)
        with unprivileged():
            told = refused(folder, relative)
        made = sorted(path.name for path in folder.rglob("*"))
    assert (told, made) == (f"profiles/{relative} cannot be written: Permission denied", ["bakery"])


def test_a_name_that_is_too_long_is_said(folder: Path) -> None:
    name = "x" * 300
    assert refused(folder, name) == f"profiles/{name} cannot be written: File name too long"


class _Full:
    """A file on a disk that has no room."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, content: bytes) -> int:
        raise OSError(28, "No space left on device")


def test_a_disk_without_room_is_said_and_no_half_of_a_file_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The half would be there the next time, and be taken for a profile."""
    monkeypatch.setattr("reconciler.effects.files.writing.os.fdopen", lambda *_: _Full())
    assert refused(folder) == f"profiles/{FILE} cannot be written: No space left on device"
    assert list((folder / FILE).parent.iterdir()) == []


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_system_without_links_gets_the_same_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    def unknown(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("reconciler.effects.files.writing.os.link", unknown)
    (folder / "bakery").mkdir()
    if taken:
        (folder / FILE).write_bytes(b"mine")
    assert create(folder, FILE, TEXT) is not taken
    there = {path.name: path.read_bytes() for path in (folder / FILE).parent.iterdir()}
    assert there == {Path(FILE).name: b"mine" if taken else TEXT}


# Replacing


def not_replaced(folder: Path, relative: str = FILE, *, was: bytes = b"before") -> str:
    with pytest.raises(EnvironmentProblem) as problem:
        replace(folder, relative, TEXT, was=was)
    return str(problem.value)


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664])
def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(folder: Path, mode: int) -> None:
    create(folder, FILE, b"before")
    (folder / FILE).chmod(mode)
    assert original(folder, FILE) == b"before"
    replace(folder, FILE, TEXT, was=b"before")
    assert (original(folder, FILE), (folder / FILE).stat().st_mode & 0o777) == (TEXT, mode)
    assert [path.name for path in (folder / FILE).parent.iterdir()] == [Path(FILE).name]


def test_another_writers_bytes_stay(folder: Path) -> None:
    create(folder, FILE, b"theirs")
    told = f"profiles/{FILE} changed while this ran, and was left alone; run it again"
    assert (not_replaced(folder), (folder / FILE).read_bytes()) == (told, b"theirs")


def test_a_file_that_is_gone_is_said(folder: Path) -> None:
    (folder / "bakery").mkdir()
    assert not_replaced(folder) == f"profiles/{FILE} cannot be written: No such file or directory"
    with pytest.raises(EnvironmentProblem, match=f"profiles/{FILE} cannot be read: No such file or directory"):
        original(folder, FILE)


def test_neither_a_link_nor_what_it_leads_to_is_replaced(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(b"before")
    (folder / "bakery").mkdir()
    (folder / FILE).symlink_to(outside)
    assert not_replaced(folder).startswith(f"profiles/{FILE} cannot be written: ")
    assert ((folder / FILE).is_symlink(), outside.read_bytes()) == (True, b"before")


def test_nothing_is_replaced_behind_a_folder_that_is_a_link(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / Path(FILE).name).write_bytes(b"before")
    (folder / "bakery").symlink_to(outside)
    assert not_replaced(folder) == f"profiles/{FILE} cannot be written: bakery is a symbolic link"
    with pytest.raises(EnvironmentProblem, match="cannot be read: bakery is a symbolic link"):
        original(folder, FILE)
    assert [path.read_bytes() for path in outside.iterdir()] == [b"before"]


def test_a_pipe_is_refused_without_waiting_for_a_writer(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    assert not_replaced(folder, "pipe.yaml") == "profiles/pipe.yaml cannot be written: it is not a regular file"


@pytest.mark.parametrize("call", ["fsync", "replace", "fchmod"])
def test_when_replacing_fails_the_file_is_whole_and_nothing_else_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    create(folder, FILE, b"before")
    monkeypatch.setattr(f"reconciler.effects.files.writing.os.{call}", full)
    assert not_replaced(folder) == f"profiles/{FILE} cannot be written: No space left on device"
    assert {path.name: path.read_bytes() for path in (folder / FILE).parent.iterdir()} == {Path(FILE).name: b"before"}


def test_a_folder_in_which_nothing_may_be_made_is_said() -> None:
    with open_folder() as root:
        folder = root / "profiles"
        (folder / "bakery").mkdir(parents=True)
        (folder / FILE).write_bytes(b"before")
        (folder / FILE).chmod(0o644)
        (folder / "bakery").chmod(0o555)
        with unprivileged():
            told = not_replaced(folder)
    assert told == f"profiles/{FILE} cannot be written: Permission denied"
