"""`reconciler gitlab …`: the same commands as for GitHub, in the jobs of a pipeline."""

from __future__ import annotations

import click

from reconciler.cli.commands.github import FORGE_COMMANDS, summaries
from reconciler.cli.invocation import Group


@click.group("gitlab", cls=Group, summaries=summaries("merge request"), load=FORGE_COMMANDS.__getitem__)
def command() -> None:
    """Write notes, issues and merge requests at GitLab, and read labels and the reviewed plan, for the pipelines."""
