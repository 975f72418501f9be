"""The places that a result goes to besides stdout.

hand_over: (common, rendered) → the files that are wanted; NotWritten names those that could not be written
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from reconciler.cli.forms import Rendered, Result
from reconciler.cli.invocation import Common, WantedOutputs

# GitHub drops a step's summary that is larger than 1 MiB.
SUMMARY_BYTES = 900 * 1024


def hand_over(common: Common, forms: Rendered) -> None:
    """Write the result to each file that is wanted; raises NotWritten if a file cannot be written."""
    from reconciler.cli.output import emit, print_stderr, run_all, write

    wanted = common.wanted
    if wanted is None:
        return
    if wanted.annotate:
        from reconciler.render.pages import commands

        # A runner reads both streams. A document on stdout must stay one document.
        if lines := commands(forms.found.diagnostics, folder=forms.links.folder):
            (emit if common.format == "text" else print_stderr)(lines)
    files = (partial(write, path, make(forms)) for path, make in forms.found.files.items())
    run_all((*files, *_steps(wanted, forms)))


def _steps(wanted: WantedOutputs, forms: Rendered) -> Iterator[Callable[[], None]]:
    """Yield what is to be written besides the result."""
    if wanted.report:
        yield partial(_report, wanted.report, forms)
    if wanted.summary:
        yield partial(_summary, wanted.summary, forms)
    if wanted.outputs:
        yield partial(_outputs, wanted.outputs, forms.found)


def _report(folder: str, forms: Rendered) -> None:
    """Write the folder that goes to the next job."""
    from reconciler.cli.output import make_folder, write
    from reconciler.core.handover import handover_json
    from reconciler.render.json import dumps

    found, path = forms.found, make_folder(folder)
    write(path / f"{found.command}.json", forms.json)
    write(path / "page.json", dumps(handover_json(forms.page)))
    if found.record is not None:
        write(path / "record.json", dumps(found.record))
    if forms.html is not None:
        write(path / f"{found.command}.html", forms.html)


def _summary(file: str, forms: Rendered) -> None:
    from pathlib import Path

    from reconciler.cli.output import append, print_stderr
    from reconciler.render.markdown.sheet import fitted

    path = Path(file)
    room = SUMMARY_BYTES - (path.stat().st_size if path.is_file() else 0)
    text = fitted(forms.sheet, room, elsewhere="; the artifact has them")
    if len(text.encode()) <= room:
        append(file, text)
    else:
        print_stderr(f"{file} is full: the result is not in it.")


def _outputs(file: str, found: Result) -> None:
    """Append what a workflow's steps may ask for: digests, numbers, true or false, and no text that a person wrote."""
    from reconciler.cli.output import append

    values: dict[str, object] = {"exit-code": found.exit_code, **found.outputs}
    if (plan := found.plan) is not None and (summary := found.summary) is not None:
        values |= {"digest": plan.digest, "changes": summary.will_be_sent, "profiles": summary.changed}
        values |= {"left-alone": summary.left_alone, "left-for-a-person": summary.left_for_a_person}
        values |= {"observed": summary.observed, "assumed": summary.assumed}
        values["complete"] = "true" if plan.complete else "false"
    append(file, "".join(f"{name}={value}\n" for name, value in values.items()))
