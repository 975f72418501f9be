"""A shop whose provider is a function: it turns the sent value into the value that is shown after the write."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from reconciler.core.comparing.picture_comparison import CHANNELS, EDGE
from reconciler.core.fields import Mode, Value
from reconciler.core.memory.records import FieldRecord, LedgerEntry, record_intent, record_written
from reconciler.core.planning.noticed import remembered
from reconciler.core.planning.plan import PlanInputs, TargetPlan, plan_target
from reconciler.core.target import Change, Desired, Known, Live, LiveField, Observed, Target, WriteOnly
from tests.support import STAMP, desired, observed, target


def grid(level: int) -> str:
    """Return the grid of an evenly grey picture; 10 levels apart look the same, 20 cannot be told, 40 differ."""
    return base64.b64encode(bytes([level]) * (EDGE * EDGE * CHANNELS)).decode()


def wanted(fields: Mapping[str, Value], mode: Mode = Mode.MANAGED, *, to: Target | None = None) -> Desired:
    """Return a desired profile whose fields' names are data."""
    given: dict[str, Any] = dict(fields)
    return desired(mode, to=to, **given)


def seen(fields: Mapping[str, Value | LiveField]) -> Observed:
    """Return what was read, where the fields' names are data."""
    given: dict[str, Any] = dict(fields)
    return observed(**given)


def planned_target(desired: Desired, live: Live | None, entry: LedgerEntry | None) -> TargetPlan:
    """Plan one profile that is read as `live`, and of which the ledger remembers `entry`."""
    key = desired.target.key
    read, remembered = {key: live} if live is not None else {}, {key: entry} if entry is not None else {}
    return plan_target(desired, PlanInputs((desired,), read, remembered))


class Shop:
    """One profile at a provider, and the ledger's memory of it; no reply comes back for the fields that are `lost`."""

    def __init__(self, wanted: Mapping[str, Value], live: Mapping[str, LiveField]) -> None:
        self.wanted = wanted
        self.live = dict(live)
        self.entry: LedgerEntry | None = None
        self.lost: Collection[str] = ()

    def __repr__(self) -> str:
        """Return what a failing law needs to show: a picture's grid alone is 16 KB."""
        return re.sub(r"'[A-Za-z0-9+/]{64,}'", "…", f"Shop({self.wanted}, {self.live}, {self.entry})")

    @property
    def observed(self) -> Observed:
        """What a read says now."""
        return seen(self.live)

    def plan(self) -> TargetPlan:
        """Plan, without touching anything."""
        return planned_target(wanted(self.wanted), self.observed, self.entry)

    def apply(self, provider: Callable[[Value], Value]) -> TargetPlan:
        """Send everything that is planned, remember it, and return what was planned."""
        planned = self.plan()
        self.look(planned)
        for change in planned.changes:
            write_only = isinstance(self.live[change.field], WriteOnly)
            shown = WriteOnly() if write_only else Known(value=provider(change.after))
            self.live[change.field] = shown
            self._keep(self._record(change, shown))
        return planned

    def look(self, planned: TargetPlan) -> None:
        """Remember what was found in sync."""
        self._keep(*remembered(wanted(self.wanted), planned, self.observed, entry=self.entry, stamp=STAMP))

    def _record(self, change: Change, shown: LiveField) -> FieldRecord:
        previous = self.entry.get(change.field) if self.entry is not None else None
        if change.field in self.lost:
            return record_intent(change, previous=previous, stamp=STAMP)
        return record_written(change, shown, previous=previous, stamp=STAMP)

    def _keep(self, *records: FieldRecord) -> None:
        if records:
            self.entry = (self.entry or LedgerEntry(key=target().key)).with_records(records)
