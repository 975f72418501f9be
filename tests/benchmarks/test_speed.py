"""Speed as ratios against a limit measured in the same run: machines are noisy, and a second is not always a second.

Run with `python -m pytest tests/benchmarks -m benchmark -s`.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from reconciler.core.likeness import likeness
from reconciler.core.provider import NumberFacts
from reconciler.core.settings import Account
from reconciler.core.target import Desired, DesiredField, Observed, Target
from reconciler.core.value import Picture
from reconciler.effects.context import Context
from reconciler.effects.doorway import Doorway
from reconciler.effects.fetch import read_target
from reconciler.effects.http import Line, Looking
from reconciler.effects.pace import Pace, RetryBudget
from reconciler.effects.pictures import read_picture
from reconciler.effects.workers import pull
from reconciler.providers.meta import Meta, MetaOptions

pytestmark = pytest.mark.benchmark

REQUESTS, LATENCY, IN_FLIGHT = 1000, 0.05, 16


@contextmanager
def latent(latency: float) -> Iterator[str]:
    """Run the slow server; gives its origin."""
    server = Path(__file__).with_name("latent_server.py")
    command = [sys.executable, str(server), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.communicate()


def desired(origin: str) -> list[Desired]:
    """Return as many profiles as there are requests to make."""
    return [
        Desired(
            target=Target(
                provider="meta",
                endpoint=origin,
                address=str(100000000000000 + n),
                account="a",
                profile=f"p{n}",
                number="+1",
            ),
            fields=(DesiredField(name="about", value="Fresh bread"),),
        )
        for n in range(REQUESTS)
    ]


async def read_all(origin: str, root: Path) -> float:
    """Read every profile, one request each, and return the seconds it took."""
    context = Context(root=root, environ={})
    account = Account(
        name="a", provider="meta", endpoint=origin, concurrency=IN_FLIGHT, credentials={}, options=MetaOptions()
    )
    pace = Pace(Meta.traits.rate, RetryBudget(0), context=context)
    line = Line(Meta(account), Doorway(origin, ()), pace, context, credential="t")
    found: list[Observed] = []

    async def read(looking: Looking, one: Desired) -> None:
        live = await read_target(looking, one, NumberFacts(number=one.target.number))
        assert isinstance(live, Observed), live
        found.append(live)

    started = time.perf_counter()
    await pull(desired(origin), read, workers=IN_FLIGHT, tool=lambda: Looking(line))
    elapsed = time.perf_counter() - started
    assert len(found) == REQUESTS
    return elapsed


def test_a_thousand_reads_take_little_longer_than_their_latency(tmp_path: Path) -> None:
    """1,000 reads of 50 ms with 16 in flight take at most 1.3 times requests x latency / 16; the best of three runs."""
    ideal = REQUESTS * LATENCY / IN_FLIGHT
    with latent(LATENCY) as origin:
        best = min(asyncio.run(read_all(origin, tmp_path)) for _ in range(3))
    print(f"\n1,000 reads: {best:.2f} s, {best / ideal:.2f} x the ideal of {ideal:.2f} s (limit 1.3)")
    assert best / ideal <= 1.3


def seconds(*command: str) -> float:
    """Return the wall time of one run of `command`."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def test_help_takes_at_most_twice_the_import_of_click() -> None:
    """Runs alternate, so that a busy moment hits both; medians are compared."""
    pairs = [
        (seconds(sys.executable, "-m", "reconciler", "--help"), seconds(sys.executable, "-c", "import click"))
        for _ in range(15)
    ]
    ours, clicks = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"\n--help: {ours * 1000:.0f} ms, {ours / clicks:.2f} x importing click ({clicks * 1000:.0f} ms, limit 2)")
    assert ours / clicks <= 2.0


def test_telling_two_pictures_apart_takes_less_than_decoding_one() -> None:
    """Comparing is done for every managed picture on every run; it must not be what a run waits for."""
    content = (Path(__file__).parents[2] / "profiles" / "pictures" / "logo.png").read_bytes()
    picture = read_picture(content)
    assert isinstance(picture, Picture)
    other = picture.grid[:4] + "AAAA" + picture.grid[8:]
    comparing = min(timeit.repeat(lambda: likeness(picture.grid, other), number=1, repeat=100))
    decoding = min(timeit.repeat(lambda: Image.open(BytesIO(content)).convert("RGB"), number=1, repeat=100))
    ratio = comparing / decoding
    print(f"\nlikeness: {comparing * 1000:.1f} ms, {ratio:.2f} x decoding ({decoding * 1000:.1f} ms, limit 1)")
    assert ratio <= 1.0
