"""What every store of the ledger promises. A new store is a line in tests/support/stores.py."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.ledger import LedgerEntry, RecordState
from reconciler.core.secret import SecretRef
from reconciler.core.value import Webhook
from reconciler.effects.ledger import Committed, Conflict, Key, Ledger, Snapshot, Unsure, remember
from tests.support import entry, picture, record, target
from tests.support.stores import STORES, remembered

PROJECT = Path(__file__).parents[3]
BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ledger(store: str, tmp_path: Path) -> Ledger:
    return STORES[store](tmp_path)


def commit(ledger: Ledger, *entries: LedgerEntry) -> str:
    """Commit `entries` over what is there and return the version after."""
    answer = ledger.commit(entries, version=ledger.read().version, note="run 1")
    assert isinstance(answer, Committed)
    return answer.version


def entries(*found: LedgerEntry) -> dict[tuple[str, str, str], LedgerEntry]:
    return {one.key: one for one in found}


def program(*words: str) -> str:
    """Return what several processes say of their work; it fails where one of them does."""
    command = [sys.executable, "-m", "tests.support.writers", *words]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_store_that_nobody_wrote_to_is_empty_and_looking_leaves_it_so(ledger: Ledger, tmp_path: Path) -> None:
    found = ledger.read()
    assert (found.entries, ledger.read()) == ({}, found)
    assert list(tmp_path.iterdir()) == []


def test_of_a_store_that_nobody_wrote_to_no_target_is_remembered_and_asking_leaves_it_so(
    ledger: Ledger, tmp_path: Path
) -> None:
    assert ledger.entry(BERLIN.key) is None
    assert list(tmp_path.iterdir()) == []


def test_one_target_can_be_asked_for_and_another_is_not_there(ledger: Ledger) -> None:
    commit(ledger, BERLIN)
    assert (ledger.entry(BERLIN.key), ledger.entry(MUNICH.key)) == (BERLIN, None)


@pytest.mark.parametrize("part", range(3))
def test_a_target_is_told_from_another_by_every_part_of_its_key(ledger: Ledger, part: int) -> None:
    commit(ledger, BERLIN)
    provider, endpoint, address = (f"{text}{'%' * (n == part)}" for n, text in enumerate(BERLIN.key))
    assert ledger.entry((provider, endpoint, address)) is None


def test_a_target_is_as_it_was_committed_last_by_whom_ever(store: str, ledger: Ledger, tmp_path: Path) -> None:
    other = STORES[store](tmp_path)
    for about in ("old", "new"):
        found = remembered("100000001", about=about)
        commit(other, found, MUNICH)
        assert ledger.entry(found.key) == found == ledger.read().entries[found.key]


def test_asking_for_one_target_changes_nothing(ledger: Ledger) -> None:
    version = commit(ledger, BERLIN)
    ledger.entry(BERLIN.key)
    ledger.entry(MUNICH.key)
    assert ledger.read() == Snapshot(version, entries(BERLIN))


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


def test_who_read_before_somebody_else_committed_gets_a_conflict_and_stores_nothing(ledger: Ledger) -> None:
    stale = ledger.read().version
    version = commit(ledger, BERLIN)
    changed = [remembered("100000001", about="other"), MUNICH]
    assert ledger.commit(changed, version=stale, note="run 2") == Conflict()
    assert ledger.read() == Snapshot(version, entries(BERLIN))


@pytest.mark.parametrize("version", ["", "1", "-1", "nonsense", "1 OR 1=1"])
def test_a_version_that_never_was_is_a_conflict(ledger: Ledger, version: str) -> None:
    assert ledger.commit([BERLIN], version=version, note="run 1") == Conflict()
    assert ledger.read().entries == {}


def test_a_second_look_at_the_same_place_sees_the_same(store: str, tmp_path: Path, ledger: Ledger) -> None:
    commit(ledger, BERLIN)
    assert STORES[store](tmp_path).read() == ledger.read()


def test_a_snapshot_does_not_move(ledger: Ledger) -> None:
    before = ledger.read()
    commit(ledger, BERLIN)
    assert before.entries == {}


# remember


class Meddled:
    """A ledger to which others commit in between, or whose answers are lost."""

    def __init__(self, ledger: Ledger, *, unsure: bool = False) -> None:
        self.ledger = ledger
        self.others = [remembered("100000001", email=f"{n}@example.org") for n in range(3)]
        self.unsure = unsure
        self.commits = 0
        self.reads = 0

    def read(self) -> Snapshot:
        """Return what the ledger says."""
        self.reads += 1
        return self.ledger.read()

    def entry(self, key: Key) -> LedgerEntry | None:
        """Return what the ledger says of one target."""
        return self.ledger.entry(key)

    def commit(self, found: Sequence[LedgerEntry], *, version: str, note: str) -> Committed | Conflict | Unsure:
        """Commit after somebody else did, or without an answer that arrives."""
        self.commits += 1
        if self.others and not self.unsure:
            remember(self.ledger, [self.others.pop()], note="other")
        answer = self.ledger.commit(found, version=version, note=note)
        return Unsure() if self.unsure else answer


def test_records_of_other_fields_and_targets_are_kept(ledger: Ledger) -> None:
    commit(ledger, remembered("100000001", about="old", email="kept@example.org"), MUNICH)
    after = remember(ledger, [BERLIN], note="run 2")
    merged = remembered("100000001", about="Berlin", email="kept@example.org")
    assert after == ledger.read() == Snapshot(after.version, entries(merged, MUNICH))


def test_what_is_remembered_already_is_not_committed_again(ledger: Ledger) -> None:
    version = commit(ledger, BERLIN)
    assert remember(ledger, [BERLIN], note="run 2") == Snapshot(version, entries(BERLIN))
    assert remember(ledger, [], note="run 2").version == version


def test_nothing_to_remember_makes_no_store(ledger: Ledger, tmp_path: Path) -> None:
    assert remember(ledger, [], note="run 1").entries == {}
    assert list(tmp_path.iterdir()) == []


def test_two_entries_of_one_target_are_both_remembered(ledger: Ledger) -> None:
    remember(ledger, [BERLIN, remembered("100000001", email="b@example.org")], note="run 1")
    assert ledger.read().entries == entries(remembered("100000001", about="Berlin", email="b@example.org"))


def test_others_may_get_in_between_as_often_as_they_like(ledger: Ledger) -> None:
    meddled = Meddled(ledger)
    after = remember(meddled, [BERLIN], note="run 1")
    assert meddled.commits == 4
    assert after == ledger.read()
    assert after.entries == entries(remembered("100000001", about="Berlin", email="0@example.org"))


def test_what_came_back_the_last_time_spares_the_reading(ledger: Ledger) -> None:
    meddled = Meddled(ledger)
    meddled.others = []
    known = remember(meddled, [BERLIN], note="run 1")
    after = remember(meddled, [MUNICH], note="run 1", known=known)
    assert (meddled.reads, meddled.commits) == (1, 2)
    assert after == ledger.read() == Snapshot(after.version, entries(BERLIN, MUNICH))


def test_what_was_known_and_is_so_no_longer_is_read_again(ledger: Ledger) -> None:
    known = ledger.read()
    commit(ledger, remembered("100000001", about="old", email="kept@example.org"))
    after = remember(ledger, [BERLIN], note="run 2", known=known)
    assert after.entries == entries(remembered("100000001", about="Berlin", email="kept@example.org"))
    assert after == ledger.read()


def test_a_lost_answer_is_found_out_by_reading_again(ledger: Ledger) -> None:
    meddled = Meddled(ledger, unsure=True)
    assert remember(meddled, [BERLIN], note="run 1").entries == entries(BERLIN)
    assert meddled.commits == 1


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.tuples(st.sampled_from(["100000001", "100000002"]), st.sampled_from(["about", "email"]), st.text(max_size=3))
    )
)
def test_the_last_that_was_said_of_a_field_is_what_is_remembered(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str, str]]
) -> None:
    for make in STORES.values():
        ledger = make(tmp_path_factory.mktemp("ledger"))
        for address, field, value in said:
            remember(ledger, [remembered(address, **{field: value})], note="run")
        found = {(key[2], one.field): one.sent for key, e in ledger.read().entries.items() for one in e.records}
        assert found == {(address, field): value for address, field, value in said}


# Several at once


def test_what_threads_write_at_once_all_arrives(ledger: Ledger) -> None:
    def write(writer: int) -> None:
        for n in range(5):
            remember(ledger, [remembered(f"{writer}{n}", about=f"{writer}")], note=f"{writer}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key[2] for key in ledger.read().entries) == sorted(f"{w}{n}" for w in range(4) for n in range(5))


def test_what_processes_write_at_once_all_arrives(store: str, ledger: Ledger, tmp_path: Path) -> None:
    assert program("race", store, str(tmp_path), "8", "25") == ""
    found = {key[2]: str(one.records[0].sent) for key, one in ledger.read().entries.items()}
    assert found == {f"{1000 * writer + n:06}": f"{writer}" for writer in range(8) for n in range(25)}


def test_a_kill_leaves_what_was_acknowledged_and_no_half_of_a_commit(store: str, tmp_path: Path) -> None:
    acknowledged = [int(word) for word in program("kills", store, str(tmp_path), "20").split()]
    assert len(acknowledged) == 20
    assert all(heard >= attempt % 5 for attempt, heard in enumerate(acknowledged))
