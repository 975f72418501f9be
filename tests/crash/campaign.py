"""The campaign of kills: applies that die by SIGKILL, and what the next one makes of it. Prints one JSON report.

    python -m tests.crash.campaign --store local --random 100 --lines each [--seed S] [--only WAY]

`--random N` lets N applies die at random moments. `--lines each` lets one die at each line that an apply executes, and
`--lines kinds` at one line of each kind: lines are of one kind where a death at them leaves the same bytes on disk.
`--only` repeats one trial alone: `--only line:effects/apply.py:87`, `--only moment:0.25`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import Random
from typing import Any

from tests.crash.lines import one_of_each_kind
from tests.crash.prepared import Prepared, prepared
from tests.crash.stores import STORES
from tests.crash.trial import Result, trial

SIDE_BY_SIDE = 2
# From about here on an apply of these few shops writes, as a part of its time.
_WRITING = 0.85


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.campaign")
    parser.add_argument("--store", choices=STORES, default="local")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="so many applies die at random moments")
    parser.add_argument("--lines", choices=("none", "kinds", "each"), default="none", help="one dies at each of these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", metavar="WAY", help="this trial alone")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    with prepared(asked.store) as shops:
        kinds = one_of_each_kind(shops.lines)
        lines = {"none": (), "kinds": kinds, "each": tuple(shops.lines)}[asked.lines]
        ways = [*_moments(asked.random, asked.seed), *(f"line:{line}" for line in lines)]
        results = list(_followed(_tried(shops, [asked.only] if asked.only else ways)))
    told = _report(results, seconds=time.monotonic() - began)
    known = {"store": asked.store, "seed": asked.seed, "lines": len(shops.lines), "kinds": len(kinds)}
    sys.stdout.write(json.dumps({**known, **told}, indent=1) + "\n")


def _moments(count: int, seed: int) -> Iterator[str]:
    """Yield moments of a run, every other one near its end: it reads for long, and writes for a short time."""
    random = Random(seed)
    return (f"moment:{random.uniform(_WRITING if number % 2 else 0.0, 1.0):.4f}" for number in range(count))


def _tried(shops: Prepared, ways: Sequence[str]) -> Iterator[Result]:
    """Run the trials, two side by side; first two that nobody disturbs, which say how long an apply takes."""
    with ProcessPoolExecutor(SIDE_BY_SIDE, mp_context=multiprocessing.get_context("fork")) as pool:
        whole = list(pool.map(partial(trial, shops), ["undisturbed"] * SIDE_BY_SIDE))
        yield from whole
        yield from pool.map(partial(trial, shops, whole=min(result.seconds for result in whole)), ways)


def _followed(results: Iterator[Result]) -> Iterator[Result]:
    """Say now and then how far it is, and at once what fails: a long campaign takes its time."""
    for number, result in enumerate(results, start=1):
        if result.problems or number % 100 == 0:
            sys.stderr.write(f"{number} {result.way} {'; '.join(result.problems)}\n")
        yield result


def _report(results: Sequence[Result], *, seconds: float) -> dict[str, Any]:
    """Sum up; a run counts as killed with nothing, some or all of its fields sent."""
    most = max(result.received for result in results)
    sent = [result.received for result in results if result.killed]
    failures = [{"way": result.way, "problems": result.problems} for result in results if result.problems]
    return {
        "trials": len(results),
        "killed": len(sent),
        "nothing_sent": sent.count(0),
        "all_sent": sent.count(most),
        "seconds": round(seconds, 1),
        "survived": [result.way for result in results if not result.killed],
        "failures": failures,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
