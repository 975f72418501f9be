"""`reconciler fmt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag, paths

if TYPE_CHECKING:
    from reconciler.core.authoring.canonical_order import FormatReport


@click.command("fmt")
@paths
@flag("--check", is_flag=True, help="Write nothing. Exit with 1 if the keys of a file are not in order.")
@common
def command(common: Common, paths: tuple[str, ...], *, check: bool) -> int:
    """Put the keys of profiles, templates and folders' defaults in canonical order.

    Comments stay, and a broken file is left alone.
    """
    from reconciler.cli.output import emit, print_stderr
    from reconciler.cli.results import quotes_for
    from reconciler.core.authoring.canonical_order import FormatState
    from reconciler.core.basics import count
    from reconciler.pipeline.formatting import format_run
    from reconciler.render.json import dumps
    from reconciler.render.safe_text import terminal
    from reconciler.render.text.causes import diagnostics_text

    report = format_run(common.context(), paths, check=check)
    word, changed, broken = (
        "not in order" if check else "formatted",
        report.of(FormatState.FORMATTED),
        report.of(FormatState.BROKEN),
    )
    if common.json:
        emit(dumps(_document(report, check=check)))
        return report.exit_code
    for file in changed:
        emit(f"{word}: {terminal(file)}")
    for file in report.of(FormatState.TABLE):
        emit(f"left as it is: {terminal(file)} is a table, whose columns may stand in any order")
    if report.problems:
        quotes = quotes_for(common, report.problems)
        print_stderr(diagnostics_text(report.problems, verbose=common.verbose, quotes=quotes))
    left = f", {count(len(broken), 'file')} left alone" if broken else ""
    emit(f"{count(len(report.files), 'file')}, {len(changed)} {word}{left}")
    return report.exit_code


def _document(report: FormatReport, *, check: bool) -> dict[str, Any]:
    """Return what was found as a document."""
    from reconciler.core.authoring.canonical_order import FormatState
    from reconciler.core.formats import RESULT_FORMAT
    from reconciler.render.json import diagnostics_json

    return {
        "format_version": RESULT_FORMAT,
        "check": check,
        "formatted": list(report.of(FormatState.FORMATTED)),
        "broken": list(report.of(FormatState.BROKEN)),
        "diagnostics": diagnostics_json(report.problems),
        "exit_code": report.exit_code,
    }
