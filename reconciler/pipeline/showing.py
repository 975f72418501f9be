"""plan: (a scope) → the plan, to be read and reviewed.

owed_plan: (a scope) → the plan from the ledger, and whether an apply is owed at all; no provider is called.

review: (a scope) → the plan with the cards that customers see, and small pictures for them.

show: (one profile) → desired, live and remembered side by side.

list: (a scope) → each profile in one row, from the files and the ledger; a scope that is not offline asks as well.

fleet: (a scope) → the same rows with the cards that customers see, and what applies did over time.

All end with what planning found: nothing is sent, and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from reconciler.core.basics import EnvironmentProblem, InvalidInput, error, notice
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.spending import Looks
from reconciler.core.planning.treatment import Treatment
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import Target
from reconciler.effects.base import UNMOVED
from reconciler.effects.git.clone import is_commit_name
from reconciler.effects.git.process import Git
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import Context
from reconciler.pipeline.planning import run_planning
from reconciler.pipeline.readings import PlanningResult, Scope
from reconciler.pipeline.run_ledger import keep_entries

# Each run imports what only it returns: most plans are a list of changes, without cards.
if TYPE_CHECKING:
    from reconciler.core.reports.cards import ReviewReport
    from reconciler.core.reports.command_reports import ShowReport
    from reconciler.core.reports.fleet import FleetReport, ListReport

# As many profiles as a person reads.
_MOST_NAMES = 3


async def plan_run(context: Context, scope: Scope) -> PlanReport:
    """Plan without touching anything."""
    planning = await run_planning(context, scope, read_only=True)
    await _keep_calls(context, scope, planning)
    return _shown(planning)


async def _keep_calls(context: Context, scope: Scope, planning: PlanningResult) -> None:
    """Remember how many calls a plan made, where the ledger is on this machine. A plan does not fail if that fails.

    A plan pushes nothing: at a shared ledger the next run knows of these calls only what the provider says of them.
    """
    made, shared = planning.calls.take(), (scope.ledger or planning.settings.ledger) != "local"
    if shared and any(one.slots for one in made):
        context.log("A plan does not write in a shared ledger: the next run learns of its calls from the provider")
    if shared or not made:
        return
    _say_forgotten(context, await keep_entries(planning.ledger, planning.snapshot, (), run="plan", accounts=made))


def _say_forgotten(context: Context, problem: str) -> None:
    if problem:
        context.log(f"The calls of this plan are not remembered: {problem}")


async def review_run(context: Context, scope: Scope) -> ReviewReport:
    """Plan in the same way, and keep what the review page shows beside the plan."""
    from reconciler.core.reports.cards import ReviewReport, cards, pictures
    from reconciler.effects.files.thumbnails import Thumbnails

    small = Thumbnails()

    def keep(_: Target, content: bytes) -> None:
        small.keep(content)

    result = await run_planning(context, scope, read_only=True, keep_picture=keep)
    await _keep_calls(context, scope, result)
    report = _shown(result)
    found = cards(report, result.desired, result.readings.live.targets)
    make = partial(small.of, context.profiles, pictures(found))
    return ReviewReport(report, found, await run_in_thread(make, hurry=small.hurry))


def _shown(planning: PlanningResult) -> PlanReport:
    """Return the plan as people see it. A plan in which nothing moved since a commit is not an empty plan."""
    report = planning.report
    if any(problem.code == UNMOVED for problem in report.plan.diagnostics):
        return replace(report, tripped=tuple(gate for gate in report.tripped if gate.gate != "empty"))
    return report


@dataclass(frozen=True, slots=True)
class Owed:
    """Whether an apply is owed, and the first reason that says so, or why none is."""

    owed: bool
    why: str


async def owed_plan_run(context: Context, scope: Scope) -> tuple[PlanReport, Owed]:
    """Plan from the ledger, without a credential, and say whether an apply is owed.

    Nothing is owed only if git says that no file moved, and the ledger says that nothing waits. People who can push can
    forge the ledger, so its word alone counts for nothing.
    """
    planning = await run_planning(context, replace(scope, offline=True), read_only=True)
    report, git = planning.report, Git()
    why = await run_in_thread(partial(_owed, context, scope, planning, report, git=git), hurry=git.hurry)
    owed = Owed(bool(why), why or "no file below profiles/ moved, and nothing waits for an apply")
    word = "an apply is owed" if owed.owed else "no apply is owed"
    told = (*report.plan.diagnostics, notice("owed", f"{word}: {owed.why}"))
    return replace(report, plan=replace(report.plan, diagnostics=told)), owed


def _owed(context: Context, scope: Scope, planning: PlanningResult, report: PlanReport, *, git: Git) -> str:
    """Return why an apply is owed, or ""; this asks git, and so may block."""
    from reconciler.effects.git.revision import listing

    here, last = listing(context, "HEAD", git=git), planning.snapshot.last

    def moved(commit: str) -> bool:
        return here is None or here != listing(context, commit, git=git)

    if scope.base is None or moved(scope.base):
        return "files below profiles/ changed since the commit before, or git cannot say"
    if last is None or planning.snapshot.aside or planning.snapshot.leases:
        return "the ledger does not say that the last apply has ended"
    if last.edited or not last.finished or not is_commit_name(last.commit) or moved(last.commit):
        return "files below profiles/ changed since the last apply"
    waiting = report.differences(Treatment.SENT)
    return "what the files asked for earlier was not sent yet" if waiting else ""


async def show_run(context: Context, scope: Scope) -> ShowReport:
    """Read one profile and put desired, live and remembered side by side; raises InvalidInput when it is not one."""
    from reconciler.core.reports.command_reports import ShowReport

    result = await run_planning(context, scope, read_only=True)
    if len(result.desired) != 1:
        named = " ".join(map(repr, scope.paths)) or "the selection"
        first = ", ".join(one.target.profile for one in result.desired[:_MOST_NAMES])
        hint = f"name one file{f'; the first are {first}' if first else ''}"
        summary = f"{named} is {len(result.desired)} profiles, and this shows one"
        raise InvalidInput((error("not-one", summary, hint=hint),))
    (one,) = result.desired
    return ShowReport(
        desired=one,
        live=result.readings.live.targets.get(one.target.key),
        entry=result.snapshot.entries.get(one.target.key),
        planned=result.plan.targets[0],
    )


async def list_run(context: Context, scope: Scope) -> ListReport:
    """Return a row for each profile that `scope` means; a scope that is offline needs no credential."""
    result = await run_planning(context, scope, read_only=True)
    return _listed(result, await _runs(result), live=not scope.offline)


async def fleet_run(context: Context, scope: Scope) -> FleetReport:
    """Return the same rows with what a page of them shows: a card of each, small pictures, and the ledger's past."""
    from reconciler.core.reports.cards import every_card, pictures
    from reconciler.core.reports.fleet import FleetReport
    from reconciler.core.reports.timeline import timeline
    from reconciler.effects.files.thumbnails import Thumbnails

    small = Thumbnails()

    def keep(_: Target, content: bytes) -> None:
        small.keep(content)

    result = await run_planning(context, scope, read_only=True, keep_picture=keep)
    runs = await _runs(result)
    found = every_card(result.report, result.desired, result.readings.live.targets)
    make = partial(small.of, context.profiles, pictures(found))
    keys = frozenset(one.target.key for one in result.desired)
    return FleetReport(
        _listed(result, runs, live=not scope.offline),
        found,
        await run_in_thread(make, hurry=small.hurry),
        timeline(runs, keys, context.now().astimezone(UTC).date(), looks=_looks(result)),
    )


def _listed(result: PlanningResult, runs: Sequence[RunRecord], *, live: bool) -> ListReport:
    from reconciler.core.reports.fleet import ListReport, listed_profiles

    rows = listed_profiles(result.plan, result.desired, result.snapshot.entries, runs)
    return ListReport(rows, result.plan, live=live, tripped=result.report.tripped)


def _looks(result: PlanningResult) -> list[Looks]:
    """Return the looks at each account that has one of the profiles."""
    accounts = dict.fromkeys((one.target.provider, one.target.endpoint, one.target.account) for one in result.desired)
    return [result.snapshot.accounts[key].looks for key in accounts if key in result.snapshot.accounts]


async def _runs(result: PlanningResult) -> tuple[RunRecord, ...]:
    """Return every run of the ledger; a ledger that cannot be read is told of already, and knows none."""
    try:
        return await run_in_thread(result.ledger.runs, hurry=result.ledger.hurry)
    except EnvironmentProblem:
        return ()
