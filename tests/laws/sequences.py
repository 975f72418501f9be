"""The law of sequences: whatever comes in whatever order, the promises hold. Prints one JSON report.

    python -m tests.laws.sequences [--count N] [--seed S] [--only N]

Files are edited, runs apply, die and come two at once, other parties write, providers refuse, and the ledger is lost.
`--only` plays one sequence again, and tells its steps.

The promises, by the numbers that problems begin with:

| number | what holds |
|---|---|
| 1 | looking sends nothing |
| 2 | only what changed is sent, and once |
| 3 | what no file manages is not touched |
| 4 | nothing is called in sync or applied that is not |
| 5 | what another party wrote is overwritten only where a person agreed; a run that stops sends nothing |
| 6 | after an apply that nothing disturbs, the next plan is empty |
| 7 | what a run sent before it died is known, and the next one finishes it |
| 8 | what was sent is told, and one shop's failure is its own |
| 9, 10 | a credential goes to one provider, and is neither shown nor stored |
| 11 | text, document and exit code agree |
| 12 | what is sent is what the files say now |
| 13 | what was asked for and not sent is sent by a later run |
| 14 | the number of a plan is the number that is sent |
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from tests.crash.processes import SHELF
from tests.laws.steps import played

SHORT, LONG = 16, 2_000
_SIDE_BY_SIDE = 2


def sequence(seed: str, number: int) -> dict[str, Any]:
    """Play one sequence; return its steps, and everything that was wrong."""
    with tempfile.TemporaryDirectory(dir=SHELF, prefix="sequence-") as folder:
        try:
            play = played(f"{seed} {number}", Path(folder))
        except BaseException:  # noqa: BLE001 - each of them is a finding
            return {"number": number, "steps": [], "problems": [traceback.format_exc(limit=-6)]}
        return {"number": number, "steps": play.told, "problems": play.problems}


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.laws.sequences")
    parser.add_argument("--count", type=int, default=SHORT)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--only", type=int, default=-1, metavar="N", help="only the sequence of this number")
    asked = parser.parse_args(arguments)
    if asked.only >= 0:
        found = [sequence(asked.seed, asked.only)]
    else:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(_SIDE_BY_SIDE, mp_context=context) as pool:
            found = list(pool.map(partial(sequence, asked.seed), range(asked.count), chunksize=4))
    failures = [one for one in found if one["problems"]]
    steps = sum(len(one["steps"]) for one in found)
    shown = found if asked.only >= 0 else failures[:20]
    report = {"seed": asked.seed, "sequences": len(found), "steps": steps, "failed": len(failures), "failures": shown}
    sys.stdout.write(json.dumps(report, indent=1, default=str) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
