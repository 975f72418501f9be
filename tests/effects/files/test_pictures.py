from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps
from PIL.PngImagePlugin import PngInfo

from reconciler.core.basics import EnvironmentProblem, to_dict
from reconciler.core.comparing.picture_comparison import Likeness, compare_pictures
from reconciler.core.fields import Picture
from reconciler.effects.files import pictures
from reconciler.effects.files.picture_ends import trimmed
from reconciler.effects.files.picture_files import open_picture, picture_bytes
from reconciler.effects.files.pictures import MAX_BYTES, read_picture

EXAMPLES = Path(__file__).parents[3] / "profiles"


@pytest.fixture(autouse=True)
def _nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_SEEN", {})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "profiles"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "logo.png").write_bytes(encoded(badge()))
    return folder


def badge(width: int = 200, height: int = 200) -> Image.Image:
    """Red left, blue right, a white bar on top: every way to turn it looks another way."""
    image = Image.new("RGB", (width, height), (200, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle([width // 2, 0, width, height], fill=(0, 0, 200))
    draw.rectangle([0, 0, width, height // 4], fill="white")
    return image


def encoded(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def taken(content: bytes) -> Picture:
    picture = read_picture(content)
    assert isinstance(picture, Picture), picture
    return picture


def cell(picture: Picture, x: int, y: int) -> tuple[int, ...]:
    cells = base64.b64decode(picture.grid)
    return tuple(cells[(y * 64 + x) * 3 :][:3])


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes, kind: int = 0, depth: int = 8) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


# What is taken


def test_a_file_becomes_a_picture_with_what_it_is(root: Path) -> None:
    content = (root / "pictures" / "logo.png").read_bytes()
    picture = open_picture(root, "pictures/logo.png")
    assert isinstance(picture, Picture)
    assert picture.sha256 == hashlib.sha256(content).hexdigest()
    assert to_dict(picture, without=("sha256", "grid")) == {
        "mime": "image/png",
        "size": len(content),
        "width": 200,
        "height": 200,
        "alpha": False,
        "file": "pictures/logo.png",
    }
    assert len(base64.b64decode(picture.grid)) == 64 * 64 * 3


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.JPG"])
def test_a_jpeg_is_taken_under_its_usual_names(root: Path, name: str) -> None:
    (root / name).write_bytes(encoded(badge(), "JPEG"))
    picture = open_picture(root, name)
    assert isinstance(picture, Picture)
    assert (picture.mime, picture.file) == ("image/jpeg", name)


def test_served_bytes_have_no_file() -> None:
    assert taken(encoded(badge(), "JPEG")).file == ""


def test_a_side_between_64_and_191_pixels_is_taken() -> None:
    assert (taken(encoded(badge(64, 191))).width, taken(encoded(badge(64, 191))).height) == (64, 191)


def test_a_phone_picture_with_a_second_image_inside_is_a_jpeg() -> None:
    content = encoded(badge(), "MPO", save_all=True, append_images=[badge()])
    assert taken(content).mime == "image/jpeg"


@pytest.mark.parametrize("name", ["logo.png", "cafe.png"])
def test_the_example_pictures_are_the_same_after_a_hosts_reencoding(name: str) -> None:
    ours = open_picture(EXAMPLES, f"pictures/{name}")
    assert isinstance(ours, Picture)
    assert (ours.width, ours.height, ours.alpha) == (640, 640, False)
    assert ours.size < 60_000
    with Image.open(EXAMPLES / "pictures" / name) as image:
        for quality in (30, 60, 90):
            square = ImageOps.fit(image.convert("RGB"), (640, 640))
            assert compare_pictures(ours.grid, taken(encoded(square, "JPEG", quality=quality)).grid) is Likeness.SAME


def test_the_two_example_pictures_are_different() -> None:
    logo, cafe = (open_picture(EXAMPLES, f"pictures/{name}") for name in ("logo.png", "cafe.png"))
    assert isinstance(logo, Picture)
    assert isinstance(cafe, Picture)
    assert compare_pictures(logo.grid, cafe.grid) is Likeness.DIFFERENT


def test_a_wide_picture_and_its_square_middle_are_the_same() -> None:
    wide = badge(1000, 640)
    square = ImageOps.fit(wide, (640, 640))
    assert compare_pictures(taken(encoded(wide)).grid, taken(encoded(square, "JPEG")).grid) is Likeness.SAME


# What is looked at


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_grid_is_of_the_picture_as_its_exif_turns_it(orientation: int) -> None:
    back = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
    upright, exif = badge(300, 200), Image.Exif()
    exif[0x0112] = back[orientation]
    stored = ImageOps.exif_transpose(Image.open(BytesIO(encoded(upright, exif=exif))))
    exif[0x0112] = orientation
    picture = taken(encoded(stored, exif=exif))
    assert picture.grid == taken(encoded(upright)).grid
    assert (picture.width, picture.height) == (300, 200)


def test_exif_that_cannot_be_read_turns_nothing() -> None:
    content = encoded(badge())
    ihdr = 8 + 25
    broken = content[:ihdr] + chunk(b"eXIf", b"no exif at all") + content[ihdr:]
    assert taken(broken).grid == taken(content).grid


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LA", "RGBA"])
def test_every_mode_becomes_the_same_cells(mode: str) -> None:
    image = Image.new("L", (100, 100), 255)
    image.paste(0, (0, 0, 50, 100))
    picture = taken(encoded(image.convert("RGB").convert(mode), "JPEG" if mode == "CMYK" else "PNG"))
    assert picture.alpha is False
    assert max(cell(picture, 3, 30)) <= 2
    assert min(cell(picture, 60, 30)) >= 253


@pytest.mark.parametrize("extra", [b"", chunk(b"tRNS", b"\x32\x00")])
def test_sixteen_bit_grey_keeps_its_levels(extra: bytes) -> None:
    row = b"\x00" + b"\x32\x00" * 32 + b"\xc8\x00" * 32
    picture = taken(png(64, 64, extra, chunk(b"IDAT", zlib.compress(row * 64)), depth=16))
    assert picture.alpha is bool(extra)
    assert cell(picture, 3, 3) == ((255,) * 3 if extra else (0x32,) * 3)
    assert cell(picture, 60, 3) == (0xC8,) * 3


def test_what_is_see_through_is_put_on_white() -> None:
    image = badge().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 100, 200, 200))
    picture = taken(encoded(image))
    assert picture.alpha is True
    assert cell(picture, 10, 50) == (255, 255, 255)
    assert cell(picture, 10, 28) == (200, 0, 0)


def test_a_see_through_palette_colour_counts_and_an_opaque_layer_does_not() -> None:
    image = badge().quantize(4)
    assert taken(encoded(image, transparency=0)).alpha is True
    assert taken(encoded(badge().convert("RGBA"))).alpha is False


# What is refused


@pytest.mark.parametrize(
    ("relative", "why"),
    [
        ("/etc/logo.png", "absolute path"),
        ("../logo.png", "leads out of its folder"),
        ("pictures/../pictures/logo.png", "leads out of its folder"),
        ("pictures\\logo.png", "backslash"),
        ("pictures/logo.png\0", "cannot be shown"),
        ("pictures/\u202elogo.png", "cannot be shown"),
        ("pictures/\ud800.png", "cannot be shown"),
        ("pictures//logo.png", "not a plain path"),
        ("./logo.png", "not a plain path"),
        ("pictures/", "not a plain path"),
        ("", "an empty path is not a plain path"),
        ("pictures", "not a regular file"),
        ("pictures/logo.png/x.png", "pictures/logo.png is a file, not a folder"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_path_that_is_not_plain_is_refused(root: Path, relative: str, why: str) -> None:
    reason = open_picture(root, relative)
    assert isinstance(reason, str)
    assert why in reason
    assert reason.isprintable()


@pytest.mark.parametrize(
    ("relative", "why"),
    [
        ("pictures/Logo.png", "; did you mean pictures/logo.png?"),
        ("picture/logo.png", ": picture is not there; did you mean pictures?"),
        ("pictures/zzz.png", "; check the spelling, or add the file"),
        # What is alike is the suffix alone.
        ("pictures/big.png", "; check the spelling, or add the file"),
        ("profiles/pictures/logo.png", ": its path begins below profiles/; write pictures/logo.png"),
        ("profiles", "; check the spelling, or add the file"),
        ("logo.png", "; did you mean pictures/logo.png?"),
        ("Logo.png", "; check the spelling, or add the file"),
    ],
)
def test_a_missing_file_is_named_with_the_nearest_name(root: Path, relative: str, why: str) -> None:
    (root / "pictures" / "lo\u202ego.png").write_bytes(b"")
    assert open_picture(root, relative) == f"{relative} does not exist{why}"


def test_what_lies_behind_a_link_is_not_suggested(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"")
    (root / "away").symlink_to(tmp_path)
    assert "check the spelling" in str(open_picture(root, "secret.png"))


def test_a_folder_that_goes_meanwhile_is_not_suggested(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "listdir", lambda _: ["gone"])
    assert "check the spelling" in str(open_picture(root, "logo.png"))


def test_a_folder_that_cannot_be_listed_suggests_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    assert "check the spelling" in str(open_picture(root, "pictures/loga.png"))
    assert "check the spelling" in str(open_picture(root, "logo.png"))


def test_a_missing_root_is_said(tmp_path: Path) -> None:
    assert str(open_picture(tmp_path / "none", "a.png")).endswith("none cannot be opened: No such file or directory")


@pytest.mark.parametrize("relative", ["pictures/link.png", "folder/logo.png", "pictures/loop.png", "pictures/gone.png"])
def test_a_symbolic_link_on_the_way_is_refused(root: Path, relative: str) -> None:
    (root / "pictures" / "link.png").symlink_to("logo.png")
    (root / "pictures" / "loop.png").symlink_to("loop.png")
    (root / "pictures" / "gone.png").symlink_to("nowhere.png")
    (root / "folder").symlink_to("pictures")
    assert "leads through a symbolic link at" in str(open_picture(root, relative))


def test_the_root_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(root)
    assert isinstance(open_picture(tmp_path / "other", "pictures/logo.png"), Picture)


def test_a_pipe_is_refused_without_waiting(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    assert open_picture(root, "pipe.png") == "pipe.png is not a regular file; put a JPEG or PNG there"


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.png")
        assert "s.png cannot be opened: " in str(open_picture(tmp_path, "s.png"))


def test_no_descriptor_stays_open(root: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for relative in ("pictures/logo.png", "pictures/none.png", "pictures", "../x.png", "pictures/logo.png/x"):
        open_picture(root, relative)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_that_cannot_be_read_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("builtins.open", refuse)
    reason = open_picture(root, "pictures/logo.png")
    monkeypatch.undo()
    assert reason == "pictures/logo.png cannot be read: Input/output error"


def test_a_file_over_the_limit_is_refused_with_the_figures_and_not_read(root: Path) -> None:
    with (root / "big.png").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    over = "5,242,881 bytes, 1 over the limit of 5,242,880; use a JPEG or PNG of 640 × 640 pixels"
    assert open_picture(root, "big.png") == f"big.png is {over}"
    assert read_picture(bytes(MAX_BYTES + 1)) == f"the picture is {over}"


def test_exactly_the_limit_is_taken() -> None:
    content = encoded(badge())
    assert taken(content + bytes(MAX_BYTES - len(content))).size == MAX_BYTES


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the picture is empty (0 bytes)"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS pointer"),
        (b"GIF89a", "neither a JPEG nor a PNG"),
        (encoded(badge(), "GIF"), "neither a JPEG nor a PNG"),
        (encoded(badge(63, 200)), "63 × 200 pixels, and 64 a side is the least"),
        (png(0, 0, chunk(b"IDAT", b"")), "damaged or cut short"),
        (encoded(badge())[:-20], "damaged or cut short"),
        (encoded(badge())[:60], "damaged or cut short"),
        (encoded(badge())[:8], "damaged or cut short"),
        (encoded(badge(), "JPEG")[:-400], "damaged or cut short"),
        (encoded(badge(), "JPEG")[:3], "do not decode as JPEG"),
        (png(64, 64, chunk(b"IDAT", zlib.compress(bytes(65 * 64))), kind=3), "do not decode as PNG"),
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes, why: str) -> None:
    assert why in str(read_picture(content))


REST = [b"PK\x03\x04 an archive", b"<?php echo 1; ?>", b"\0\0#!/bin/sh", b"\xff\xd8", b"\n", b"\xff\xd8\xffPK\x03\x04"]


@pytest.mark.parametrize("rest", REST)
@pytest.mark.parametrize(("format_", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg"), ("MPO", "a.jpg")])
def test_what_follows_the_end_of_a_picture_is_not_uploaded(root: Path, format_: str, name: str, rest: bytes) -> None:
    more = {"save_all": True, "append_images": [badge()]} if format_ == "MPO" else {}
    whole = encoded(badge(), format_, **more)
    (root / name).write_bytes(whole + rest)
    after = len(rest.lstrip(b"\0"))
    assert open_picture(root, name) == (
        f"{name} holds {after} bytes after the end of its picture, which would be uploaded; export it again"
    )
    # A picture that a provider serves is shown and compared, and comes into no file with it.
    padding = rest[: len(rest) - after]
    assert trimmed(whole + rest) == whole + padding
    (root / name).write_bytes(whole + bytes(9))
    assert isinstance(open_picture(root, name), Picture)


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 1}, {"comment": b"\xff\xd9PK"}])
def test_a_jpeg_ends_where_its_decoder_stops(options: dict[str, Any]) -> None:
    whole = encoded(badge(), "JPEG", quality=100, **options)
    assert trimmed(whole + b"rest") == whole
    assert trimmed(whole[:-2]) == whole[:-2]


@pytest.mark.parametrize("content", [b"", b"rest", b"GIF89a", encoded(badge())[:50]])
def test_what_is_no_whole_picture_has_no_rest(content: bytes) -> None:
    assert trimmed(content) == content


@pytest.mark.parametrize(
    "content",
    [
        png(64, 64, *[chunk(b"tEXt", b"a\0b")] * 300_000),
        png(64, 64, *[chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**6)))] * 200),
        png(64, 64, *[chunk(b"IDAT", b"")] * 10_001),
        encoded(badge(), "JPEG")[:2] + b"\xff\xe1\0\2" * 300_000 + encoded(badge(), "JPEG")[2:],
    ],
)
def test_a_picture_in_countless_pieces_is_refused_before_it_is_decoded(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece costs time, whatever it holds: 300,000 of them cost 11 s."""
    monkeypatch.setattr(pictures, "_image", None)
    why = "of more than 10,000 pieces, or more than 200 beside its pixels, and none needs so many; export it again"
    assert why in str(read_picture(content))
    assert trimmed(content) == content


def test_a_flipped_bit_in_a_png_is_found() -> None:
    content = bytearray(encoded(badge()))
    content[content.index(b"IDAT") + 30] ^= 1
    assert "damaged" in str(read_picture(bytes(content)))


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (5001, 5000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_bomb_is_refused_before_a_pixel_is_decoded(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    reason = str(read_picture(png(width, height, chunk(b"IDAT", zlib.compress(bytes(5000))))))
    assert f"is {width:,} × {height:,} pixels" in reason
    assert "over the limit of 25 megapixels; scale it to 640 × 640 pixels" in reason


def test_an_animated_png_is_refused() -> None:
    content = encoded(badge(), save_all=True, append_images=[badge().transpose(Image.Transpose.ROTATE_90)])
    assert "is an animated PNG" in str(read_picture(content))


def test_a_text_that_unpacks_to_megabytes_is_refused() -> None:
    info = PngInfo()
    info.add_text("bomb", "x" * 2_000_000, zip=True)
    assert "damaged" in str(read_picture(encoded(badge(), pnginfo=info)))


@pytest.mark.parametrize(
    ("name", "format_", "why"),
    [
        ("a.jpg", "PNG", "a.jpg is a PNG by its content, but is named .jpg; rename it to a.png"),
        ("a.png", "JPEG", "a.png is a JPEG by its content, but is named .png; rename it to a.jpeg"),
        ("b/a", "PNG", "b/a is a PNG by its content, but is named without a suffix; rename it to b/a.png"),
    ],
)
def test_a_name_that_belies_the_content_is_refused(root: Path, name: str, format_: str, why: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(encoded(badge(), format_))
    assert open_picture(root, name) == why


# What is decoded once


def test_one_logo_is_decoded_once_for_all_profiles(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_picture(root, "pictures/logo.png")
    monkeypatch.setattr(pictures, "_decode", None)
    (root / "copy.png").write_bytes((root / "pictures" / "logo.png").read_bytes())
    assert open_picture(root, "pictures/logo.png") == first
    assert isinstance(first, Picture)
    assert open_picture(root, "copy.png") == replace(first, file="copy.png")


def test_a_file_that_changed_is_another_picture(root: Path) -> None:
    first = open_picture(root, "pictures/logo.png")
    (root / "pictures" / "logo.png").write_bytes(encoded(badge(201, 201)))
    assert open_picture(root, "pictures/logo.png") != first


def test_the_memory_of_pictures_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_SEEN_MAX", 2)
    for content in (b"a", b"b", b"c"):
        read_picture(content)
    assert len(pictures._SEEN) == 1


# What is sent


def test_what_is_sent_to_many_numbers_is_hashed_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And read each time: other bytes are noticed, and so are the first ones when they come back."""
    hashed: list[int] = []

    def counted(content: bytes) -> Any:
        hashed.append(len(content))
        return hashlib.sha256(content)

    monkeypatch.setattr(pictures, "hashlib", SimpleNamespace(sha256=counted))
    monkeypatch.setattr(pictures, "_HASHED", [])
    file = root / "pictures" / "logo.png"
    picture, content = open_picture(root, "pictures/logo.png"), file.read_bytes()
    assert isinstance(picture, Picture)
    assert [picture_bytes(root, picture) for _ in range(100)] == [content] * 100
    assert hashed == [len(content)]
    file.write_bytes(content + b"x")
    with pytest.raises(EnvironmentProblem, match="changed since it was read"):
        picture_bytes(root, picture)
    file.write_bytes(content)
    assert picture_bytes(root, picture) == content
    assert hashed == [len(content), len(content) + 1, len(content)]


def test_what_is_sent_are_the_bytes_that_were_reviewed(root: Path) -> None:
    picture = open_picture(root, "pictures/logo.png")
    assert isinstance(picture, Picture)
    assert picture_bytes(root, picture) == (root / "pictures" / "logo.png").read_bytes()


def test_a_file_that_changed_before_the_upload_is_not_sent(root: Path) -> None:
    picture = open_picture(root, "pictures/logo.png")
    assert isinstance(picture, Picture)
    (root / "pictures" / "logo.png").write_bytes(b"other")
    with pytest.raises(EnvironmentProblem, match="changed since it was read; plan again"):
        picture_bytes(root, picture)


def test_a_file_that_became_a_link_before_the_upload_is_not_sent(root: Path) -> None:
    picture = open_picture(root, "pictures/logo.png")
    assert isinstance(picture, Picture)
    (root / "pictures" / "logo.png").rename(root / "real.png")
    (root / "pictures" / "logo.png").symlink_to("../real.png")
    with pytest.raises(EnvironmentProblem, match=r"symbolic link at pictures/logo\.png.*plan again"):
        picture_bytes(root, picture)


# Laws


def _whole() -> list[bytes]:
    image, exif = badge(70, 70), Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "x" * 40
    info = PngInfo()
    info.add_text("a", "b" * 100, zip=True)
    info.add_itxt("XML:com.adobe.xmp", "<x tiff:Orientation='6'/>")
    return [
        encoded(image, exif=exif),
        encoded(image, pnginfo=info, icc_profile=b"x" * 200),
        encoded(image.quantize(16), transparency=3),
        encoded(image, "JPEG", exif=exif, dpi=(72, 72)),
        encoded(image.convert("CMYK"), "JPEG", progressive=True),
        encoded(image, "MPO", save_all=True, append_images=[image]),
    ]


WHOLE = _whole()


def _sealed(content: bytes) -> bytes:
    """Return a PNG with its checksums made right again, so that damage gets past the first look."""
    sealed, place = content[:8], 8
    while content[:8] == WHOLE[0][:8] and place + 12 <= len(content):
        end = place + 8 + struct.unpack(">I", content[place : place + 4])[0]
        sealed += chunk(content[place + 4 : place + 8], content[place + 8 : end])
        place = end + 4
    return sealed + content[place:]


@given(st.sampled_from(WHOLE), st.integers(0, 2**32), st.integers(1, 6), st.sampled_from([bytes, _sealed]))
def test_no_damage_lets_an_error_or_a_warning_out(
    content: bytes, seed: int, count: int, finish: Callable[[bytes], bytes]
) -> None:
    random, damaged = Random(seed), bytearray(content)
    for _ in range(count):
        place = random.randrange(min(len(damaged), random.choice((60, 400, 10**6))))
        length = random.choice((0, 0, 1, 8, 200))
        damaged[place : place + max(length, 1)] = random.randbytes(random.choice((1, 1, 4, length))) or b"x"
    result = read_picture(finish(bytes(damaged)))
    assert isinstance(result, Picture) or result.isprintable()


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]))
def test_no_bytes_at_all_let_an_error_out(content: bytes, beginning: bytes) -> None:
    assert isinstance(read_picture(beginning + content), str)


@given(st.sampled_from(WHOLE))
def test_the_same_bytes_are_the_same_picture(content: bytes) -> None:
    assert read_picture(content) == read_picture(content)
