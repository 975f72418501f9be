"""Speed as ratios of two measurements that take turns: machines are noisy, and a second is not always a second.

Run with `python -m pytest tests/benchmarks -m benchmark -s`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from reconciler.core.comparing.picture_comparison import compare_pictures
from reconciler.core.fields import Picture
from reconciler.core.roster import NumberFacts
from reconciler.core.settings import Account
from reconciler.core.target import Desired, DesiredField, Observed, Target
from reconciler.effects.fetch import read_target
from reconciler.effects.files.pictures import read_picture
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.allowance import Pace
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.retries import RetryBudget
from reconciler.effects.signals import GRACE_SECONDS
from reconciler.effects.workers import run_workers
from reconciler.effects.world import Context
from reconciler.pipeline.run_ledger import FLUSH_SECONDS
from reconciler.providers.meta import Meta, MetaOptions
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links
from reconciler.render.pages import plan_page
from tests.benchmarks.paired import Compared, compared, paired, processor, processor_of
from tests.render.markdown.test_markdown_sheet import fleet

pytestmark = pytest.mark.benchmark

REQUESTS, LATENCY, IN_FLIGHT = 320, 0.05, 16
PROJECT = Path(__file__).parents[2]


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


async def read_all(origin: str, root: Path) -> None:
    """Read every profile, one request each."""
    context = Context(root=root, environ={})
    account = Account(
        name="a", provider="meta", endpoint=origin, concurrency=IN_FLIGHT, credentials={}, options=MetaOptions()
    )
    pace = Pace(Meta.traits.rate, RetryBudget(0), context=context)
    line = AccountAccess(Meta(account), Connection(origin, ()), pace, context, credential="t")
    found: list[Observed] = []

    async def read(looking: ReadClient, one: Desired) -> None:
        live = await read_target(looking, one, NumberFacts(number=one.target.number))
        assert isinstance(live, Observed), live
        found.append(live)

    await run_workers(desired(origin), read, workers=IN_FLIGHT, tool=lambda: ReadClient(line))
    assert len(found) == REQUESTS


async def get_all(origin: str) -> None:
    """Make the same requests with httpx and nothing else, on as many connections."""
    waiting = iter(desired(origin))
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    found: list[object] = []

    async def worker() -> None:
        # As plain as ours: a client that makes an SSL context of its own spends its time on that.
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(verify=False, limits=limits)) as client:
            for one in waiting:
                url = f"{origin}/v23.0/{one.target.address}/whatsapp_business_profile"
                answer = await client.get(url, params={"fields": "about"}, headers={"Authorization": "Bearer t"})
                found.append(json.loads(answer.content))

    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(worker())
    assert len(found) == REQUESTS


Both = tuple[float, float]


def both_clocks(work: Callable[[], Awaitable[None]]) -> Both:
    """Return the seconds and the processor seconds of `work`."""
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(_awaited(work))
    return time.perf_counter() - wall, time.process_time() - cpu


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def test_reading_takes_little_longer_than_the_bare_requests(tmp_path: Path) -> None:
    """320 reads of 50 ms, 16 in flight, beside the same requests by httpx alone.

    Seconds show waits and lost side-by-side work: half the requests in flight would take twice as long. Where other
    programs leave hardly any processor, the ratio of seconds becomes that of processor seconds, so neither is tighter.
    """
    with latent(LATENCY) as origin:
        both_clocks(lambda: get_all(origin))
        pairs: list[tuple[Both, Both]] = []
        for _ in range(5):
            bare = both_clocks(lambda: get_all(origin))
            pairs.append((both_clocks(lambda: read_all(origin, tmp_path)), bare))
    wall, cpu = (compared([(one[clock], other[clock]) for one, other in pairs]) for clock in (0, 1))
    said(f"{REQUESTS} reads", wall, "httpx alone", limit=1.4)
    said(f"{REQUESTS} reads, processor", cpu, "httpx alone", limit=1.4)
    assert wall.ratio <= 1.4
    assert cpu.ratio <= 1.4


def said(what: str, found: Compared, reference: str, *, limit: float) -> None:
    """Print what was measured."""
    ours, other = (f"{seconds * 1000:,.1f} ms" for seconds in (found.ours, found.reference))
    print(f"\n{what}: {ours}, {found.ratio:.2f} x {reference} ({other}; limit {limit})")


def test_help_takes_at_most_twice_the_import_of_click() -> None:
    """In processor seconds, from the start of the process to its end."""
    found = paired(
        lambda: processor_of(sys.executable, "-m", "reconciler", "--help"),
        lambda: processor_of(sys.executable, "-c", "import click"),
        pairs=9,
    )
    said("--help, processor", found, "importing click", limit=2.0)
    assert found.ratio <= 2.0


def test_telling_two_pictures_apart_takes_less_than_decoding_one() -> None:
    """Comparing is done for every managed picture on every run; it must not be what a run waits for."""
    content = (PROJECT / "profiles" / "pictures" / "logo.png").read_bytes()
    picture = read_picture(content)
    assert isinstance(picture, Picture)
    other = picture.grid[:4] + "AAAA" + picture.grid[8:]
    found = paired(
        lambda: processor(lambda: compare_pictures(picture.grid, other), times=5),
        lambda: processor(lambda: Image.open(BytesIO(content)).convert("RGB"), times=5),
        pairs=11,
    )
    said("likeness, processor, five times", found, "decoding", limit=1.0)
    assert found.ratio <= 1.0


def test_the_page_of_twice_as_many_changes_takes_twice_as_long() -> None:
    """Anything that looks through all changes for each of them would take four times as long."""

    def page(changes: int) -> Callable[[], float]:
        report = fleet(changes)
        return lambda: processor(lambda: plan_page(report, plan_sheet(report, Links()), exit_code=0))

    found = paired(page(5_000), page(2_500), pairs=3)
    said("the page of 5,000 changes, processor", found, "that of 2,500", limit=2.8)
    assert found.ratio <= 2.8


WAITS = f"""
import subprocess, time
began = time.monotonic()
time.sleep({GRACE_SECONDS})
time.sleep({FLUSH_SECONDS})
for _ in range(5):
    subprocess.run(["git", "version"], capture_output=True, check=True)
print(time.monotonic() - began)
"""
RUNNER_GIVES = 7.5


@pytest.mark.clock
def test_a_cancelled_run_takes_little_longer_than_the_waits_it_is_granted() -> None:
    """A write hangs, and the ledger's server takes longer than it may. Beside each run another process just waits."""
    cancel = [sys.executable, "-m", "tests.crash.cancels", "--only", "both:3.0:writing:0.5:SIGINT"]
    waits = [sys.executable, "-c", WAITS]
    processes = [
        subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        for command in (cancel, waits, cancel, waits, cancel, waits)
    ]
    told = [process.communicate()[0] for process in processes]
    reports = [json.loads(report) for report in told[::2]]
    assert [report["failures"] for report in reports] == [[], [], []]
    found = compared([(report["longest"], float(wait)) for report, wait in zip(reports, told[1::2], strict=True)])
    limit = RUNNER_GIVES / (GRACE_SECONDS + FLUSH_SECONDS)
    said("a cancelled run", found, "the waits that it is granted", limit=limit)
    assert found.ratio <= limit
