"""rollback: the values from before a run go back into the files, to be reviewed and applied like any edit."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from reconciler.core.authoring.edits import RollbackReport, objections, rollback
from reconciler.core.basics import error
from reconciler.core.errors import InvalidInput
from reconciler.core.memory.runs import RunRecord
from reconciler.core.reading.parsing import did_you_mean
from reconciler.effects.files.repository import read_repository
from reconciler.effects.files.writing import HINT, find_picture, read_record
from reconciler.effects.ledger import Ledger
from reconciler.effects.ledger.choose import choose_ledger
from reconciler.effects.world import Context
from reconciler.pipeline.editing import edit
from reconciler.providers import providers

# As many problems as a person reads.
_MOST = 10


def rollback_run(context: Context, name: str, *, ledger: str = "") -> RollbackReport:
    """Write the values from before a run into the files; `name` is its record's file, or its own in the ledger."""
    repository = read_repository(context, providers())
    settings = repository.sound()
    is_file = name.endswith(".json") or Path(name).is_file()
    record = read_record(name) if is_file else _recorded(choose_ledger(context, settings, requested=ledger), name)
    if wrong := objections(record):
        raise InvalidInput(tuple(error("record", f"{name}: {what}", hint=HINT) for what in wrong[:_MOST]))
    found = rollback(record, repository.desired, find=partial(find_picture, context.profiles))
    written, left = edit(context, found.revisions, sources=repository.sources, served={})
    return RollbackReport(
        run=record.run,
        started=record.started,
        written=written,
        left=(*left, *found.strangers),
        already=found.already,
    )


def _recorded(ledger: Ledger, name: str) -> RunRecord:
    """Return the newest run of that name; raises InvalidInput where the ledger knows none."""
    runs = ledger.runs()
    found = next((record for record in runs if record.run == name), None)
    if found is None:
        near = did_you_mean(name, {record.run for record in runs}) if runs else "no run is recorded there"
        summary = f"{name!r} is no file, and no run that the ledger knows"
        raise InvalidInput((error("record", summary, hint=near),))
    return found
