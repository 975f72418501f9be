"""past: (the files, the ledger) → what was asked for earlier, what is remembered, and the rules of the last apply."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from reconciler.core.diagnostics import Diagnostic, warning
from reconciler.core.errors import EnvironmentProblem
from reconciler.core.settings import Settings
from reconciler.core.tighten import tighten
from reconciler.effects.beside import beside
from reconciler.effects.context import Context
from reconciler.effects.earlier import Earlier, earlier, last_apply
from reconciler.effects.ledger import Ledger, Snapshot
from reconciler.effects.ledger.plumbing import Git
from reconciler.effects.repository import Repository
from reconciler.providers import providers


@dataclass(frozen=True, slots=True)
class Past:
    """What is remembered, the settings that count after the last apply, and what is to be said of either."""

    snapshot: Snapshot
    settings: Settings
    diagnostics: tuple[Diagnostic, ...] = ()


async def at(context: Context, name: str | None) -> Earlier:
    """Return what is known of the revision `name`, which may have to be fetched."""
    git = Git()
    return await beside(partial(earlier, context, providers(), name, git=git), hurry=git.hurry)


async def recall(
    context: Context, memory: Ledger, *, repository: Repository, was: Earlier, held: bool, needed: bool
) -> Past:
    """Read the ledger; where the rules are `held` to a base, which `was` read, hold them to the last apply as well.

    A ledger that is not `needed` and cannot be read leaves less explained, and stops nothing: only the base counts.
    """
    settings = repository.settings
    try:
        snapshot = await beside(memory.read, hurry=memory.hurry)
    except EnvironmentProblem as problem:
        if needed:
            raise
        hint = "the changes are explained by the base revision alone, where there is one"
        return Past(Snapshot("", {}), settings, (warning("ledger-unreadable", str(problem), hint=hint),))
    if not held or snapshot.last is None:
        return Past(snapshot, settings)
    git = Git()
    ask = partial(last_apply, context, providers(), snapshot.last, was=was, git=git)
    last, document = await beside(ask, hurry=git.hurry), repository.sources.settings_document
    tightened = tighten(settings.policy, last, footing=was.footing, document=document)
    return Past(snapshot, settings.model_copy(update={"policy": tightened.policy}), tightened.diagnostics)
