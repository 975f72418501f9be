"""What runs read in the ledger, and how much of it counts.

read_memory: (the ledger, the base, the files) → the snapshot, and the settings held to the last apply.

With a key of the ledger here, memory counts as this tool's own where it carries the key's mark. All other memory may be
forged: a warning says how much there is. So the record of the last run that wrote is looked for in the ledger's past
where the newest one carries no mark. If no record does, as before the first run with a key, the newest one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from reconciler.core.basics import Diagnostic, EnvironmentProblem, warning
from reconciler.core.memory.upkeep import names_record, set_aside_warning
from reconciler.core.memory.vouching import is_unvouched
from reconciler.core.safety.policy import hold_to_last_apply
from reconciler.core.settings import Settings
from reconciler.effects.base import BaseReading, rules_of_last_apply
from reconciler.effects.files.repository import Repository
from reconciler.effects.git.process import Git
from reconciler.effects.ledger import Ledger, Snapshot
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import LEDGER_KEY, Context
from reconciler.providers import providers

_REKEY = "reconciler ledger rekey"


@dataclass(frozen=True, slots=True)
class Memory:
    """What the ledger remembers, and the settings as they are held to the last apply, with what is said of either."""

    snapshot: Snapshot
    settings: Settings
    diagnostics: tuple[Diagnostic, ...] = ()


async def read_memory(
    context: Context, ledger: Ledger, *, base: BaseReading, files: Repository, needed: bool, based: bool
) -> Memory:
    """Read the ledger; settings that are held to a base are then held to the last apply as well.

    A ledger that is not `needed` may be unreadable: the changes are then explained by the base alone.
    """
    settings = files.settings
    try:
        snapshot = await run_in_thread(ledger.read, hurry=ledger.hurry)
    except EnvironmentProblem as problem:
        if needed:
            raise
        hint = "the changes are explained by the base revision alone, where there is one"
        return Memory(Snapshot("", {}), settings, (warning("ledger-unreadable", str(problem), hint=hint),))
    snapshot, unmarked = await _held_to_marks(ledger, snapshot)
    said = (*((set_aside_warning(snapshot.aside),) if snapshot.aside else ()), *unmarked)
    if not based or not (snapshot.last or names_record(snapshot.aside)):
        return Memory(snapshot, settings, said)
    git = Git()
    read_rules = partial(rules_of_last_apply, context, providers(), snapshot.last, reading=base, git=git)
    last, document = await run_in_thread(read_rules, hurry=git.hurry), files.sources.settings_document
    tightened = hold_to_last_apply(settings.policy, last, base_policy=base.base_policy, document=document)
    return Memory(snapshot, replace(settings, policy=tightened.policy), (*said, *tightened.diagnostics))


async def _held_to_marks(ledger: Ledger, snapshot: Snapshot) -> tuple[Snapshot, tuple[Diagnostic, ...]]:
    """Return the snapshot with the newest record of a run that a key vouches for, and what is said of the others."""
    if snapshot.keyless:
        return snapshot, ()
    found: list[Diagnostic] = []
    if number := sum(map(is_unvouched, snapshot.entries.values())):
        have = "entry of the ledger has" if number == 1 else "entries of the ledger have"
        summary = f"{number} {have} no mark of {LEDGER_KEY}: it may be forged, hides no difference and opens no gate"
        found.append(warning("ledger-unmarked", summary, hint=f"review what it says, and mark it: {_REKEY}"))
    if snapshot.last is None or snapshot.last.vouched:
        return snapshot, tuple(found)
    runs = await run_in_thread(ledger.runs, hurry=ledger.hurry)
    vouched = next((run for run in runs if run.vouched), None)
    if vouched is None:
        return snapshot, tuple(found)
    summary = f"the record of the last run has no mark of {LEDGER_KEY}: that of run {vouched.run} counts in its place"
    found.append(warning("ledger-unmarked", summary, hint=f"review it, and mark it: {_REKEY}"))
    return replace(snapshot, last=vouched), tuple(found)
