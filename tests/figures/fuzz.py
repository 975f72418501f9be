"""Fuzz: foreign texts that are nearly right, given to everything that reads such texts. Prints one JSON report.

    python -m tests.figures.fuzz [--long] [--count N] [--seed S] [--reader NAME] [--only N]

A reader never raises, and each rejection says where it is. The short form makes the same texts each time. The long form
makes other ones, and says by which seed; `--only` repeats one of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from tests.figures.mutations import mutated
from tests.figures.readers import Reader, readers

SHORT, LONG = 10_000, 1_000_000
# Documents that only the program's own runs write.
SHORT_OWN = 1_000
_MOST_TOLD = 20


def fuzzed(reader: Reader, numbers: Sequence[int], seed: str) -> dict[str, Any]:
    """Give a reader one text for each number, and return how many it took and what went wrong."""
    began, taken = time.process_time(), 0
    failures = []
    for number in numbers:
        random = Random(f"{reader.name} {seed} {number}")
        content = mutated(reader.sound, random)
        try:
            taken += reader.read(content, random)
        except Exception:  # noqa: BLE001 - each of them is a finding
            failures.append({"number": number, "text": repr(content[:300]), "problem": traceback.format_exc(limit=-4)})
    seconds = round(time.process_time() - began, 1)
    told = failures[:_MOST_TOLD]
    return {"tried": len(numbers), "taken": taken, "failed": len(failures), "seconds": seconds, "failures": told}


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.figures.fuzz")
    parser.add_argument("--long", action="store_true", help=f"{LONG:,} texts for each reader")
    parser.add_argument("--count", type=int, default=0, help="so many texts for each reader")
    parser.add_argument("--seed", default="")
    parser.add_argument("--reader", default="", help="only readers with this in their name")
    parser.add_argument("--only", type=int, default=-1, metavar="N", help="only the text of this number")
    asked = parser.parse_args(arguments)
    seed = asked.seed or (str(SystemRandom().randrange(10**9)) if asked.long else "0")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for reader in readers(Path(folder)):
            if asked.reader in reader.name:
                short = SHORT if reader.foreign else SHORT_OWN
                count = asked.count or (LONG if asked.long else short)
                numbers = range(count) if asked.only < 0 else (asked.only,)
                found[reader.name] = fuzzed(reader, numbers, seed)
    sys.stdout.write(json.dumps({"seed": seed, "readers": found}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
