"""apply: (approved changes, accounts) → outcomes, and records for the ledger.

Accounts are worked on side by side, each by workers of its own. A target that fails, or that a signal cuts off, touches
no other one, and each has an outcome in the end. `one_target` says how one is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from reconciler.core.basics import Reason
from reconciler.core.memory.records import LedgerEntry, Stamp
from reconciler.core.memory.runs import Outcome
from reconciler.core.progress import RUN_OVER, stopping
from reconciler.core.provider import Failure, FailureKind
from reconciler.core.target import Unreadable
from reconciler.effects.fetch import read_target
from reconciler.effects.http.accounts import CALLS_TO_WRITE, AccountAccess
from reconciler.effects.http.sending import WriteClient
from reconciler.effects.one_target import apply_target
from reconciler.effects.outcomes import Applied, Work, found_there, skipped, summed_up
from reconciler.effects.signals import Stop
from reconciler.effects.workers import run_workers


@dataclass(frozen=True, slots=True)
class Recording:
    """How a run records what it sends.

    `stamp` returns the run and the time. `keep` takes each target's result, before the next target begins. `refused`
    returns why nothing of a target may be sent now, or an empty text. `remembered` returns the target's entry by now.
    """

    stamp: Callable[[], Stamp]
    keep: Callable[[Applied], None]
    refused: Callable[[Work], str] = lambda _: ""
    remembered: Callable[[Work], LedgerEntry | None] = lambda _: None


async def apply(
    work: Sequence[Work],
    accounts: Mapping[str, AccountAccess],
    *,
    workers: Mapping[str, int],
    recording: Recording,
    stop: Stop,
) -> tuple[Outcome, ...]:
    """Send all of `work`, with as many `workers` as each account allows, and return what became of each target."""
    stamp = recording.stamp
    broken: list[Exception] = []

    def ended(one: Work, applied: Applied) -> None:
        one.done = applied.outcome
        recording.keep(applied)

    async def one_target(sending: WriteClient, one: Work) -> None:
        if stop.asked:
            return
        try:
            applied = await _in_time(sending, one, recording, stop=stop)
        except Exception as problem:  # noqa: BLE001 - raised again once every target's fate is recorded
            broken.append(problem)
            applied = _cut_off(one, stamp(), why="an unexpected error")
        ended(one, applied)

    def words() -> str:
        return stopping(sum(bool(one.in_flight) for one in work))

    await stop.land(_everything(work, accounts, workers, one_target), words)
    for one in work:
        if one.done is None:
            ended(one, _cut_off(one, stamp(), why="interrupted"))
    if broken:
        raise broken[0]
    return tuple(one.done for one in work if one.done is not None)


async def _everything(
    work: Sequence[Work],
    accounts: Mapping[str, AccountAccess],
    workers: Mapping[str, int],
    one_target: Callable[[WriteClient, Work], Awaitable[None]],
) -> None:
    """Work on every target: all accounts side by side, each with its own workers."""
    async with asyncio.TaskGroup() as group:
        for name in dict.fromkeys(one.target.account for one in work):
            mine = [one for one in work if one.target.account == name]
            group.create_task(
                run_workers(mine, one_target, workers=workers[name], tool=partial(WriteClient, accounts[name]))
            )


async def _in_time(sending: WriteClient, work: Work, recording: Recording, *, stop: Stop) -> Applied:
    """Wait until the allowance has room for all of a target's calls, so that no write waits after its check."""
    if not work.changes:
        return await _permitted(sending, work, recording, stop=stop)
    async with sending.reserved_calls(CALLS_TO_WRITE) as over:
        if over is None:
            return await _permitted(sending, work, recording, stop=stop)
    return skipped(work, f"{RUN_OVER}, and the next run sends it", Reason.PARTLY, stamp=recording.stamp())


async def _permitted(sending: WriteClient, work: Work, recording: Recording, *, stop: Stop) -> Applied:
    refused = partial(recording.refused, work)
    if why := refused():
        applied = skipped(work, why, Reason.PARTLY, stamp=recording.stamp())
    else:
        applied = await apply_target(sending, work, stamp=recording.stamp, stop=stop, refused=refused)
    if not (applied.outcome.skipped and applied.outcome.reasons == (Reason.PARTLY,)) or stop.asked:
        return applied
    # If several runs send the same, all but the first find it there.
    live = await read_target(sending, work.desired)
    return found_there(work, live, recording.remembered(work), recording.stamp()) or applied


def _cut_off(work: Work, stamp: Stamp, *, why: str) -> Applied:
    """Return the outcome of an unfinished target: a change that may have been sent is unknown."""
    lost = Failure(kind=FailureKind.UNREACHABLE, summary=f"{why} after it was sent")
    work.failures.update(dict.fromkeys(work.in_flight, lost))
    return summed_up(work, Unreadable(reason=why), stamp, why=f"{why} before")
