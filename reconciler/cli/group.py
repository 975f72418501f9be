"""Group: commands by name, each imported when it is asked for. Only click is imported here: time to --help is felt."""

from __future__ import annotations

import importlib
import keyword
from typing import Any

import click


class Group(click.Group):
    """The commands `names`, in this order, each what a module of `package` calls `command`."""

    def __init__(self, name: str | None = None, *, package: str, names: tuple[str, ...], **attributes: Any) -> None:
        super().__init__(name, **attributes)
        self._package, self._names = package, names

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it; `override` slows --help
        """Return the names, for the help."""
        return list(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a command, or None where there is none of that name."""
        if cmd_name not in self._names:
            return None
        # A module cannot have a keyword's name.
        module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = importlib.import_module(f"{self._package}.{module}").command
        return command
