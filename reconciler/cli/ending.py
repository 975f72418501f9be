"""How a command ends that has no report: what is said, and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.core.errors import InvalidInput, ReconcilerError

if TYPE_CHECKING:
    from reconciler.core.basics import Diagnostic


def ending(problem: Exception) -> int:
    """Say what stopped the run and return its exit code; raises `problem` again when it is not one of ours."""
    from reconciler.effects.world import Interrupted

    if isinstance(problem, Interrupted):
        click.echo(f"Interrupted by {problem}.", err=True)
        return 128 + problem.number
    if not isinstance(problem, ReconcilerError):
        raise problem
    say_problem(problem)
    return problem.exit_code


def is_crash(problem: Exception) -> bool:
    """Say whether the program itself failed: nobody interrupted it, typed a wrong word, or stopped listening."""
    from reconciler.effects.world import Interrupted

    asked = (Interrupted, click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError)
    return not isinstance(problem, asked)


def usage(problem: click.UsageError) -> int:
    """Say what is wrong with the command line; what was typed is foreign text in a workflow."""
    import io

    from reconciler.cli.output import say
    from reconciler.core.memory.runs import USAGE

    text = io.StringIO()
    problem.show(file=text)
    say(text.getvalue().rstrip("\n"))
    return USAGE


def say_problem(problem: ReconcilerError) -> None:
    """Say what stopped the run to the person who runs it."""
    from reconciler.cli.output import say
    from reconciler.core.basics import Severity
    from reconciler.render.safe_text import terminal
    from reconciler.render.text.plan import diagnostics_text
    from reconciler.render.words import count

    if not isinstance(problem, InvalidInput):
        say(f"{click.style('error', fg='red', bold=True)}: {terminal(str(problem))}")
        return
    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in problem.diagnostics)
    say(f"{diagnostics_text(problem.diagnostics)}\n\n{count(errors, 'error')}; nothing was done.")


def ending_as_json(problem: ReconcilerError) -> int:
    """Say what stopped the run as a JSON document, for whoever asked for one, and return the exit code."""
    from reconciler.cli.output import emit
    from reconciler.render.json import dumps

    emit(dumps(ending_document(problem)))
    return problem.exit_code


def ending_document(problem: ReconcilerError) -> dict[str, Any]:
    """Return what stopped the run as a document."""
    from reconciler.core.memory.runs import reason_of
    from reconciler.core.memory.stored import FORMAT_VERSION
    from reconciler.render.json import diagnostics_json

    return {
        "format_version": FORMAT_VERSION,
        "errored": True,
        "diagnostics": diagnostics_json(problems_of(problem)),
        "reasons": [reason_of(problem.exit_code)],
        "exit_code": problem.exit_code,
    }


def problems_of(problem: ReconcilerError) -> tuple[Diagnostic, ...]:
    """Return what stopped the run as problems."""
    from reconciler.core.basics import error

    return problem.diagnostics if isinstance(problem, InvalidInput) else (error("environment", str(problem)),)
