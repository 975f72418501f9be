"""history: (the ledger) → what was sent to a profile, and every run that wrote. No provider is called.

recover: what an apply could not record → the ledger.
"""

from __future__ import annotations

from pathlib import Path

from reconciler.core.basics import InvalidInput, error
from reconciler.core.memory.runs import HistoryReport, RunsReport, history
from reconciler.core.reading.selection import profile_name
from reconciler.core.reading.suggestions import did_you_mean
from reconciler.effects.files.repository import read_repository
from reconciler.effects.ledger.recovery import load_recovery, recover
from reconciler.effects.secrets import ledger_keys
from reconciler.effects.world import Context
from reconciler.pipeline.ledger import choose_ledger
from reconciler.providers import providers


def history_run(context: Context, path: str, *, ledger: str = "") -> HistoryReport:
    """Return what was sent to one profile; its file may be gone by now. Raises InvalidInput where it is unknown."""
    repository = read_repository(context, providers())
    store = choose_ledger(context, repository.settings, requested=ledger, looking=True)
    name = profile_name(path)
    keys = [one.target.key for one in repository.desired if one.target.profile == name]
    entries, runs = store.read().entries.values(), store.runs()
    found = history(name, keys, runs=runs, entries=entries)
    written = {outcome.target.profile for record in runs for outcome in record.outcomes}
    if name not in repository.names and not found.events and not found.open:
        hint = did_you_mean(name, sorted({*repository.names, *written}))
        raise InvalidInput((error("unknown-path", f"{path!r} is no profile, and never was one here", hint=hint),))
    return found


def runs_run(context: Context, *, ledger: str = "") -> RunsReport:
    """Return every run that wrote."""
    repository = read_repository(context, providers())
    return RunsReport(runs=choose_ledger(context, repository.settings, requested=ledger, looking=True).runs())


def recover_run(context: Context, file: str, *, ledger: str = "") -> tuple[int, int]:
    """Record what an apply could not; return of how many fields, and of how many the ledger knows better by now."""
    repository = read_repository(context, providers())
    store = choose_ledger(context, repository.settings, requested=ledger, looking=False)
    return recover(store, load_recovery(Path(file), ledger_keys(context)))
