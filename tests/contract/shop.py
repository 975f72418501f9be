"""A chain of shops with accounts at one provider: the repository, the sandbox, and the program run on both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.core.memory.records import FieldRecord, LedgerEntry, RecordState, Stamp
from reconciler.core.memory.runs import FieldStatus
from reconciler.core.planning.plan import TargetPlan
from reconciler.core.provider import Failure, Reply
from reconciler.core.reports.command_reports import ApplyReport, ShowReport, ValidateReport
from reconciler.core.safety.gates import PlanReport
from reconciler.effects.files.repository import read_repository
from reconciler.effects.ledger import record_entries
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import show_run
from reconciler.pipeline.validating import sandbox_numbers_run, validate_run
from reconciler.providers import providers
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from reconciler.sandbox.world import Number
from tests.contract.stand import PICTURES, Said, Stand
from tests.support.fleet import Fleet

_LOOKING = ("GET", "HEAD", "OPTIONS")


class Sent(NamedTuple):
    """A mutating call, as the sandbox's journal has it."""

    method: str
    path: str
    body: Any


@dataclass
class Shops(Fleet):
    """Shops at one provider, counted from 0; their profiles are `shop0`, `shop1` and so on."""

    stand: Stand = field(kw_only=True)
    without: str = ""

    def __post_init__(self) -> None:
        self.environ |= self.stand.environ
        super().__post_init__()
        for name, content in PICTURES.items():
            path = self.root / "profiles" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)

    def settings(self, endpoint: str = "sandbox", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings: one account, one worker, so that what happens happens in order."""
        account = {"provider": self.stand.name, "endpoint": endpoint, "concurrency": 1, **self.stand.account}
        account.pop(self.without, None)
        self.write("reconciler.yaml", f"version: 1\naccounts: {{chain: {json.dumps(account)}}}\npolicy: {policy}\n")

    def remember(self, key: tuple[str, str, str], name: str, value: str) -> None:
        """Record that another run sent `value`."""
        stamp = Stamp(at="2026-08-02T12:00:30Z", run="other")
        record = FieldRecord(field=name, state=RecordState.SETTLED, stamp=stamp, sent=value)
        record_entries(
            SqliteLedger(self.root / ".reconciler" / LEDGER_FILE),
            [LedgerEntry(key=key, records=(record,))],
            note="other",
        )

    def profile(self, name: str = "shop0", index: int = 0, /, *, mode: str = "managed", **fields: Any) -> str:
        """Write the profile of one shop; return where the sandbox's world keeps it."""
        head = {"account": "chain", "mode": mode, **self.stand.head(index)}
        lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
        lines += ["profile:", *(f"  {key}: {json.dumps(value)}" for key, value in fields.items())]
        self.write(f"{name}.yaml", "\n".join(lines) + "\n")
        return self.stand.address(index)

    def live(self, address: str = "") -> Mapping[str, Any]:
        """Return a shop, the first if none is named, as the sandbox has it."""
        return self.world.state(self.stand.name, address or self.stand.address(0))

    def edit(self, address: str = "", /, **fields: Any) -> None:
        """Change a shop, the first if none is named, behind the tool's back."""
        self.world.edit(self.stand.name, address or self.stand.address(0), **fields)

    def sent(self) -> list[Sent]:
        """Return the mutating calls, oldest first."""
        found = (entry for entry in self.requests() if entry["method"] not in _LOOKING)
        return [Sent(entry["method"], entry["path"], entry["body"]) for entry in found]

    def holds(self, *said: Said) -> bool:
        """Say whether the sandbox's world holds all of this for the first shop."""
        wanted = {key: value for one in said for key, value in one.world.items()}
        live = self.live()
        return {key: live.get(key) for key in wanted} == wanted

    def validate(self) -> ValidateReport:
        """Say what can be known offline."""
        return validate_run(self.context, ())

    def show(self) -> ShowReport:
        """Read the first shop."""
        return self.run(lambda context: show_run(context, Scope(("shop0",))))

    def planned(self) -> TargetPlan:
        """Plan; return the first shop's part."""
        return self.plan().plan.targets[0]

    def classified(self, status: int, body: str) -> Failure | None:
        """Return what the provider makes of a reply."""
        account = read_repository(self.context, providers()).settings.accounts["chain"]
        return providers()[self.stand.name](account).failure(Reply(status=status, body=body.encode()))

    @contextmanager
    def on_a_socket(self) -> Iterator[None]:
        """Put the sandbox behind a real socket, where replies can get lost."""
        numbers = [Number(*facts) for facts in sandbox_numbers_run(self.context)]
        with running(create_app(self.context.world, numbers=numbers)) as url:
            self.environ["RECONCILER_ALLOW_ENDPOINT"] = url
            self.settings(url)
            yield


def changed(report: PlanReport) -> list[tuple[str, str]]:
    """Return what a plan would change: profile and field."""
    return [(planned.target.profile, change.field) for planned, change in report.plan.changes]


def fates(report: ApplyReport) -> dict[tuple[str, str], FieldStatus]:
    """Return what became of every change."""
    return {(o.target.profile, f.field): f.status for o in report.outcomes for f in o.fields}
