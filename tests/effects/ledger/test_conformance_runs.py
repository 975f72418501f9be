"""What every store promises to runs: that several may write at once, who holds the lease, and what each run did."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.basics import Reason
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.effects.ledger import Batch, Ledger, Snapshot, complete, record_entries, store_batch
from reconciler.effects.ledger.sqlite import LEDGER_FILE
from reconciler.effects.ledger.tree import files
from tests.support import change, target
from tests.support.postgres import server
from tests.support.stores import (
    STORES,
    Meddled,
    commit,
    entries,
    git,
    lease,
    outcomes,
    remembered,
    run_record,
    schema_of,
)

PROJECT = Path(__file__).parents[3]
BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")


def program(*words: str) -> str:
    """Return what several processes say of their work; it fails where one of them does."""
    command = [sys.executable, "-m", "tests.support.writers", *words]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# Several at once


def test_what_threads_write_at_once_all_arrives(ledger: Ledger) -> None:
    def write(writer: int) -> None:
        for n in range(3):
            record_entries(ledger, [remembered(f"{writer}{n}", about=f"{writer}")], note=f"{writer}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key[2] for key in ledger.read().entries) == sorted(f"{w}{n}" for w in range(4) for n in range(3))


def test_what_processes_write_at_once_all_arrives(store: str, ledger: Ledger, tmp_path: Path, *, long: bool) -> None:
    writers, commits = (8, 25) if long else {"local": (8, 10), "git": (3, 3), "postgres": (3, 3)}[store]
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
    if store == "postgres":
        rows = server().run("SELECT number, version FROM {}.history ORDER BY number", schema_of(root))
        assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
        assert len({version for _, version in rows}) == len(rows)
        return len(rows)
    with closing(sqlite3.connect(root / ".reconciler" / LEDGER_FILE)) as database:
        versions = [version for (version,) in database.execute("SELECT version FROM history ORDER BY version")]
    assert versions == list(range(1, len(versions) + 1))
    return len(versions)


def test_a_kill_leaves_what_was_acknowledged_and_no_half_of_a_commit(store: str, tmp_path: Path, *, long: bool) -> None:
    count = 20 if long else {"local": 20, "git": 5, "postgres": 4}[store]
    acknowledged = [int(word) for word in program("kills", store, str(tmp_path), f"{count}").split()]
    assert len(acknowledged) == count
    assert all(heard >= attempt % 5 for attempt, heard in enumerate(acknowledged))


# Leases


def test_a_new_store_holds_no_lease(ledger: Ledger) -> None:
    commit(ledger, BERLIN)
    assert ledger.read().lease is None


def test_a_lease_is_seen_by_every_process_until_it_is_given_back(store: str, ledger: Ledger, tmp_path: Path) -> None:
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


def test_a_new_store_holds_no_run(ledger: Ledger) -> None:
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
    told = replace(run_record(), outcomes=outcomes, interrupted="SIGTERM")
    commit(ledger, batch=Batch("12", record=told))
    assert ledger.runs() == (told,)


def test_a_lost_answer_stores_nothing_twice(ledger: Ledger) -> None:
    meddled = Meddled(ledger, unsure=True)
    stored = store_batch(meddled, Batch("12", (BERLIN,), lease=lease(), record=run_record()))
    assert stored == ledger.read() == Snapshot(stored.version, entries(BERLIN), lease(), run_record())
    assert (meddled.commits, ledger.runs()) == (1, (run_record(),))


# Hurry


def test_a_hurried_call_is_answered_where_no_other_writer_is_there(ledger: Ledger) -> None:
    ledger.hurry(60)
    version = commit(ledger, BERLIN)
    assert ledger.read() == Snapshot(version, entries(BERLIN))


# A run's outcomes, a batch at a time


def test_outcomes_are_added_batch_by_batch_and_come_back(ledger: Ledger) -> None:
    """While the run goes on, after it died, and in its own order at its end."""
    began = run_record("12")
    every = outcomes(4)
    for number in range(5):
        told = replace(began, outcomes=every[:number])
        known = store_batch(ledger, Batch("12", record=told))
        assert (known.last, ledger.read().last, ledger.runs()) == (told, told, (told,))
    other = run_record("13", started="2026-08-02T13:00:00Z")
    store_batch(ledger, Batch("13", record=other))
    died = replace(began, outcomes=every)
    assert (ledger.read().last, ledger.runs()) == (other, (other, died))
    for done in (every[2:], every[::-1]):
        store_batch(ledger, Batch("13", record=replace(other, outcomes=done)))
    ended = replace(other, outcomes=every, finished="2026-08-02T13:01:00Z")
    store_batch(ledger, Batch("13", record=ended))
    assert (ledger.read().last, ledger.runs()) == (ended, (ended, died))


def test_a_record_of_many_targets_comes_back_in_its_order(ledger: Ledger) -> None:
    ended = replace(run_record("12", finished="2026-08-02T13:01:00Z"), outcomes=outcomes(2300)[::-1])
    store_batch(ledger, Batch("12", record=replace(ended, finished="", outcomes=ended.outcomes[::-1][:2000])))
    store_batch(ledger, Batch("12", record=ended))
    assert (ledger.read().last, ledger.runs()) == (ended, (ended,))


def test_what_a_run_stores_grows_with_its_targets_and_not_with_their_square() -> None:
    def stored(targets: int) -> int:
        every, size = outcomes(targets), 0
        known = Snapshot("", {})
        for number in range(10, targets + 1, 10):
            told = replace(run_record("12"), outcomes=every[:number])
            written = files(complete(Batch("12", record=told), known), first=False)
            size += sum(len(content or b"") for content in written.values())
            known = replace(known, last=told)
        return size

    assert stored(400) < 5 * stored(100)
