"""`reconciler github …`: what the workflows call that write at GitHub, or read what people decided there."""

from __future__ import annotations

import click

from reconciler.cli.group import Group

COMMANDS = ("comment", "issue", "allow", "reviewed", "propose")


@click.group("github", cls=Group, package="reconciler.cli.github", names=COMMANDS)
def command() -> None:
    """What the workflows do at GitHub: comments, issues, labels, the plan that was reviewed."""
