"""keep: what became of each target, into the ledger as it comes."""

from __future__ import annotations

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.ledger import LedgerEntry
from reconciler.effects.fate import Applied
from reconciler.effects.ledger import Ledger, Snapshot, remember


class Keeper:
    """Stores each target's records as they come. A ledger that fails must not stop what is being written."""

    def __init__(self, ledger: Ledger, known: Snapshot, *, note: str) -> None:
        self._ledger = ledger
        self._known = known
        self._note = note
        self.problem = ""

    def keep(self, applied: Applied) -> None:
        """Store the records of one target."""
        if not applied.records:
            return
        try:
            entry = LedgerEntry(key=applied.outcome.target.key, records=applied.records)
            self._known = remember(self._ledger, [entry], note=self._note, known=self._known)
        except EnvironmentProblem as problem:
            self.problem = str(problem)
