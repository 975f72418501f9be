"""compare_pictures: (one grid, another) → the same picture, a different one, or cannot tell.

A provider serves a re-encoded picture, so bytes never match and the grids (64 x 64 RGB cells, base64) must decide.
Re-encoding spreads out: every edge ends up a little off, by about the same. A person's change stands out: a digit, a
badge, a background. So a cell is judged against the other cells of the same pair, never by itself.

The answer must be the same in both directions. It must never be "same" if a person sees at a glance what changed, such
as a digit of a fifteenth of the height. Smaller print can be lost between 64 cells and a strong JPEG.
The cases between are "cannot tell". The function never raises: a malformed grid is "cannot tell" as well.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from operator import add, sub
from typing import NamedTuple

EDGE = 64
CHANNELS = 3
GRID_BYTES = EDGE * EDGE * CHANNELS


class Likeness(StrEnum):
    """The answer to "do these show the same picture?"."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot tell"


class PictureDistance(NamedTuple):
    """How far apart two grids are, in five ways; in levels of 0 to 255, larger is further.

    `light`: by brightness, the worst cell less three times the 64th worst: a small thing that changed its shape, set
    against the effect of re-encoding on this very pair. `colour`: the worst less twice the 64th, in the channel where
    that is most; a JPEG smears colours, so its lines lie further out. `floor`: the 64th worst cell of any channel.
    `block`: the worst of the 256 blocks of 4 x 4 cells, by its mean: outlines cancel out in it, a new colour does not.
    `wide`: the 16th worst block, for a slight change of a large area.
    """

    light: float
    colour: float
    floor: float
    block: float
    wide: float


# Measured in tests/core/comparing/test_picture_comparison.py. Its table is computed on every run, and holds both lines
# at a distance from everything that it measures. Between the two lines the answer is "cannot tell".
SAME_UP_TO = PictureDistance(light=5, colour=18, floor=24, block=14, wide=8)
DIFFERENT_FROM = PictureDistance(light=16, colour=30, floor=64, block=28, wide=24)

_BLOCK = 4
_FLOOR_RANK = 64
_WIDE_RANK = 16
_WEIGHTS = (77, 150, 29)  # red, green, blue, as JPEG weighs them


def compare_pictures(one: str, other: str) -> Likeness:
    """Say whether two grids in base64 show the same picture."""
    grids = _cells(one), _cells(other)
    if grids[0] is None or grids[1] is None:
        return Likeness.CANNOT_TELL
    apart = picture_distance(grids[0], grids[1])
    if all(value <= limit for value, limit in zip(apart, SAME_UP_TO, strict=True)):
        return Likeness.SAME
    if any(value >= limit for value, limit in zip(apart, DIFFERENT_FROM, strict=True)):
        return Likeness.DIFFERENT
    return Likeness.CANNOT_TELL


def picture_distance(one: bytes, other: bytes) -> PictureDistance:
    """Measure how far apart two grids of `GRID_BYTES` bytes are; the order of the two does not matter."""
    apart = list(map(sub, one, other))
    light, light_floor = _worst(map(sub, _light(one), _light(other)))
    channels = [_worst(apart[channel::CHANNELS]) for channel in range(CHANNELS)]
    blocks = sorted(_blocks(apart), reverse=True)
    area = _BLOCK * _BLOCK
    return PictureDistance(
        light=light - 3 * light_floor,
        colour=max(worst - 2 * floor for worst, floor in channels),
        floor=max(floor for _, floor in channels),
        block=blocks[0] / area,
        wide=blocks[_WIDE_RANK - 1] / area,
    )


def _cells(grid: str) -> bytes | None:
    """Return the bytes of `grid`, or None if it is malformed."""
    try:
        cells = base64.b64decode(grid, validate=True)
    except (binascii.Error, ValueError):  # ValueError: letters beyond ASCII
        return None
    return cells if len(cells) == GRID_BYTES else None


def _worst(apart: Iterable[int]) -> tuple[int, int]:
    """Return the largest of 4,096 differences without their signs, and the 64th largest."""
    sizes = bytes(map(abs, apart))
    worst = floor = max(sizes)
    # Counting down takes a few levels where sorting takes all cells.
    seen = sizes.count(worst)
    while seen < _FLOOR_RANK:
        floor -= 1
        seen += sizes.count(floor)
    return worst, floor


def _light(cells: bytes) -> bytes:
    """Return the brightness of every cell.

    One large number per channel, 16 bits to a cell, so that three multiplications weigh all cells at once: the weights
    add up to 256, hence no cell carries over into the next, and the upper byte is the weighted mean.
    """
    total = 0
    for channel, weight in enumerate(_WEIGHTS):
        lanes = bytearray(2 * EDGE * EDGE)
        lanes[1::2] = cells[channel::CHANNELS]
        total += weight * int.from_bytes(lanes, "big")
    return total.to_bytes(2 * EDGE * EDGE, "big")[0::2]


def _blocks(apart: Sequence[int]) -> Iterator[int]:
    """Yield, for every block, the largest sum over its cells among the channels, without its sign."""
    return map(max, *(_channel_blocks(apart, channel) for channel in range(CHANNELS)))


def _channel_blocks(apart: Sequence[int], channel: int) -> list[int]:
    # Four cells beside each other, then four such rows: whole strides at a time, as this runs for every profile.
    step = _BLOCK * CHANNELS
    first, second, third, fourth = (apart[channel + CHANNELS * cell :: step] for cell in range(_BLOCK))
    rows = list(map(add, map(add, first, second), map(add, third, fourth)))
    wide = EDGE // _BLOCK
    lines = [rows[start : start + wide] for start in range(0, len(rows), wide)]
    return [abs(sum(four)) for top in range(0, EDGE, _BLOCK) for four in zip(*lines[top : top + _BLOCK], strict=True)]
