"""`reconciler validate`."""

from __future__ import annotations

import click

from reconciler.cli.options import Common, common, paths


@click.command("validate")
@paths
@common
def command(common: Common, paths: tuple[str, ...]) -> int:
    """Check the files: everything that can be known offline."""
    from reconciler.cli.output import emit
    from reconciler.core.exits import exit_code
    from reconciler.pipeline import validate_run
    from reconciler.render.json import dumps, validate_json
    from reconciler.render.terminal import validate_text

    report = validate_run(common.context(), paths)
    emit(dumps(validate_json(report)) if common.json else validate_text(report))
    return exit_code(report.reasons)
