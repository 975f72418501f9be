"""Pictures: bytes made into `Picture` values.

A file comes from a pull request and what a provider serves comes from the internet, so the bytes are foreign. This
module must know the pixels before it decodes one. It must never let an error or a warning of Pillow out, and never
return a picture that it has not decoded to its last byte. A problem of a picture is a sentence, not an exception.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import warnings
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reconciler.core.comparing.picture_comparison import EDGE
from reconciler.core.fields import Picture
from reconciler.effects.files.picture_ends import MOST_NOTES, MOST_PIECES, picture_extent

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

MAX_BYTES = 5 * 1024 * 1024
_MAX_PIXELS = 25_000_000
_MIN_SIDE = 64

_MIME = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
_KIND = {"image/jpeg": "JPEG", "image/png": "PNG"}
_BEGINNINGS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_ADVICE = "use a JPEG or PNG of 640 × 640 pixels"

# Exceptions of Pillow on damaged files: half were seen (half a million damaged ones), half are in its source.
DAMAGE = (
    *(OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, ArithmeticError, struct.error, zlib.error),
    *(AssertionError, AttributeError),  # a palette image without its palette; the latter when asserts are turned off
)

# One logo serves a thousand profiles, so it is decoded once. Keyed by SHA-256; holds grids and reasons, never bytes.
_SEEN: dict[str, Picture | str] = {}
_SEEN_MAX = 1024


# The content that was hashed last, with its SHA-256: one logo is read for a thousand numbers, one after the other.
_HASHED: list[tuple[bytes, str]] = []


def content_digest(content: bytes) -> str:
    """Return the SHA-256 of a content; comparing it with the last one takes a tenth of hashing it."""
    if not (_HASHED and _HASHED[0][0] == content):
        _HASHED[:] = [(content, hashlib.sha256(content).hexdigest())]
    return _HASHED[0][1]


class _RefusedError(Exception):
    """Why a picture is not taken, as a sentence; never leaves this module."""


def read_picture(content: bytes, *, file: str = "") -> Picture | str:
    """Return the picture in `content`, or a sentence that says why it cannot be used."""
    name = file or "the picture"
    if len(content) > MAX_BYTES:
        return f"{name} is {over_limit(len(content))}"
    sha256 = content_digest(content)
    if sha256 not in _SEEN:
        if len(_SEEN) >= _SEEN_MAX:
            _SEEN.clear()
        _SEEN[sha256] = _examine(content, sha256=sha256)
    seen = _SEEN[sha256]
    if isinstance(seen, str):
        return f"{name} {seen}"
    suffix = PurePosixPath(file).suffix
    if file and _MIME.get(suffix.lower()) != seen.mime:
        kind = _KIND[seen.mime]
        fitting = PurePosixPath(file).with_suffix(f".{kind.lower()}")
        return f"{name} is a {kind} by its content, but is named {suffix or 'without a suffix'}; rename it to {fitting}"
    return replace(seen, file=file)


def over_limit(size: int) -> str:
    """Return that a picture of `size` bytes is too large, as the end of a sentence."""
    return f"{size:,} bytes, {size - MAX_BYTES:,} over the limit of {MAX_BYTES:,}; {_ADVICE}"


def _examine(content: bytes, *, sha256: str) -> Picture | str:
    """Return the picture, or the rest of a sentence that begins with its name."""
    mime = next((mime for beginning, mime in _BEGINNINGS.items() if content.startswith(beginning)), "")
    if not mime:
        return _neither(content)
    if picture_extent(content).countless:
        limits = f"more than {MOST_PIECES:,} pieces, or more than {MOST_NOTES} beside its pixels"
        return f"is a {_KIND[mime]} of {limits}, and none needs so many; export it again"
    try:
        # Pillow warns about odd metadata, which is not for this tool to report.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode(content, mime=mime, sha256=sha256)
    except _RefusedError as refused:
        return str(refused)
    except DAMAGE:
        return f"is damaged or cut short: its {len(content):,} bytes do not decode as {_KIND[mime]}; export it again"


def _neither(content: bytes) -> str:
    if not content:
        return f"is empty (0 bytes); {_ADVICE}"
    if content.startswith(b"version https://git-lfs"):
        return "is a Git LFS pointer, not the picture itself; run `git lfs pull`, or store it without LFS"
    return f"is neither a JPEG nor a PNG by its content; {_ADVICE}"


def _decode(content: bytes, *, mime: str, sha256: str) -> Picture:
    if mime == "image/png":
        # Decoding skips checksums; only this walk over the chunks notices a flipped bit or a missing end.
        _image(content, mime).verify()
    image = _image(content, mime)
    width, height = image.size
    if width * height > _MAX_PIXELS:
        raise _RefusedError(
            f"is {width:,} × {height:,} pixels ({width * height / 1e6:,.1f} megapixels), over the limit of "
            f"{_MAX_PIXELS // 10**6} megapixels; scale it to 640 × 640 pixels"
        )
    if min(width, height) < _MIN_SIDE:
        raise _RefusedError(f"is {width} × {height} pixels, and {_MIN_SIDE} a side is the least; {_ADVICE}")
    if image.get_format_mimetype() == "image/apng":
        raise _RefusedError("is an animated PNG, and providers show a still one; export a single frame")
    image.load()
    upright = _upright(image)
    grid, alpha = _grid(upright)
    return Picture(
        sha256=sha256,
        mime=mime,
        size=len(content),
        width=upright.width,
        height=upright.height,
        grid=base64.b64encode(grid).decode("ascii"),
        alpha=alpha,
    )


def _image(content: bytes, mime: str) -> ImageFile:
    """Return the image with its header read and nothing decoded.

    The two formats' own classes are used. `Image.open` would refuse at its global pixel limit before the figures are
    known, and would take a phone's JPEG with a depth map inside for a third format.
    """
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    return (PngImageFile if mime == "image/png" else JpegImageFile)(BytesIO(content))


def _upright(image: Image) -> Image:
    """Turn the image as its EXIF demands; unreadable EXIF turns nothing."""
    from PIL.ExifTags import Base
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    try:
        turn = turns.get(image.getexif().get(Base.Orientation, 1))
    except DAMAGE:
        turn = None
    return image if turn is None else image.transpose(turn)


def _grid(image: Image) -> tuple[bytes, bool]:
    """Return the 64 x 64 RGB cells of the middle square on white, and whether anything is see-through."""
    from PIL.Image import Resampling, alpha_composite, new

    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = (left, top, left + side, top + side)
    plain = _eight_bits(image) if image.mode.startswith("I") else image
    if not plain.has_transparency_data:
        return plain.convert("RGB").resize((EDGE, EDGE), Resampling.BOX, square).tobytes(), False
    layered = plain.convert("RGBA")
    alpha = layered.getchannel("A").getextrema() != (255, 255)
    cells = layered.resize((EDGE, EDGE), Resampling.BOX, square)
    on_white = alpha_composite(new("RGBA", (EDGE, EDGE), "white"), cells).convert("RGB")
    return on_white.tobytes(), alpha


def _eight_bits(image: Image) -> Image:
    """Return a 16-bit grey image as an 8-bit one; Pillow's own conversion clips, so that nearly all becomes white."""
    from PIL.Image import frombytes

    # "I;16" is little-endian on every machine: the second byte of each pixel is its upper one.
    shallow = frombytes("L", image.size, image.tobytes()[1::2])
    if "transparency" in image.info:
        shallow.info["transparency"] = image.info["transparency"] >> 8
    return shallow
