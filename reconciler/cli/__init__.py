"""The command line: options → one pipeline call → one render call → exit code. One command in each file.

COMMANDS: every command with the sentence that the help prints
NEIGHBOURS: a word of another program → the command that is meant, or a sentence
reconciler: the program; it reads the options before the command
main: (words) → exit code

Of other packages only click is imported here and at the top of the commands: time to --help is felt. What a command
does belongs to `pipeline` or `forge`, and how its result looks belongs to `render`.
"""

from __future__ import annotations

import importlib
import keyword
import sys

import click

from reconciler.cli.invocation import Group
from reconciler.cli.streams import COLORS, abandon, is_stuck, keep_color, machine_words, prepare_streams

COMMANDS = {
    "demo": "Show plan, apply and drift with an example. No account is needed.",
    "init": "Begin a repository: accounts, profiles, schemas, owners.",
    "validate": "Check the files offline.",
    "fmt": "Put the keys of the files in order. Comments stay.",
    "plan": "Show what an apply would change. Nothing is written.",
    "apply": "Send what changed in the files, and read it back.",
    "drift": "Show what was changed elsewhere. Nothing is sent.",
    "import": "Write files for the numbers that an account has.",
    "list": "List the profiles: number, mode, last apply, drift.",
    "show": "Show one profile: desired, live and remembered.",
    "export": "Print what the numbers show now as a CSV table.",
    "history": "Show what was sent to a profile, and by which run.",
    "rollback": "Write the values from before a run into the files.",
    "recover": "Record in the ledger what an apply saved in a file.",
    "ledger": "Check and repair what the ledger remembers.",
    "doctor": "Check the credentials, numbers, ledger and clock.",
    "explain": "Say what a word of a message means.",
    "providers": "Show what each provider can do with each field.",
    "schema": "Write the JSON Schemas for editors to schemas/.",
    "sandbox": "Serve a stand-in for the providers' APIs on 127.0.0.1.",
    "github": "Write comments and issues, and read reviews, for the workflows.",
    "gitlab": "Write notes and issues, and read reviews, for the pipelines.",
}


_KEPT = (
    "Nothing is ever deleted at a provider. Take a file away, and its number stays as it is. "
    "An empty value clears a field."
)
# Words of other programs, and the command that does what people expect of them.
NEIGHBOURS = {
    **dict.fromkeys(("status", "diff", "preview", "changes", "dry-run", "compare"), "plan"),
    **dict.fromkeys(("deploy", "up", "push", "sync", "update", "publish", "send", "write"), "apply"),
    **dict.fromkeys(("refresh", "watch", "audit"), "drift"),
    **dict.fromkeys(("pull", "fetch", "get", "add"), "import"),
    **dict.fromkeys(("check", "lint", "test", "verify"), "validate"),
    **dict.fromkeys(("format", "tidy"), "fmt"),
    **dict.fromkeys(("describe", "cat", "output", "state"), "show"),
    **dict.fromkeys(("log", "logs", "runs"), "history"),
    **dict.fromkeys(("undo", "revert", "restore", "reset"), "rollback"),
    **dict.fromkeys(("new", "create", "setup", "start", "bootstrap"), "init"),
    **dict.fromkeys(("unlock", "force-unlock"), "ledger"),
    **dict.fromkeys(("ping", "auth", "login", "whoami"), "doctor"),
    **dict.fromkeys(("destroy", "delete", "remove", "rm", "down", "prune", "clean"), _KEPT),
    "adopt": "Type `drift --adopt`: it writes what was changed elsewhere into the files.",
    "accept": "Type `drift --accept FIELD`: it writes what is accepted into drift-ignore.yaml.",
    "taint": "Type `apply --resend FIELD`: it sends a field although nothing differs.",
    "help": "Type `--help`, alone or behind a command.",
    "version": "Type `--version`.",
}


def _load(name: str) -> click.Command:
    """Import the command's own file."""
    # A module cannot have a keyword's name.
    module = f"{name}_" if keyword.iskeyword(name) else name
    command: click.Command = importlib.import_module(f"reconciler.cli.commands.{module}").command
    return command


def _version(ctx: click.Context, _: click.Parameter, wanted: object) -> None:
    """Print the version."""
    from reconciler.version import version_line

    if wanted and not ctx.resilient_parsing:
        click.echo(version_line())
        ctx.exit()


@click.group(
    cls=Group,
    summaries=COMMANDS,
    load=_load,
    neighbours=NEIGHBOURS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Shell completion: eval "$(_RECONCILER_COMPLETE=bash_source reconciler)" (or zsh_source, fish_source).',
)
@click.option("-C", "folder", metavar="DIR", default=".", help="The repository: the folder that holds profiles/.")
@click.option("--json", "json_", is_flag=True, help="Print the result as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but the result.")
@click.option("-v", "--verbose", is_flag=True, help="List everything, and print what is being done.")
@click.option(
    "--color",
    type=click.Choice(COLORS),
    default=None,
    expose_value=False,
    callback=keep_color,
    help="When to use colours: auto is at a terminal.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and the commit, and exit.",
)
@click.pass_context
def reconciler(ctx: click.Context, *, folder: str, json_: bool, quiet: bool, verbose: bool) -> None:
    """Plan, review and apply WhatsApp Business profiles from YAML files."""
    from reconciler.cli.invocation import GlobalOptions, verbosity

    ctx.obj = GlobalOptions(folder, verbosity(quiet=quiet, verbose=verbose), json_)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; click's own 2 would read as "drift found", so it becomes 64."""
    prepare_streams()
    try:
        code = reconciler.main(args=arguments, prog_name="reconciler", standalone_mode=False)
    except click.UsageError as problem:
        from reconciler.cli.results import report_usage

        return report_usage(problem)
    except click.exceptions.Abort:
        return 130
    except BrokenPipeError:
        from reconciler.cli.output import print_error

        # As with `apply | true`: the plan could not be shown, and so nothing was sent.
        abandon(sys.stdout)
        print_error("error: the program that reads stdout has ended; nothing more is done")
        return 1
    except Exception as problem:
        from reconciler.cli.output import print_error

        if isinstance(problem, OSError) and is_stuck(sys.stdout):
            # click itself prints the help and the version.
            abandon(sys.stdout)
            print_error(f"error: stdout cannot be written: {problem.strerror}")
            return 1
        if isinstance(problem, OSError):
            from reconciler.core.basics import EnvironmentProblem

            problem = EnvironmentProblem(machine_words(problem))
        from reconciler.cli.results import report_problem

        ended = report_problem(problem)
        if ended is None:
            raise
        return ended
    return code if isinstance(code, int) else 0
