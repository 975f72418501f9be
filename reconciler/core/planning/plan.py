"""plan: (`PlanInputs`: desired, live, ledger, base) → the reviewable set of changes, with a digest.

A plan is a value: frozen, comparable, self-contained. Two runs on the same inputs give the same plan, byte for byte.
Nothing volatile is in its digest. No-ops are kept, because "considered and left alone" and "never looked at" differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from reconciler.core.basics import Cause, Diagnostic, Severity, notice
from reconciler.core.fields import Mode
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.planning.base import BaseRevision, TargetKey, Unmanaged, find_unmanaged
from reconciler.core.planning.comparison import diff
from reconciler.core.planning.digest import changes_digest
from reconciler.core.planning.field_plan import (
    FieldInputs,
    UnchangedField,
    UnreadableField,
    altered_warnings,
    plan_field,
    stand_ins,
)
from reconciler.core.planning.origin import CERTAIN, NOT_AS_SENT, BaseValue, SameReason
from reconciler.core.roster import NO_BUSINESS, Business
from reconciler.core.target import (
    Change,
    Desired,
    Known,
    Live,
    Observed,
    Placed,
    Target,
    Unreadable,
    WriteOnly,
)


class TargetStatus(StrEnum):
    """The result of planning one target."""

    PLANNED = "planned"
    OBSERVED = "observed"
    PAUSED = "paused"
    BLOCKED = "blocked"
    UNREADABLE = "unreadable"
    NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class TargetPlan(Placed):
    """One target's part of the plan. `differences` are its changes whatever the mode; only `changes` may be sent.

    `offline` says that the target was not read, and that the ledger stands in for live. `cause` holds the parts of the
    reason, if a call failed. `line` is that of its row, 0 if the file holds nothing else.
    """

    target: Target
    status: TargetStatus
    file: str = ""
    reason: str = ""
    differences: tuple[Change, ...] = ()
    unchanged: tuple[UnchangedField, ...] = ()
    unreadable: tuple[UnreadableField, ...] = ()
    notes: tuple[str, ...] = ()
    offline: bool = False
    cause: Cause | None = None
    # Shown beside the number. It may change from look to look, so no plan differs by it.
    business: Business = field(default=NO_BUSINESS, compare=False)
    line: int = 0

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes that apply may send; none for an observed, paused, blocked or unreadable target."""
        return self.differences if self.status is TargetStatus.PLANNED else ()

    @property
    def complete(self) -> bool:
        """True if every wanted field was read and could be written."""
        stopped = self.status is TargetStatus.UNREADABLE or (self.status is TargetStatus.BLOCKED and self.differences)
        return not (stopped or self.unreadable)

    @property
    def seen(self) -> bool:
        """True if any of its fields was read; a write-only target never is."""
        known = any(isinstance(change.before, Known) for change in self.differences)
        return known or any(one.reason is not SameReason.ASSUMED for one in self.unchanged)

    @property
    def not_as_sent(self) -> tuple[UnchangedField, ...]:
        """The fields that the provider took and now shows otherwise."""
        return tuple(one for one in self.unchanged if one.reason in NOT_AS_SENT)

    @property
    def certain(self) -> bool:
        """True if every field without a change is known to be in sync; a field that was not read never is."""
        return all(one.reason in CERTAIN for one in self.unchanged)

    @property
    def assumed(self) -> bool:
        """True if every field without a change is known or assumed to be in sync, and one is only assumed."""
        doubts = {one.reason for one in self.unchanged} - CERTAIN
        return doubts == {SameReason.ASSUMED}


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent, what would not and why, what could not be known, and what is no longer managed.

    `base` and `head` are commits, empty if there is none. `offline` says that no provider was asked. With `fields`, no
    other field was planned. The plan of a `shard`, written as `3/8`, is of a part; its `selection` stands for the
    settings and for all that the shards share, and `program` names the version that made it.
    """

    targets: tuple[TargetPlan, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    released: tuple[Unmanaged, ...] = ()
    base: str = ""
    head: str = ""
    offline: bool = False
    fields: tuple[str, ...] = ()
    shard: str = ""
    selection: str = ""
    program: str = ""

    @property
    def changes(self) -> tuple[tuple[TargetPlan, Change], ...]:
        """Every change that may be sent, with its target."""
        return tuple((planned, change) for planned in self.targets for change in planned.changes)

    @property
    def not_as_sent(self) -> tuple[tuple[TargetPlan, UnchangedField], ...]:
        """Every field of a managed profile whose live value is not the one that was sent."""
        managed = (planned for planned in self.targets if planned.status is not TargetStatus.OBSERVED)
        return tuple((planned, field) for planned in managed for field in planned.not_as_sent)

    @property
    def has_changes(self) -> bool:
        """True if anything differs that an apply could send."""
        return bool(self.changes)

    @property
    def complete(self) -> bool:
        """True if every target is wholly planned: a failed read is not an empty difference."""
        return all(planned.complete for planned in self.targets)

    @property
    def idle(self) -> bool:
        """True if there is nothing to send because everything is as it should be."""
        return self.complete and not (self.errored or self.not_as_sent)

    @property
    def errored(self) -> bool:
        """True if one of the diagnostics is an error."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)

    @property
    def digest(self) -> str:
        """Bind every change to its target: an approval of this digest approves these changes and no others."""
        return changes_digest((planned.target, change) for planned, change in self.changes)


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What a plan is made from. Two plans of equal inputs are equal.

    `marks` stand for the secrets in webhooks, one for each key of the ledger. `keyless` says that no key is
    here, so that true marks of the ledger cannot be told from forged ones.
    The fields `resend` are changes even where nothing differs: a secret in a field cannot be compared.
    `base` explains where a change comes from; `head` is the commit that is planned.
    `skipped` are targets that were not read for want of a credential. An `offline` plan reads no target at all. The
    targets `unread` were not read because reading them would change nothing.
    `all_profiles` are the profiles of the whole repository, None where only a part of it is planned. A target that
    was managed before and is missing there is no longer managed. With `fields`, the profiles hold no others, and
    nothing is said of what is no longer managed.
    """

    desired: tuple[Desired, ...]
    live: Mapping[TargetKey, Live]
    ledger: Mapping[TargetKey, LedgerEntry]
    diagnostics: tuple[Diagnostic, ...] = ()
    marks: Mapping[TargetKey, tuple[str, ...]] = field(default_factory=dict)
    resend: Collection[str] = ()
    keyless: bool = False
    base: BaseRevision | None = None
    head: str = ""
    offline: bool = False
    skipped: Collection[TargetKey] = ()
    unread: Collection[TargetKey] = ()
    all_profiles: tuple[Desired, ...] | None = None
    fields: tuple[str, ...] = ()


def plan(inputs: PlanInputs) -> Plan:
    """Plan every desired profile against what was read and what is remembered; paused ones need no live value."""
    everything = inputs.all_profiles is not None
    meant, base = inputs.all_profiles or inputs.desired, inputs.base
    in_order = sorted(inputs.desired, key=lambda one: one.target.profile)
    targets = tuple(plan_target(one, inputs) for one in in_order)
    altered = (
        found
        for one, planned in zip(in_order, targets, strict=True)
        for found in altered_warnings(one, planned.unchanged)
    )
    # Without memory or a base, the plan cannot know which fields were managed before.
    known = bool(inputs.ledger) or base is not None
    gone = (
        find_unmanaged(meant, base, entries=inputs.ledger, everything=everything) if known and not inputs.fields else ()
    )
    return Plan(
        targets=targets,
        diagnostics=(*inputs.diagnostics, *_narrowed(inputs.fields), *altered),
        released=gone,
        base=base.commit if base is not None else "",
        head=inputs.head,
        offline=inputs.offline or _none_was_read(targets),
        fields=inputs.fields,
    )


def _narrowed(fields: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield a notice that the plan is not of all fields, if so."""
    if fields:
        summary = f"only {', '.join(fields)}: no other field was compared, and an apply of this plan sends no other"
        yield notice("only-fields", summary, hint="leave out --field to plan all that the files manage")


