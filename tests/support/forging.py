"""A ledger in git, and a forger who may push to its branch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.fleet import Fleet
from tests.support.stores import git


@dataclass
class Shared:
    """A repository whose ledger is a branch of its remote, and one who may push there."""

    fleet: Fleet
    forger: Path

    def forge(self, *forgeries: tuple[str, Callable[[dict[str, Any]], object]]) -> None:
        """Push other content of the named files of the branch."""
        if not self.forger.exists():
            git(self.forger.parent, "clone", "-q", "-b", "reconciler-ledger", "remote.git", str(self.forger))
        git(self.forger, "pull", "-q")
        for name, change in forgeries:
            path = self.forger / name
            document = json.loads(path.read_text())
            change(document)
            path.write_text(json.dumps(document))
        git(self.forger, "commit", "-qam", "forged", "--allow-empty")
        git(self.forger, "push", "-q")

    def stored(self, name: str) -> dict[str, Any]:
        """Return a file of the branch."""
        remote = self.fleet.root.parent / "remote.git"
        found: dict[str, Any] = json.loads(git(remote, "show", f"reconciler-ledger:{name}"))
        return found


def shared_ledger(fleet: Fleet, *, key: str = "") -> Shared:
    """Keep the ledger of `fleet` on a branch of a remote; with `key`, its runs mark what they write."""
    git(fleet.root.parent, "init", "-q", "--bare", "remote.git")
    git(fleet.root, "init", "-q")
    git(fleet.root, "remote", "add", "origin", "../remote.git")
    settings = fleet.root / "profiles" / "reconciler.yaml"
    settings.write_text(settings.read_text() + "ledger: git\n")
    if key:
        fleet.environ["RECONCILER_LEDGER_KEY"] = key
    return Shared(fleet, fleet.root.parent / "forger")


def entry_path(address: str) -> str:
    """Return the file of a number's entry on the branch."""
    return f"targets/meta/sandbox/{address}.json"
