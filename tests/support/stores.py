"""The ledger's stores by name, for the suite that holds all of them to the same promises."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.core.lease import Lease
from reconciler.core.ledger import LedgerEntry
from reconciler.core.outcome import RunRecord
from reconciler.core.value import Value
from reconciler.effects.context import Context
from reconciler.effects.ledger import Batch, Committed, Ledger
from reconciler.effects.ledger.branch import GitLedger
from reconciler.effects.ledger.sqlite import NAME, SqliteLedger
from tests.support import entry, record, target


def local(root: Path) -> Ledger:
    """Return the store in a file below `root`."""
    return SqliteLedger(root / ".reconciler" / NAME)


def shared(root: Path) -> Ledger:
    """Return the store at the remote of a clone, both of them below `root`."""
    return GitLedger(Context(root=clone(root)))


def clone(root: Path) -> Path:
    """Return a clone that nobody committed to, whose remote is a bare repository beside it; makes what is missing."""
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
STORES: Mapping[str, Callable[[Path], Ledger]] = {"local": local, "git": shared}


def remembered(address: str, **sent: Value) -> LedgerEntry:
    """Return an entry of the number `address` that remembers these fields as sent."""
    return entry(*(record(name, sent=value) for name, value in sent.items()), to=target(address=address))


def lease(run: str = "12", *, until: str = "2026-08-02T12:02:00Z", process: int = 7) -> Lease:
    """Return the lease of a run."""
    return Lease(run=run, machine="runner", process=process, until=until)


def run_record(run: str = "12", *, started: str = "2026-08-02T12:00:00Z", finished: str = "") -> RunRecord:
    """Return the record of a run; one that has not finished does not say when it did."""
    return RunRecord(run=run, commit="c" * 40, started=started, finished=finished, digest="d" * 64, outcomes=())


def commit(ledger: Ledger, *entries: LedgerEntry, batch: Batch | None = None) -> str:
    """Commit `entries`, or a whole batch, over what is there; return the version after."""
    answer = ledger.commit(batch or Batch("run 1", entries), version=ledger.read().version)
    assert isinstance(answer, Committed)
    return answer.version
