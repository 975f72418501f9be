"""How far a picture's own bytes go, and in how many pieces they lie. Nothing is decoded.

picture_extent: (bytes that begin as a JPEG or PNG) → where the picture ends, if its pieces can be counted.
trimmed: (bytes of a picture that a provider serves) → the same without the bytes behind the picture.

A decoder stops at a picture's end. Bytes behind it are never looked at and would be uploaded all the same: an archive,
a script, a person's file. Zeros are no such thing, because some programs fill up a block with them. A phone's JPEG may
be followed by further JPEGs, such as a depth map.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# A picture of 5 MiB by common programs has a few hundred. Each costs a decoder time, however small it is. A piece
# without pixels can cost far more, because a colour profile of 1 KB unpacks to 1 MB.
MOST_PIECES: Final = 10_000
MOST_NOTES: Final = 200

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# A chunk of a PNG is a length, a name of four letters, its data and a checksum.
_FRAME = 12
# Inside of a JPEG's scan, FF 00 stands for FF, and D0 to D7 are restarts.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7\x01]", re.DOTALL)
_ZEROS = re.compile(rb"\0+")
_JPEG_END = 0xD9
_JPEG_STOP = b"\xff\xd9"
_JPEG_BEGINNING = 0xD8


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a picture ends, in bytes. A picture without an end goes to the end of the bytes.

    `countless` if it has more pieces than any picture needs. Then its end was not looked for.
    """

    end: int
    countless: bool = False


def picture_extent(content: bytes) -> Extent:
    """Return how far the picture in `content` goes; zeros and a JPEG's further pictures belong to it."""
    if content.startswith(_PNG):
        return _png_extent(content)
    end, pieces = 0, 0
    while content.startswith(_JPEG, end):
        after, more = _jpeg_end(content, end)
        pieces += more
        if pieces > MOST_PIECES:
            return Extent(len(content), countless=True)
        if end and not content.startswith(_JPEG_STOP, after - len(_JPEG_STOP)):
            # Three bytes make no further picture of an archive.
            break
        end = _padded(content, after)
    return Extent(end)


def trimmed(content: bytes) -> bytes:
    """Return a picture's bytes without what follows it; other bytes are returned as they are."""
    if not content.startswith((_PNG, _JPEG)):
        return content
    return content[: picture_extent(content).end]


def _padded(content: bytes, end: int) -> int:
    """Return where the zeros end that begin at `end`."""
    found = _ZEROS.match(content, end)
    return found.end() if found else end


def _png_extent(content: bytes) -> Extent:
    position, pieces, notes = len(_PNG), 0, 0
    while position + _FRAME <= len(content):
        name = content[position + 4 : position + 8]
        position += _FRAME + int.from_bytes(content[position : position + 4], "big")
        if name == b"IEND":
            return Extent(_padded(content, min(position, len(content))))
        pieces, notes = pieces + 1, notes + (name != b"IDAT")
        if pieces > MOST_PIECES or notes > MOST_NOTES:
            return Extent(len(content), countless=True)
    return Extent(len(content))


def _jpeg_end(content: bytes, start: int) -> tuple[int, int]:
    """Return where the JPEG at `start` ends, and how many pieces it has, counted a little beyond `MOST_PIECES`."""
    position, pieces = start, 0
    while pieces <= MOST_PIECES and (found := _MARKER.search(content, position)) is not None:
        pieces += 1
        position, kind = found.end(), found[0][-1]
        if kind == _JPEG_END:
            return position, pieces
        if kind != _JPEG_BEGINNING:
            position += int.from_bytes(content[position : position + 2], "big")
    return len(content), pieces
