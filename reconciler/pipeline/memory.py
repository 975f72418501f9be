"""past: (the files, the ledger) → what was asked for earlier, what is remembered, and the rules of the last apply."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from reconciler.core.basics import Diagnostic, warning
from reconciler.core.errors import EnvironmentProblem
from reconciler.core.safety.policy import hold_to_last_apply
from reconciler.core.settings import Settings
from reconciler.effects.base import BaseReading, read_base_revision, rules_of_last_apply
from reconciler.effects.files.repository import Repository
from reconciler.effects.git.process import Git
from reconciler.effects.ledger import Ledger, Snapshot
from reconciler.effects.world import Context, run_in_thread
from reconciler.providers import providers


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered, the settings that count after the last apply, and what is to be said of either."""

    snapshot: Snapshot
    settings: Settings
    diagnostics: tuple[Diagnostic, ...] = ()


async def read_base(context: Context, name: str | None) -> BaseReading:
    """Return what is known of the revision `name`, which may have to be fetched."""
    git = Git()
    return await run_in_thread(partial(read_base_revision, context, providers(), name, git=git), hurry=git.hurry)


async def read_memory(
    context: Context, memory: Ledger, *, repository: Repository, was: BaseReading, held: bool, needed: bool
) -> Memory:
    """Read the ledger; where the rules are `held` to a base, which `was` read, hold them to the last apply as well.

    A ledger that is not `needed` and cannot be read leaves less explained, and stops nothing: only the base counts.
    """
    settings = repository.settings
    try:
        snapshot = await run_in_thread(memory.read, hurry=memory.hurry)
    except EnvironmentProblem as problem:
        if needed:
            raise
        hint = "the changes are explained by the base revision alone, where there is one"
        return Memory(Snapshot("", {}), settings, (warning("ledger-unreadable", str(problem), hint=hint),))
    if not held or snapshot.last is None:
        return Memory(snapshot, settings)
    git = Git()
    ask = partial(rules_of_last_apply, context, providers(), snapshot.last, reading=was, git=git)
    last, document = await run_in_thread(ask, hurry=git.hurry), repository.sources.settings_document
    tightened = hold_to_last_apply(settings.policy, last, base_policy=was.base_policy, document=document)
    return Memory(snapshot, settings.model_copy(update={"policy": tightened.policy}), tightened.diagnostics)
