"""Groups of commands: their order, their summaries, and when each is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click


class Group(click.Group):
    """Commands in the order of `summaries`, which has a sentence for each. `load` returns the command of a name.

    The help prints the sentences as they stand, and loads no command: time to --help is felt.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        summaries: Mapping[str, str],
        load: Callable[[str], click.Command],
        **attributes: Any,
    ) -> None:
        super().__init__(name, **attributes)
        self._summaries, self._load = summaries, load

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in their order."""
        return list(self._summaries)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command with its summary, or None if there is none of that name."""
        if cmd_name not in self._summaries:
            return None
        command = self._load(cmd_name)
        # Shell completion shows it.
        command.short_help = self._summaries[cmd_name]
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))
