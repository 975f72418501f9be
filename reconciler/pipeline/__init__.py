"""The table of contents: what each command does, as a sequence of stages.

One profile's journey: load → validate → resolve → fetch → diff → attribute → plan → gate → (approve) → apply → verify →
record. Looking commands make clients that have no code to write; only `apply_run` makes one that has.

A run calls effects and rules in order. A rule that needs no effect belongs to `core`. Nothing is printed here, and
nothing speaks to a forge.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from reconciler.core.basics import Diagnostic, error
from reconciler.core.errors import InvalidInput
from reconciler.core.reading.selection import select
from reconciler.core.reports import ShowReport, ValidateReport
from reconciler.core.safety.gates import PlanReport
from reconciler.core.traits import Traits
from reconciler.effects.base import UNMOVED
from reconciler.effects.files.repository import read_repository
from reconciler.effects.http.connection import sandbox_numbers
from reconciler.effects.world import Context
from reconciler.pipeline.planning import Scope, Seen, ignore_progress, run_planning, tables
from reconciler.providers import providers
from reconciler.render.plan_schema import plan_schema
from reconciler.render.schemas import schemas


def validate_run(context: Context, paths: Sequence[str]) -> ValidateReport:
    """Say everything that can be known offline."""
    repository = read_repository(context, providers())
    chosen = select(repository.names, paths)
    wrong = tuple(item for item in chosen if isinstance(item, Diagnostic))
    sound = {one.target.profile for one in repository.desired}
    return ValidateReport(profiles=len(sound.intersection(chosen)), diagnostics=(*repository.diagnostics, *wrong))


async def plan_run(context: Context, scope: Scope, *, seen: Seen = ignore_progress) -> PlanReport:
    """Plan without touching anything."""
    looked = await run_planning(context, scope, looking=True, seen=seen)
    report = looked.report
    if any(problem.code == UNMOVED for problem in report.plan.diagnostics):
        return report.model_copy(update={"tripped": tuple(gate for gate in report.tripped if gate.gate != "empty")})
    return report


async def show_run(context: Context, path: str, *, ledger: str = "") -> ShowReport:
    """Read one profile and put desired, live and remembered side by side; raises InvalidInput when it is not one."""
    looked = await run_planning(context, Scope((path,), ledger=ledger), looking=True)
    if len(looked.desired) != 1:
        summary = f"{path!r} is {len(looked.desired)} profiles, and this shows one"
        raise InvalidInput((error("not-one", summary, hint="name one file"),))
    key = looked.desired[0].target.key
    return ShowReport(
        desired=looked.desired[0],
        live=looked.live.get(key),
        entry=looked.entries.get(key),
        planned=looked.plan.targets[0],
    )


def providers_run() -> dict[str, Traits]:
    """Return every provider's table, by name."""
    return tables()


def schemas_run() -> dict[str, str]:
    """Return every JSON Schema as text, by file name."""
    found = {
        **schemas(providers_run()),
        "plan.schema.json": plan_schema(),
    }
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in sorted(found.items())}


def sandbox_numbers_run(context: Context) -> list[tuple[str, str, str, str]]:
    """Return the numbers that the repository's profiles name, for the sandbox to know them by."""
    repository = read_repository(context, providers())
    accounts, known = repository.settings.accounts, providers_run()
    return [
        facts
        for one in repository.desired
        for facts in sandbox_numbers(accounts[one.target.account], known[one.target.provider], [one.target])
    ]
