"""merge_run: (the plan documents of all shards) → the plan of the whole, with its gates. No provider is called.

merged_review_run: the same → the plan with the cards that customers see, as far as the files have the pictures.
merge_looks_run: (what the looks of all shards wrote) → the look at the whole.
merge_applies_run: (what the applies of shards wrote) → what they came to together.

The gates are judged by the settings that are checked out, held to the base and to the last apply as those of any plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from reconciler.core.basics import Diagnostic, InvalidInput, error
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.shard_plans import ONE_VERSION, made_by, merged_plan
from reconciler.core.planning.treatment import Consent
from reconciler.core.reports.cards import ReviewReport, cards, pictures
from reconciler.core.reports.command_reports import ApplyReport, DriftReport
from reconciler.core.reports.shard_reports import merged_apply, merged_look
from reconciler.core.reports.written_reports import read_apply, read_look, shard_plan
from reconciler.core.safety.approval import read_document
from reconciler.core.safety.gates import PlanReport, report_plan
from reconciler.effects.files.repository import Repository
from reconciler.effects.git.clone import known_commit_of
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import Context
from reconciler.pipeline.ledger import Memory, open_ledger, read_memory
from reconciler.pipeline.planning import read_base, read_files
from reconciler.pipeline.readings import Scope
from reconciler.version import version_line

_Report = TypeVar("_Report")


async def merge_run(context: Context, scope: Scope, documents: Mapping[str, bytes]) -> PlanReport:
    """Return the plan of all shards; raises InvalidInput where the documents are not those of one plan."""
    report, _ = await _merged_plan(context, scope, documents)
    return report


async def merged_review_run(context: Context, scope: Scope, documents: Mapping[str, bytes]) -> ReviewReport:
    """Return the same with the cards of the review page. A picture that was only live is not shown."""
    from reconciler.effects.files.thumbnails import Thumbnails

    report, files = await _merged_plan(context, scope, documents)
    small, found = Thumbnails(), cards(report, files.desired, {})
    make = partial(small.of, context.profiles, pictures(found))
    return ReviewReport(report, found, await run_in_thread(make, hurry=small.hurry))


async def merge_looks_run(context: Context, scope: Scope, documents: Mapping[str, bytes]) -> DriftReport:
    """Return the look at the whole; raises InvalidInput where one is missing, or they are not those of one whole."""
    looks, problems = _read_all(documents, read_look)
    if problems:
        raise InvalidInput(problems)
    _, memory = await _rules(context, scope, next(iter(looks.values())).plan)
    return _or_raise(merged_look(looks, Consent(memory.settings.policy)))


async def merge_applies_run(
    context: Context, scope: Scope, documents: Mapping[str, bytes], *, allowed: frozenset[str]
) -> ApplyReport:
    """Return what the applies of shards came to; raises InvalidInput where no result of one can be read.

    `allowed` is what each of them let pass.
    """
    applies, problems = _read_all(documents, read_apply)
    if not applies:
        raise InvalidInput(problems)
    begun = (one.plan for one in applies.values() if one.plan.selection)
    _, memory = await _rules(context, scope, next(begun, Plan((), program=version_line())))
    untold = [f"{one.location.file}: {one.summary}" for one in problems]
    return _or_raise(merged_apply(applies, Consent(memory.settings.policy, allowed), untold=untold))


def _read_all(
    documents: Mapping[str, bytes], read: Callable[..., _Report | tuple[Diagnostic, ...]]
) -> tuple[dict[str, _Report], tuple[Diagnostic, ...]]:
    """Return what `read` makes of each document, and the problems of those that it refuses."""
    found: dict[str, _Report] = {}
    problems: list[Diagnostic] = []
    for file, content in documents.items():
        one = read(content, file=file)
        if isinstance(one, tuple):
            problems += one
        else:
            found[file] = one
    return found, tuple(problems)


def _or_raise(found: _Report | tuple[Diagnostic, ...]) -> _Report:
    if isinstance(found, tuple):
        raise InvalidInput(found)
    return found


def _read_plan(content: bytes, *, file: str) -> Plan | tuple[Diagnostic, ...]:
    found = read_document(content, file=file)
    if isinstance(found, tuple):
        return found
    return shard_plan(found, file)


async def _merged_plan(context: Context, scope: Scope, documents: Mapping[str, bytes]) -> tuple[PlanReport, Repository]:
    plans, problems = _read_all(documents, _read_plan)
    if problems:
        raise InvalidInput(problems)
    merged = _or_raise(merged_plan(plans))
    files, memory = await _rules(context, scope, next(iter(plans.values())))
    return report_plan(merged, Consent(memory.settings.policy, frozenset())), files


async def _rules(context: Context, scope: Scope, first: Plan) -> tuple[Repository, Memory]:
    """Return the files that are checked out, and the settings that count; `first` is the plan of any shard.

    Raises InvalidInput where the shards are of another version of the program than this one, or of another commit.
    """
    if first.program != version_line():
        summary = f"the shards were run with {made_by(first)}, and this is {version_line()}"
        raise InvalidInput((error("shards", summary, hint=ONE_VERSION),))
    here = await known_commit_of(context)
    if here and first.head and here != first.head:
        summary = f"the shards are of commit {first.head[:12]}, and {here[:12]} is checked out"
        hint = "check out the commit of the shards: its settings say what the gates allow"
        raise InvalidInput((error("shards", summary, hint=hint),))
    base = await read_base(context, first.base or None)
    files = read_files(context, base)
    ledger = open_ledger(context, files.settings, files.desired, requested=scope.ledger, remembers=False)
    return files, await read_memory(context, ledger, base=base, files=files, needed=False, based=bool(first.base))
