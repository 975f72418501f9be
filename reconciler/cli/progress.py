"""A sign of life: how far a run is, at a terminal and in a log. It goes to stderr, and with -q nowhere.

run_shown: (common, a run) → what the run returns; how far it is, and the answer to a signal, are shown meanwhile
shows: (common, the world) → what shows it
Bar, Lines: (a standing) → a bar at a terminal, lines in a log
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from reconciler.cli.invocation import Common
from reconciler.cli.output import print_stderr
from reconciler.cli.streams import is_coloured

if TYPE_CHECKING:
    from reconciler.core.progress import Headway
    from reconciler.effects.signals import Stop
    from reconciler.effects.world import Context
    from reconciler.render.terminal import LiveLines

_T = TypeVar("_T")
Show = Callable[["Headway | None"], None]


class Bar:
    """How far a stage is, drawn at the bottom of the terminal, and taken away when it ends."""

    def __init__(self, clock: Callable[[], float], *, ticking: bool = True) -> None:
        self._clock, self._ticking = clock, ticking
        self._lines: LiveLines | None = None
        self._standing: Headway | None = None

    def __call__(self, standing: Headway | None) -> None:
        """Show `standing`; None ends it."""
        from reconciler.render.terminal import LiveLines

        if standing is None:
            if self._lines is not None:
                self._lines.close()
            self._lines = self._standing = None
            return
        self._standing = standing
        if self._lines is None:
            self._lines = LiveLines(self._drawn, coloured=is_coloured(sys.stderr), ticking=self._ticking)

    def _drawn(self, width: int) -> str:
        from reconciler.render.text.progress import progress_text

        standing = self._standing
        return "" if standing is None else progress_text(standing.at(self._clock()), width)


class Lines:
    """How far a stage is, as lines of a log: one when it begins, then one each 10 percent or 30 seconds."""

    def __init__(self) -> None:
        self._said: Headway | None = None

    def __call__(self, standing: Headway | None) -> None:
        """Say `standing`, if it is worth a line."""
        from reconciler.core.progress import worth_a_line
        from reconciler.render.text.progress import beginning_text, progress_line

        if standing is None:
            self._said = None
        elif self._said is None:
            self._said = standing
            print_stderr(beginning_text(standing))
        elif worth_a_line(self._said, standing):
            self._said = standing
            print_stderr(progress_line(standing))


def shows(common: Common, context: Context) -> tuple[Show, ...]:
    """Return what shows how far a run is: a bar at a terminal, lines in CI and with -v, nothing with -q.

    A document on stdout is for a program, so only -v says more there.
    """
    if common.quiet or (common.format != "text" and not common.verbose):
        return ()
    found: list[Show] = [Lines()] if context.ci.is_ci or common.verbose else []
    if sys.stderr.isatty() and not context.ci.is_ci:
        found.append(Bar(context.monotonic))
    return tuple(found)


def run_shown(common: Common, run: Callable[[Context, Stop], Awaitable[_T]]) -> _T:
    """Return what `run` returns. How far it is goes to stderr, and so does the answer to a signal, at once."""
    import asyncio
    from dataclasses import replace

    from reconciler.effects.signals import interruptible
    from reconciler.effects.world import Progress

    context = common.context()
    context = replace(context, progress=Progress(shows(common, context)))
    return asyncio.run(interruptible(lambda stop: run(context, stop), tell=context.warn))
