"""ledger: what the ledger holds, and whether any of it keeps runs from using it. No provider is called."""

from __future__ import annotations

from reconciler.core.memory.upkeep import LedgerCheck
from reconciler.effects.files.repository import read_repository
from reconciler.effects.git.checkout import BranchTip
from reconciler.effects.git.process import Git
from reconciler.effects.ledger import Snapshot
from reconciler.effects.ledger.choose import choose_ledger
from reconciler.effects.world import Context
from reconciler.providers import providers


def ledger_check_run(context: Context, *, ledger: str = "", tip: str = "") -> LedgerCheck:
    """Return what the ledger holds; with `tip`, a branch, also whether its last apply lets `--require-tip` go on."""
    settings = read_repository(context, providers()).settings
    snapshot = choose_ledger(context, settings, requested=ledger).read()
    strayed = strayed_from(BranchTip(context, tip, git=Git()), snapshot) if tip else ""
    return LedgerCheck(
        ledger or settings.ledger, snapshot.version, len(snapshot.entries), snapshot.last, snapshot.aside, strayed
    )


def strayed_from(tip: BranchTip, snapshot: Snapshot) -> str:
    """Return why nothing may be applied after the run that wrote last, or "". This calls git, and so may block."""
    last = snapshot.last
    if last is None or tip.went_before(last.commit):
        return ""
    return f"the last apply was of commit {last.commit[:12] or 'unknown'}, which did not come before this one"
