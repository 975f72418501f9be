"""What looking adds to the ledger, and what it leaves as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.memory.records import LedgerEntry
from reconciler.effects.ledger import Snapshot
from reconciler.effects.ledger.intents import lease_notice
from tests.support import record
from tests.support.keeping import Eventful, intent, number
from tests.support.stores import lease

ONE, TWO = "100000001", "100000002"


@pytest.fixture
def ledger(tmp_path: Path) -> Eventful:
    return Eventful(tmp_path)


def noticed(ledger: Eventful, *entries: LedgerEntry, known: Snapshot | None = None) -> Snapshot:
    return lease_notice(ledger, {one.key: one for one in entries}, known=known or ledger.read(), note="12")


def test_what_was_seen_is_stored_without_a_lease(ledger: Eventful) -> None:
    ledger.write(lease=lease())
    seen = number(ONE, record(sent="Seen", shown="Seen"))
    assert noticed(ledger, seen) == ledger.read()
    assert (ledger.read().entries, ledger.read().lease, ledger.runs()) == ({seen.key: seen}, lease(), ())


def test_what_is_known_already_is_not_stored_again(ledger: Eventful) -> None:
    seen = number(ONE, record(sent="Seen", shown="Seen"))
    ledger.write(seen)
    assert noticed(ledger, seen) == ledger.read()
    assert ledger.commits == 0


@pytest.mark.parametrize("late", [False, True], ids=["before", "in the last moment"])
def test_an_intent_that_was_stored_since_is_not_closed_by_an_older_look(ledger: Eventful, *, late: bool) -> None:
    """The other run is about to send it: should it crash, nobody would know."""
    old = number(ONE, record(sent="Old", shown="Old"))
    ledger.write(old)
    known, theirs = ledger.read(), intent(ONE, run="11")
    ledger.events = [lambda: ledger.write(theirs)] if late else []
    if not late:
        ledger.write(theirs)
    closed = number(ONE, record(sent="New", shown="New"))
    seen = number(TWO, record(sent="Seen"))
    assert noticed(ledger, closed, seen, known=known) == ledger.read()
    assert ledger.read().entries == {theirs.key: theirs, seen.key: seen}


def test_what_was_seen_is_stored_once_though_the_reply_was_lost(ledger: Eventful) -> None:
    ledger.lost = 1
    seen = number(ONE, record(sent="Seen", shown="Seen"))
    assert noticed(ledger, seen) == ledger.read()
    assert (ledger.commits, ledger.read().entries) == (1, {seen.key: seen})
