"""apply: (approved changes, lines) → outcomes, and records for the ledger.

One target is checked just before its write, sent step by step, and read back. It stops at its first failure and never
touches another target. Whatever cannot be known is said to be unknown: only a reply, or the live value itself, makes a
change applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.change import Change
from reconciler.core.equality import Equality, equality, same
from reconciler.core.errors import CallFailed, EnvironmentProblem
from reconciler.core.ledger import FieldRecord, LedgerEntry, RecordState, Stamp, record_unknown, record_written
from reconciler.core.outcome import FieldOutcome, FieldStatus, Outcome, Reason
from reconciler.core.provider import Failure, FailureKind, Step
from reconciler.core.target import Desired, Known, Live, LiveField, Observed, Target, Unreadable, WriteOnly
from reconciler.effects.fetch import read_target
from reconciler.effects.http import Line
from reconciler.effects.secrets import MissingSecret
from reconciler.effects.sending import Sending
from reconciler.effects.stop import Stop
from reconciler.effects.workers import pull

# A read older than this is made again before the write that relies on it, in seconds.
FRESH_SECONDS = 30.0
# How long an acknowledged write may take to show: the waits between one read-back and the next, in seconds.
SETTLING = (0.5, 1.0, 2.0)


@dataclass(slots=True)
class Work:
    """One target's changes on their way: what is decided, and how far it has come."""

    desired: Desired
    changes: tuple[Change, ...]
    left: tuple[FieldOutcome, ...] = ()
    read_at: float = 0.0
    previous: LedgerEntry | None = None
    acknowledged: set[str] = field(default_factory=set)
    in_flight: set[str] = field(default_factory=set)
    failures: dict[str, Failure] = field(default_factory=dict)
    done: Outcome | None = None

    @property
    def target(self) -> Target:
        """Where it goes."""
        return self.desired.target


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one target, and what the ledger should remember of it."""

    outcome: Outcome
    records: tuple[FieldRecord, ...] = ()


async def apply(
    work: Sequence[Work],
    lines: Mapping[str, Line],
    *,
    workers: Mapping[str, int],
    stamp: Callable[[], Stamp],
    keep: Callable[[Applied], None],
    stop: Stop,
) -> tuple[Outcome, ...]:
    """Send all of `work`; `keep` is called with each target's result, before the next one begins."""
    by_account: dict[str, list[Work]] = {}
    for one in work:
        by_account.setdefault(one.target.account, []).append(one)

    async def one_target(sending: Sending, one: Work) -> None:
        if not stop.asked:
            applied = await apply_target(sending, one, stamp=stamp, stop=stop)
            one.done = applied.outcome
            keep(applied)

    async def account(name: str, mine: Sequence[Work]) -> None:
        await pull(mine, one_target, workers=workers[name], tool=lambda: Sending(lines[name]))

    async def everything() -> None:
        async with asyncio.TaskGroup() as group:
            for name, mine in by_account.items():
                group.create_task(account(name, mine))

    await stop.land(everything())
    for one in work:
        if one.done is None:
            applied = _cut_off(one, stamp())
            one.done = applied.outcome
            keep(applied)
    return tuple(one.done for one in work if one.done is not None)


def _cut_off(work: Work, stamp: Stamp) -> Applied:
    """Say what is known of a target whose work was not finished: what was sent is unknown, the rest was not sent."""
    fields: list[FieldOutcome] = [*work.left]
    records: list[FieldRecord] = []
    for change in work.changes:
        if change.field in work.acknowledged | work.in_flight:
            fields.append(
                FieldOutcome(field=change.field, status=FieldStatus.UNKNOWN, detail="interrupted after it was sent")
            )
            records.append(record_unknown(change, previous=_previous(work, change), stamp=stamp))
        else:
            fields.append(FieldOutcome(field=change.field, status=FieldStatus.NOT_SENT, detail="interrupted before"))
    unknown = (Reason.INCOMPLETE,) if records else ()
    return Applied(Outcome(target=work.target, fields=tuple(fields), reasons=unknown), tuple(records))


async def apply_target(sending: Sending, work: Work, *, stamp: Callable[[], Stamp], stop: Stop) -> Applied:
    """Check, send and read back one target; once `stop` is asked for, no further step of it is begun."""
    refused = await _check(sending, work)
    if refused is not None:
        return Applied(refused)
    await _send(sending, work, stop)
    live = await _read_back(sending, work)
    fields, records = [*work.left], []
    for change in work.changes:
        outcome, record = _settled(work, change, live, stamp())
        fields.append(outcome)
        records.extend([record] if record is not None else [])
    return Applied(Outcome(target=work.target, fields=tuple(fields), reasons=_reasons(fields)), tuple(records))


def _reasons(fields: Sequence[FieldOutcome]) -> tuple[Reason, ...]:
    kinds = {field.status for field in fields}
    unsure = kinds & {FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED}
    failed = kinds & {FieldStatus.FAILED, FieldStatus.NOT_SENT}
    return tuple(reason for reason, holds in ((Reason.PARTLY, failed), (Reason.INCOMPLETE, unsure)) if holds)


async def _check(sending: Sending, work: Work) -> Outcome | None:
    """Return why nothing is sent: the live value is not what was planned from. No API can check it for us."""
    age = sending.line.context.monotonic() - work.read_at
    if age <= FRESH_SECONDS or not work.changes:
        return None
    live = await read_target(sending, work.desired)
    if isinstance(live, Unreadable):
        return _skipped(work, f"it could not be read just before the write: {live.reason}", Reason.INCOMPLETE)
    if live.blocked:
        return _skipped(work, live.blocked, Reason.PARTLY)
    moved = [change.field for change in work.changes if _moved(change, live.get(change.field))]
    if moved:
        return _skipped(work, f"{', '.join(moved)} changed since it was planned; plan again", Reason.PARTLY)
    return None


