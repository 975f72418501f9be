"""`reconciler demo`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.core.authoring.example_fleet import DemoStep


@click.command("demo")
@flag("--keep", metavar="DIR", type=click.Path(), default="", help="Keep the files in DIR, a new or empty folder.")
@common
def command(common: Common, keep: str) -> int:
    """Show plan, apply and drift with an example fleet. No account is needed, and nothing reaches WhatsApp."""
    from reconciler.cli.output import print_stderr
    from reconciler.pipeline.demonstrating import demo_folder
    from reconciler.render.text.init import demo_stopped

    try:
        with demo_folder(keep) as folder, _own_environment():
            code = _shown(common, folder, keep=keep)
    except KeyboardInterrupt:
        code = 130
    if code:
        print_stderr(demo_stopped(code, keep))
    return code


def _shown(common: Common, folder: Path, *, keep: str) -> int:
    """Write the fleet, run each step, and print what it is and what it prints."""
    from reconciler.cli.output import emit
    from reconciler.core.formats import RESULT_FORMAT
    from reconciler.effects.world import Context
    from reconciler.pipeline.demonstrating import demo_run
    from reconciler.render.json import dumps
    from reconciler.render.text.init import demo_ending, demo_opening, demo_step

    if not common.json and not common.quiet:
        emit(demo_opening(str(folder)))
    ran: list[dict[str, Any]] = []
    code = 0
    for step in demo_run(Context(root=folder)):
        if common.json:
            code, output = _captured(step, folder)
            ran.append({"said": step.said, "command": step.typed, "output": output, "exit_code": code})
        else:
            emit(demo_step(step, quiet=common.quiet))
            code = _run(step, folder)
        if code:
            break
    if common.json:
        emit(dumps({"format_version": RESULT_FORMAT, "folder": keep, "steps": ran, "exit_code": code}))
    elif not code and not common.quiet:
        emit(demo_ending(keep))
    return code


def _run(step: DemoStep, folder: Path) -> int:
    """Run a command of this program on the folder, exactly as a shell would in it."""
    from reconciler.cli import main

    return main(["-C", str(folder), *step.words])


def _captured(step: DemoStep, folder: Path) -> tuple[int, str]:
    """Run the command, and return its exit code and what it printed to stdout."""
    import io
    from contextlib import redirect_stdout

    with redirect_stdout(io.StringIO()) as out:
        code = _run(step, folder)
    return code, out.getvalue()


@contextmanager
def _own_environment() -> Iterator[None]:
    """Take this program's settings out of the environment: the demo is the same on every machine."""
    import os

    mine = {name: value for name, value in os.environ.items() if name.startswith("RECONCILER_")}
    for name in mine:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(mine)
