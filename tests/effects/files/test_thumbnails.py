"""Small pictures for a page: from a file, from a provider's bytes, or from the cells that are remembered."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from reconciler.core.fields import Picture
from reconciler.core.reports.cards import Thumbnail
from reconciler.effects.files.picture_files import open_picture
from reconciler.effects.files.pictures import read_picture
from reconciler.effects.files.thumbnails import SIDE, Thumbnails


def written(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return an image as a file's bytes."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def size(small: Thumbnail) -> tuple[int, int]:
    """Return the size of a small picture, which is of the type that it says."""
    image = Image.open(BytesIO(small.content))
    assert image.get_format_mimetype() == small.mime
    return image.size


def colour(small: Thumbnail, x: int, y: int) -> tuple[int, ...]:
    """Return the colour of one of its pixels."""
    return tuple(Image.open(BytesIO(small.content)).convert("RGB").crop((x, y, x + 1, y + 1)).tobytes())


def picture_of(content: bytes) -> Picture:
    """Return what is known of a picture."""
    found = read_picture(content)
    assert isinstance(found, Picture)
    return found


RED = written(Image.new("RGB", (640, 400), "#d02020"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_becomes_its_middle_square_of_at_most_96_pixels(tmp_path: Path, kind: str) -> None:
    image = Image.new("RGB", (640, 320), "#2020d0")
    image.paste("#d02020", (160, 0, 480, 320))
    name = f"logo.{kind.lower()}"
    (tmp_path / name).write_bytes(written(image, kind))
    picture = open_picture(tmp_path, name)
    assert isinstance(picture, Picture)
    found = Thumbnails().of(tmp_path, {picture.sha256: picture})[picture.sha256]
    assert size(found) == (SIDE, SIDE)
    for corner in ((1, 1), (SIDE - 2, 1), (1, SIDE - 2), (SIDE // 2, SIDE // 2)):
        red, _, blue = colour(found, *corner)
        assert (red > 180, blue < 80) == (True, True)


def test_a_providers_bytes_are_kept_only_as_their_small_picture(tmp_path: Path) -> None:
    small = Thumbnails()
    small.keep(RED)
    small.keep(RED)
    sha256 = hashlib.sha256(RED).hexdigest()
    assert colour(small.of(tmp_path, {sha256: picture_of(RED)})[sha256], 5, 5)[0] > 180


def test_a_phones_picture_is_turned_as_its_note_says(tmp_path: Path) -> None:
    image = Image.new("RGB", (200, 200), "#d02020")
    image.paste("#2020d0", (0, 0, 200, 100))
    notes = Image.Exif()
    notes[0x0112] = 3
    content = written(image, "JPEG", exif=notes)
    small = Thumbnails()
    small.keep(content)
    picture = picture_of(content)
    found = small.of(tmp_path, {picture.sha256: picture})[picture.sha256]
    assert colour(found, 48, 10)[0] > 180
    assert b"Exif" not in found.content


def test_what_is_see_through_stands_on_white(tmp_path: Path) -> None:
    content = written(Image.new("RGBA", (100, 100), (200, 0, 0, 0)))
    small = Thumbnails()
    small.keep(content)
    picture = picture_of(content)
    assert colour(small.of(tmp_path, {picture.sha256: picture})[picture.sha256], 9, 9) == (255, 255, 255)


def test_a_photo_is_a_jpeg_and_a_drawing_is_a_png(tmp_path: Path) -> None:
    noise = written(Image.effect_noise((200, 200), 90).convert("RGB"))
    small = Thumbnails()
    small.keep(noise)
    small.keep(RED)
    found = small.of(tmp_path, {one.sha256: one for one in map(picture_of, (noise, RED))})
    assert [one.mime for one in found.values()] == ["image/jpeg", "image/png"]


@pytest.mark.parametrize("file", ["", "pictures/gone.png"])
def test_a_picture_without_bytes_is_made_of_its_cells(tmp_path: Path, file: str) -> None:
    picture = replace(picture_of(RED), file=file)
    found = Thumbnails().of(tmp_path, {picture.sha256: picture})[picture.sha256]
    assert size(found) == (64, 64)
    assert colour(found, 5, 5)[0] > 180


@pytest.mark.parametrize("grid", ["", "AAAA", "no cells"])
def test_a_picture_with_neither_has_no_small_one(tmp_path: Path, grid: str) -> None:
    picture = replace(picture_of(RED), grid=grid)
    assert Thumbnails().of(tmp_path, {picture.sha256: picture}) == {}


def test_damaged_bytes_stop_nothing(tmp_path: Path) -> None:
    small, damaged = Thumbnails(), RED[:60]
    small.keep(damaged)
    picture = replace(picture_of(RED), sha256=hashlib.sha256(damaged).hexdigest(), grid="")
    assert small.of(tmp_path, {picture.sha256: picture}) == {}


def test_a_run_that_ends_makes_no_more_of_them(tmp_path: Path) -> None:
    small, picture = Thumbnails(), picture_of(RED)
    small.hurry(0)
    assert small.of(tmp_path, {picture.sha256: picture}) == {}
