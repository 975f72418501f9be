"""choose: (the world, the settings, what the command line says) → the ledger that is used."""

from __future__ import annotations

from reconciler.core.settings import Settings
from reconciler.effects.ledger import Ledger
from reconciler.effects.world import Context


def choose_ledger(context: Context, settings: Settings, *, requested: str = "") -> Ledger:
    """Return the store that is `requested`, or else the one in the settings; nothing is opened yet."""
    if (requested or settings.ledger) == "git":
        from reconciler.effects.ledger.git import GitLedger

        return GitLedger(context)
    from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger

    return SqliteLedger(context.memory / LEDGER_FILE, wait=context.patience.store)
