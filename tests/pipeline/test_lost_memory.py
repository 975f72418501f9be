"""A ledger that was lost, or deleted in part, turns no drift green."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click import unstyle

from reconciler.core.basics import Reason
from reconciler.effects.ledger import Snapshot
from reconciler.effects.ledger.sqlite import LEDGER_FILE
from reconciler.render.text.drift import NO_MEMORY, drift_text
from tests.support import asked, entry, record
from tests.support.fleet import Fleet
from tests.support.keeping import ended


def lose(fleet: Fleet) -> None:
    """Delete the ledger with everything that belongs to it."""
    for path in (fleet.root / ".reconciler").glob(f"{LEDGER_FILE}*"):
        path.unlink()


@pytest.fixture
def hacked(fleet: Fleet) -> Fleet:
    """Two profiles that were applied; then all of the one, and a part of the other, was changed elsewhere."""
    berlin = fleet.profile("berlin", 0, about="Fresh bread")
    munich = fleet.profile("munich", 1, about="Fresh cake", email="a@b.example")
    fleet.apply()
    fleet.edit(berlin, about="Hacked")
    fleet.edit(munich, about="Hacked")
    return fleet


def test_drift_stays_a_difference_that_counts_when_the_ledger_is_lost(hacked: Fleet) -> None:
    known = hacked.drift()
    assert (known.reasons, known.remembered, known.no_apply) == (frozenset({Reason.CHANGES}), 2, False)
    lose(hacked)
    for remembered in (0, 1):
        # The second look finds what the first one recorded.
        report = hacked.drift()
        assert (report.reasons, report.remembered, report.no_apply) == (frozenset({Reason.CHANGES}), remembered, True)
        assert {(p.target.profile, c.field) for p, c in report.unexplained} == {
            ("berlin", "about"),
            ("munich", "about"),
        }
        text = drift_text(report).splitlines()
        assert unstyle(text[0]) == NO_MEMORY
        assert text[-1].startswith("Drift: not known in 2 profiles, ")


def test_a_lost_ledger_is_no_news_where_everything_can_be_seen_to_be_in_sync(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    lose(fleet)
    report = fleet.drift()
    assert (report.reasons, report.no_apply, report.without_memory) == (frozenset(), True, False)


def test_an_apply_is_remembered_by_what_it_wrote_or_was_asked_for() -> None:
    seen, wanted = entry(record()), entry(replace(record(), asked=asked()))
    told = [Snapshot("1", {seen.key: seen}), Snapshot("1", {seen.key: seen}, last=ended())]
    told += [Snapshot("1", {wanted.key: wanted}), Snapshot("1", {}, last=ended()), Snapshot("", {})]
    assert [one.knows_an_apply for one in told] == [False, True, True, False, False]
    # Where a key is here, only memory that it vouches for is a trace.
    forged = entry(replace(wanted.records[0], vouched=False))
    there = {forged.key: forged}
    assert [Snapshot("1", there, keyless=keyless).knows_an_apply for keyless in (False, True)] == [False, True]
