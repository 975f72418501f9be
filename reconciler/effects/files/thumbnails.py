"""thumbnails: (the folder of pictures, pictures) → a small one of each, for a page that people look at.

A picture's file gives the best one. Bytes that a provider serves are kept only until their small picture is
made. If there are no bytes, as for a picture that an earlier run sent, its 64 x 64 cells serve.

The bytes were decoded to their end before. A picture that fails here all the same has no small one, and stops nothing.
"""

from __future__ import annotations

import base64
import hashlib
import warnings
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.comparing.picture_comparison import EDGE, GRID_BYTES
from reconciler.core.fields import Picture
from reconciler.core.reports.cards import Thumbnail
from reconciler.effects.files.picture_files import picture_bytes
from reconciler.effects.files.pictures import DAMAGE

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE: Final = 96
_QUALITY = 82
_PNG = b"\x89PNG"


class Thumbnails:
    """Small pictures by the SHA-256 of the large ones, each made once."""

    def __init__(self) -> None:
        self._made: dict[str, Thumbnail] = {}
        self._ended = False

    def keep(self, content: bytes) -> None:
        """Make the small picture of bytes that a provider served."""
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self._made:
            self._add(sha256, _of_bytes(content))

    def of(self, root: Path, wanted: Mapping[str, Picture]) -> dict[str, Thumbnail]:
        """Return the small pictures of `wanted`; those of files lie below `root`."""
        for sha256, picture in wanted.items():
            if sha256 not in self._made and not self._ended:
                self._add(sha256, _of_file(root, picture) or _of_grid(picture))
        return {sha256: self._made[sha256] for sha256 in wanted if sha256 in self._made}

    def hurry(self, _: float) -> None:
        """End `of` before its next picture."""
        self._ended = True

    def _add(self, sha256: str, made: Thumbnail | None) -> None:
        if made is not None:
            self._made[sha256] = made


def _of_file(root: Path, picture: Picture) -> Thumbnail | None:
    """Return the small picture of a file; None if it is not there any more, as with one that an earlier run sent."""
    try:
        return _of_bytes(picture_bytes(root, picture)) if picture.file else None
    except EnvironmentProblem:
        return None


def _of_bytes(content: bytes) -> Thumbnail | None:
    from PIL.ImageOps import exif_transpose
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = (PngImageFile if content.startswith(_PNG) else JpegImageFile)(BytesIO(content))
            # A JPEG is decoded at the nearest size above, in a tenth of the time.
            image.draft("RGB", (2 * SIDE, 2 * SIDE))
            return _small(exif_transpose(image))
    except DAMAGE:
        return None


def _of_grid(picture: Picture) -> Thumbnail | None:
    from PIL.Image import frombytes

    try:
        cells = base64.b64decode(picture.grid, validate=True)
    except ValueError:
        return None
    return _encoded(frombytes("RGB", (EDGE, EDGE), cells)) if len(cells) == GRID_BYTES else None


def _small(image: Image) -> Thumbnail:
    """Return the middle square on white: what the round frame of a profile shows."""
    from PIL.Image import Resampling, alpha_composite, new

    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side)).convert("RGBA")
    cells = square.resize((min(side, SIDE),) * 2, Resampling.LANCZOS)
    return _encoded(alpha_composite(new("RGBA", cells.size, "white"), cells).convert("RGB"))


def _encoded(image: Image) -> Thumbnail:
    """Return the smaller of a JPEG and a PNG without any note of the large picture."""
    photo, drawing = BytesIO(), BytesIO()
    image.save(photo, "JPEG", quality=_QUALITY, optimize=True)
    image.quantize(64).save(drawing, "PNG", optimize=True)
    found = (Thumbnail("image/jpeg", photo.getvalue()), Thumbnail("image/png", drawing.getvalue()))
    # A photo in 64 colours shows bands, so fewer colours must save much.
    return found[1] if 2 * len(found[1].content) < len(found[0].content) else found[0]
