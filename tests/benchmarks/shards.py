"""What a large fleet costs whole and in shards: `python -m tests.benchmarks.shards [NUMBERS [SHARDS]]`.

It makes a fleet in a temporary folder, in the sandbox and with the git ledger at a bare repository beside it. It then
checks the files, plans offline, and plans and applies a change of one percent in shards, one process after another.
Each line has the seconds of processor time, the memory of the largest process, and the calls to the provider.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.support.fleet import Fleet
from tests.support.stores import clone

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


def measured(what: str, fleet: Fleet, commands: Sequence[Sequence[str]]) -> None:
    """Run the commands one after another, and print what they took together."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    fleet.forget()
    for words in commands:
        ran = subprocess.run(
            [sys.executable, "-m", "reconciler", "-C", str(fleet.root), *words],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            sys.exit(f"{' '.join(words)} ended with {ran.returncode}: {ran.stdout[-500:]}{ran.stderr[-500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    calls = len(fleet.requests())
    print(
        f"| {what} | {len(commands)} | {seconds:,.1f} s | {after.ru_maxrss / 1024:,.0f} MiB | {calls:,} |", flush=True
    )


def main(numbers: int, shards: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = fleet_of(Path(folder), numbers)
        print(f"{numbers:,} profiles, {shards} shards\n")
        print("| what | processes | processor | memory | calls |\n|---|---|---|---|---|")
        measured("validate", fleet, [["validate"]])
        measured("plan --offline", fleet, [["plan", "--offline", "--ledger", "git"]])
        for index in range(0, numbers, _PERCENT):
            fleet.profile(f"n{index // 1000:03}/n{index:06}", index, about=f"Fresh rolls from shop {index}")
        parts = [(f"{index}/{shards}", f"{folder}/part-{index}.json") for index in range(1, shards + 1)]
        measured(
            "plan --shard",
            fleet,
            [["plan", "--ledger", "git", "--shard", shard, "--out", file] for shard, file in parts],
        )
        plan = f"{folder}/plan.json"
        measured(
            "plan merge", fleet, [["plan", "merge", *(file for _, file in parts), "--ledger", "git", "--out", plan]]
        )
        measured(
            "apply --shard",
            fleet,
            [["apply", plan, "--ledger", "git", "--shard", shard, *_ALLOWED] for shard, _ in parts],
        )


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    main(*(given + [10_000, 8][len(given) :]))
