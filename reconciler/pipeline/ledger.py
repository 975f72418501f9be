"""ledger: what the ledger holds, what keeps runs from using it, its repair and its marks. No provider is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.upkeep import LedgerCheck, LedgerRekey, LedgerRepair, proposed_rekey, proposed_repair
from reconciler.core.memory.vouching import all_vouched
from reconciler.effects.files.repository import read_repository
from reconciler.effects.git.checkout import BranchTip
from reconciler.effects.git.process import Git
from reconciler.effects.ledger import Batch, Committed, Ledger, Snapshot, Unsure
from reconciler.effects.ledger.choose import choose_ledger
from reconciler.effects.world import LEDGER_KEY, Context
from reconciler.providers import providers


def ledger_check_run(context: Context, *, ledger: str = "", tip: str = "") -> LedgerCheck:
    """Return what the ledger holds; with `tip`, a branch, also whether its last apply lets `--require-tip` go on."""
    name, store = _chosen(context, ledger, looking=True)
    return _checked(store, name, _tip(context, tip))


def ledger_repair_run(
    context: Context, *, ledger: str = "", tip: str = "", agreed: Callable[[LedgerRepair], bool]
) -> LedgerRepair:
    """Take out what no run can use, and a last apply that does not let `tip` go on, if that is `agreed`.

    Everything is kept elsewhere first. Raises EnvironmentProblem where a run wrote in between.
    """
    (name, store), branch = _chosen(context, ledger, looking=False), _tip(context, tip)

    def counts(record: RunRecord) -> bool:
        return branch is None or branch.went_before(record.commit)

    found = _checked(store, name, branch)
    repair = proposed_repair(found, store.runs() if not found.sound else (), counts)
    if found.sound or not agreed(repair):
        return repair
    kept = store.keep(found.version)
    batch = Batch("ledger repair", record=repair.restored, removed=repair.removed)
    if _is_stored(store, batch, version=found.version):
        return replace(repair, done=True, kept=kept)
    raise EnvironmentProblem("another run wrote to the ledger meanwhile, and nothing was repaired; repair it again")


def _chosen(context: Context, requested: str, *, looking: bool) -> tuple[str, Ledger]:
    """Return the ledger that is `requested`, else the one in the settings, with its name."""
    settings = read_repository(context, providers()).settings
    return requested or settings.ledger, choose_ledger(context, settings, requested=requested, looking=looking)


def _is_stored(store: Ledger, batch: Batch, *, version: str) -> bool:
    """Store what was agreed to at `version`; False if another run wrote since, because that was not agreed to."""
    answer = store.commit(batch, version=version)
    return isinstance(answer, Committed) or (isinstance(answer, Unsure) and store.read().version == answer.version)


def _tip(context: Context, tip: str) -> BranchTip | None:
    return BranchTip(context, tip, git=Git()) if tip else None


def _checked(store: Ledger, name: str, tip: BranchTip | None) -> LedgerCheck:
    found = store.read()
    strayed = strayed_from(tip, found) if tip is not None else ""
    return LedgerCheck(name, found.version, len(found.entries), found.last, found.aside, strayed, found.form)


def strayed_from(tip: BranchTip, snapshot: Snapshot) -> str:
    """Return why nothing may be applied after the run that wrote last, or "". This calls git, and so may block."""
    last = snapshot.last
    if last is None or tip.went_before(last.commit):
        return ""
    return f"the last apply was of commit {last.commit[:12] or 'unknown'}, which did not come before this one"


def ledger_rekey_run(context: Context, *, ledger: str = "", agreed: Callable[[LedgerRekey], bool]) -> LedgerRekey:
    """Mark the whole ledger with the key that marks first, if what no mark vouches for is `agreed`.

    Raises EnvironmentProblem without a key, and where a run wrote in between.
    """
    name, store = _chosen(context, ledger, looking=False)
    if name == "local":
        raise EnvironmentProblem("the local ledger has no marks: it is on this machine and counts as vouched for")
    found = store.read()
    if found.keyless:
        hint = "make one with: openssl rand -hex 32, and give it to the environments of apply and drift alone"
        raise EnvironmentProblem(f"{LEDGER_KEY} is not set, so nothing can be marked; {hint}")
    rekey = proposed_rekey(found.entries.values(), found.last)
    if not rekey.entries or not agreed(rekey):
        return rekey
    last = replace(found.last, vouched=True) if found.last is not None else None
    batch = Batch("ledger rekey", tuple(map(all_vouched, found.entries.values())), record=last)
    if _is_stored(store, batch, version=found.version):
        return replace(rekey, done=True)
    raise EnvironmentProblem("another run wrote to the ledger meanwhile, and nothing was marked; mark it again")
