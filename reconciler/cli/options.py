"""The options that commands share, and what they mean.

flag: (names) → an option, also from the environment
paths, detailed, ledger, notify: what several commands take
common, paged, exportable, reviewed, viewed: (command) → the same with the shared options, as one `common`
selecting: (command) → the command with the options that narrow a selection, which arrive as one value `filters`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from reconciler.cli import completing
from reconciler.cli.invocation import Common, GlobalOptions, WantedOutputs, verbosity
from reconciler.cli.streams import COLORS, keep_color

F = TypeVar("F", bound=Callable[..., Any])


def flag(*names: str, **more: Any) -> Callable[[F], F]:
    """Return an option that can also be given as RECONCILER_<FLAG>."""
    long = next(name for name in names if name.startswith("--"))
    return click.option(*names, envvar=f"RECONCILER_{long[2:].replace('-', '_').upper()}", **more)


paths = click.argument(
    "paths", metavar="[PATH]...", nargs=-1, type=click.Path(), shell_complete=completing.offer_profiles
)


def _fields(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the named fields in the order of the table."""
    if not words:
        return ()
    from reconciler.core.fields import FIELD_NAMES

    require_known(words, FIELD_NAMES, option="--field")
    return tuple(name for name in FIELD_NAMES if name in words)


_FILTERS = (
    flag(
        "--account",
        "accounts",
        metavar="NAME",
        multiple=True,
        shell_complete=completing.offer_accounts,
        help="Only profiles of this account.",
    ),
    flag(
        "--provider",
        "providers",
        metavar="NAME",
        multiple=True,
        shell_complete=completing.offer_providers,
        help="Only profiles at this provider.",
    ),
    flag(
        "--field",
        "fields",
        metavar="FIELD",
        multiple=True,
        callback=_fields,
        shell_complete=completing.offer_fields,
        help="Only this field of the profiles.",
    ),
    flag("--number", "numbers", metavar="GLOB", multiple=True, help="Only numbers that match, such as '+49*'."),
    flag(
        "--exclude",
        "exclude",
        metavar="PATH",
        multiple=True,
        shell_complete=completing.offer_profiles,
        help="Leave these files, folders or globs out.",
    ),
)


def selecting(function: F) -> F:
    """Add the options that narrow which profiles, and which of their fields, the paths mean."""

    def collected(*args: Any, **given: Any) -> Any:
        from reconciler.core.reading.selection import Filters

        names = ("accounts", "providers", "fields", "numbers", "exclude")
        return function(*args, filters=Filters(**{name: given.pop(name) for name in names}), **given)

    return _decorated(function, collected, _FILTERS)


detailed = flag(
    "--detailed-exitcode", "detailed", is_flag=True, help="Exit with 2 if something was found, with 0 if not."
)


