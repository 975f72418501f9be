"""What every store of the ledger promises. A new store is a line in tests/support/stores.py."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.ledger import LedgerEntry, RecordState
from reconciler.core.outcome import FieldOutcome, FieldStatus, Outcome, Reason, RunRecord
from reconciler.core.secret import SecretRef
from reconciler.core.value import Webhook
from reconciler.effects.ledger import Answer, Batch, Committed, Conflict, Ledger, Snapshot, Unsure, remember
from reconciler.effects.ledger import store as store_batch
from reconciler.effects.ledger.sqlite import NAME
from tests.support import change, entry, picture, record, target
from tests.support.stores import STORES, commit, git, lease, remembered, run_record

PROJECT = Path(__file__).parents[3]
BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ledger(store: str, tmp_path: Path) -> Ledger:
    return STORES[store](tmp_path)


def entries(*found: LedgerEntry) -> dict[tuple[str, str, str], LedgerEntry]:
    return {one.key: one for one in found}


def program(*words: str) -> str:
    """Return what several processes say of their work; it fails where one of them does."""
    command = [sys.executable, "-m", "tests.support.writers", *words]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def everything(root: Path) -> list[Path]:
    """Return what is below a folder."""
    return sorted(root.rglob("*"))


def test_a_store_that_nobody_wrote_to_is_empty_and_looking_leaves_it_so(ledger: Ledger, tmp_path: Path) -> None:
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


def test_who_read_before_somebody_else_committed_gets_a_conflict_and_stores_nothing(ledger: Ledger) -> None:
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


class Meddled:
    """A ledger to which others commit in between, or whose answers are lost."""

    gather = 0.0

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

    def commit(self, batch: Batch, *, version: str) -> Answer:
        """Commit after somebody else did, or without an answer that arrives."""
        self.commits += 1
        if self.others and not self.unsure:
            remember(self.ledger, [self.others.pop()], note="other")
        answer = self.ledger.commit(batch, version=version)
        return Unsure(answer.version) if self.unsure and isinstance(answer, Committed) else answer

    def runs(self) -> tuple[RunRecord, ...]:
        """Return what every run said of itself."""
        return self.ledger.runs()

    def hurry(self, seconds: float) -> None:
        """Hurry."""
        self.ledger.hurry(seconds)


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
    before = everything(tmp_path)
    assert remember(ledger, [], note="run 1").entries == {}
    assert everything(tmp_path) == before


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


@settings(deadline=None, max_examples=10)
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
        known = remember(ledger, [remembered(address, **{field: value})], note="run", known=known)
    found = {(key[2], one.field): one.sent for key, e in ledger.read().entries.items() for one in e.records}
    assert found == {(address, field): value for address, field, value in said}


# Several at once


def test_what_threads_write_at_once_all_arrives(ledger: Ledger) -> None:
    def write(writer: int) -> None:
        for n in range(3):
            remember(ledger, [remembered(f"{writer}{n}", about=f"{writer}")], note=f"{writer}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key[2] for key in ledger.read().entries) == sorted(f"{w}{n}" for w in range(4) for n in range(3))


def test_what_processes_write_at_once_all_arrives(store: str, ledger: Ledger, tmp_path: Path, *, long: bool) -> None:
    writers, commits = (8, 25) if long else {"local": (8, 15), "git": (4, 5)}[store]
    assert program("race", store, str(tmp_path), f"{writers}", f"{commits}") == ""
    found = {key[2]: str(one.records[0].sent) for key, one in ledger.read().entries.items()}
    assert found == {f"{1000 * writer + n:06}": f"{writer}" for writer in range(writers) for n in range(commits)}
    assert history(store, tmp_path) == writers * commits


def history(store: str, root: Path) -> int:
    """Return how many commits follow one upon the other, which must be all there are."""
    if store == "git":
        parents = git(root / "remote.git", "log", "--format=.%P", "reconciler-ledger").splitlines()
        assert all(len(row.split()) == 1 for row in parents[:-1])
        assert parents[-1] == "."
        return len(parents)
    with closing(sqlite3.connect(root / ".reconciler" / NAME)) as database:
        versions = [version for (version,) in database.execute("SELECT version FROM history ORDER BY version")]
    assert versions == list(range(1, len(versions) + 1))
    return len(versions)


def test_a_kill_leaves_what_was_acknowledged_and_no_half_of_a_commit(store: str, tmp_path: Path, *, long: bool) -> None:
    count = 20 if long or store == "local" else 5
    acknowledged = [int(word) for word in program("kills", store, str(tmp_path), f"{count}").split()]
    assert len(acknowledged) == count
    assert all(heard >= attempt % 5 for attempt, heard in enumerate(acknowledged))


# Leases


def test_nobody_is_writing_before_anybody_said_so(ledger: Ledger) -> None:
    commit(ledger, BERLIN)
    assert ledger.read().lease is None


def test_a_lease_is_seen_by_everybody_until_it_is_given_back(store: str, ledger: Ledger, tmp_path: Path) -> None:
    commit(ledger, batch=Batch("run 12", lease=lease()))
    assert STORES[store](tmp_path).read().lease == ledger.read().lease == lease()
    commit(ledger, batch=Batch("run 12", lease=lease().ended))
    assert STORES[store](tmp_path).read().lease is None


def test_a_lease_is_given_back_together_with_what_the_run_did(ledger: Ledger) -> None:
    commit(ledger, batch=Batch("run 12", lease=lease()))
    version = commit(ledger, batch=Batch("run 12", (BERLIN,), lease=lease().ended, record=run_record()))
    assert ledger.read() == Snapshot(version, entries(BERLIN), None, run_record())
    assert ledger.runs() == (run_record(),)


def test_what_a_batch_does_not_hold_stays_as_it_is(ledger: Ledger) -> None:
    commit(ledger, batch=Batch("run 12", (BERLIN,), lease=lease(), record=run_record()))
    version = commit(ledger, MUNICH)
    assert ledger.read() == Snapshot(version, entries(BERLIN, MUNICH), lease(), run_record())
    assert ledger.runs() == (run_record(),)


def test_a_lease_can_be_renewed_and_taken_over(ledger: Ledger) -> None:
    for wanted in (lease(), lease(until="2026-08-02T12:04:00Z"), lease("13", until="2026-08-02T12:09:00Z")):
        assert store_batch(ledger, Batch("run", lease=wanted)).lease == wanted == ledger.read().lease


def test_a_lease_that_another_run_holds_is_not_given_back_for_it(ledger: Ledger) -> None:
    version = commit(ledger, batch=Batch("run 12", lease=lease()))
    kept = store_batch(ledger, Batch("run 13", lease=lease("13").ended))
    assert kept == ledger.read() == Snapshot(version, {}, lease())


def test_a_lease_that_stands_there_already_is_not_taken_again(ledger: Ledger) -> None:
    version = commit(ledger, batch=Batch("run 12", lease=lease()))
    assert store_batch(ledger, Batch("run 12", lease=lease())).version == version


@pytest.mark.parametrize("run", ["\ud800", "a\x00b", "\u2028'\"; DROP TABLE lease; --", ""])
def test_a_lease_is_whatever_the_machine_calls_itself(ledger: Ledger, run: str) -> None:
    commit(ledger, batch=Batch(run, lease=lease(run)))
    assert ledger.read().lease == lease(run)


# Records of runs


def test_nothing_ran_before_anybody_said_so(ledger: Ledger) -> None:
    assert ledger.runs() == ()
    commit(ledger, BERLIN)
    assert ledger.runs() == ()


def test_runs_are_told_with_the_newest_first_each_as_it_said_last(store: str, ledger: Ledger, tmp_path: Path) -> None:
    first, later = run_record("9"), run_record("10", started="2026-08-02T13:00:00Z")
    done = run_record("9", finished="2026-08-02T12:00:09Z")
    for told in (first, done, later):
        commit(ledger, batch=Batch(told.run, record=told))
    commit(ledger, BERLIN)
    assert STORES[store](tmp_path).runs() == ledger.runs() == (later, done)
    assert STORES[store](tmp_path).read().last == ledger.read().last == later


def test_the_last_run_is_the_one_that_wrote_last_whenever_it_began(ledger: Ledger) -> None:
    """Two machines' clocks may be apart."""
    early = run_record("9", started="2026-08-02T11:00:00Z")
    for told in (run_record("10"), early):
        commit(ledger, batch=Batch(told.run, record=told))
    assert (ledger.read().last, ledger.runs()) == (early, (run_record("10"), early))


