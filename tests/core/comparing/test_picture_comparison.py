"""The measured table behind the thresholds of likeness: computed here, on every run, with its margins."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from PIL.Image import Resampling

from reconciler.core.comparing.picture_comparison import (
    DIFFERENT_FROM,
    GRID_BYTES,
    SAME_UP_TO,
    Likeness,
    PictureDistance,
    compare_pictures,
    picture_distance,
)
from reconciler.core.fields import Picture
from reconciler.effects.files.pictures import read_picture

Colour = tuple[int, int, int]
BROWN, CREAM, RED, BLUE = (140, 58, 30), (250, 239, 220), (200, 40, 40), (40, 40, 200)
PROFILES = Path(__file__).parents[3] / "profiles"


def shop(
    *,
    edge: int = 640,
    number: str = "7",
    size: float = 0.18,
    name: str = "GOLDCRUST",
    since: str = "SINCE 1962",
    dot: Colour = RED,
    radius: float = 0.03,
    ground: Colour = BROWN,
    ink: Colour = CREAM,
) -> Image.Image:
    image = Image.new("RGB", (edge, edge), ground)
    draw = ImageDraw.Draw(image)

    def write(text: str, x: float, y: float, *, height: float, fill: Colour) -> None:
        draw.text((x * edge, y * edge), text, font=ImageFont.load_default(height * edge), fill=fill, anchor="mm")

    draw.ellipse([0.25 * edge, 0.12 * edge, 0.75 * edge, 0.62 * edge], fill=ink)
    write(number, 0.5, 0.37, height=size, fill=ground)
    write(name, 0.5, 0.72, height=0.09, fill=ink)
    write(since, 0.5, 0.84, height=0.04, fill=ink)
    box = [(0.8 - radius) * edge, (0.15 - radius) * edge, (0.8 + radius) * edge, (0.15 + radius) * edge]
    draw.ellipse(box, fill=dot)
    return image


def photo(*, seed: int, noise: float = 0.24) -> Image.Image:
    random = Random(seed)
    image = Image.frombytes("RGB", (9, 9), random.randbytes(243)).resize((640, 640), Resampling.BICUBIC)
    return Image.blend(image, Image.frombytes("RGB", (640, 640), random.randbytes(640 * 640 * 3)), noise)


def dots() -> Image.Image:
    """Almost nothing on white: no outlines elsewhere that suffer along with these."""
    image = Image.new("RGB", (640, 640), "white")
    ImageDraw.Draw(image).ellipse([300, 300, 333, 333], fill="red")
    ImageDraw.Draw(image).line([100, 450, 540, 455], fill="black", width=3)
    return image


def example(name: str) -> Image.Image:
    with Image.open(PROFILES / "pictures" / name) as image:
        return image.convert("RGB")


def jpeg(image: Image.Image, quality: int = 75, *, subsampling: int = 2) -> Image.Image:
    return Image.open(BytesIO(encoded(image, "JPEG", quality=quality, subsampling=subsampling)))


def encoded(image: Image.Image, format_: str, **options: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def grid(image: Image.Image) -> str:
    # Not compressed: only the pixels matter here, and a PNG of noise takes its time.
    picture = read_picture(encoded(image, "PNG", compress_level=0))
    assert isinstance(picture, Picture), picture
    return picture.grid


def scaled(image: Image.Image, *edges: int, by: Resampling = Resampling.LANCZOS) -> Image.Image:
    for edge in edges:
        image = image.resize((edge, edge), by)
    return image


def gamma(image: Image.Image, exponent: float) -> Image.Image:
    return image.point([round(255 * (level / 255) ** exponent) for level in range(256)] * 3)


def cropped(image: Image.Image, *, aside: int = 0) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2 + aside, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


QUALITIES = (30, 40, 50, 60, 75, 85, 95)


def reencodings(image: Image.Image, qualities: tuple[int, ...] = QUALITIES) -> Iterator[tuple[str, Image.Image]]:
    """Yield what hosts do to a picture."""
    square = cropped(image)
    for quality in qualities:
        for subsampling in (0, 1, 2):
            yield f"JPEG {quality}, subsampling {subsampling}", jpeg(square, quality, subsampling=subsampling)
    for by in (Resampling.BOX, Resampling.BILINEAR, Resampling.BICUBIC, Resampling.LANCZOS):
        yield f"640, {by.name}", jpeg(scaled(square, 640, by=by))
        yield f"320 and back, {by.name}", scaled(square, 320, 640, by=by)
        yield f"320 and back, {by.name}, JPEG", jpeg(scaled(square, 320, 640, by=by))
    for exponent in (0.97, 0.99, 1.01, 1.03):
        yield f"gamma {exponent}", gamma(square, exponent)
    yield "JPEG twice", jpeg(jpeg(square, 60), 40)


ORIGINALS: dict[str, Callable[[], Image.Image]] = {
    "a shop": shop,
    "a shop of 1000 pixels": lambda: shop(edge=1000),
    "a shop of 320 pixels": lambda: shop(edge=320),
    "a shop of 192 pixels": lambda: shop(edge=192),
    "a shop wider than high": lambda: shop(edge=901).crop((0, 0, 901, 800)),
    "a shop in red on blue": lambda: shop(ground=(0, 0, 255), ink=(255, 0, 0), dot=(0, 255, 0)),
    "a shop in red on black": lambda: shop(ground=(0, 0, 0), ink=(255, 0, 0), dot=(0, 0, 255)),
    "a photo": lambda: photo(seed=1),
    "a noisy photo": lambda: photo(seed=1, noise=0.6),
    "the example logo": lambda: example("logo.png"),
    "the example café": lambda: example("cafe.png"),
}

# What a person changed; each is compared as it is and after both sides were re-encoded.
CHANGES: dict[str, tuple[Image.Image, Image.Image]] = {
    "a digit, 7 to 1": (shop(), shop(number="1")),
    "a small digit, 3 to 8": (shop(number="3", size=0.1), shop(number="8", size=0.1)),
    "a small digit, 0 to 6": (shop(number="0", size=0.1), shop(number="6", size=0.1)),
    "a small digit, 5 to 6": (shop(number="5", size=0.1), shop(number="6", size=0.1)),
    "a letter, R to P": (shop(), shop(name="GOLDCPUST")),
    "a letter, R to B": (shop(), shop(name="GOLDCBUST")),
    "a dot from red to blue": (shop(), shop(dot=BLUE)),
    "a dot from red to orange": (shop(), shop(dot=(230, 120, 40))),
    "a tiny dot from red to blue": (shop(radius=0.008), shop(radius=0.008, dot=BLUE)),
    "a dot that is gone": (shop(), shop(dot=BROWN)),
    "a dot that shrank": (shop(), shop(radius=0.02)),
    "another ground": (shop(), shop(ground=(30, 58, 140))),
    "another ink": (shop(), shop(ink=(200, 239, 220))),
    "logo and café": (example("logo.png"), example("cafe.png")),
    "two photos": (photo(seed=1), photo(seed=2)),
}

# At the edge of what 64 x 64 cells can show: never "the same", but not always "different" either.
SLIGHT: dict[str, tuple[Image.Image, Image.Image]] = {
    "a dot in a slightly other red": (shop(), shop(dot=(200, 70, 60))),
    "a tiny digit, 1962 to 1968": (shop(), shop(since="SINCE 1968")),
    "a tiny digit, 1962 to 1902": (shop(), shop(since="SINCE 1902")),
    "a tiny line of text": (shop(), shop(since="BREAD DAILY")),
    "a slightly other ground": (shop(), shop(ground=(150, 64, 34))),
}


def judged(one: str, other: str) -> tuple[Likeness, PictureDistance]:
    """Return what is made of two grids."""
    return compare_pictures(one, other), picture_distance(base64.b64decode(one), base64.b64decode(other))


def share(measured: PictureDistance, line: PictureDistance) -> float:
    """Return how far towards `line` a distance goes: 1.0 touches it in one of the five ways."""
    return max(value / limit for value, limit in zip(measured, line, strict=True))


def as_served(pair: tuple[Image.Image, Image.Image]) -> Iterator[tuple[Image.Image, Image.Image]]:
    one, other = pair
    yield one, other
    yield one, jpeg(other, 75)
    yield jpeg(one, 75), jpeg(scaled(other, 320, 640), 75)
    yield jpeg(one, 50), jpeg(other, 95)


@pytest.mark.parametrize("name", ORIGINALS)
def test_a_reencoded_picture_is_the_same_with_room_to_spare(name: str, *, long: bool) -> None:
    """The short form has the lowest quality, the highest and one between them."""
    original = ORIGINALS[name]()
    ours = grid(original)
    for how, served in reencodings(original, QUALITIES if long else QUALITIES[::3]):
        verdict, measured = judged(ours, grid(served))
        assert verdict is Likeness.SAME, (how, measured)
        assert share(measured, SAME_UP_TO) <= 0.85, (how, measured)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_picture_is_different_with_room_to_spare(name: str) -> None:
    for one, other in as_served(CHANGES[name]):
        verdict, measured = judged(grid(one), grid(other))
        assert verdict is Likeness.DIFFERENT, measured
        assert share(measured, DIFFERENT_FROM) >= 1.15, measured


@pytest.mark.parametrize("served", [lambda image: image, jpeg, lambda image: jpeg(image, 30)])
def test_no_digit_of_a_fifteenth_of_the_height_passes_for_another(served: Callable[[Image.Image], Image.Image]) -> None:
    """A font of 64 pixels has digits of about 45 in 640. Below that some pairs, 3 and 8 say, fall between the cells."""
    ours = {digit: shop(number=digit, size=0.1) for digit in "0123456789"}
    theirs = {digit: grid(served(image)) for digit, image in ours.items()}
    for digit, image in ours.items():
        cells = grid(image)
        same = [other for other, served in theirs.items() if compare_pictures(cells, served) is not Likeness.DIFFERENT]
        assert same == [digit]


@pytest.mark.parametrize("name", SLIGHT)
def test_a_slight_change_is_never_the_same(name: str) -> None:
    for one, other in as_served(SLIGHT[name]):
        verdict, measured = judged(grid(one), grid(other))
        assert verdict is not Likeness.SAME, measured
        assert share(measured, SAME_UP_TO) > 1.1, measured


def test_next_to_nothing_on_an_even_ground_is_never_called_different() -> None:
    """A thin line alone has no other outlines that suffer with it: at JPEG 30 and after 320 pixels nobody can tell."""
    ours = grid(dots())
    judgements = [judged(ours, grid(served)) for _, served in reencodings(dots())]
    verdicts = [verdict for verdict, _ in judgements]
    assert set(verdicts) == {Likeness.SAME, Likeness.CANNOT_TELL}
    assert verdicts.count(Likeness.SAME) > verdicts.count(Likeness.CANNOT_TELL)
    assert all(share(measured, DIFFERENT_FROM) <= 0.85 for _, measured in judgements)


def test_a_crop_that_rounds_the_other_way_is_the_same() -> None:
    original = shop(edge=901).crop((0, 0, 901, 800))
    assert compare_pictures(grid(original), grid(jpeg(cropped(original, aside=1)))) is Likeness.SAME


def test_a_thumbnail_of_96_pixels_is_not_called_different() -> None:
    assert compare_pictures(grid(shop()), grid(jpeg(scaled(shop(), 96)))) is Likeness.CANNOT_TELL


def test_the_lines_leave_room_between_them() -> None:
    assert all(far >= 1.5 * near for near, far in zip(SAME_UP_TO, DIFFERENT_FROM, strict=True))


@pytest.mark.parametrize(
    "broken", ["", "no grid", "AAAA", "ä" * 16384, "A" * 16380, "A" * 16383, "A" * 16388, "A" * 16383 + "\n"]
)
def test_a_grid_that_is_none_tells_nothing(broken: str) -> None:
    whole = base64.b64encode(bytes(GRID_BYTES)).decode()
    assert compare_pictures(broken, whole) is Likeness.CANNOT_TELL
    assert compare_pictures(whole, broken) is Likeness.CANNOT_TELL
    assert compare_pictures(broken, broken) is Likeness.CANNOT_TELL


GRIDS = st.builds(
    lambda seed, low, high: bytes(Random(seed).choices(range(min(low, high), max(low, high) + 1), k=GRID_BYTES)),
    st.integers(0, 2**32),
    st.integers(0, 255),
    st.integers(0, 255),
).map(lambda cells: base64.b64encode(cells).decode())


@given(GRIDS)
def test_every_grid_is_like_itself(one: str) -> None:
    assert compare_pictures(one, one) is Likeness.SAME


@given(GRIDS | st.text(max_size=9), GRIDS | st.text(max_size=9))
def test_likeness_is_the_same_in_both_directions(one: str, other: str) -> None:
    assert compare_pictures(one, other) is compare_pictures(other, one)


@given(st.integers(0, GRID_BYTES - 1), st.integers(int(DIFFERENT_FROM.colour), 255))
def test_one_cell_on_an_even_ground_is_seen(place: int, level: int) -> None:
    cells = bytearray(GRID_BYTES)
    cells[place] = level
    one, other = (base64.b64encode(bytes(each)).decode() for each in (bytes(GRID_BYTES), cells))
    assert compare_pictures(one, other) is Likeness.DIFFERENT


def test_a_block_is_four_by_four_cells_of_one_channel() -> None:
    cells = bytearray(GRID_BYTES)
    for y in range(8, 12):
        for x in range(20, 24):
            cells[(y * 64 + x) * 3 + 1] = 9
    assert picture_distance(bytes(GRID_BYTES), bytes(cells)) == PictureDistance(
        light=5, colour=9, floor=0, block=9, wide=0
    )
