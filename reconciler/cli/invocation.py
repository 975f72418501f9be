"""What one call asks for beside its command: the folder, the form of the result, how much is printed.

GlobalOptions: what is said before the command
Common: what the command then runs with; Common.context: → the world
Group: a group of commands: their order, their summaries, and when each is loaded
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reconciler.effects.world import Context


def verbosity(*, quiet: bool, verbose: bool) -> int:
    """Return how much is printed: -1 for only the result, 1 for what is being done too, 0 for neither."""
    return -1 if quiet else int(verbose)


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """The options before the command. The same options after the command win."""

    folder: str = "."
    verbosity: int = 0
    json: bool = False


@dataclass(frozen=True, slots=True)
class WantedOutputs:
    """Where else the result goes: a folder for the next job, files, a chat, and problems at their lines."""

    report: str | None = None
    summary: str | None = None
    outputs: str | None = None
    metrics: str | None = None
    notify: str | None = None
    heartbeat: str | None = None
    annotate: bool = False


@dataclass(frozen=True, slots=True)
class Common:
    """What the shared options say; `wanted` is None if the command has no page. `begun` is by a clock of its own."""

    folder: str
    format: str
    verbosity: int
    wanted: WantedOutputs | None = None
    begun: float = field(default_factory=monotonic, compare=False)

    @property
    def json(self) -> bool:
        """Whether the result is wanted as JSON."""
        return self.format == "json"

    @property
    def verbose(self) -> bool:
        """Whether everything is to be listed, and what is being done is to be said."""
        return self.verbosity > 0

    @property
    def quiet(self) -> bool:
        """Whether only the result is wanted."""
        return self.verbosity < 0

    def context(self) -> Context:
        """Return the world: this machine, at the chosen folder; raises UsageError if there is no such folder."""
        from reconciler.cli.output import log
        from reconciler.effects.world import Context

        root = Path(self.folder)
        try:
            there = root.is_dir()
        except OSError as problem:
            raise click.UsageError(f"-C {self.folder}: {problem.strerror}") from None
        if not there:
            raise click.UsageError(f"-C {self.folder}: there is no such folder")
        return Context(root=root, log=log if self.verbose else lambda _: None, warnings=log)


class Group(click.Group):
    """Commands in the order of `summaries`, which has a sentence for each. `load` returns the command of a name.

    `neighbours` has words that people know from other programs, each with a command, or with a sentence.

    The help prints the sentences as they stand, and loads no command: time to --help is felt.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        summaries: Mapping[str, str],
        load: Callable[[str], click.Command],
        neighbours: Mapping[str, str] | None = None,
        **attributes: Any,
    ) -> None:
        super().__init__(name, **attributes)
        self._summaries, self._load = summaries, load
        self._neighbours = neighbours or {}

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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was typed; raises UsageError with the one that was perhaps meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand:
            raise click.UsageError(f"No such command {args[0]!r}. {self._instead(args[0])}".rstrip(), ctx=ctx) from None

    def _instead(self, word: str) -> str:
        """Return what does what people expect of a word of another program, or the command that is spelt like it."""
        from reconciler.core.reading.suggestions import nearest

        known = self._neighbours.get(word.casefold(), "")
        if known and known not in self._summaries:
            return known
        meant = (known,) if known else nearest(word, self._summaries)
        return "".join(f"Did you mean `{name}`? {self._summaries[name]}" for name in meant)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))
