"""`reconciler github …`: what the workflows call that write at GitHub, or read what people decided there."""

from __future__ import annotations

import importlib

import click

COMMANDS = ("comment", "issue", "allow", "reviewed", "propose")


class _Commands(click.Group):
    """The commands by name, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it; `override` slows --help
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"reconciler.cli.github.{cmd_name}").command
        return command


@click.group("github", cls=_Commands)
def command() -> None:
    """What the workflows do at GitHub: comments, issues, labels, the plan that was reviewed."""
