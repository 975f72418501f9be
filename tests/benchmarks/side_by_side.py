"""This program beside octoDNS, a bare loop of httpx and other yardsticks: one table, in Markdown.

    python -m tests.benchmarks.side_by_side [--profiles N] [--rounds N]

The halves of each row run in turns in the same minutes, and each half counts at its least. A machine that does
something else stretches both. docs/performance.md has the table. It takes about ten minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.version import version_line
from tests.benchmarks import latent_server
from tests.benchmarks.octodns import VERSION, Octodns
from tests.benchmarks.paired import Spent, in_turns, spent

# What the row beside the latency has, and this program without a setting.
IN_FLIGHT = 16
# Each program runs with each of them once, and its best counts.
WORKERS = (8, 16, 32)
FEW = 100
_TOKEN = "EAAGm0PX4ZCpsBAQ9wErTy"


@dataclass(frozen=True)
class Row:
    """One line of the table: ours, the other's, and how they compare."""

    work: str
    ours: str
    other: str
    ratio: str
    must: str

    def __str__(self) -> str:
        return f"| {self.work} | {self.ours} | {self.other} | {self.ratio} | {self.must} |"


HEAD = Row("work", "here", "beside it", "ratio", "must")


@contextmanager
def serving(latency: float) -> Iterator[str]:
    """Run the slow server; gives its origin."""
    command = [sys.executable, latent_server.__file__, str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.communicate()


def fleet(root: Path, number: int, *, origin: str, bulk: str, workers: int = IN_FLIGHT) -> Path:
    """Write a repository of so many profiles that are in sync, and return it. Beside it stands the same as JSON."""
    folder = root / "profiles"
    folder.mkdir(parents=True)
    (root / "as_json").mkdir()
    account = latent_server.LEAST_ACCOUNT + number
    (folder / "reconciler.yaml").write_text(
        f"version: 1\naccounts:\n  shops:\n    provider: meta\n    endpoint: {origin}\n    concurrency: {workers}\n"
        f'    waba_id: "{account}"\n    bulk_read: {bulk}\n    credentials: {{token: {{env: META_TOKEN}}}}\n',
        encoding="utf-8",
    )
    shown = latent_server.PROFILE
    fields = "".join(
        f"  {'industry' if name == 'vertical' else name}: {value if isinstance(value, str) else f'[{value[0]}]'}\n"
        for name, value in shown.items()
    )
    for index in range(number):
        address = latent_server.address_of(index)
        (folder / f"p{index}.yaml").write_text(
            f'account: shops\nnumber: "+{address[3:]}"\nphone_number_id: "{address}"\nprofile:\n{fields}',
            encoding="utf-8",
        )
        same = {"account": "shops", "number": f"+{address[3:]}", "phone_number_id": address, "profile": shown}
        (root / "as_json" / f"p{index}.json").write_text(json.dumps(same), encoding="utf-8")
    return root


class Bench:
    """What all rows share: a folder, an installation of octoDNS, and how often each half runs."""

    def __init__(self, root: Path, rounds: int) -> None:
        self.root, self.rounds = root, rounds
        # pip compiles what it installs, and so octoDNS is; a checkout may be new.
        subprocess.run([sys.executable, "-m", "compileall", "-q", "reconciler"], check=True)
        self.octodns = Octodns.installed()
        self.made = 0

    def place(self) -> Path:
        """Return a new folder."""
        self.made += 1
        return self.root / str(self.made)

    def plan(self, number: int, origin: str, *, bulk: str, workers: int = IN_FLIGHT) -> Callable[[], Spent]:
        """Return the plan of so many profiles."""
        folder = fleet(self.place(), number, origin=origin, bulk=bulk, workers=workers)
        environ = {
            **os.environ,
            "META_TOKEN": _TOKEN,
            "RECONCILER_ALLOW_ENDPOINT": origin,
            "PYTHONPATH": str(Path.cwd()),
        }

        def work() -> Spent:
            # What earlier runs called counts for an hour, and a run that may call no more waits.
            shutil.rmtree(folder / ".reconciler", ignore_errors=True)
            return spent(ours("--quiet", "plan"), folder, environ)

        return work

    def validate(self, number: int) -> Callable[[], Spent]:
        """Return the check of so many profiles."""
        folder = fleet(self.place(), number, origin="https://graph.facebook.com", bulk="auto")
        environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        return lambda: spent(ours("--quiet", "validate"), folder, environ)

    def zones(self, number: int, origin: str, *, workers: int) -> Callable[[], Spent]:
        """Return octoDNS's plan of as many zones."""
        folder = self.place()
        self.octodns.zones(folder, number, origin=origin, workers=workers)
        environ = {**os.environ, "PYTHONPATH": str(folder)}
        return lambda: spent(self.octodns.command(), folder, environ)

    def best(self, number: int, origin: str) -> Callable[[], Spent]:
        """Return octoDNS's plan with the number of workers that is its best, each tried once."""
        return quickest([self.zones(number, origin, workers=workers) for workers in WORKERS])

    def best_plan(self, number: int, origin: str) -> Callable[[], Spent]:
        """Return the plan by single reads with the number of workers that is its best."""
        return quickest([self.plan(number, origin, bulk="single", workers=workers) for workers in WORKERS])


def quickest(works: Sequence[Callable[[], Spent]]) -> Callable[[], Spent]:
    """Return the one that took the fewest seconds; each is tried once."""
    return min(works, key=lambda work: work().wall)


def ours(*words: str) -> Sequence[str]:
    """Return a command of this program."""
    return (sys.executable, "-m", "reconciler", *words)


def seconds(found: float) -> str:
    """Return a time as the table has it."""
    return f"{found:.2f} s" if found >= 1 else f"{found * 1000:,.0f} ms"


def times(one: float, other: float) -> str:
    """Return how many times `one` the `other` is."""
    return f"{other / one:.2f}x"


def against_octodns(bench: Bench, number: int) -> Iterator[Row]:
    """Yield the plans of so many profiles at 50 ms and without latency, and of a hundred."""
    with serving(0.05) as origin:
        works = [bench.plan(number, origin, bulk=bulk) for bulk in ("single", "auto")]
        works += [bench.best_plan(number, origin), bench.best(number, origin)]
        single, bulk, best, other = in_turns(bench.rounds, *works)
    what = f"plan of {number:,} at 50 ms"
    for name, found, must in (("single reads", best, "≥ 1.1x"), ("bulk read", bulk, "≥ 3x")):
        yield Row(f"{what}, {name}", seconds(found.wall), seconds(other.wall), times(found.wall, other.wall), must)
    bound = number * 0.05 / IN_FLIGHT
    yield Row(
        f"{what}, single reads, {IN_FLIGHT} in flight, beside the latency",
        seconds(single.wall),
        seconds(bound),
        f"{single.wall / bound:.2f}",
        "≤ 1.25",
    )
    with serving(0.0) as origin:
        works = [bench.plan(number, origin, bulk=bulk) for bulk in ("single", "auto")]
        single, bulk, other = in_turns(bench.rounds, *works, bench.best(number, origin))
        few, few_other = in_turns(bench.rounds, bench.plan(FEW, origin, bulk="auto"), bench.best(FEW, origin))
    what = f"plan of {number:,} at 0 ms, processor"
    for name, found, must in (("single reads", single, "≥ 1.5x"), ("bulk read", bulk, "≥ 3x")):
        yield Row(f"{what}, {name}", seconds(found.cpu), seconds(other.cpu), times(found.cpu, other.cpu), must)
    ratio = times(few.wall, few_other.wall)
    yield Row(f"plan of {FEW} at 0 ms", seconds(few.wall), seconds(few_other.wall), ratio, "≥ 1x")


_LOOP = """
import asyncio, httpx, json, sys
from tests.benchmarks.latent_server import address_of
origin, number, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
waiting = iter(range(number))
async def worker():
    async with httpx.AsyncClient() as client:
        for index in waiting:
            url = f"{origin}/v23.0/{address_of(index)}/whatsapp_business_profile"
            json.loads((await client.get(url, params={"fields": "about,address"})).content)
async def main():
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(worker())
asyncio.run(main())
"""
_PARSE = """
import json, pathlib
for one in pathlib.Path("as_json").iterdir():
    json.loads(one.read_text())
"""


def against_yardsticks(bench: Bench, number: int) -> Iterator[Row]:
    """Yield what the same reads, files and words cost without this program."""
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}

    def run(*command: str, folder: Path = bench.root) -> Callable[[], Spent]:
        return lambda: spent(command, folder, environ)

    def python(program: str, *words: str, folder: Path = bench.root) -> Callable[[], Spent]:
        return run(sys.executable, "-c", program, *words, folder=folder)

    with serving(0.0) as origin:
        loop = python(_LOOP, origin, str(number), str(IN_FLIGHT))
        plan, bare = in_turns(bench.rounds, bench.plan(number, origin, bulk="single"), loop)
    yield Row(
        f"plan of {number:,} at 0 ms, processor",
        seconds(plan.cpu),
        f"the reads by httpx alone, {seconds(bare.cpu)}",
        f"{plan.cpu / bare.cpu:.2f}",
        "",
    )
    checked, parsed = in_turns(
        bench.rounds, bench.validate(number), python(_PARSE, folder=bench.root / str(bench.made))
    )
    yield Row(
        f"validate of {number:,}, processor",
        seconds(checked.cpu),
        f"json.loads of the files, {seconds(parsed.cpu)}",
        f"{checked.cpu / parsed.cpu:.2f}",
        "",
    )
    for words, other, name, must in (
        ("--version", "pass", "an empty Python", "≤ 1.5"),
        ("--help", "import click", "importing click", "≤ 2"),
    ):
        told, empty = in_turns(5 * bench.rounds, run(*ours(words)), python(other))
        yield Row(
            f"{words}, processor",
            seconds(told.cpu),
            f"{name}, {seconds(empty.cpu)}",
            f"{told.cpu / empty.cpu:.2f}",
            must,
        )


