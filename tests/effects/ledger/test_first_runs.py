"""Runs that meet on a store that does not exist yet: each waits its turn, and none is told that it is in use."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.records import LedgerEntry
from reconciler.effects.ledger import Batch, Committed, Conflict
from reconciler.effects.ledger.sqlite import SqliteLedger

RUNS, STORES = 8, 30


def first_commit(path: str, run: int) -> str:
    """Commit to a new store, and return what came of it."""
    entry = LedgerEntry(key=("meta", "sandbox", str(run)))
    try:
        answer = SqliteLedger(Path(path)).commit(Batch("first", (entry,)), version="0")
    except EnvironmentProblem as problem:
        return str(problem)
    return type(answer).__name__


def test_first_runs_that_meet_wait_for_each_other(tmp_path: Path) -> None:
    """One of them is the first, and the others are told to read again; it took some ten stores to meet by chance."""
    with multiprocessing.get_context("spawn").Pool(RUNS) as pool:
        for store in range(STORES):
            path = str(tmp_path / f"{store}.sqlite3")
            came = pool.starmap(first_commit, [(path, run) for run in range(RUNS)], chunksize=1)
            assert sorted(came) == [Committed.__name__, *[Conflict.__name__] * (RUNS - 1)]