def test_a_record_that_stands_there_already_is_not_stored_again(ledger: Ledger) -> None:
    first = store_batch(ledger, Batch("12", record=run_record()))
    assert first.last == run_record()
    assert store_batch(ledger, Batch("12", record=run_record())) == first == ledger.read()


def test_a_run_that_was_started_again_under_its_number_is_another_run(ledger: Ledger) -> None:
    again = run_record("9", started="2026-08-02T13:00:00Z")
    for told in (run_record("9"), again):
        commit(ledger, batch=Batch("9", record=told))
    assert ledger.runs() == (again, run_record("9"))


def test_everything_a_run_said_comes_back(ledger: Ledger) -> None:
    shown = change("about", before="\u202e\ud800", after="Frühstück 🥐\n")
    fields = (
        FieldOutcome.of(shown, FieldStatus.APPLIED),
        FieldOutcome.of(change("websites", before=("https://a.example",), after=()), FieldStatus.FAILED, detail="no"),
    )
    outcomes = (Outcome(target=target(), fields=fields, detail="partly", reasons=(Reason.INCOMPLETE, Reason.PARTLY)),)
    told = run_record().model_copy(update={"outcomes": outcomes, "interrupted": "SIGTERM"})
    commit(ledger, batch=Batch("12", record=told))
    assert ledger.runs() == (told,)


def test_a_lost_answer_stores_nothing_twice(ledger: Ledger) -> None:
    meddled = Meddled(ledger, unsure=True)
    stored = store_batch(meddled, Batch("12", (BERLIN,), lease=lease(), record=run_record()))
    assert stored == ledger.read() == Snapshot(stored.version, entries(BERLIN), lease(), run_record())
    assert (meddled.commits, ledger.runs()) == (1, (run_record(),))


# Hurry


def test_who_hurries_is_still_answered_where_nobody_else_is_there(ledger: Ledger) -> None:
    ledger.hurry(60)
    version = commit(ledger, BERLIN)
    assert ledger.read() == Snapshot(version, entries(BERLIN))
