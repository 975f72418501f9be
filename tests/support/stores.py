"""The ledger's stores by name, for the suite that holds all of them to the same promises."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import Value
from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import Outcome, RunRecord
from reconciler.core.memory.vouching import NO_KEYS, LedgerKeys
from reconciler.effects.ledger import Answer, Batch, Committed, Ledger, Snapshot, Unsure, record_entries
from reconciler.effects.ledger.git import GitLedger
from reconciler.effects.ledger.postgres import PostgresLedger
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from reconciler.effects.world import Context
from tests.support import entry, record, target
from tests.support.postgres import server


def local(root: Path) -> Ledger:
    """Return the store in a file below `root`."""
    return SqliteLedger(root / ".reconciler" / LEDGER_FILE)


def shared(root: Path) -> Ledger:
    """Return the store at the remote of a clone, both of them below `root`."""
    return GitLedger(Context(root=clone(root)))


def database(root: Path, *, keys: LedgerKeys = NO_KEYS, looking: bool = False) -> Ledger:
    """Return the store in the tests' PostgreSQL server, in a schema of `root`'s own."""
    return PostgresLedger(at_server(root), keys=keys, looking=looking)


def at_server(root: Path) -> Context:
    """Return the world of a run whose ledger is in the tests' server."""
    return Context(root=root, environ={"RECONCILER_LEDGER_URL": server().url(schema_of(root))})


def schema_of(root: Path) -> str:
    """Return the name of the schema for the store of a folder."""
    return f"t_{hashlib.sha256(str(root).encode()).hexdigest()[:20]}"


def clone(root: Path) -> Path:
    """Return a clone without a commit, whose remote is a bare repository beside it; makes what is missing."""
    found = root / "clone"
    if not found.exists():
        git(root, "init", "--quiet", "--bare", "remote.git")
        git(root, "init", "--quiet", "clone")
        git(found, "remote", "add", "origin", "../remote.git")
    return found


def git(root: Path, *words: str) -> str:
    """Run git as a user would, and return what it said."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(root), *identity, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


# Each makes its store in a folder; made again in the same folder, it is another look at the same store.
STORES: Mapping[str, Callable[[Path], Ledger]] = {"local": local, "git": shared, "postgres": database}


def remembered(address: str, **sent: Value) -> LedgerEntry:
    """Return an entry of the number `address` that remembers these fields as sent."""
    return entry(*(record(name, sent=value) for name, value in sent.items()), to=target(address=address))


def lease(run: str = "12", *, until: str = "2026-08-02T12:02:00Z", process: int = 7) -> Lease:
    """Return the lease of a run."""
    return Lease(run=run, machine="runner", process=process, until=until)


def run_record(
    run: str = "12", *, started: str = "2026-08-02T12:00:00Z", finished: str = "", done: tuple[Outcome, ...] = ()
) -> RunRecord:
    """Return the record of a run; one that has not finished does not say when it did."""
    return RunRecord(run=run, commit="c" * 40, started=started, finished=finished, digest="d" * 64, outcomes=done)


def outcomes(number: int, *, first: int = 0) -> tuple[Outcome, ...]:
    """Return the outcomes of so many targets."""
    return tuple(
        Outcome(target=target(f"shop{n}", address=str(n)), fields=(), detail="x" * 200)
        for n in range(first, first + number)
    )


def commit(ledger: Ledger, *entries: LedgerEntry, batch: Batch | None = None) -> str:
    """Commit `entries`, or a whole batch, over what is there; return the version after."""
    answer = ledger.commit(batch or Batch("run 1", entries), version=ledger.read().version)
    assert isinstance(answer, Committed)
    return answer.version


def entries(*found: LedgerEntry) -> dict[tuple[str, str, str], LedgerEntry]:
    """Return entries as a snapshot holds them."""
    return {one.key: one for one in found}


class Meddled:
    """A ledger to which others commit in between, or whose answers are lost."""

    gather = 0.0

    def __init__(self, ledger: Ledger, *, unsure: bool = False) -> None:
        self.ledger = ledger
        self.others = [remembered("100000001", email=f"{n}@example.org") for n in range(3)]
        self.unsure = unsure
        self.commits = 0
        self.reads = 0

    def read(self) -> Snapshot:
        """Return what the ledger says."""
        self.reads += 1
        return self.ledger.read()

    def commit(self, batch: Batch, *, version: str) -> Answer:
        """Commit after another run, or lose the answer."""
        self.commits += 1
        if self.others and not self.unsure:
            record_entries(self.ledger, [self.others.pop()], note="other")
        answer = self.ledger.commit(batch, version=version)
        return Unsure(answer.version) if self.unsure and isinstance(answer, Committed) else answer

    def runs(self) -> tuple[RunRecord, ...]:
        """Return what every run said of itself."""
        return self.ledger.runs()

    def keep(self, version: str) -> str:
        """Keep what is there."""
        return self.ledger.keep(version)

    def hurry(self, seconds: float) -> None:
        """Hurry."""
        self.ledger.hurry(seconds)


def problem(do: Callable[[], object]) -> str:
    """Return the problem that `do` ends with."""
    with pytest.raises(EnvironmentProblem) as found:
        do()
    return str(found.value)
