"""What a run says became of its intents, against what others have recorded meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.memory.lease import Lease
from reconciler.core.memory.records import FieldRecord, LedgerEntry, RecordState, record_intent, record_withdrawn
from reconciler.effects.ledger.intents import Closed, close_intents
from tests.support import change, record
from tests.support.keeping import Eventful, ended, number, stamped
from tests.support.stores import lease, run_record

ONE, TWO = "100000001", "100000002"
SENT = record(sent="New", shown="New")
THEIRS = record(sent="Theirs", shown="Theirs")


@pytest.fixture
def ledger(tmp_path: Path) -> Eventful:
    return Eventful(tmp_path)


def intent(run: str = "12", *, at: str = "2026-08-02T12:00:00Z", previous: FieldRecord | None = None) -> FieldRecord:
    return record_intent(change(), previous=previous, stamp=stamped(run, at=at))


def closed(ledger: Eventful, *entries: LedgerEntry, to: Lease | None = None) -> Closed:
    """Close what run 12 began, which says that it holds the lease `to`."""
    return close_intents(ledger, ended(), entries=entries, lease=to)


# While the run holds its lease


def test_an_outcome_takes_the_place_of_its_intent_and_the_lease_is_renewed(ledger: Eventful) -> None:
    ledger.write(number(ONE, intent(), record("email", sent="kept@b.example")), lease=lease())
    later = lease(until="2026-08-02T12:09:00Z")
    found = closed(ledger, number(ONE, SENT), to=later)
    merged = number(ONE, SENT, record("email", sent="kept@b.example"))
    assert found == Closed(ledger.read(), held=True, fields=1)
    assert (found.known.entries, found.known.lease) == ({merged.key: merged}, later)
    assert ledger.runs() == (ended(),)


def test_the_lease_is_given_back_with_the_last_outcome(ledger: Eventful) -> None:
    ledger.write(number(ONE, intent()), lease=lease())
    assert closed(ledger, number(ONE, SENT), to=lease().ended) == Closed(ledger.read(), held=True, fields=1)
    assert ledger.read().lease is None


@pytest.mark.parametrize("previous", [None, record(sent="Old", shown="Old"), intent("11")])
def test_what_was_certainly_not_sent_is_withdrawn(ledger: Eventful, previous: FieldRecord | None) -> None:
    """All is as it was before, which may be nothing at all, or an older intent that is still open; and it was asked."""
    ledger.write(number(ONE, intent(previous=previous)), lease=lease())
    back = record_withdrawn(change(), previous=previous, stamp=stamped(), why="refused")
    closed(ledger, number(ONE, back), to=lease())
    assert ledger.read().entries[number(ONE).key].records == (back,)
    assert replace(back, asked=None) == (previous or replace(record(), stamp=stamped()))


def test_another_runs_reading_gives_way_to_the_runs_own_outcome(ledger: Eventful) -> None:
    """A look that is older than the write takes the intent for one that never arrived."""
    ledger.write(number(ONE, record(sent="Old", shown="Old")), lease=lease())
    closed(ledger, number(ONE, SENT), to=lease())
    assert ledger.read().entries[number(ONE).key].records == (SENT,)


def test_a_run_that_has_nothing_new_still_says_how_far_it_is(ledger: Eventful) -> None:
    ledger.write(lease=lease())
    assert closed(ledger, to=lease()) == Closed(ledger.read(), held=True, fields=0)
    assert ledger.runs() == (ended(),)


def test_two_entries_of_one_target_both_go_in(ledger: Eventful) -> None:
    ledger.write(lease=lease())
    closed(ledger, number(ONE, SENT), number(ONE, record("email", sent="a@b.example")), to=lease())
    both = number(ONE, SENT, record("email", sent="a@b.example"))
    assert ledger.read().entries == {both.key: both}


# Once another run has taken it over


@pytest.mark.parametrize(
    "there", [lease("13"), lease(process=8), None], ids=["another", "the same again", "given back"]
)
def test_a_lease_that_was_lost_is_not_taken_back(ledger: Eventful, there: Lease | None) -> None:
    ledger.write(number(ONE, intent()), lease=there)
    later = lease(until="2026-08-02T12:09:00Z")
    assert closed(ledger, number(ONE, SENT), to=later) == Closed(ledger.read(), held=False, fields=1)
    assert ledger.read().lease == there


def test_a_lease_that_is_lost_in_the_last_moment_is_not_taken_back(ledger: Eventful) -> None:
    ledger.write(number(ONE, intent()), lease=lease())
    ledger.events = [lambda: ledger.write(number(ONE, intent("13")), lease=lease("13"))]
    assert closed(ledger, number(ONE, SENT), to=lease()) == Closed(ledger.read(), held=False, fields=0)
    assert (ledger.read().entries[number(ONE).key].records, ledger.read().lease) == ((intent("13"),), lease("13"))


@pytest.mark.parametrize(
    "there",
    [
        THEIRS,
        intent("13"),
        record(state=RecordState.RELEASED, sent="Old"),
        intent(at="2026-08-02T12:10:01Z"),
        intent(at="2026-08-02T11:59:59Z"),
    ],
    ids=["an outcome", "an intent", "released", "the same number, later", "the same number, earlier"],
)
def test_what_another_run_recorded_stays(ledger: Eventful, there: FieldRecord) -> None:
    ledger.write(number(ONE, there))
    found = closed(ledger, number(ONE, SENT), number(TWO, SENT))
    assert found == Closed(ledger.read(), held=False, fields=0)
    assert found.known.entries == {number(ONE).key: number(ONE, there)}


def test_only_the_fields_that_are_waited_for_go_in(ledger: Eventful) -> None:
    email, mail = record("email", sent="theirs@b.example"), record("email", sent="mine@b.example")
    ledger.write(number(ONE, intent(), email))
    assert closed(ledger, number(ONE, SENT, mail)).fields == 1
    assert ledger.read().entries == {number(ONE).key: number(ONE, SENT, email)}


def test_a_run_that_is_not_over_closes_what_it_tried_at_any_time_since_it_began(ledger: Eventful) -> None:
    ledger.write(number(ONE, intent(at="2026-08-02T23:00:00Z")))
    assert close_intents(ledger, run_record(), entries=(number(ONE, SENT),)).fields == 1


# The ledger's answers


def test_what_is_known_spares_the_reading_and_is_found_out_anew_where_it_is_no_longer_so(ledger: Eventful) -> None:
    known = ledger.read()
    ledger.write(number(ONE, intent()), lease=lease())
    found = close_intents(ledger, ended(), entries=(number(ONE, SENT),), lease=lease(), known=known)
    assert found == Closed(ledger.read(), held=True, fields=1)
    assert ledger.commits == 2


def test_a_lost_reply_is_found_out_and_nothing_is_stored_twice(ledger: Eventful) -> None:
    ledger.write(number(ONE, intent()), lease=lease())
    ledger.lost = 1
    assert closed(ledger, number(ONE, SENT), to=lease()) == Closed(ledger.read(), held=True, fields=1)
    assert ledger.commits == 1