def _chat(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    """Return what names a chat; raises BadParameter for what does not. The address itself is not read yet."""
    from reconciler.forge.runs.notify import chat_target

    if text and isinstance(wrong := chat_target(text), str):
        raise click.BadParameter(wrong)
    return text or None


notify = flag(
    "--notify",
    "notify_",
    metavar="KIND[=NAME]",
    default=None,
    callback=_chat,
    help="Tell a chat what a person should know: slack, teams or json. NAME is where its secret address is.",
)

ledger = flag(
    "--ledger", type=click.Choice(["local", "git", "postgres"]), default=None, help="Where the ledger is kept."
)


_COLORED = "When to use colours. The default is auto: at a terminal, unless NO_COLOR is set."


def _shared(*formats: str) -> tuple[Callable[[F], F], ...]:
    return (
        click.option("-C", "folder_", metavar="DIR", default=None, help="As -C before the command."),
        flag("--format", "format_", type=click.Choice(formats), default="text", help="The form of the result."),
        flag("--json", "json_", is_flag=True, help="The same as --format json."),
        flag("-q", "--quiet", is_flag=True, help="Print nothing but the result."),
        flag("-v", "--verbose", is_flag=True, help="List everything, and print what is being done."),
        flag(
            "--color", type=click.Choice(COLORS), default=None, expose_value=False, callback=keep_color, help=_COLORED
        ),
    )


_PAGES = (
    flag("--report", "report_", metavar="DIR", default=None, help="Also write the result to DIR, for the next job."),
    flag("--summary", "summary_", metavar="FILE", default=None, help="Also append the result as Markdown to FILE."),
    flag("--outputs", "outputs_", metavar="FILE", default=None, help="Also append its numbers to FILE, as name=value."),
)
_ANNOTATE = flag("--annotate", "annotate_", is_flag=True, help="Also show problems at their lines in a pull request.")


def common(function: F) -> F:
    """Add the options that every command has."""
    return _with(function, _shared("text", "json"))


def paged(function: F) -> F:
    """Add those, and where a result goes that is a page too."""
    return _with(function, (*_shared("text", "json", "markdown"), *_PAGES))


def exportable(function: F) -> F:
    """Add those, the one that shows problems at their lines, and the forms that other programs read."""
    return _with(function, (*_shared("text", "json", "markdown", "sarif", "junit"), *_PAGES, _ANNOTATE))


def reviewed(function: F) -> F:
    """Add those of `paged`, the one that shows problems at their lines, and the form that is a page for a browser."""
    return _with(function, (*_shared("text", "json", "markdown", "html"), *_PAGES, _ANNOTATE))


def viewed(function: F) -> F:
    """Add those of every command, and the form that is a page for a browser."""
    return _with(function, _shared("text", "json", "html"))


def _with(function: F, options: Sequence[Callable[[Any], Any]]) -> F:
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
        before = ctx.ensure_object(GlobalOptions)
        as_json = json_ or (before.json and not _typed(ctx, "format_"))
        much = _verbosity(ctx, before, quiet=quiet, verbose=verbose)
        common = Common(folder_ or before.folder, "json" if as_json else format_, much, _wanted(rest))
        from reconciler.cli.results import run_to_end

        return run_to_end(ctx, function, common, rest)

    return _decorated(function, collected, options)


def _decorated(function: F, collected: Any, options: Sequence[Callable[[Any], Any]]) -> F:
    """Return `collected` in the place of `function`, with its parameters and with `options`."""
    collected.__doc__ = function.__doc__
    collected.__name__ = function.__name__
    # Click's decorators erase the type; what comes out is called as what went in.
    erased: Any = collected
    erased.__click_params__ = getattr(function, "__click_params__", [])
    for decorator in reversed(options):
        erased = decorator(erased)
    wrapped: F = erased
    return wrapped


def _typed(ctx: click.Context, name: str) -> bool:
    """Return whether an option was typed after the command; it may also come from the environment."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _verbosity(ctx: click.Context, before: GlobalOptions, *, quiet: bool, verbose: bool) -> int:
    """Return how much is printed: what is typed after the command wins, then before it, then the environment."""
    typed = verbosity(quiet=quiet and _typed(ctx, "quiet"), verbose=verbose and _typed(ctx, "verbose"))
    return typed or before.verbosity or verbosity(quiet=quiet, verbose=verbose)


def _wanted(rest: dict[str, Any]) -> WantedOutputs | None:
    """Take the outputs that are wanted out of the arguments; None if the command has no such options."""
    if "report_" not in rest:
        return None
    found = {name: rest.pop(f"{name}_") for name in ("report", "summary", "outputs")}
    # What a person adopts or accepts, that person knows.
    known = bool(rest.get("adopt") or rest.get("accepted"))
    told = {name: rest.pop(f"{name}_", None) for name in ("notify", "heartbeat")}
    found |= {} if known else told
    metrics, annotate = rest.pop("metrics_", None), rest.pop("annotate_", False)
    return WantedOutputs(**found, metrics=metrics, annotate=annotate)


def require_known(names: Sequence[str], known: Sequence[str], *, option: str) -> None:
    """Raise BadParameter with what an option may name, where it names something else."""
    unknown = sorted(set(names) - set(known))
    if unknown:
        what = "RULE" if option == "--allow" else "FIELD"
        raise click.BadParameter(f"{', '.join(unknown)}; {what} is one of {', '.join(known)}", param_hint=option)
