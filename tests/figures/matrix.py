"""The matrix of faults on a real socket: provider x step x fault x place, and what an apply makes of each.

    python -m tests.figures.matrix [--long] [--provider NAME] [--only WORDS]

In each cell one profile's reply at one step of an apply is spoilt. The sandbox's own world says what was done in truth,
so a value that the run calls applied and that is not there is found. A second run must converge. One apply has up to
three cells, at its first, a middle and its last profile, and one profile that no fault is about. What concerns a whole
account has an apply of its own.

The short form has each fault once at two of the providers, or at one if it concerns a whole account, at another step
and place each time. The long form has each fault at each provider, step and place. `--only` repeats the cells whose
name has all these words. Prints one JSON report.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from reconciler.providers import providers
from tests.contract.stands import stands
from tests.figures.bench import Bench, Cell, Tried
from tests.figures.faults import Fault, faults
from tests.figures.front import Front
from tests.support.sockets import Server, each, reply

# The first profile, one in the middle and the last one; no fault is about the third.
PLACES = (0, 1, 3)
MOST_MEGABYTES = 150
SIDE_BY_SIDE = 2
_PICTURE_STEPS = ("open upload", "upload", "resume", "picture")
_FIELDS = {"plain": ("about", "websites", "webhook"), "pictured": ("about", "picture")}
_WRITE_ONLY = {"whole": ("about", "websites", "picture", "webhook")}


@dataclass(frozen=True)
class Stage:
    """One provider with its benches, and for each step the bench that has it."""

    provider: str
    benches: dict[str, Bench]
    steps: tuple[str, ...]

    def bench(self, step: str) -> Bench:
        """Return the bench at which a step is taken."""
        name = "pictured" if step in _PICTURE_STEPS else "plain"
        return self.benches.get(name) or self.benches["whole"]

    def alone(self, cell: Cell) -> bool:
        """Say whether a cell has an apply of its own: its fault concerns the whole account."""
        return cell.fault.whole or (cell.step == "list" and self.provider == "meta")


def staged(provider: str, folder: Path, front: Front) -> Stage:
    """Prepare the shops of one provider."""
    stand = stands()[provider]
    fields = _FIELDS if stand.readable else _WRITE_ONLY
    made = {name: Bench(folder / name, stand, front, fields=some) for name, some in fields.items()}
    known = {step for bench in made.values() for step in bench.steps}
    return Stage(provider, made, tuple(sorted(known | ({"resume"} if "upload" in known else set()))))


def chosen(stage: Stage, found: Sequence[Fault], *, long: bool) -> Iterator[Cell]:
    """Yield the cells: all, or each fault once, at a step and a place that move on with each."""
    turn = list(providers()).index(stage.provider)
    for number, fault in enumerate(found):
        # In the short form a fault is tried at two providers; that of a whole account, which has its own apply, at one.
        if not long and (number + turn) % (len(providers()) if fault.whole else 2):
            continue
        for step in stage.steps if long else (stage.steps[(number + 3 * turn) % len(stage.steps)],):
            for place in range(len(PLACES)) if long else ((number + turn) % len(PLACES),):
                odd = (number + place + turn) % 4
                yield Cell(stage.provider, step, fault, PLACES[place], after=odd < 2, always=odd % 2 == 0)


def together(stage: Stage, cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    """Yield the cells of one apply each: those that can be have company at the other places."""
    waiting: dict[str, dict[int, list[Cell]]] = {name: {place: [] for place in PLACES} for name in stage.benches}
    for cell in cells:
        if stage.alone(cell):
            yield [cell]
        else:
            name = next(name for name, bench in stage.benches.items() if bench is stage.bench(cell.step))
            waiting[name][cell.profile].append(cell)
    for places in waiting.values():
        while any(places.values()):
            yield [some.pop() for some in places.values() if some]


def run(provider: str, *, long: bool, only: Sequence[str] = ()) -> dict[str, Any]:
    """Try the cells of one provider, and return what they showed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="matrix-")))
        foreign = stack.enter_context(Server(each(reply())))
        stage = staged(provider, folder, stack.enter_context(Front()))
        cells = list(chosen(stage, faults(foreign.origin), long=long))
        cells = [cell for cell in cells if all(word in str(cell) for word in only)]
        tried = [one for some in together(stage, cells) for one in stage.bench(some[0].step).tried(some)]
        return {"provider": provider, **_report(tried), "foreign": len(foreign.heard)}


def _peak() -> int:
    """Return the most memory that this process had, in MiB.

    Linux counts what the process that started this one had into `ru_maxrss`; its own table starts anew.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) // 2**10
    # Linux counts in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _report(tried: Sequence[Tried]) -> dict[str, Any]:
    return {
        "tried": len(tried),
        "unreached": [str(one.cell) for one in tried if not one.reached],
        "failures": [{"cell": str(one.cell), "problems": one.problems} for one in tried if one.problems],
        "megabytes": _peak(),
    }


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.figures.matrix")
    parser.add_argument("--long", action="store_true", help="each fault at each step and place")
    parser.add_argument(
        "--provider", choices=tuple(providers()), help="this one alone; else each in a process of its own"
    )
    parser.add_argument(
        "--only", nargs="*", default=(), metavar="WORD", help="the cells whose name has all these words"
    )
    asked = parser.parse_args(arguments)
    if asked.provider is None:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            reports = list(pool.map(partial(_apart, arguments), providers()))
    else:
        reports = [run(asked.provider, long=asked.long, only=asked.only)]
    sys.stdout.write(json.dumps(reports, indent=1) + "\n")


def _apart(arguments: Sequence[str], provider: str) -> dict[str, Any]:
    """Run one provider in a process of its own, so that the memory at its peak is that of no other."""
    command = [sys.executable, "-m", "tests.figures.matrix", *arguments, "--provider", provider]
    (found,) = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return dict(found)


if __name__ == "__main__":
    main(sys.argv[1:])
