"""The places that a result goes to besides stdout.

write_metrics: (a page, when its command began) → the file of metrics, whole or as it was
tell_chat: (a page) → a message in the chat that is wanted, or a line that says why there is none
hand_over: (common, rendered) → the files that are wanted; NotWritten names those that could not be written
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from reconciler.cli.forms import Rendered, Result
from reconciler.cli.invocation import Common, WantedOutputs

if TYPE_CHECKING:
    from reconciler.core.reports.handover import Handover
    from reconciler.effects.world import Context

# GitHub drops a step's summary that is larger than 1 MiB.
SUMMARY_BYTES = 900 * 1024


# A file of metrics has a few hundred bytes.
_MOST_METRICS = 64 * 1024


def write_metrics(common: Common, page: Handover, *, context: Context) -> None:
    """Write the numbers of a look to the file that is wanted for them, if one is; raises NotWritten.

    A monitoring system may read at any time, so the file is replaced as a whole. The last success stays in it.
    """
    from pathlib import Path

    from reconciler.cli.output import NotWritten
    from reconciler.effects.files.paths import read_regular
    from reconciler.effects.files.writing import write_whole
    from reconciler.render.metrics import LookTimes, last_success, metrics_text

    if common.wanted is None or not common.wanted.metrics:
        return
    path = Path(common.wanted.metrics)
    try:
        try:
            before, mode = read_regular(path, _MOST_METRICS)
        except FileNotFoundError:
            before, mode = b"", None
        success = last_success(before.decode("utf-8", "replace"))
        times = LookTimes(int(context.now().timestamp()), context.monotonic() - common.begun, success)
        write_whole(path, (metrics_text(page, times) + "\n").encode(), mode=mode)
    except OSError as problem:
        raise NotWritten(f"{path} cannot be written: {problem.strerror}") from None


def tell_chat(common: Common, page: Handover, *, context: Context) -> None:
    """Send a message about the page, if a chat is wanted. What fails is said, and changes neither result nor code."""
    import asyncio

    from reconciler.effects.signals import interruptible
    from reconciler.forge.runs.notify import ChatTarget, chat_target, notify_run

    target = chat_target(common.wanted.notify or "") if common.wanted else ""
    if not isinstance(target, ChatTarget):
        return
    wrong = asyncio.run(interruptible(lambda _: notify_run(context, page, target=target)))
    if wrong:
        context.warn(f"The chat was not told: {wrong}. The result is not changed by that.")


def _show_life(place: str, page: Handover, *, context: Context) -> None:
    """Send a sign that a look read everything. What fails is said, and changes neither result nor code."""
    import asyncio

    from reconciler.core.fields import SecretRef
    from reconciler.effects.signals import interruptible
    from reconciler.forge.runs.notify import address_ref, heartbeat_run

    address = address_ref(place)
    if isinstance(address, SecretRef):
        wrong = asyncio.run(interruptible(lambda _: heartbeat_run(context, page, address=address)))
        if wrong:
            context.warn(f"The heartbeat was not sent: {wrong}. The result is not changed by that.")


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
    run_all((*files, *_steps(common, wanted, forms)))


def _steps(common: Common, wanted: WantedOutputs, forms: Rendered) -> Iterator[Callable[[], None]]:
    """Yield what is to be written besides the result."""
    if wanted.report:
        yield partial(_report, wanted.report, forms)
    if wanted.summary:
        yield partial(_summary, wanted.summary, forms)
    if wanted.outputs:
        yield partial(_outputs, wanted.outputs, forms.found)
    if wanted.metrics:
        yield lambda: write_metrics(common, forms.page, context=forms.context)
    if wanted.notify:
        yield lambda: tell_chat(common, forms.page, context=forms.context)
    if wanted.heartbeat:
        yield partial(_show_life, wanted.heartbeat, forms.page, context=forms.context)


def _report(folder: str, forms: Rendered) -> None:
    """Write the folder that goes to the next job."""
    from reconciler.cli.output import make_folder, write
    from reconciler.core.reports.handover import handover_json
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
