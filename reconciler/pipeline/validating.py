"""validating: (the files) → everything that is wrong with them. What is here calls no provider and reads no ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import aclosing

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.reading.selection import NO_FILTERS, Filters, filtered, select
from reconciler.core.reports.command_reports import ValidateReport
from reconciler.core.target import Desired
from reconciler.core.traits import Traits
from reconciler.effects.files.repository import read_repository
from reconciler.effects.files.watching import changes
from reconciler.effects.files.writing import create
from reconciler.effects.world import Context
from reconciler.providers import provider_traits, providers


def validate_run(context: Context, paths: Sequence[str], filters: Filters = NO_FILTERS) -> ValidateReport:
    """Say everything that can be known offline."""
    repository = read_repository(context, providers())
    chosen = select(repository.names, paths, filters.exclude, repository.tables)
    accounts = repository.settings.accounts
    passing = filtered(repository.desired, filters, accounts=accounts, providers=provider_traits())
    wrong = tuple(item for item in (*chosen, *passing) if isinstance(item, Diagnostic))
    named = {name for name in chosen if isinstance(name, str)}
    named -= {item.profile for item in repository.diagnostics if item.severity is Severity.ERROR}
    sound = [one for one in passing if isinstance(one, Desired) and one.target.profile in named]
    files = tuple(sorted({one.file for one in sound}))
    return ValidateReport(len({one.target.profile for one in sound}), (*repository.diagnostics, *wrong), files)


async def watch_run(context: Context, look: Callable[[tuple[str, ...]], None]) -> None:
    """Call `look` at once, and again with the files that changed, whenever some did. Only a signal ends it."""
    async with aclosing(changes(context.profiles, context.sleep)) as found:
        async for moved in found:
            look(moved)


def providers_run() -> dict[str, Traits]:
    """Return every provider's traits, by name."""
    return provider_traits()


def schemas_run() -> dict[str, str]:
    """Return every JSON Schema as text, by file name."""
    # Files are checked at every commit: modules that a check does not need are imported where they are used.
    from reconciler.core.planning.document import plan_schema
    from reconciler.render.schemas import schemas

    found = {
        **schemas(provider_traits()),
        "plan.schema.json": plan_schema(),
    }
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in sorted(found.items())}


def new_schemas(context: Context) -> tuple[str, ...]:
    """Write the schemas that are not in schemas/ yet, and return their names; a file that is there is left alone.

    Raises EnvironmentProblem if one cannot be written.
    """
    return tuple(name for name, text in schemas_run().items() if create(context.root, f"schemas/{name}", text.encode()))


def sandbox_numbers_run(context: Context) -> list[tuple[str, str, str, str]]:
    """Return the numbers that the repository's profiles name, for the sandbox to know them by."""
    from reconciler.effects.http.connection import sandbox_numbers

    repository = read_repository(context, providers())
    accounts, known = repository.settings.accounts, provider_traits()
    return [
        facts
        for one in repository.desired
        for facts in sandbox_numbers(accounts[one.target.account], known[one.target.provider], [one.target])
    ]
