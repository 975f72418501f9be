"""`reconciler validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common, WantedOutputs
from reconciler.cli.options import exportable, flag, paths, selecting

if TYPE_CHECKING:
    from reconciler.core.reading.selection import Filters


@click.command("validate")
@paths
@selecting
@flag("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@exportable
def command(common: Common, paths: tuple[str, ...], filters: Filters, *, watch: bool) -> int:
    """Check the files: everything that can be checked offline."""
    from functools import partial

    from reconciler.cli.forms import Result
    from reconciler.cli.results import deliver, exported, quotes_for
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.validating import validate_run
    from reconciler.render.json import validate_json
    from reconciler.render.markdown.plan import validate_sheet
    from reconciler.render.pages import validate_page
    from reconciler.render.text.plan import validate_text

    if watch:
        return _watched(common, paths, filters)
    report = validate_run(common.context(), paths, filters)
    code = exit_code(report.reasons)
    found = Result(
        command="validate",
        exit_code=code,
        text=lambda: validate_text(report, verbose=common.verbose, quotes=quotes_for(common, report.diagnostics)),
        document=partial(validate_json, report),
        sheet=partial(validate_sheet, report),
        page=lambda sheet, links: validate_page(report, sheet, exit_code=code, commit=links.commit),
        diagnostics=report.diagnostics,
        exports=exported(report.diagnostics, report.files),
    )
    return deliver(common, found)


def _watched(common: Common, paths: tuple[str, ...], filters: Filters) -> int:
    """Print a report now, and another one after each change of a file. A signal ends it, with its own code."""
    import asyncio

    from reconciler.cli.output import emit, print_stderr
    from reconciler.cli.results import problem_text, quotes_for
    from reconciler.core.basics import ReconcilerError
    from reconciler.effects.signals import interruptible
    from reconciler.pipeline.validating import validate_run, watch_run
    from reconciler.render.text.plan import changed_text, validate_text

    if common.format != "text" or common.wanted != WantedOutputs():
        raise click.UsageError("--watch prints one report after another: leave out --format and what writes files")
    context = common.context()

    def look(moved: tuple[str, ...]) -> None:
        if moved:
            emit(changed_text(moved, at=context.now()))
        try:
            report = validate_run(context, paths, filters)
            emit(validate_text(report, verbose=common.verbose, quotes=quotes_for(common, report.diagnostics)))
        except ReconcilerError as problem:
            # The next change may mend it.
            emit(problem_text(problem, common))
        if not moved and not common.quiet:
            print_stderr(f"Watching {context.profiles.name}/: Ctrl-C ends it.")

    asyncio.run(interruptible(lambda _: watch_run(context, look)))
    return 0