def _skipped(work: Work, why: str, reason: Reason) -> Outcome:
    fields = [FieldOutcome(field=change.field, status=FieldStatus.NOT_SENT, detail=why) for change in work.changes]
    return Outcome(target=work.target, fields=(*work.left, *fields), detail=why, skipped=True, reasons=(reason,))


def _moved(change: Change, live: LiveField) -> bool:
    match live:
        case Known():
            return (
                not isinstance(change.before, Known) or equality(live.value, change.before.value) is Equality.DIFFERENT
            )
        case WriteOnly():
            return False
        case _:
            return True


async def _send(sending: Sending, work: Work, stop: Stop) -> None:
    """Send step by step, and stop at the first failure; look for the refused field where the reply does not name it."""
    for step in sending.line.provider.write(work.target, work.changes):
        if stop.asked:
            return
        failure = await _drive(sending, work, step)
        if failure is None:
            continue
        unnamed = failure.kind in (FailureKind.REJECTED, FailureKind.AMBIGUOUS) and not failure.field
        if unnamed and len(step.fields) > 1:
            await _one_by_one(sending, work, step)
        else:
            named = [failure.field] if failure.field in step.fields else step.fields
            work.failures.update(dict.fromkeys(named, failure))
        return


async def _one_by_one(sending: Sending, work: Work, refused: Step) -> None:
    for change in work.changes:
        if change.field in refused.fields:
            for step in sending.line.provider.write(work.target, (change,)):
                failure = await _drive(sending, work, step)
                if failure is not None:
                    work.failures[change.field] = failure


async def _drive(sending: Sending, work: Work, step: Step) -> Failure | None:
    work.in_flight = set(step.fields)
    failure: Failure | None = None
    try:
        await sending.drive(step.exchange)
        work.acknowledged |= set(step.fields)
    except CallFailed as failed:
        failure = failed.failure
    except (EnvironmentProblem, MissingSecret) as problem:
        failure = Failure(kind=FailureKind.REJECTED, summary=str(problem), field=step.fields[0], sent=False)
    work.in_flight = set()
    return failure


async def _read_back(sending: Sending, work: Work) -> Live:
    """Read until every acknowledged field shows what was sent or has moved, for no longer than the settling time."""
    unsure = {name for name, failure in work.failures.items() if not failure.did_nothing}
    if not (work.acknowledged or unsure):
        return Unreadable(reason="nothing was sent")
    live = await read_target(sending, work.desired)
    for wait in SETTLING:
        if isinstance(live, Observed) and all(_shows(c, live) for c in work.changes if c.field in work.acknowledged):
            break
        await sending.line.context.sleep(wait)
        live = await read_target(sending, work.desired)
    return live


def _shows(change: Change, live: Observed) -> bool:
    """Say whether waiting longer would tell nothing more about `change`."""
    match live.get(change.field):
        case Known(value=value):
            before = change.before_value
            return same(value, change.after) or before is None or not same(value, before)
        case WriteOnly():
            return True
        case _:
            return False


def _settled(work: Work, change: Change, live: Live, stamp: Stamp) -> tuple[FieldOutcome, FieldRecord | None]:
    """Say what became of one change, by its reply and by what is live now."""
    shown = live.get(change.field) if isinstance(live, Observed) else Unreadable(reason=live.reason)
    previous = _previous(work, change)
    failure = work.failures.get(change.field)
    if change.field in work.acknowledged:
        record = record_written(change, shown, previous=previous, stamp=stamp)
        return _acknowledged(change, record, shown), record
    if failure is None:
        first = next((f"{name} was not taken" for name in work.failures), "interrupted before")
        return FieldOutcome(field=change.field, status=FieldStatus.NOT_SENT, detail=first), None
    said = f"{failure.summary}{f' ({failure.hint})' if failure.hint else ''}"
    if failure.did_nothing:
        return FieldOutcome(field=change.field, status=FieldStatus.FAILED, detail=said), None
    if isinstance(shown, Known) and same(shown.value, change.after):
        record = record_written(change, shown, previous=previous, stamp=stamp)
        detail = f"the reply was lost ({failure.summary}); the live value shows it"
        return FieldOutcome(field=change.field, status=FieldStatus.APPLIED, detail=detail), record
    record = record_unknown(change, previous=previous, stamp=stamp)
    return FieldOutcome(field=change.field, status=FieldStatus.UNKNOWN, detail=said), record


def _acknowledged(change: Change, record: FieldRecord, shown: LiveField) -> FieldOutcome:
    match record.state:
        case RecordState.SETTLED:
            detail = (
                "" if isinstance(shown, Known) and same(shown.value, change.after) else "shown in the provider's form"
            )
            return FieldOutcome(field=change.field, status=FieldStatus.APPLIED, detail=detail)
        case RecordState.UNCONVERGED:
            detail = "acknowledged, but the live value is still the one from before"
            return FieldOutcome(field=change.field, status=FieldStatus.UNCONVERGED, detail=detail)
        case RecordState.IGNORED:
            detail = "acknowledged again, and again without effect: the provider does not take this value"
            return FieldOutcome(field=change.field, status=FieldStatus.UNCONVERGED, detail=detail)
        case RecordState.UNSETTLED:
            why = shown.reason if isinstance(shown, Unreadable) else ""
            detail = f"acknowledged, and could not be read back: {why}"
            return FieldOutcome(field=change.field, status=FieldStatus.UNKNOWN, detail=detail)


def _previous(work: Work, change: Change) -> FieldRecord | None:
    return work.previous.get(change.field) if work.previous is not None else None
