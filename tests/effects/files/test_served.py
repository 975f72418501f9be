"""Served pictures: where their bytes go, and the way back to a file that holds them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import Picture
from reconciler.effects.files.pictures import read_picture
from reconciler.effects.files.writing import find_picture, picture_path, save_picture
from reconciler.sandbox.pictures import reencode

PICTURES = Path(__file__).parents[3] / "profiles" / "pictures"
LOGO = (PICTURES / "logo.png").read_bytes()
JPEG = reencode(LOGO, declared="image/png")
HASHED = f"pictures/shop/berlin-{hashlib.sha256(LOGO).hexdigest()[:16]}.png"


def held(folder: Path, file: str, content: bytes = LOGO) -> None:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(content)


def picture(content: bytes = LOGO, *, file: str = "") -> Picture:
    found = read_picture(content)
    assert isinstance(found, Picture)
    return replace(found, file=file)


def found(folder: Path, *, file: str = "") -> str | None:
    there = find_picture(folder, picture(file=file))
    return there.file if there is not None else None


@pytest.mark.parametrize(("content", "file"), [(LOGO, "pictures/shop/berlin.png"), (JPEG, "pictures/shop/berlin.jpg")])
def test_a_picture_belongs_in_a_file_of_its_profiles_name(folder: Path, content: bytes, file: str) -> None:
    for _ in range(2):
        placed = picture_path(folder, "shop/berlin", content)
        assert placed == picture(content, file=file)
        save_picture(folder, placed, content)
        assert (folder / file).read_bytes() == content


def test_beside_another_picture_of_that_name_it_is_named_by_its_hash(folder: Path) -> None:
    held(folder, "pictures/shop/berlin.png", b"somebody's")
    placed = picture_path(folder, "shop/berlin", LOGO)
    assert placed == picture(file=HASHED)
    save_picture(folder, placed, LOGO)
    assert (folder / HASHED).read_bytes() == LOGO
    assert (folder / "pictures/shop/berlin.png").read_bytes() == b"somebody's"


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_what_is_no_picture_belongs_nowhere(folder: Path, content: bytes) -> None:
    assert picture_path(folder, "shop/berlin", content) is None


def test_nothing_is_overwritten_whatever_its_name(folder: Path) -> None:
    held(folder, HASHED, b"somebody's")
    with pytest.raises(EnvironmentProblem, match=f"^profiles/{HASHED} is there and is another picture; rename it$"):
        save_picture(folder, picture(file=HASHED), LOGO)
    assert (folder / HASHED).read_bytes() == b"somebody's"


@pytest.mark.parametrize("file", ["pictures/logo.png", "pictures/old/2025/a.PNG", "elsewhere/logo.png"])
def test_a_picture_is_found_where_it_is_said_to_be(folder: Path, file: str) -> None:
    held(folder, file)
    assert found(folder, file=file) == file


@pytest.mark.parametrize("said", ["", "pictures/gone.png", "../outside.png", "/etc/passwd", "pictures/other.png"])
def test_a_picture_that_moved_is_found_by_its_bytes(folder: Path, said: str) -> None:
    held(folder, "pictures/other.png", LOGO[:-1] + b"x")
    held(folder, "pictures/a.txt")
    held(folder, "pictures/shop/renamed.png")
    assert found(folder, file=said) == "pictures/shop/renamed.png"


def test_no_picture_is_found_outside_the_folder_or_behind_a_link(folder: Path, tmp_path: Path) -> None:
    held(tmp_path, "outside.png")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "logo.png").symlink_to(tmp_path / "outside.png")
    (folder / "pictures" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (folder / "pictures" / "all").symlink_to(tmp_path)
    os.mkfifo(folder / "pictures" / "pipe.png")
    for said in ("", "../outside.png", str(tmp_path / "outside.png"), "pictures/logo.png", "pictures/all/outside.png"):
        assert found(folder, file=said) is None


def test_without_pictures_none_is_found(folder: Path) -> None:
    assert found(folder) is None
