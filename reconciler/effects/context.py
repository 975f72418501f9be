"""The world as one value: clock, sleep, chance, environment and the repository's folder.

Nothing else in the program asks the machine for these, so a test owns time by handing in its own.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reconciler.core.reading.accounts import Permissions, allowed_endpoints


def _silent(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a run waits, in seconds.

    `request` is for one request with its whole reply, by the clock on the wall. `chunk` is for each piece of a reply.
    `store` is for another process that writes in the local ledger.
    """

    request: float = 30.0
    chunk: float = 30.0
    store: float = 10.0


@dataclass(frozen=True, slots=True)
class Context:
    """What a run may know of its surroundings.

    `talk` takes lines for people; results never go there. `urgent` takes those that nobody may miss, where it is given.
    """

    root: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    talk: Callable[[str], None] = _silent
    urgent: Callable[[str], None] | None = None
    patience: Patience = Patience()

    @property
    def profiles(self) -> Path:
        """The folder that holds the settings, the profiles, the templates and the pictures."""
        return self.root / "profiles"

    @property
    def memory(self) -> Path:
        """The folder of this machine's own memory: the local ledger and the sandbox's world."""
        return self.root / ".reconciler"

    @property
    def world(self) -> Path:
        """The file that is the sandbox's world."""
        return self.memory / "sandbox.sqlite3"

    @property
    def permissions(self) -> Permissions:
        """What the environment allows beyond the closed lists in code."""
        return Permissions(
            endpoints=allowed_endpoints(self.environ.get("RECONCILER_ALLOW_ENDPOINT", "")),
            secret_names=frozenset(self.environ.get("RECONCILER_ALLOW_ENV", "").replace(",", " ").split()),
        )

    def tell(self, text: str) -> None:
        """Say what must be known while the run goes on, also where nobody asked for talk."""
        (self.urgent or self.talk)(text)

    def timestamp(self) -> str:
        """Return the time now as ISO 8601 in UTC, to the second."""
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
