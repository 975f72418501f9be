"""The ledger's stores by name, for the suite that holds all of them to the same promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.core.ledger import LedgerEntry
from reconciler.core.value import Value
from reconciler.effects.ledger import Ledger
from reconciler.effects.ledger.sqlite import NAME, SqliteLedger
from tests.support import entry, record, target

STORES: Mapping[str, Callable[[Path], Ledger]] = {"sqlite": lambda root: SqliteLedger(root / ".reconciler" / NAME)}


def remembered(address: str, **sent: Value) -> LedgerEntry:
    """Return an entry of the number `address` that remembers these fields as sent."""
    return entry(*(record(name, sent=value) for name, value in sent.items()), to=target(address=address))
