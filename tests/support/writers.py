"""A program of several processes that write to one ledger, and of some that are killed while they do.

`race STORE ROOT WRITERS COMMITS` lets each writer remember so many entries of its own.
`kills STORE ROOT KILLS` kills a writer so many times, each time a little later, and checks the store after each.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from reconciler.effects.ledger import Committed, Ledger, Snapshot, remember
from tests.support.stores import STORES, remembered

PAIR = ("100000001", "100000002")


def main(what: str, store: str, root: str, *numbers: str) -> None:
    """Do what the command line says."""
    ledger = STORES[store](Path(root))
    match what:
        case "race":
            race(ledger, writers=int(numbers[0]), commits=int(numbers[1]))
        case _:
            sys.stdout.write(" ".join(str(heard) for heard in kills(ledger, count=int(numbers[0]))))


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


def race(ledger: Ledger, *, writers: int, commits: int) -> None:
    """Let `writers` processes commit at once; each entry has a name of its own."""

    def writing(writer: int) -> None:
        for commit in range(commits):
            remember(ledger, [remembered(f"{1000 * writer + commit:06}", about=f"{writer}")], note=f"{writer}")

    children = [_forked(partial(writing, writer)) for writer in range(writers)]
    ends = [os.waitpid(child, 0)[1] for child in children]
    if any(ends):
        sys.exit(f"some writers failed: {ends}")


def kills(ledger: Ledger, *, count: int) -> list[int]:
    """Return how many commits were acknowledged before each kill; raises AssertionError where one is missing."""
    found: list[int] = []
    for attempt in range(count):
        before = _written(ledger.read())
        reading, writing = os.pipe()

        def commits(done: int = before, pipe: int = writing) -> None:
            while True:
                done += 1
                version = ledger.read().version
                pair = [remembered(address, about=f"{done}") for address in PAIR]
                assert isinstance(ledger.commit(pair, version=version, note=f"{done}"), Committed)
                os.write(pipe, b".")

        child = _forked(commits)
        os.close(writing)
        heard = sum(len(os.read(reading, 1)) for _ in range(attempt % 5))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while more := os.read(reading, 4096):
            heard += len(more)
        os.close(reading)
        # What was acknowledged is there; one more may have been stored before anybody could be told.
        assert _written(ledger.read()) - before in {heard, heard + 1}
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
