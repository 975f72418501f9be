"""What a large fleet costs whole and in shards: `python -m tests.benchmarks.shards [NUMBERS [SHARDS [LEDGER]]]`.

It makes a fleet in a temporary folder, in the sandbox and with the ledger `git` at a bare repository beside it, or with
`postgres` in a server of its own. It then checks the files, plans offline, and plans and applies a change of one
percent in shards, one process after another. Each line has the processor time of all processes, the seconds of the
longest one, the memory of the largest one, and the calls to the provider. A process that takes less memory than this
one, which started it, counts as if it took as much.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.paired import spent
from tests.support.fleet import Fleet
from tests.support.stores import at_server, clone

_PERCENT = 100
_ALLOWED = ("--allow", "first-contact", "--allow", "bulk")


def fleet_of(root: Path, numbers: int) -> Fleet:
    """Return a fleet of so many numbers, which all show what their files ask for."""
    made = Fleet(clone(root))
    world = made.world
    for index in range(numbers):
        name, about = f"n{index // 1000:03}/n{index:06}", f"Fresh bread from shop {index}"
        world.edit("meta", made.profile(name, index, about=about), about=about)
    return made


def measured(what: str, fleet: Fleet, commands: Sequence[Sequence[str]], environ: Mapping[str, str]) -> None:
    """Run the commands one after another, and print what they took together."""
    fleet.forget()
    program = [sys.executable, "-m", "reconciler", "-C", str(fleet.root)]
    costs = [spent([*program, *words], Path.cwd(), {**os.environ, **environ}) for words in commands]
    processor = sum(one.cpu for one in costs)
    longest, memory = max(one.wall for one in costs), max(one.memory for one in costs)
    calls = len(fleet.requests())
    row = f"{len(costs)} | {processor:,.1f} s | {longest:,.1f} s | {memory:,.0f} MiB | {calls:,}"
    print(f"| {what} | {row} |", flush=True)


def main(numbers: int, shards: int, ledger: str) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = fleet_of(Path(folder), numbers)
        environ = at_server(Path(folder)).environ if ledger == "postgres" else {}
        kept = ("--ledger", ledger)
        print(f"{numbers:,} profiles, {shards} shards, ledger {ledger}\n")
        print("| what | processes | processor | longest | memory | calls |\n|---|---|---|---|---|---|", flush=True)
        measured("validate", fleet, [["validate"]], environ)
        measured("plan --offline", fleet, [["plan", "--offline", *kept]], environ)
        for index in range(0, numbers, _PERCENT):
            fleet.profile(f"n{index // 1000:03}/n{index:06}", index, about=f"Fresh rolls from shop {index}")
        parts = [(f"{index}/{shards}", f"{folder}/part-{index}.json") for index in range(1, shards + 1)]
        looks = [["plan", *kept, "--shard", shard, "--out", file] for shard, file in parts]
        measured("plan --shard", fleet, looks, environ)
        plan = f"{folder}/plan.json"
        merge = ["plan", "merge", *(file for _, file in parts), *kept, "--out", plan]
        measured("plan merge", fleet, [merge], environ)
        applies = [["apply", plan, *kept, "--shard", shard, *_ALLOWED] for shard, _ in parts]
        measured("apply --shard", fleet, applies, environ)
        measured("plan after it", fleet, [["plan", *kept]], environ)


if __name__ == "__main__":
    given = sys.argv[1:4]
    defaults = ["10000", "8", "git"]
    numbers, shards, ledger = [*given, *defaults[len(given) :]]
    main(int(numbers), int(shards), ledger)
