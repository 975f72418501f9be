"""history: the records of runs → what was sent to one profile when, by which run and at which commit."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.ledger import FieldRecord, LedgerEntry
from reconciler.core.model import Model
from reconciler.core.outcome import Outcome, Reason, RunRecord


class HistoryEvent(Model):
    """What one run did to the profile. `finished` is empty where the run ended without saying so.

    `edited`: what was sent came from files that were not those of `commit`.
    """

    run: str
    commit: str
    started: str
    finished: str
    interrupted: str
    edited: bool = False
    outcome: Outcome


class HistoryReport(Model):
    """One profile's past, the newest first, and what is still open: sent, with nobody knowing whether it arrived."""

    profile: str
    events: tuple[HistoryEvent, ...] = ()
    open: tuple[FieldRecord, ...] = ()

    @property
    def reasons(self) -> frozenset[Reason]:
        """A past that is looked at is done."""
        return frozenset()


class RunsReport(Model):
    """Every run that wrote, the newest first."""

    runs: tuple[RunRecord, ...]

    @property
    def reasons(self) -> frozenset[Reason]:
        """A past that is looked at is done."""
        return frozenset()


def history(
    profile: str, keys: Iterable[tuple[str, str, str]], *, runs: Iterable[RunRecord], entries: Iterable[LedgerEntry]
) -> HistoryReport:
    """Return what was done to the targets `keys`, and to whatever was called `profile` when it was done."""
    known = frozenset(keys)
    events = tuple(
        HistoryEvent(
            run=record.run,
            commit=record.commit,
            started=record.started,
            finished=record.finished,
            interrupted=record.interrupted,
            edited=record.edited,
            outcome=outcome,
        )
        for record in runs
        for outcome in record.outcomes
        if outcome.target.key in known or outcome.target.profile == profile
    )
    mine = (entry for entry in entries if entry.key in known or entry.profile == profile)
    unsettled = tuple(record for entry in mine for record in entry.records if record.intent is not None)
    return HistoryReport(profile=profile, events=events, open=unsettled)
