"""paired: (ours, a reference) → how they compare, measured in turns, so that a busy moment hits both.

A machine that does something else stretches seconds, and processor seconds as well. It stretches those of both halves
of a pair alike. The median of the pairs leaves out those that were disturbed in one half.

in_turns: works that take long, done a few times → what each took at its least.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Compared:
    """The median of the pairs' ratios, with the medians of both sides in seconds."""

    ratio: float
    ours: float
    reference: float


def paired(ours: Callable[[], float], reference: Callable[[], float], *, pairs: int) -> Compared:
    """Measure both `pairs` times, each first in every other pair; each returns the seconds it took."""
    found: list[tuple[float, float]] = []
    for number in range(pairs):
        if number % 2:
            second = reference()
            found.append((ours(), second))
        else:
            first = ours()
            found.append((first, reference()))
    return compared(found)


def compared(pairs: Sequence[tuple[float, float]]) -> Compared:
    """Sum up pairs of ours and the reference."""
    return Compared(
        statistics.median(one / other for one, other in pairs),
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
    )


def processor(work: Callable[[], object], *, times: int = 1) -> float:
    """Return the processor seconds that `work` takes in this process, done `times` times."""
    gc.collect()
    before = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - before


def processor_of(*command: str) -> float:
    """Return the processor seconds of `command` from its start to its end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Spent:
    """What a command took, from its start to its end: seconds, processor seconds, and MB of memory at its peak."""

    wall: float
    cpu: float
    memory: float


def spent(command: Sequence[str], folder: Path, environ: dict[str, str]) -> Spent:
    """Run a command that has to succeed, and return what it took."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command}: {process.returncode}\n{said.decode()[-2000:]}")
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def least(found: Sequence[Spent]) -> Spent:
    """Return the least of each clock."""
    return Spent(min(one.wall for one in found), min(one.cpu for one in found), min(one.memory for one in found))


def in_turns(rounds: int, *works: Callable[[], Spent]) -> list[Spent]:
    """Run all works so many times, in turns, and return the least of each."""
    found: list[list[Spent]] = [[] for _ in works]
    for _ in range(rounds):
        for work, kept in zip(works, found, strict=True):
            kept.append(work())
    return [least(one) for one in found]