def a_profile_more(bench: Bench, number: int) -> Iterator[Row]:
    """Yield what each profile more costs, between so many and four times as many: start and end are left out."""
    more = 4 * number
    with serving(0.0) as origin:
        for name, must in (("bulk", "≤ 0.5 ms"), ("single", "≤ 1.0 ms")):
            works = [bench.plan(many, origin, bulk="auto" if name == "bulk" else "single") for many in (number, more)]
            few, many = in_turns(bench.rounds, *works)
            cpu, memory = (many.cpu - few.cpu) / (more - number), (many.memory - few.memory) / (more - number)
            span = f"{number:,} to {more:,}"
            yield Row(f"plan, a profile more, {name} read, processor", f"{cpu * 1000:.2f} ms", span, "", must)
            yield Row(f"plan, a profile more, {name} read, memory", f"{memory * 1024:.1f} KB", span, "", "≤ 3 KB")
    few, many = in_turns(bench.rounds, bench.validate(number), bench.validate(more))
    cpu = (many.cpu - few.cpu) / (more - number)
    yield Row("validate, a profile more, processor", f"{cpu * 1000:.2f} ms", f"{number:,} to {more:,}", "", "≤ 0.35 ms")


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.side_by_side")
    parser.add_argument("--profiles", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    print(f"{version_line()}, octoDNS {VERSION}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print(f"{HEAD}\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.rounds)
        for rows in (against_octodns, against_yardsticks, a_profile_more):
            for row in rows(bench, asked.profiles):
                print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
