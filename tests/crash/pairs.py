"""The campaign of pairs: two applies at once on one ledger. Prints one JSON report.

    python -m tests.crash.pairs --store local|git|postgres --pairs 10 [--seed S]

One of the two waits until the other has ended, or stops; what neither did is done by the next run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import Random

from tests.crash.pair import Pair, Paired, paired
from tests.crash.prepared import prepared
from tests.crash.stores import STORES

SIDE_BY_SIDE = 3


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.pairs")
    parser.add_argument("--store", choices=STORES, default="local")
    parser.add_argument("--pairs", type=int, default=10, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    began, random = time.monotonic(), Random(asked.seed)
    # Mostly both of everything; sometimes of shops that are only partly the same.
    partly = (("berlin", "munich", "mumbai"), ("munich", "mumbai", "vienna"))
    whats = [partly if number % 3 == 2 else ((), ()) for number in range(asked.pairs)]
    # The first two begin together: on a busy machine others may have ended before the second one begins.
    aparts = [0.0, *(round(random.uniform(0.0, 1.5), 3) for _ in whats[1:])]
    pairs = [Pair(one, other, apart) for (one, other), apart in zip(whats, aparts, strict=True)]
    with (
        prepared(asked.store) as shops,
        ProcessPoolExecutor(SIDE_BY_SIDE, mp_context=multiprocessing.get_context("fork")) as pool,
    ):
        results = list(pool.map(partial(paired, shops), pairs))
    told = {"store": asked.store, **_report(results), "seconds": round(time.monotonic() - began, 1)}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


def _report(results: Sequence[Paired]) -> dict[str, object]:
    failures = [{"pair": str(result.pair), "problems": result.problems} for result in results if result.problems]
    ends = Counter(f"{result.codes[0]} and {result.codes[1]}" for result in results)
    waited = sum(result.waited for result in results)
    return {"pairs": len(results), "waited": waited, "ends": dict(ends), "failures": failures}


if __name__ == "__main__":
    main(sys.argv[1:])