def _none_was_read(targets: Iterable[TargetPlan]) -> bool:
    """Return True when every profile that should have been read was skipped."""
    meant = [planned for planned in targets if planned.status is not TargetStatus.PAUSED]
    return bool(meant) and all(planned.offline for planned in meant)


def _not_read(desired: Desired) -> Observed:
    """Return the live value of a target that was not read: every field is like one that can only be written."""
    return Observed(fields={one.name: WriteOnly() for one in desired.fields})


_UNREAD = Unreadable(reason="it was not read")


def plan_target(desired: Desired, inputs: PlanInputs) -> TargetPlan:
    """Plan one profile of `inputs`. For a skipped or offline one, the ledger stands in for the live value."""
    key, base, entry = desired.target.key, inputs.base, inputs.ledger.get(desired.target.key)
    if desired.mode is Mode.PAUSED or key in inputs.unread:
        return _left_out(desired)
    offline = inputs.offline or key in inputs.skipped
    live = _not_read(desired) if offline else inputs.live.get(key, _UNREAD)
    if isinstance(live, Unreadable):
        return _without(desired, TargetStatus.UNREADABLE, live.reason, cause=live.cause)

    def at_base(name: str) -> BaseValue | None:
        return base.value(key, name) if base is not None else None

    found = [
        plan_field(
            comparison,
            entry,
            FieldInputs(
                base=at_base(comparison.field.name),
                marks=inputs.marks.get(key, ()) if comparison.field.name == "webhook" else (),
                offline=offline,
                resend=comparison.field.name in inputs.resend,
                keyless=inputs.keyless,
            ),
        )
        for comparison in diff(desired, live, stand_ins(desired, entry, at_base))
    ]
    return TargetPlan(
        desired.target,
        _status(desired.mode, live.blocked),
        desired.file,
        live.blocked,
        differences=tuple(one for one in found if isinstance(one, Change)),
        unchanged=_held_once(tuple(one for one in found if isinstance(one, UnchangedField))),
        unreadable=tuple(one for one in found if isinstance(one, UnreadableField)),
        notes=live.notes,
        offline=offline,
        business=live.business,
        line=desired.line,
    )


@lru_cache(maxsize=64)
def _held_once(unchanged: tuple[UnchangedField, ...]) -> tuple[UnchangedField, ...]:
    """Return equal fields as one value: most profiles of a fleet have the same fields in sync."""
    return unchanged


def _status(mode: Mode, blocked: str) -> TargetStatus:
    if mode is Mode.OBSERVE:
        return TargetStatus.OBSERVED
    return TargetStatus.BLOCKED if blocked else TargetStatus.PLANNED


def _left_out(desired: Desired) -> TargetPlan:
    if desired.mode is Mode.PAUSED:
        return _without(desired, TargetStatus.PAUSED, "paused in its file")
    return _without(desired, TargetStatus.NOT_READ, "")


def _without(desired: Desired, status: TargetStatus, reason: str, *, cause: Cause | None = None) -> TargetPlan:
    return TargetPlan(desired.target, status, desired.file, reason, cause=cause, line=desired.line)
