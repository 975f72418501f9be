"""How a command ends: with a result, or with the problem that stopped it.

run_to_end: (a command, its options) → the exit code; what stops the command is delivered like a result
report_problem, report_usage: (problem) → the exit code, after the problem was printed; None for a failure of our own
deliver: (common, result) → the exit code, after the result was printed and then written to each file that is wanted
exported: (problems) → them in the forms for other programs
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.forms import Rendered, Result
from reconciler.cli.invocation import Common, WantedOutputs
from reconciler.cli.places import hand_over, tell_chat, write_metrics
from reconciler.cli.streams import abandon, is_stuck, machine_words
from reconciler.core.basics import EnvironmentProblem, InvalidInput, ReconcilerError

if TYPE_CHECKING:
    from reconciler.core.basics import Diagnostic
    from reconciler.render.markdown.sheet import Links
    from reconciler.render.safe_text import Inert
    from reconciler.render.text.causes import Quotes


# What they did cannot be looked up again by running them once more; and a table that goes to a file is printed nowhere.
_WRITERS = frozenset(("apply", "import", "rollback", "recover", "export"))


def run_to_end(ctx: click.Context, function: Callable[..., Any], common: Common, rest: dict[str, Any]) -> Any:
    """Run a command. What stops it is written in every form in which the result was wanted."""
    try:
        _open_places(ctx, common, rest)
        return ctx.invoke(function, common=common, **rest)
    except BrokenPipeError:
        raise
    except ReconcilerError as problem:
        return _stopped(ctx, common, problem)
    except OSError as problem:
        if is_stuck(sys.stdout):
            raise
        return _stopped(ctx, common, EnvironmentProblem(machine_words(problem)))
    except Exception as problem:
        if _is_crash(problem):
            _leave_crash(common, command=str(ctx.command.name))
        raise


def _open_places(ctx: click.Context, common: Common, rest: dict[str, Any]) -> None:
    """See that all output of a command that writes has a place, before anything is done; raises NoPlace."""
    if ctx.command.name not in _WRITERS and not rest.get("adopt"):
        return
    wanted = common.wanted or WantedOutputs()
    named = (wanted.summary, wanted.outputs, wanted.metrics, *(rest.get(name) for name in ("record", "out")))
    files, document = [file for file in named if file], common.format != "text"
    if files or wanted.report or document:
        from reconciler.cli.output import open_places

        open_places(wanted.report, files, document=document)


def _stopped(ctx: click.Context, common: Common, problem: ReconcilerError) -> int:
    """Print what stopped a command, in the form of its result and to the places of its result, and return its code."""
    from reconciler.cli.output import NoPlace, NotWritten, print_stderr

    if isinstance(problem, NotWritten) and common.format != "text":
        # What is on stdout is one document, and a second text after it would make it none.
        print_stderr(problem_text(problem))
        return problem.exit_code
    if common.wanted is not None and not isinstance(problem, NotWritten | NoPlace):
        return _deliver_problem(common, problem, command=str(ctx.command.name))
    if common.json:
        return _print_problem_json(problem)
    return report_problem(problem, common) or problem.exit_code


def report_problem(problem: Exception, common: Common | None = None) -> int | None:
    """Print what stopped the run and return its exit code; None, and nothing printed, if the program itself failed."""
    from reconciler.cli.output import print_error
    from reconciler.effects.signals import Interrupted

    if isinstance(problem, Interrupted):
        print_error(f"Interrupted by {problem}.")
        return 128 + problem.number
    if not isinstance(problem, ReconcilerError):
        return None
    print_error(problem_text(problem, common))
    return problem.exit_code


def _is_crash(problem: Exception) -> bool:
    """Return whether the program itself failed: not a signal, not a wrong word, not a closed pipe."""
    from reconciler.effects.signals import Interrupted

    expected = (Interrupted, click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError)
    return not isinstance(problem, expected)


def report_usage(problem: click.UsageError) -> int:
    """Print what is wrong with the command line. A typed word may be the name of a foreign file, as with `*`."""
    import io

    from reconciler.cli.output import print_error
    from reconciler.core.basics import USAGE
    from reconciler.render.safe_text import terminal

    text = io.StringIO()
    # The message of a command without a word is its help.
    if not isinstance(problem, click.exceptions.NoArgsIsHelpError):
        problem = click.UsageError(terminal(problem.format_message()), problem.ctx)
    problem.show(file=text)
    print_error(text.getvalue().rstrip("\n"))
    return USAGE


def problem_text(problem: ReconcilerError, common: Common | None = None) -> str:
    """Return what stopped the run, for the person who runs it, and where that is known as `common` wants it."""
    from reconciler.core.basics import Severity, count
    from reconciler.render.safe_text import terminal
    from reconciler.render.terminal import Look, styled
    from reconciler.render.text.causes import diagnostics_text, explain_hint

    if not isinstance(problem, InvalidInput):
        return f"{styled('error', Look.ERROR)}: {terminal(str(problem))}"
    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in problem.diagnostics)
    quotes = quotes_for(common, problem.diagnostics) if common is not None else None
    said = diagnostics_text(problem.diagnostics, verbose=common is not None and common.verbose, quotes=quotes)
    hint = explain_hint(problem.diagnostics)
    return f"{said}\n{hint}\n\n{count(errors, 'error')}; nothing was done."


def quotes_for(common: Common, found: Sequence[Diagnostic]) -> Quotes:
    """Return the lines of files that may be shown below what is wrong with them."""
    from reconciler.render.text.causes import Quotes

    if not any(one.location.line for one in found):
        return Quotes({})
    # Most plans have nothing to quote, and load nothing for it.
    import shutil

    from reconciler.effects.files.quoted_lines import quoted_lines

    return Quotes(quoted_lines(found, common.context()), shutil.get_terminal_size().columns)


def _print_problem_json(problem: ReconcilerError) -> int:
    """Print what stopped the run as a JSON document, and return the exit code."""
    from reconciler.cli.output import emit
    from reconciler.render.json import dumps

    emit(dumps(_problem_json(problem)))
    return problem.exit_code


def _problem_json(problem: ReconcilerError) -> dict[str, Any]:
    """Return what stopped the run as a document."""
    from reconciler.core.basics import reason_of
    from reconciler.core.formats import RESULT_FORMAT
    from reconciler.render.json import diagnostics_json

    return {
        "format_version": RESULT_FORMAT,
        "errored": True,
        "diagnostics": diagnostics_json(_problems_of(problem)),
        "reasons": [reason_of(problem.exit_code)],
        "exit_code": problem.exit_code,
    }


def _problems_of(problem: ReconcilerError) -> tuple[Diagnostic, ...]:
    """Return what stopped the run as problems."""
    from reconciler.core.basics import error

    return problem.diagnostics if isinstance(problem, InvalidInput) else (error("environment", str(problem)),)


def deliver(common: Common, found: Result) -> int:
    """Print the result and write it to each file that is wanted; raises NotWritten if a file cannot be written."""
    from reconciler.cli.output import emit

    return _delivered(common, found, as_text=lambda: emit(found.text()))


def _deliver_problem(common: Common, problem: ReconcilerError, *, command: str) -> int:
    """Print what stopped a command, and write it in the same forms; raises NotWritten if a file cannot be written."""
    from reconciler.cli.output import print_error
    from reconciler.core.reports.handover import HandoverKind
    from reconciler.render.markdown.plan import problems_sheet
    from reconciler.render.pages import problems_page

    diagnostics, code = _problems_of(problem), problem.exit_code
    found = Result(
        command=command,
        exit_code=code,
        text=lambda: "",
        document=lambda: _problem_json(problem),
        sheet=lambda links: problems_sheet(diagnostics, links),
        page=lambda sheet, links: problems_page(HandoverKind(command), sheet, exit_code=code, commit=links.commit),
        diagnostics=diagnostics,
        exports=exported(diagnostics),
    )
    return _delivered(common, found, as_text=lambda: print_error(problem_text(problem, common)))


def exported(found: Sequence[Diagnostic], files: Sequence[str] = ()) -> dict[str, Callable[[Links], Inert]]:
    """Return what was found in the files in the forms for other programs."""

    def sarif(links: Links) -> Inert:
        from reconciler.render.problems import sarif_text

        return sarif_text(found, folder=links.folder)

    def junit(links: Links) -> Inert:
        from reconciler.render.problems import junit_text

        return junit_text(found, files, folder=links.folder)

    return {"sarif": sarif, "junit": junit}


def _leave_crash(common: Common, *, command: str) -> None:
    """Write what others wait for, if it is wanted, after the program itself failed: they have no log."""
    from contextlib import suppress

    from reconciler.cli.output import NotWritten, make_folder, write
    from reconciler.core.reports.handover import HandoverKind, handover_json
    from reconciler.effects.git.clone import known_commit
    from reconciler.render.json import dumps
    from reconciler.render.pages import crashed_page

    if common.wanted is None or not (common.wanted.report or common.wanted.metrics or common.wanted.notify):
        return
    context = common.context()
    page = crashed_page(HandoverKind(command), commit=known_commit(context))
    # The reader of the log must see the failure itself.
    with suppress(NotWritten):
        write_metrics(common, page, context=context)
    with suppress(NotWritten):
        if common.wanted.report:
            write(make_folder(common.wanted.report) / "page.json", dumps(handover_json(page)))
    tell_chat(common, page, context=context)


def _delivered(common: Common, found: Result, *, as_text: Callable[[], None]) -> int:
    """Print what was found, as text by calling `as_text`, and hand it over to the other outputs that are wanted."""
    from reconciler.cli.output import run_all

    forms = Rendered(found, common.context())
    # The files are written even if stdout takes nothing, as on a full disk.
    run_all((partial(_print, common, forms, as_text), partial(hand_over, common, forms)))
    return found.exit_code


def _print(common: Common, forms: Rendered, as_text: Callable[[], None]) -> None:
    from reconciler.cli.output import emit

    try:
        match common.format:
            case "json":
                emit(forms.json)
            case "markdown":
                from reconciler.render.markdown.sheet import fitted

                emit(fitted(forms.sheet).rstrip("\n"), wrap=False)
            case format_ if (export := forms.found.exports.get(format_)) is not None:
                emit(export(forms.links), wrap=False)
            case "html" if forms.html is not None:
                emit(forms.html, wrap=False)
            case _:
                as_text()
    except BrokenPipeError:
        # As with `| head`: the reader has what it wanted, and all is done that was to be done.
        abandon(sys.stdout)
