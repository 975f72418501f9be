"""How a command starts its run: which part of the work that is, until when it may go on, and how far it shows to be.

shard: --shard. until: --until.
merged_files: (a command's words) → the files whose parts it is to merge; nothing where it is to run itself.
shard_documents: (files) → what stands in each of them.
limit_of: (what --until says, the world) → the monotonic time after which no call begins, or None.
run_shown: (common, a run) → what the run returns; how far it is, and the answer to a signal, are shown meanwhile.
shows: (common, the world) → what shows it.
Bar, Lines: (a standing) → a bar at a terminal, lines in a log.

The sign of life goes to stderr, and with -q nowhere.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click

from reconciler.cli.options import flag
from reconciler.cli.streams import is_coloured

if TYPE_CHECKING:
    from reconciler.cli.invocation import Common
    from reconciler.core.progress import Headway
    from reconciler.core.shards import Shard
    from reconciler.effects.signals import Stop
    from reconciler.effects.world import Context
    from reconciler.render.terminal import LiveLines

# Before a job ends, a run still has to record what it did: these seconds, or this part of a short job.
_RESERVE, _PART = 300, 5

until = flag(
    "--until",
    metavar="WHEN",
    default=None,
    help="Begin no call that would end later: 90m, 1h30m, 14:30 (UTC). The next run goes on there.",
)


def _shard(_: click.Context, __: click.Parameter, text: str | None) -> Shard | None:
    """Return the shard that is written; raises BadParameter for what is none."""
    if not text:
        return None
    from reconciler.core.shards import MOST_SHARDS, read_shard

    found = read_shard(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no part; write I/N, as in 3/8, with N at most {MOST_SHARDS}")
    return found


shard = flag(
    "--shard", metavar="I/N", default=None, callback=_shard, help="Only part I of N of the profiles, as in 3/8."
)


def merged_files(common: Common, paths: tuple[str, ...], *, command: str) -> tuple[str, ...]:
    """Return the files behind the word `merge`; nothing where the words name profiles.

    A profile, a folder or a table may be called `merge`, and no profile's file is JSON. Raises UsageError for files
    that are missing or named twice.
    """
    if paths[:1] != ("merge",):
        return ()
    files = paths[1:]
    profiles = common.context().profiles
    if not any(file.endswith(".json") for file in files) and any(profiles.glob("merge*")):
        return ()
    if not files:
        raise click.UsageError(f"name the files of all shards: reconciler {command} merge FILE...")
    if twice := next((file for file in files if files.count(file) > 1), ""):
        raise click.UsageError(f"{twice} is named twice: name the file of each shard once")
    return files


def shard_documents(files: Sequence[str], *, told: bool, common: Common) -> dict[str, bytes]:
    """Return what stands in each of the files that are to be merged.

    Raises UsageError where more is `told` than which they are, or a page for a browser is to be printed of them.
    """
    from reconciler.effects.files.writing import read_plan_file

    if told or common.format == "html":
        said = "the shards say themselves what they are of"
        raise click.UsageError(f"{said}: name nothing but their files beside `merge`")
    return {file: read_plan_file(file) for file in files}


def limit_of(text: str | None, context: Context) -> float | None:
    """Return until when a run may go on; without --until, until shortly before its CI job ends, if that is known.

    Raises BadParameter for what is no time, or is past.
    """
    from reconciler.core.progress import time_left

    if not text:
        job = 60 * context.ci.minutes
        return context.monotonic() + job - min(_RESERVE, job // _PART) if job else None
    seconds = time_left(text, context.now())
    if seconds is None:
        wanted = "a duration (90m, 1h30m), a time of day in UTC (14:30), or a time with its zone that is still to come"
        raise click.BadParameter(f"{text!r} is none of {wanted}", param_hint="--until")
    return context.monotonic() + seconds


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
        from reconciler.cli.output import print_stderr
        from reconciler.core.progress import is_worth_a_line
        from reconciler.render.text.progress import beginning_text, progress_line

        if standing is None:
            self._said = None
        elif self._said is None:
            self._said = standing
            print_stderr(beginning_text(standing))
        elif is_worth_a_line(self._said, standing):
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
