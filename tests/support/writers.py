"""A program of several processes that write to one ledger, some of which are killed meanwhile.

`race STORE ROOT WRITERS COMMITS` lets each writer record COMMITS entries of its own.
`kills STORE ROOT KILLS` kills a writer KILLS times, each time a little later, and checks the store after each.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from reconciler.effects.ledger import Batch, Committed, Ledger, Snapshot, record_entries
from tests.support.stores import STORES, remembered

# A copy of a process that has threads can stand still for ever, and a database's client has them. So the writers are
# copies of a process that has done nothing but import.
_PROCESSES = multiprocessing.get_context("forkserver")
PAIR = ("100000001", "100000002")


def main(what: str, store: str, root: str, *numbers: str) -> None:
    """Do what the command line says."""
    _PROCESSES.set_forkserver_preload(["tests.support.stores"])
    make = partial(STORES[store], Path(root))
    # The first look makes the place.
    make()
    match what:
        case "race":
            race(make, root, writers=int(numbers[0]), commits=int(numbers[1]))
        case _:
            sys.stdout.write(" ".join(str(heard) for heard in kills(make, root, count=int(numbers[0]))))


def _started(work: Callable[[], None], root: str) -> BaseProcess:
    """Return a process that does the work. What it leaves behind where it is killed is left below `root`."""
    process = _PROCESSES.Process(target=_work_below, args=(root, work))
    process.start()
    return process


def _work_below(root: str, work: Callable[[], None]) -> None:
    tempfile.tempdir = root
    work()


def race(make: Callable[[], Ledger], root: str, *, writers: int, commits: int) -> None:
    """Let `writers` processes commit at once; each entry has a name of its own."""
    started = [_started(partial(_commit_some, make, writer, commits), root) for writer in range(writers)]
    for process in started:
        process.join()
    if any(process.exitcode for process in started):
        sys.exit(f"some writers failed: {[process.exitcode for process in started]}")


def _commit_some(make: Callable[[], Ledger], writer: int, commits: int) -> None:
    ledger = make()
    for commit in range(commits):
        record_entries(ledger, [remembered(f"{1000 * writer + commit:06}", about=f"{writer}")], note=f"{writer}")


def kills(make: Callable[[], Ledger], root: str, *, count: int) -> list[int]:
    """Return how many commits were acknowledged before each kill; raises AssertionError where one is missing."""
    found: list[int] = []
    for attempt in range(count):
        before = _written(make().read())
        reading, writing = _PROCESSES.Pipe(duplex=False)
        process = _started(partial(_commit_until_killed, make, writing), root)
        writing.close()
        heard = sum(reading.recv() for _ in range(attempt % 5))
        process.kill()
        process.join()
        heard += _rest(reading)
        # Acknowledged entries are there; one more may have been stored before its answer. With git, an entry that the
        # killed writer before this one had begun may have come later.
        assert _written(make().read()) - before in {heard, heard + 1, heard + 2}
        found.append(heard)
    return found


def _commit_until_killed(make: Callable[[], Ledger], acknowledged: Connection) -> None:
    ledger = make()
    while True:
        there = ledger.read()
        about = f"{_written(there) + 1}"
        pair = tuple(remembered(address, about=about) for address in PAIR)
        if isinstance(ledger.commit(Batch(about, pair), version=there.version), Committed):
            acknowledged.send(1)


def _rest(reading: Connection) -> int:
    """Return what a writer acknowledged before it died and the parent has not heard yet."""
    heard = 0
    with reading:
        while True:
            try:
                heard += reading.recv()
            except EOFError:
                return heard


def _written(snapshot: Snapshot) -> int:
    """Return which commit is the last; both halves of it must be there."""
    entries = [snapshot.entries.get(remembered(address).key) for address in PAIR]
    values = {str(entry.records[0].sent) if entry is not None else "0" for entry in entries}
    assert len(values) == 1, f"half a commit: {values}"
    return int(values.pop())


if __name__ == "__main__":
    main(*sys.argv[1:])
