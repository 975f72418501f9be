"""Builders of values for tests: sound by default, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType

from reconciler.core.fields import Mode, Picture, Value, Webhook
from reconciler.core.memory.records import Asked, FieldRecord, LedgerEntry, RecordState, Stamp
from reconciler.core.planning.plan import TargetPlan, TargetStatus
from reconciler.core.target import (
    Assumed,
    Before,
    Binding,
    Change,
    Desired,
    DesiredField,
    Known,
    LiveField,
    Observed,
    Origin,
    Target,
    Unknown,
)

STAMP = Stamp(at="2026-08-02T09:30:00Z", run="12", commit="c" * 40)
# What every call says of the program that makes it.
AGENT = f"wa-reconciler/{version('wa-reconciler')}"
NUMBER = "+493012345678"
ADDRESS = "106540352242922"

__all__ = ["ADDRESS", "NUMBER", "STAMP", "Assumed", "Unknown"]


def target(
    profile: str = "berlin", *, address: str = ADDRESS, number: str = NUMBER, endpoint: str = "sandbox"
) -> Target:
    """Return a target at Meta's sandbox."""
    return Target(provider="meta", endpoint=endpoint, address=address, account="bakery", profile=profile, number=number)


def picture(mark: str = "a", *, grid: str = "", alpha: bool = False, file: str = "pictures/logo.png") -> Picture:
    """Return a picture whose hash is made of `mark`; without a grid its likeness cannot be told."""
    return Picture(
        sha256=mark * 64, mime="image/png", size=2048, width=640, height=640, grid=grid, alpha=alpha, file=file
    )


def desired(mode: Mode = Mode.MANAGED, *, to: Target | None = None, **fields: Value) -> Desired:
    """Return a desired profile that manages exactly `fields`."""
    where = to or target()
    file = f"profiles/{where.profile}.yaml"
    found = tuple(
        DesiredField(name=name, value=value, file=file, line=line, column=3)
        for line, (name, value) in enumerate(fields.items(), start=6)
    )
    return Desired(target=where, fields=found, mode=mode, file=file)


def observed(blocked: str = "", *, notes: tuple[str, ...] = (), **fields: Value | LiveField) -> Observed:
    """Return what was read; a plain value is a known one."""
    return Observed(fields={name: _live(value) for name, value in fields.items()}, blocked=blocked, notes=notes)


def _live(value: Value | LiveField) -> LiveField:
    return Known(value=value) if isinstance(value, str | tuple | Picture | Webhook) else value


def record(
    field: str = "about",
    *,
    state: RecordState = RecordState.SETTLED,
    sent: Value | None = None,
    shown: Value | None = None,
    intent: Value | None = None,
    before: Value | None = None,
    attempts: int = 0,
) -> FieldRecord:
    """Return the ledger's record of one field."""
    return FieldRecord(
        field=field, state=state, stamp=STAMP, sent=sent, shown=shown, intent=intent, before=before, attempts=attempts
    )


def entry(*records: FieldRecord, to: Target | None = None) -> LedgerEntry:
    """Return the ledger's entry of a target."""
    return LedgerEntry(key=(to or target()).key, records=records)


def change(
    field: str = "about",
    *,
    before: Value | Before = "",
    after: Value = "New",
    origin: Origin = Origin.EDITED,
    note: str = "",
    via: Mapping[str, str] = MappingProxyType({}),
) -> Change:
    """Return a change; a plain value before is a known one."""
    known = before if isinstance(before, Known | Assumed | Unknown) else Known(value=before)
    ways = tuple(Binding(name=name, value=value) for name, value in via.items())
    return Change(field=field, before=known, after=after, origin=origin, note=note, via=ways)


def asked(value: Value = "New", why: str = "why", *, over: Value | None = "", stamp: Stamp = STAMP) -> Asked:
    """Return what the files asked for and a run did not send."""
    return Asked(value, stamp, why, over=over)


def planned(
    *changes: Change,
    to: Target | None = None,
    status: TargetStatus = TargetStatus.PLANNED,
    reason: str = "",
    offline: bool = False,
) -> TargetPlan:
    """Return one target's part of a plan."""
    where = to or target()
    file = f"profiles/{where.profile}.yaml"
    return TargetPlan(target=where, status=status, file=file, reason=reason, differences=changes, offline=offline)
