"""A program of several processes that write to one ledger, some of which are killed meanwhile.

`race STORE ROOT WRITERS COMMITS` lets each writer record COMMITS entries of its own.
`kills STORE ROOT KILLS` kills a writer KILLS times, each time a little later, and checks the store after each.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from reconciler.effects.ledger import Batch, Committed, Ledger, Snapshot, record_entries
from tests.support.stores import STORES, remembered

PAIR = ("100000001", "100000002")


def main(what: str, store: str, root: str, *numbers: str) -> None:
    """Do what the command line says."""
    make = partial(STORES[store], Path(root))
    # The first look makes the place; what a process that is killed leaves behind is left there as well.
    make()
    tempfile.tempdir = root
    match what:
        case "race":
            race(make, writers=int(numbers[0]), commits=int(numbers[1]))
        case _:
            sys.stdout.write(" ".join(str(heard) for heard in kills(make, count=int(numbers[0]))))


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException as problem:  # noqa: BLE001 - a child must never go on as the parent
        os.write(2, f"{problem!r}\n".encode())
        os._exit(1)
    os._exit(0)


def race(make: Callable[[], Ledger], *, writers: int, commits: int) -> None:
    """Let `writers` processes commit at once; each entry has a name of its own."""

    def writing(writer: int) -> None:
        ledger = make()
        for commit in range(commits):
            record_entries(ledger, [remembered(f"{1000 * writer + commit:06}", about=f"{writer}")], note=f"{writer}")

    children = [_forked(partial(writing, writer)) for writer in range(writers)]
    ends = [os.waitpid(child, 0)[1] for child in children]
    if any(ends):
        sys.exit(f"some writers failed: {ends}")


def kills(make: Callable[[], Ledger], *, count: int) -> list[int]:
    """Return how many commits were acknowledged before each kill; raises AssertionError where one is missing."""
    found: list[int] = []
    for attempt in range(count):
        before = _written(make().read())
        reading, writing = os.pipe()

        def commits(pipe: int = writing) -> None:
            ledger = make()
            while True:
                there = ledger.read()
                about = f"{_written(there) + 1}"
                pair = tuple(remembered(address, about=about) for address in PAIR)
                if isinstance(ledger.commit(Batch(about, pair), version=there.version), Committed):
                    os.write(pipe, b".")

        child = _forked(commits)
        os.close(writing)
        heard = sum(len(os.read(reading, 1)) for _ in range(attempt % 5))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while more := os.read(reading, 4096):
            heard += len(more)
        os.close(reading)
        # Acknowledged entries are there; one more may have been stored before its answer. With git, an entry that the
        # killed writer before this one had begun may have come later.
        assert _written(make().read()) - before in {heard, heard + 1, heard + 2}
        found.append(heard)
    return found


def _written(snapshot: Snapshot) -> int:
    """Return which commit is the last; both halves of it must be there."""
    entries = [snapshot.entries.get(remembered(address).key) for address in PAIR]
    values = {str(entry.records[0].sent) if entry is not None else "0" for entry in entries}
    assert len(values) == 1, f"half a commit: {values}"
    return int(values.pop())


if __name__ == "__main__":
    main(*sys.argv[1:])
