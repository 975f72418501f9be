"""apply_target: (one target's approved changes, its account) → its outcome, and the record for the ledger.

The target is checked just before its write, sent step by step, and read back. It stops at its first failure. An outcome
that cannot be known is reported as unknown: only a reply, or the live value itself, makes a change applied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.core.basics import EnvironmentProblem, Reason
from reconciler.core.comparing.kinds import Equality, equality, is_same
from reconciler.core.comparing.spellings import is_benign
from reconciler.core.memory.records import Stamp
from reconciler.core.provider import CallFailed, Failure, FailureKind, Step
from reconciler.core.target import Change, Known, Live, LiveField, Observed, Unreadable, WriteOnly
from reconciler.effects.fetch import read_target
from reconciler.effects.http.sending import WriteClient
from reconciler.effects.outcomes import Applied, Work, skipped, summed_up
from reconciler.effects.secrets import MissingSecret
from reconciler.effects.signals import Stop

# Seconds. An older read is repeated before the write that relies on it.
_FRESH_SECONDS = 30.0
# Seconds between one read-back and the next: an acknowledged write may take that long to show.
SETTLING = (0.5, 1.0, 2.0)
# Failures that may be one field's fault.
_ONE_FIELDS_FAULT = (FailureKind.REJECTED, FailureKind.AMBIGUOUS)


async def apply_target(
    sending: WriteClient,
    work: Work,
    *,
    stamp: Callable[[], Stamp],
    stop: Stop,
    refused: Callable[[], str] = lambda: "",
) -> Applied:
    """Check, send and read back one target.

    No further step begins once `stop` is asked for, or `refused` gives a reason.
    """
    if not work.changes:
        # All of it is left alone, so its provider is not called at all.
        return summed_up(work, Unreadable(reason="nothing was sent"), stamp(), why="")
    moved = await _check(sending, work, work.changes)
    if moved is not None:
        return skipped(work, *moved, stamp=stamp())
    await _send(sending, work, stop, refused=refused)
    live = await _read_back(sending, work)
    return summed_up(work, live, stamp(), why="interrupted before")


async def _check(sending: WriteClient, work: Work, changes: Sequence[Change]) -> tuple[str, Reason] | None:
    """Return why `changes` are not sent: the live value is not the planned one. No API checks that for us."""
    if not changes or sending.access.context.monotonic() - work.read_at <= _FRESH_SECONDS:
        return None
    live = await read_target(sending, work.desired, again={change.field for change in work.changes})
    work.read_at = sending.access.context.monotonic()
    if isinstance(live, Unreadable):
        return f"it could not be read just before the write: {live.reason}", Reason.INCOMPLETE
    if live.blocked:
        return live.blocked, Reason.PARTLY
    shown = {change.field: live.get(change.field) for change in changes}
    unread = [f"{name}: {field.reason}" for name, field in shown.items() if isinstance(field, Unreadable)]
    if unread:
        return f"it could not be read just before the write: {'; '.join(unread)}", Reason.INCOMPLETE
    moved = [change.field for change in changes if _moved(change, shown[change.field])]
    return (f"{', '.join(moved)} changed since it was planned; plan again", Reason.PARTLY) if moved else None


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


async def _send(sending: WriteClient, work: Work, stop: Stop, *, refused: Callable[[], str]) -> None:
    """Send step by step, each after a check, and stop at the first failure that is not one field's own."""
    for step in sending.access.provider.write(work.sendable, work.changes):
        if stop.asked:
            return
        moved = await _check(sending, work, [change for change in work.changes if change.field in step.fields])
        if why := moved[0] if moved is not None else refused():
            late = Failure(kind=FailureKind.REJECTED, summary=why, sent=False)
            work.failures.update(dict.fromkeys(step.fields, late))
            return
        failure = await _drive(sending, work, step)
        if failure is not None and not await _recovered(
            sending, work, step, failure, over=lambda: stop.asked or refused()
        ):
            return


