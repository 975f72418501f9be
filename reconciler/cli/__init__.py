"""The command line: options → one pipeline call → one render call → exit code. One command in each file.

Only click is imported here and at the top of the commands: time to --help is felt. What a command does belongs to
`pipeline` or `forge`, and how its result looks belongs to `render`.
"""

from __future__ import annotations

import importlib
import keyword
import os
import sys
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


COMMANDS = (
    *("validate", "plan", "apply", "drift", "import", "show", "history", "rollback", "recover", "doctor"),
    *("providers", "schema", "sandbox", "github"),
)


@click.group(
    cls=Group,
    package="reconciler.cli",
    names=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Shell completion: eval "$(_RECONCILER_COMPLETE=bash_source reconciler)" (or zsh_source, fish_source).',
)
@click.option("-C", "folder", metavar="DIR", default=".", help="The repository: the folder that holds profiles/.")
@click.option("--json", "json_", is_flag=True, help="Print the result as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but the result.")
@click.option("-v", "--verbose", is_flag=True, help="Also print what is being done.")
@click.version_option(package_name="wa-reconciler", message="%(prog)s %(version)s")
@click.pass_context
def reconciler(ctx: click.Context, *, folder: str, json_: bool, quiet: bool, verbose: bool) -> None:
    """Plan, review and apply WhatsApp Business profiles from YAML files."""
    from reconciler.cli.invocation import GlobalOptions, verbosity

    ctx.obj = GlobalOptions(folder, verbosity(quiet=quiet, verbose=verbose), json_)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; click's own 2 would read as "drift found", so it becomes 64."""
    from reconciler.cli.results import ending

    try:
        code = reconciler.main(args=arguments, prog_name="reconciler", standalone_mode=False)
    except click.UsageError as problem:
        from reconciler.cli.results import usage

        return usage(problem)
    except click.exceptions.Abort:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not complain about it on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as problem:  # noqa: BLE001 - `ending` raises again whatever is not ours
        return ending(problem)
    return code if isinstance(code, int) else 0
