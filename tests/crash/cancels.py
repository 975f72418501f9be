"""The campaign of cancels: applies that are told to end as GitHub tells them, at any moment. Prints one JSON report.

    python -m tests.crash.cancels --moments 20 [--seed S] [--only TROUBLE:SECONDS:AWAITED:MOMENT:SIGNAL]

GitHub sends SIGINT, 7.5 seconds later SIGTERM, and 2.5 seconds later kills; a run ends by the first signal alone, which
is SIGINT or SIGTERM here. What makes a run slow enough to be caught in the middle is one of `sandbox` (it answers
late), `push` (the git ledger's server does), `both`, and `lock` (another process holds the local ledger), for so many
seconds. `row`, which is tried where it is named, holds the ledger in a database for as long as the run lives. The
signal comes MOMENT seconds after what is AWAITED: `start`, `reading` or `writing`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from random import Random

from tests.crash.cancel import Cancel, Cancelled, cancelled
from tests.crash.prepared import prepared
from tests.crash.slow import ENDLESS, STORES

# Nearly all of their time they wait.
SIDE_BY_SIDE = 10
_SECONDS = {
    "sandbox": (0.3, 2.0, ENDLESS),
    "push": (1.0, 3.0, 6.0, ENDLESS),
    "both": (0.5, 1.0),
    "lock": (1.0, 4.0, 12.0),
}
# One in five before the run has begun to look, and more often while it writes, where there is more to go wrong.
_AWAITED = ("writing", "reading", "writing", "reading", "start")


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.cancels")
    parser.add_argument("--moments", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", metavar="CANCEL", help="this one alone")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    cancels = [Cancel.parse(asked.only)] if asked.only else list(_cancels(asked.moments, Random(asked.seed)))
    with ExitStack() as stack:
        stores = {STORES[cancel.trouble] for cancel in cancels}
        shops = {store: stack.enter_context(prepared(store)) for store in sorted(stores)}
        with ProcessPoolExecutor(SIDE_BY_SIDE, mp_context=multiprocessing.get_context("fork")) as pool:
            results = list(pool.map(partial(cancelled, shops), cancels))
    sys.stdout.write(json.dumps(_report(results, seconds=time.monotonic() - began), indent=1) + "\n")


def _cancels(count: int, random: Random) -> Iterator[Cancel]:
    for number in range(count):
        trouble = tuple(_SECONDS)[number % 4]
        seconds = random.choice(_SECONDS[trouble])
        awaited = _AWAITED[number % 5]
        # Until about the second batch is on its way.
        most = {"start": 1.0, "reading": 1.0 + 2 * min(seconds, 4.0), "writing": min(seconds, 4.0)}[awaited]
        moment = round(random.uniform(0.0, most), 3)
        yield Cancel(trouble, seconds, awaited, moment, "SIGTERM" if number % 5 == 2 else "SIGINT")


def _report(results: Sequence[Cancelled], *, seconds: float) -> dict[str, object]:
    failures = [{"only": str(result.cancel), "problems": result.problems} for result in results if result.problems]
    return {
        "trials": len(results),
        "ends": dict(Counter(result.end for result in results)),
        "longest": round(max(result.seconds for result in results), 2),
        "seconds": round(seconds, 1),
        "failures": failures,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
