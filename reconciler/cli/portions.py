"""The options that make a run a part of the work: until when it may go on, and which shard of the profiles it is.

shard: --shard. until: --until.
merged_files: (a command's words) → the files whose parts it is to merge; nothing where it is to run itself.
shard_documents: (files) → what stands in each of them.
limit_of: (what --until says, the world) → the monotonic time after which no call begins, or None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import flag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.invocation import Common
    from reconciler.core.shards import Shard
    from reconciler.effects.world import Context

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