async def _recovered(
    sending: WriteClient, work: Work, step: Step, failure: Failure, *, over: Callable[[], object]
) -> bool:
    """Leave out the field that the reply names, and send the rest once more. True if the next step may go.

    A reply that names none leads to each field alone. Nothing more is sent once it is `over`. It ends, because every
    call has fewer fields than the one before it.
    """
    fields = step.fields
    while True:
        _note_refusal(sending, work, fields, failure)
        if failure.kind not in _ONE_FIELDS_FAULT or not step.divisible or over():
            return False
        if failure.field not in fields:
            break
        fields = tuple(name for name in fields if name != failure.field)
        again = await _send_once_more(sending, work, fields) if fields else None
        if again is None:
            return _is_known(work, step)
        failure = again
    return len(fields) > 1 and await _each_alone(sending, work, fields, over=over) and _is_known(work, step)


def _note_refusal(sending: WriteClient, work: Work, fields: Sequence[str], failure: Failure) -> None:
    """Note the failure of a call of `fields`: for the one that the reply names, and for those that travelled with it.

    A refusal of a field that was not in the call says nothing of a field that an earlier call may have brought.
    """
    whole = sending.access.provider.traits.refuses_whole_calls
    for name in fields:
        travelled = failure.field in fields or (not whole and name in work.failures)
        of_another = failure.field not in ("", name) and travelled
        work.failures[name] = _together(failure, whole=whole) if of_another else failure


async def _send_once_more(sending: WriteClient, work: Work, fields: Sequence[str]) -> Failure | None:
    """Send the changes of `fields` in one call, without those that were refused before."""
    changes = tuple(change for change in work.changes if change.field in fields)
    for step in sending.access.provider.write(work.sendable, changes):
        if (failure := await _drive(sending, work, step)) is not None:
            return failure
    for name in fields:
        del work.failures[name]
    return None


async def _each_alone(sending: WriteClient, work: Work, fields: Sequence[str], *, over: Callable[[], object]) -> bool:
    """Find the refused field by sending each alone. True if each was tried, and some were taken."""
    for name in fields:
        if over():
            return False
        failure = await _send_once_more(sending, work, (name,))
        if failure is not None:
            _note_refusal(sending, work, (name,), failure)
            if failure.kind not in _ONE_FIELDS_FAULT:
                return False
    return not all(name in work.failures for name in fields)


def _is_known(work: Work, step: Step) -> bool:
    """True if every field of a step was taken or refused: then nothing of it is in doubt, and the next step may go."""
    return all(work.failures[name].kind is FailureKind.REJECTED for name in step.fields if name in work.failures)


def _together(failure: Failure, *, whole: bool) -> Failure:
    """Return the failure of the fields that travelled with the refused one."""
    if whole:
        summary = f"it was in the same call, which was refused for {failure.field}"
        return Failure(kind=FailureKind.REJECTED, summary=summary)
    summary = f"it was in the call that was refused for {failure.field}, and may have been taken all the same"
    return Failure(kind=FailureKind.AMBIGUOUS, summary=summary)


async def _drive(sending: WriteClient, work: Work, step: Step) -> Failure | None:
    sending.access.context.log(f"{work.target.profile}: sending {', '.join(sorted(step.fields))}")
    work.in_flight = set(step.fields)
    failure: Failure | None = None
    try:
        await sending.drive(step.exchange, target=work.target)
        work.acknowledged |= set(step.fields)
    except CallFailed as failed:
        failure = failed.failure
    except (EnvironmentProblem, MissingSecret) as problem:
        failure = Failure(kind=FailureKind.REJECTED, summary=str(problem), sent=False)
    work.in_flight = set()
    return failure


async def _read_back(sending: WriteClient, work: Work) -> Live:
    """Read until every acknowledged field shows the sent value or has moved, within the settling time."""
    unsure = {name for name, failure in work.failures.items() if not failure.did_nothing}
    if not (work.acknowledged or unsure):
        return Unreadable(reason="nothing was sent")
    looked_at = work.acknowledged | unsure
    live = await read_target(sending, work.desired, again=looked_at)
    for wait in SETTLING:
        if isinstance(live, Observed) and all(_shows(c, live) for c in work.changes if c.field in work.acknowledged):
            break
        await sending.access.context.sleep(wait)
        live = await read_target(sending, work.desired, again=looked_at)
    return live


def _shows(change: Change, live: Observed) -> bool:
    """True if waiting longer would tell nothing more about `change`."""
    match live.get(change.field):
        case Known(value=value):
            before = change.before_value
            arrived = is_same(value, change.after) or is_benign(change.field, value, change.after)
            return arrived or before is None or not is_same(value, before)
        case WriteOnly():
            return True
        case _:
            return False
