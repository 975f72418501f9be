"""The ledger's stores as the trials use them: where each is in a trial's folder, and how it is opened."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from reconciler.effects.ledger import Ledger
from reconciler.effects.ledger.git import GitLedger
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from reconciler.effects.world import Context

REMOTE = "remote.git"


def environ(folder: Path, store: str) -> dict[str, str]:
    """Return the environment of a run in `folder`: nothing of this machine but the way to git."""
    found = {"PATH": os.environ.get("PATH", os.defpath)}
    return found if store == "local" else {**found, "RECONCILER_LEDGER_REMOTE": str(folder / REMOTE)}


def made(folder: Path, store: str) -> None:
    """Make what has to be there before the first run."""
    if store == "git":
        command = ["git", "init", "--quiet", "--bare", "--template=", str(folder / REMOTE)]
        subprocess.run(command, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})


def opened(store: str, context: Context) -> Ledger:
    """Return the store that a run in this context uses."""
    return GitLedger(context) if store == "git" else SqliteLedger(context.memory / LEDGER_FILE)
