"""unsent: what the files ask for and a run does not send → the ledger, so that no later run forgets it.

unsent_entries: (what planning found) → what the ledger is to remember of it.
waiting_entries: (the changes that wait) → the same, of those that a run of a part of its plan leaves for the next.
keep_unsent: → it is stored by a run that sends nothing. remembering_unsent: it is also stored where the run breaks off.
keep_untried: (a scope) → it is stored by a run that never came to plan, as far as the files and the ledger tell.

Such a run takes no lease, since it writes at no provider. What another run recorded meanwhile outranks it. A ledger
that cannot be written stops nothing here: the run has a better reason to have ended.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

from reconciler.core.basics import EnvironmentProblem, InvalidInput
from reconciler.core.explanations import FINDINGS
from reconciler.core.memory.records import LedgerEntry, Stamp, record_asked
from reconciler.core.planning.noticed import asked_for
from reconciler.core.planning.plan import PlanInputs, TargetPlan
from reconciler.core.target import Change
from reconciler.effects.ledger import upon
from reconciler.effects.world import Context
from reconciler.pipeline.planning import run_planning
from reconciler.pipeline.readings import PlanningResult, Scope
from reconciler.pipeline.run_ledger import FLUSH_SECONDS, keep_entries


def unsent_entries(planning: PlanningResult, stamp: Stamp, *, why: str = "") -> list[LedgerEntry]:
    """Return what the ledger is to remember of changes that are not sent: all of them, if `why` says so.

    Otherwise it is what no run can send: the changes of a blocked target, and what could not be read.
    """
    entries = planning.snapshot.entries
    unread = PlanInputs((), {}, entries, base=planning.readings.base.base, offline=True)
    known = {**entries, **upon(planning.snapshot, planning.noticed(stamp))}
    found = (
        (one.target, asked_for(one, planned, unread, entry=known.get(one.target.key), stamp=stamp, why=why))
        for one, planned in zip(planning.desired, planning.plan.targets, strict=True)
    )
    return [
        LedgerEntry(key=target.key, profile=target.profile, records=records) for target, records in found if records
    ]


def waiting_entries(
    planning: PlanningResult, stamp: Stamp, waiting: Iterable[tuple[TargetPlan, Change, str]]
) -> Iterator[LedgerEntry]:
    """Yield what the ledger is to remember of changes that wait. The files do not ask for drift, so it is not kept."""
    for planned, change, why in waiting:
        key = planned.target.key
        known = planning.snapshot.entries.get(key)
        previous = known.get(change.field) if known is not None else None
        if change.origin not in FINDINGS:
            record = record_asked(change, previous=previous, stamp=stamp, why=why)
            yield LedgerEntry(key=key, profile=planned.target.profile, records=(record,))


async def keep_unsent(planning: PlanningResult, stamp: Stamp, *, why: str) -> str:
    """Store that nothing of the plan was sent, and `why`; return the problem if that fails, or ""."""
    news, made = unsent_entries(planning, stamp, why=why), planning.calls.take()
    return await keep_entries(planning.ledger, planning.snapshot, news, run=stamp.run, accounts=made)


async def keep_untried(context: Context, scope: Scope, stamp: Callable[[], Stamp], *, why: str) -> None:
    """Store what the files ask for that no run ever sent; files or a ledger that cannot be read tell nothing.

    No provider is called, so this needs no credential. An edit of a value that was sent is pending without it.
    """
    with contextlib.suppress(InvalidInput, EnvironmentProblem):
        blind = await run_planning(context, replace(scope, offline=True), read_only=True, remembers=True)
        now = stamp()
        found = map(_never_sent, unsent_entries(blind, now, why=why))
        await keep_entries(blind.ledger, blind.snapshot, [entry for entry in found if entry.records], run=now.run)


def _never_sent(entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, records=tuple(record for record in entry.records if record.sent is None))


@asynccontextmanager
async def remembering_unsent(planning: PlanningResult, stamp: Callable[[], Stamp]) -> AsyncIterator[None]:
    """Record that nothing was sent, if the block inside breaks off."""
    try:
        yield
    except (InvalidInput, EnvironmentProblem) as problem:
        await keep_unsent(planning, stamp(), why=first_problem(problem))
        raise
    except BaseException:
        # A signal, or the end of a person's input.
        planning.ledger.hurry(FLUSH_SECONDS)
        await keep_unsent(planning, stamp(), why="the run was interrupted")
        raise


def first_problem(problem: InvalidInput | EnvironmentProblem) -> str:
    """Return why the run ended, in one sentence: the first of all problems."""
    return problem.diagnostics[0].summary if isinstance(problem, InvalidInput) else str(problem)
