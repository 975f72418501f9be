"""A repository in a temporary folder, its sandbox, and the program run on it in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from reconciler.core.memory.records import LedgerEntry
from reconciler.core.reports.command_reports import ApplyReport, DriftReport
from reconciler.core.safety.decision import Approval
from reconciler.core.safety.gates import PlanReport
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context, Patience
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.drift import drift_run
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import plan_run
from reconciler.sandbox.world import World

T = TypeVar("T")
YES = Approval(auto=True, allowed=frozenset({"webhook", "clear", "bulk", "first-contact"}))
SETTINGS = """\
version: 1
accounts:
  bakery: {{provider: meta, endpoint: {endpoint}, credentials: {{token: {{env: META_TOKEN}}}}{more}}}
policy: {policy}
"""


@dataclass
class Clock:
    """Time that passes only when the program sleeps, and the record of every sleep."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def now(self) -> datetime:
        """Return the time of day, which began at noon."""
        return datetime(2026, 8, 2, 12, tzinfo=UTC) + timedelta(seconds=self.seconds)


@dataclass
class Fleet:
    """A repository at `root`, with the environment it runs in."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        (self.root / "profiles").mkdir(parents=True, exist_ok=True)
        self.settings()

    def settings(self, endpoint: str = "sandbox", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings."""
        self.write("reconciler.yaml", SETTINGS.format(endpoint=endpoint, policy=policy, more=more))

    def write(self, name: str, text: str) -> None:
        """Write a file below profiles/."""
        path = self.root / "profiles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def profile(self, name: str = "berlin", index: int = 0, /, *, mode: str = "managed", **fields: Any) -> str:
        """Write a profile that manages `fields` (as JSON, which is YAML); return the address of its number."""
        import json

        address = str(106540352242000 + index)
        number = f"+4930{12345000 + index}"
        lines = [f'account: bakery\nnumber: "{number}"\nphone_number_id: "{address}"\nmode: {mode}\nprofile:']
        lines += [f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
        self.write(f"{name}.yaml", "\n".join(lines if fields else [*lines[:-1], lines[-1] + " {}"]) + "\n")
        return address

    @property
    def world(self) -> World:
        """The sandbox's world, as it is in truth."""
        (self.root / ".reconciler").mkdir(exist_ok=True)
        return World(self.context.world)

    @property
    def context(self) -> Context:
        """The surroundings of a run: no real environment, no real time."""
        return Context(
            root=self.root,
            environ=self.environ,
            now=self.clock.now,
            monotonic=lambda: self.clock.seconds,
            sleep=self.clock.sleep,
            chance=lambda: 1.0,
            log=self.said.append,
            patience=self.patience,
        )

    def run(self, make: Callable[[Context], Awaitable[T]]) -> T:
        """Run one pipeline call."""

        async def main() -> T:
            return await make(self.context)

        return asyncio.run(main())

    def plan(self, *paths: str) -> PlanReport:
        """Plan."""
        return self.run(lambda context: plan_run(context, Scope(paths)))

    def apply(self, *paths: str, approval: Approval = YES, stop: Stop | None = None) -> ApplyReport:
        """Apply, saying yes to everything unless told otherwise."""
        return self.run(lambda context: apply_run(context, ApplyRequest(Scope(paths), approval), stop=stop or Stop()))

    def drift(self, *paths: str, adopt: bool = False) -> DriftReport:
        """Look for drift, and take what moved into the files if asked to."""
        return self.run(lambda context: drift_run(context, Scope(paths), adopt=adopt))

    def live(self, address: str) -> Mapping[str, Any]:
        """Return a number as the sandbox has it."""
        return self.world.state("meta", address)

    def edit(self, address: str, /, **fields: Any) -> None:
        """Change a number behind the tool's back."""
        self.world.edit("meta", address, **fields)

    def faults(self, *faults: Mapping[str, Any]) -> None:
        """Make things go wrong."""
        self.world.faults(faults)

    def requests(self, method: str = "") -> list[Mapping[str, Any]]:
        """Return what the sandbox was asked, oldest first."""
        return [entry for entry in self.world.journal() if method in ("", entry["method"])]

    def forget(self) -> None:
        """Forget what the sandbox was asked so far."""
        self.world.forget()

    def entries(self) -> Mapping[tuple[str, str, str], LedgerEntry]:
        """Return the ledger."""
        return SqliteLedger(self.root / ".reconciler" / LEDGER_FILE).read().entries
