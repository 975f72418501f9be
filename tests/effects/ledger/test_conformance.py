"""What every store of the ledger promises. A new store is a line in tests/support/stores.py."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.fields import SecretRef, Webhook
from reconciler.core.memory.records import RecordState
from reconciler.core.memory.spending import AccountRecord
from reconciler.effects.ledger import Batch, Conflict, Ledger, Snapshot, record_entries
from reconciler.effects.ledger.intents import lease_notice
from tests.support import entry, picture, record, target
from tests.support.stores import STORES, Meddled, commit, entries, lease, remembered, run_record

PROJECT = Path(__file__).parents[3]
BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")


def everything(root: Path) -> list[Path]:
    """Return what is below a folder."""
    return sorted(root.rglob("*"))


def test_a_new_store_is_empty_and_looking_leaves_it_so(ledger: Ledger, tmp_path: Path) -> None:
    before = everything(tmp_path)
    found = ledger.read()
    assert (found.entries, found.lease, ledger.runs(), ledger.read()) == ({}, None, (), found)
    assert everything(tmp_path) == before


def test_what_is_committed_is_read_back(ledger: Ledger) -> None:
    version = commit(ledger, BERLIN, MUNICH)
    assert ledger.read() == Snapshot(version, entries(BERLIN, MUNICH))


def test_every_kind_of_record_comes_back_as_it_was(ledger: Ledger) -> None:
    hook = Webhook(url="https://hook.example/ä", verify_token=SecretRef(env="WEBHOOK_VERIFY"))
    logo = picture(grid="AAAA", alpha=True)
    found = entry(
        record(
            "about", sent="Frühstück 🥐\n\u202ex", shown="", before="old", attempts=1, state=RecordState.UNCONVERGED
        ),
        record("description", intent="New", state=RecordState.UNSETTLED),
        record("email", sent="", state=RecordState.IGNORED, attempts=2),
        record("picture", sent=logo, shown=logo),
        record("webhook", sent=hook, shown=Webhook(url="")),
        record("websites", sent=("https://a.example/", "https://b.example/"), shown=()),
    )
    commit(ledger, found)
    assert ledger.read().entries == entries(found)


@pytest.mark.parametrize("shown", ["\ud800", "a\x00b", "\u2028\u2029\ufeff", "'; DROP TABLE entry; --"])
def test_whatever_a_provider_shows_can_be_remembered(ledger: Ledger, shown: str) -> None:
    """A live value is foreign: JSON carries lone surrogates, and a failure to store one would stop the run."""
    found = entry(record("about", sent="Hi", shown=shown))
    commit(ledger, found)
    assert ledger.read().entries == entries(found)


def test_an_entry_is_stored_whole_in_place_of_the_one_before(ledger: Ledger) -> None:
    commit(ledger, remembered("100000001", about="old", email="old@example.org"), MUNICH)
    commit(ledger, BERLIN)
    assert ledger.read().entries == entries(BERLIN, MUNICH)


def test_the_sandbox_is_never_mistaken_for_the_provider(ledger: Ledger) -> None:
    real = entry(record(sent="real"), to=target(endpoint="https://graph.facebook.com"))
    commit(ledger, real)
    commit(ledger, entry(record(sent="played")))
    assert ledger.read().entries[real.key] == real


def test_every_commit_has_a_version_of_its_own_even_one_that_changes_nothing(ledger: Ledger) -> None:
    versions = [ledger.read().version, *(commit(ledger, BERLIN) for _ in range(3)), commit(ledger)]
    assert len(set(versions)) == 5


def test_a_commit_upon_an_old_version_is_a_conflict_and_stores_nothing(ledger: Ledger) -> None:
    stale = ledger.read().version
    version = commit(ledger, BERLIN)
    changed = (remembered("100000001", about="other"), MUNICH)
    batch = Batch("run 2", changed, lease=lease(), record=run_record())
    assert ledger.commit(batch, version=stale) == Conflict()
    assert ledger.runs() == ()
    assert ledger.read() == Snapshot(version, entries(BERLIN))


@pytest.mark.parametrize("version", ["7", "-1", "nonsense", "1 OR 1=1", "--all", "a" * 40])
def test_a_version_that_never_was_is_a_conflict(ledger: Ledger, version: str) -> None:
    assert ledger.commit(Batch("run 1", (BERLIN,)), version=version) == Conflict()
    assert ledger.read().entries == {}


def test_a_second_look_at_the_same_place_sees_the_same(store: str, tmp_path: Path, ledger: Ledger) -> None:
    commit(ledger, BERLIN)
    assert STORES[store](tmp_path).read() == ledger.read()


def test_a_snapshot_does_not_move(ledger: Ledger) -> None:
    before = ledger.read()
    commit(ledger, BERLIN)
    assert before.entries == {}


# remember


def test_records_of_other_fields_and_targets_are_kept(ledger: Ledger) -> None:
    commit(ledger, remembered("100000001", about="old", email="kept@example.org"), MUNICH)
    after = record_entries(ledger, [BERLIN], note="run 2")
    merged = remembered("100000001", about="Berlin", email="kept@example.org")
    assert after == ledger.read() == Snapshot(after.version, entries(merged, MUNICH))


def test_what_is_remembered_already_is_not_committed_again(ledger: Ledger) -> None:
    version = commit(ledger, BERLIN)
    assert record_entries(ledger, [BERLIN], note="run 2") == Snapshot(version, entries(BERLIN))
    assert record_entries(ledger, [], note="run 2").version == version


def test_nothing_to_remember_makes_no_store(ledger: Ledger, tmp_path: Path) -> None:
    before = everything(tmp_path)
    assert record_entries(ledger, [], note="run 1").entries == {}
    assert everything(tmp_path) == before


def test_two_entries_of_one_target_are_both_remembered(ledger: Ledger) -> None:
    record_entries(ledger, [BERLIN, remembered("100000001", email="b@example.org")], note="run 1")
    assert ledger.read().entries == entries(remembered("100000001", about="Berlin", email="b@example.org"))


def test_others_may_get_in_between_as_often_as_they_like(ledger: Ledger) -> None:
    meddled = Meddled(ledger)
    after = record_entries(meddled, [BERLIN], note="run 1")
    assert meddled.commits == 4
    assert after == ledger.read()
    assert after.entries == entries(remembered("100000001", about="Berlin", email="0@example.org"))


def test_what_came_back_the_last_time_spares_the_reading(ledger: Ledger) -> None:
    meddled = Meddled(ledger)
    meddled.others = []
    known = record_entries(meddled, [BERLIN], note="run 1")
    after = record_entries(meddled, [MUNICH], note="run 1", known=known)
    assert (meddled.reads, meddled.commits) == (1, 2)
    assert after == ledger.read() == Snapshot(after.version, entries(BERLIN, MUNICH))


def test_what_was_known_and_is_so_no_longer_is_read_again(ledger: Ledger) -> None:
    known = ledger.read()
    commit(ledger, remembered("100000001", about="old", email="kept@example.org"))
    after = record_entries(ledger, [BERLIN], note="run 2", known=known)
    assert after.entries == entries(remembered("100000001", about="Berlin", email="kept@example.org"))
    assert after == ledger.read()


def test_a_lost_answer_is_found_out_by_reading_again(ledger: Ledger) -> None:
    meddled = Meddled(ledger, unsure=True)
    assert record_entries(meddled, [BERLIN], note="run 1").entries == entries(BERLIN)
    assert meddled.commits == 1


@settings(max_examples=6)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["100000001", "100000002"]), st.sampled_from(["about", "email"]), st.text(max_size=3)
        ),
        max_size=5,
    )
)
@pytest.mark.parametrize("name", STORES)
def test_the_last_that_was_said_of_a_field_is_what_is_remembered(
    tmp_path_factory: pytest.TempPathFactory, name: str, said: list[tuple[str, str, str]]
) -> None:
    ledger = STORES[name](tmp_path_factory.mktemp("ledger"))
    known = None
    for address, field, value in said:
        known = record_entries(ledger, [remembered(address, **{field: value})], note="run", known=known)
    found = {(key[2], one.field): one.sent for key, e in ledger.read().entries.items() for one in e.records}
    assert found == {(address, field): value for address, field, value in said}


def test_what_looks_found_is_kept_beside_what_an_account_called(ledger: Ledger) -> None:
    key = ("meta", "https://graph.example", "bakery")
    monday, tuesday = (AccountRecord(key, looks=((date(2026, 11, 30 - n), n),)) for n in (0, 1))
    known = lease_notice(ledger, {}, known=ledger.read(), note="12", accounts=(AccountRecord(key, ((40, 4),)), monday))
    known = lease_notice(ledger, {}, known=known, note="13", accounts=(tuesday,))
    kept = AccountRecord(key, ((40, 4),), looks=(*tuesday.looks, *monday.looks))
    assert known.accounts == ledger.read().accounts == {key: kept}
    # The same look again is no news, however many records say it.
    assert lease_notice(ledger, {}, known=known, note="14", accounts=(monday, tuesday)) is known


def test_what_an_account_called_is_kept_beside_what_others_add(ledger: Ledger) -> None:
    commit(ledger, BERLIN)
    key = ("meta", "https://graph.facebook.com", "bäckerei / ost")
    first = AccountRecord(key, ((100, 7),), unread=("100000001", "100000002"))
    before = ledger.read()
    known = lease_notice(ledger, {}, known=before, note="12", accounts=(first,))
    assert known == ledger.read() == Snapshot(known.version, entries(BERLIN), accounts={key: first})
    # Another run read the store before: what it adds comes on top.
    more = AccountRecord(key, ((100, 3), (101, 1)), read=frozenset({"100000001"}))
    added = lease_notice(ledger, {}, known=before, note="13", accounts=(more,))
    kept = AccountRecord(key, ((100, 10), (101, 1)), unread=("100000002",))
    assert added == ledger.read() == Snapshot(added.version, entries(BERLIN), accounts={key: kept})
    # What says nothing new is not written.
    assert lease_notice(ledger, {}, known=added, note="15", accounts=(AccountRecord(key),)) is added
