"""The options that commands share, and the world they run in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.effects.context import Context

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Common:
    """What the shared options say."""

    folder: str
    format: str
    verbosity: int

    @property
    def json(self) -> bool:
        """Whether the result is wanted as JSON."""
        return self.format == "json"

    @property
    def quiet(self) -> bool:
        """Whether only the result is wanted."""
        return self.verbosity < 0

    def context(self) -> Context:
        """Return the world: this machine, at the chosen folder; raises UsageError when there is no such folder."""
        from reconciler.cli.output import talk
        from reconciler.effects.context import Context

        root = Path(self.folder)
        if not root.is_dir():
            raise click.UsageError(f"-C {self.folder}: there is no such folder")
        loud = self.verbosity > 0
        return Context(root=root, talk=talk if loud else lambda _: None, urgent=talk)


def flag(*names: str, **more: Any) -> Callable[[F], F]:
    """Return an option that can also be given as RECONCILER_<FLAG>."""
    long = next(name for name in names if name.startswith("--"))
    return click.option(*names, envvar=f"RECONCILER_{long[2:].replace('-', '_').upper()}", **more)


_SHARED = (
    click.option("-C", "folder_", metavar="DIR", default=None, help="As -C before the command."),
    flag("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How the result is written."),
    flag("--json", "json_", is_flag=True, help="The same as --format json."),
    flag("-q", "--quiet", is_flag=True, help="Say nothing but the result."),
    flag("-v", "--verbose", is_flag=True, help="Say what is being done."),
)


def common(function: F) -> F:
    """Add the options that every command has; they arrive as one argument `common`."""

    @click.pass_context
    def collected(
        ctx: click.Context,
        /,
        *,
        folder_: str | None,
        format_: str,
        json_: bool,
        quiet: bool,
        verbose: bool,
        **rest: Any,
    ) -> Any:
        verbosity = -1 if quiet else int(verbose)
        return _ended(ctx, function, Common(folder_ or ctx.obj, "json" if json_ else format_, verbosity), rest)

    collected.__doc__ = function.__doc__
    collected.__name__ = function.__name__
    # Click's decorators erase the type; what comes out is called as what went in.
    erased: Any = collected
    erased.__click_params__ = getattr(function, "__click_params__", [])
    for decorator in reversed(_SHARED):
        erased = decorator(erased)
    wrapped: F = erased
    return wrapped


def _ended(ctx: click.Context, function: Callable[..., Any], common: Common, rest: dict[str, Any]) -> Any:
    """Run a command; what stops it is said in JSON where the result was wanted so."""
    try:
        return ctx.invoke(function, common=common, **rest)
    except ReconcilerError as problem:
        from reconciler.cli.output import NotWritten

        # A second document after the result would make neither of them one.
        if not common.json or isinstance(problem, NotWritten):
            raise
        from reconciler.cli.ending import ending_as_json

        return ending_as_json(problem)


paths = click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())

detailed = flag(
    "--detailed-exitcode", "detailed", is_flag=True, help="End with 2 when something was found, 0 when nothing was."
)

ledger = flag("--ledger", type=click.Choice(["local", "git"]), default=None, help="Where the memory is kept.")
