"""What `recover` came to, as text."""

from __future__ import annotations

from reconciler.render.safe_text import terminal
from reconciler.render.words import count


def recovered_text(stored: int, known: int, *, file: str) -> str:
    """Return of how many fields the ledger was told, of how many it knew better, and that `file` is used up then."""
    better = f" Of {count(known, 'field')} the ledger knows better by now." if known else ""
    return f"Recorded what became of {count(stored, 'field')}.{better} {terminal(file)} may go now."
