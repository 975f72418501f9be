"""Where output goes: results to stdout, talk to stderr, and nothing that a CI runner could take for a command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.core.target import Target


def emit(text: str) -> None:
    """Print a result."""
    click.echo(_safe(text), color=_colour())


def say(text: str) -> None:
    """Print a word to the person who runs this."""
    click.echo(_safe(text), err=True, color=_colour())


def _colour() -> bool | None:
    """Return False where colour is not wanted; None leaves it to click, which looks for a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def _safe(text: str) -> str:
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    from reconciler.render.safe_text import Inert, ci_log

    # JSON goes on to other programs, and is made so that no runner finds a command in it.
    return text if isinstance(text, Inert) else ci_log(click.unstyle(text))


@contextmanager
def progress(*, shown: bool) -> Iterator[Callable[[Target], None]]:
    """Yield what to call after each profile that was read; a count is drawn where somebody watches."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("read"), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("read", total=None)
        yield lambda _: bar.advance(task)
