"""`reconciler validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import exportable, paths, selecting

if TYPE_CHECKING:
    from reconciler.core.reading.selection import Filters


@click.command("validate")
@paths
@selecting
@exportable
def command(common: Common, paths: tuple[str, ...], filters: Filters) -> int:
    """Check the files: everything that can be checked offline."""
    from functools import partial

    from reconciler.cli.forms import Result
    from reconciler.cli.results import deliver, exported
    from reconciler.core.memory.runs import exit_code
    from reconciler.pipeline.validating import validate_run
    from reconciler.render.json import validate_json
    from reconciler.render.markdown.plan import validate_sheet
    from reconciler.render.pages import validate_page
    from reconciler.render.text.plan import validate_text

    report = validate_run(common.context(), paths, filters)
    code = exit_code(report.reasons)
    found = Result(
        command="validate",
        exit_code=code,
        text=partial(validate_text, report, verbose=common.verbose),
        document=partial(validate_json, report),
        sheet=partial(validate_sheet, report),
        page=lambda sheet, links: validate_page(report, sheet, exit_code=code, commit=links.commit),
        diagnostics=report.diagnostics,
        exports=exported(report.diagnostics, report.files),
    )
    return deliver(common, found)
