"""`reconciler providers`."""

from __future__ import annotations

import shutil

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common


@click.command("providers")
@common
def command(common: Common) -> int:
    """Show what each provider can do with each field. --json adds the source of each fact."""
    from reconciler.cli.output import emit
    from reconciler.pipeline.validating import providers_run
    from reconciler.render.json import dumps
    from reconciler.render.text.providers import providers_json, providers_text

    traits = providers_run()
    width = shutil.get_terminal_size((160, 24)).columns
    emit(dumps(providers_json(traits)) if common.json else providers_text(traits, width=width))
    return 0
