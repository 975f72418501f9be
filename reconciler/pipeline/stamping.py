"""stamping: (the world) → the run that this is and the commit that is checked out, for whatever is remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reconciler.core.memory.records import Stamp
from reconciler.effects.git.clone import head
from reconciler.effects.git.process import Git
from reconciler.effects.world import Context, run_in_thread


async def checked_out(context: Context, *, git: Git | None = None) -> str:
    """Return the commit that is checked out, or an empty text; where git hangs, a signal does not wait for it."""
    asked = git or Git()
    return await run_in_thread(partial(head, context.root, git=asked), hurry=asked.hurry)


async def make_stamps(context: Context) -> Callable[[], Stamp]:
    """Return the maker of this run's stamps: one run and one commit, the time as it goes."""
    # To the millisecond: two runs of one name would be taken for one.
    started = context.now().strftime("%Y%m%dT%H%M%S.%f")[:-3]
    run = context.ci.run_name or f"local-{started}"
    commit = await checked_out(context)
    return lambda: Stamp(at=context.timestamp(), run=run, commit=commit)
