"""What a new repository begins with.

example_settings: (the store of the ledger) → the text of profiles/reconciler.yaml for the example fleet.
"""

from __future__ import annotations

from reconciler.core.authoring.example_fleet import EXAMPLE_ACCOUNTS

_MODELINE = "# yaml-language-server: $schema=../schemas/settings.schema.json\n"


def example_settings(ledger: str) -> str:
    """Return the settings of the example fleet, whose memory is kept in the store `ledger`."""
    return f"{_head(ledger)}\n{EXAMPLE_ACCOUNTS}"


def _head(ledger: str) -> str:
    where = "a branch of this repository" if ledger == "git" else "the folder .reconciler on this machine"
    return f"{_MODELINE}version: 1\n# The memory is {where}.\nledger: {ledger}\n"
