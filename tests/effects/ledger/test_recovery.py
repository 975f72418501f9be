"""What a run could not record: into a file, and back into the ledger where nobody knows better by now."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.records import FieldRecord, record_intent
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.memory.vouching import LedgerKeys
from reconciler.core.target import Change
from reconciler.effects.ledger import Batch, store_batch
from reconciler.effects.ledger.recovery import Recovery, load_recovery, recover, save_recovery
from tests.support import change, picture, record, target
from tests.support.keeping import FULL, Eventful, Surroundings, ended, number, stamped
from tests.support.stores import run_record

ONE, TWO, THREE = "100000001", "100000002", "100000003"
SENT = record(sent="New", shown="New")


@pytest.fixture
def world(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


@pytest.fixture
def ledger(tmp_path: Path) -> Eventful:
    return Eventful(tmp_path)


def intent(made: Change | None = None, *, run: str = "12") -> FieldRecord:
    return record_intent(made or change(), previous=None, stamp=stamped(run))


def saved(world: Surroundings, *records: FieldRecord) -> Path:
    save_recovery(world.context, ended(), [number(ONE, *records)], why=FULL)
    return world.context.memory / "recovery-12.json"


# Into the file


def test_it_is_said_where_it_is_saved_and_how_it_gets_back(world: Surroundings) -> None:
    assert save_recovery(world.context, ended(), [], why=FULL) == (
        "the disk is full; it is saved in .reconciler/recovery-12.json: `reconciler recover "
        ".reconciler/recovery-12.json` records it, or the next run finds out"
    )
    assert sorted(path.name for path in world.context.memory.iterdir()) == [".gitignore", "recovery-12.json"]


def test_what_is_loaded_is_what_was_saved(world: Surroundings) -> None:
    hostile = record("about", sent="Frühstück 🥐\ud800\u202e\n", shown="")
    entries = (number(ONE, hostile, record("picture", sent=picture(grid="AAAA"))), number(TWO, intent()))
    fields = (FieldOutcome.of(change(after="\ud800"), FieldStatus.APPLIED),)
    done = replace(ended(), outcomes=(Outcome(target=target(), fields=fields),))
    save_recovery(world.context, done, entries, why=FULL)
    assert load_recovery(world.context.memory / "recovery-12.json") == Recovery(done, entries)


def test_what_no_mark_vouched_for_is_not_vouched_for_by_its_recovery(world: Surroundings) -> None:
    """A write that was refused leaves the record before it, and that may be forged."""
    keys, key = LedgerKeys((b"k" * 40,)), {"RECONCILER_LEDGER_KEY": "k" * 40}
    context = replace(world.context, environ={**world.context.environ, **key})
    true, forged = record("about", sent="New"), replace(record("email", sent="x@b.example"), vouched=False)
    save_recovery(context, ended(), [number(ONE, true, forged), number(TWO, true)], why=FULL)
    path = context.memory / "recovery-12.json"
    found = load_recovery(path, keys)
    one, two = found.entries
    assert [(each.field, each.vouched) for each in one.records] == [("about", True), ("email", False)]
    assert (two.records[0].vouched, found.record.vouched) == (True, True)
    assert not any(each.vouched for entry in load_recovery(path).entries for each in entry.records)
    path.write_text(path.read_text().replace('"New"', '"Old"'))
    assert not any(each.vouched for entry in load_recovery(path, keys).entries for each in entry.records)


def test_that_it_cannot_be_saved_is_said(world: Surroundings) -> None:
    world.context.memory.write_bytes(b"a file where the folder should be")
    assert save_recovery(world.context, ended(), [], why=FULL) == (
        "the disk is full; and it could not be saved in recovery-12.json either: File exists. The next run finds out"
    )


@pytest.mark.parametrize("there", [None, b"of an earlier attempt"])
def test_a_full_disk_leaves_no_half_of_it(
    world: Surroundings, monkeypatch: pytest.MonkeyPatch, there: bytes | None
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = world.context.memory / "recovery-12.json"
    path.parent.mkdir()
    if there is not None:
        path.write_bytes(there)
    monkeypatch.setattr("os.fsync", full)
    told = save_recovery(world.context, ended(), [number(ONE, SENT)], why=FULL)
    assert told.endswith(
        "it could not be saved in recovery-12.json either: No space left on device. The next run finds out"
    )
    assert [one.read_bytes() for one in path.parent.iterdir()] == ([] if there is None else [there])


# Out of it


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        load_recovery(tmp_path / "recovery-12.json")
    assert str(caught.value) == f"{tmp_path}/recovery-12.json cannot be read: No such file or directory"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"recovery": 2, "record": {}, "entries": []}',
        b'{"recovery": 1, "record": {}, "entries": []}',
        b'{"recovery": 1, "entries": []}',
    ],
    ids=["empty", "no text", "a list", "deep", "of a later version", "a broken record", "no record"],
)
def test_what_no_apply_saved_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recovery-12.json"
    path.write_bytes(content)
    with pytest.raises(EnvironmentProblem) as caught:
        load_recovery(path)
    assert str(caught.value) == f"{path} is not what an apply saved for recovery"


@pytest.mark.parametrize("entries", ["x", {}, [1], [{"format": 1}]])
def test_entries_that_are_none_are_refused(world: Surroundings, entries: object) -> None:
    path = saved(world, SENT)
    path.write_text(json.dumps({**json.loads(path.read_text()), "entries": entries}))
    with pytest.raises(EnvironmentProblem, match=r"is not what an apply saved for recovery$"):
        load_recovery(path)


def test_half_a_file_is_refused(world: Surroundings) -> None:
    path = saved(world, SENT)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(EnvironmentProblem, match=r"is not what an apply saved for recovery$"):
        load_recovery(path)


# Back into the ledger


def test_exactly_what_the_ledger_still_waits_for_goes_in(world: Surroundings, ledger: Eventful) -> None:
    mail = record("email", sent="mine@b.example")
    theirs = record("email", sent="theirs@b.example")
    ledger.write(number(ONE, intent(), theirs), number(TWO, intent(run="13")), number(THREE, intent()))
    save_recovery(world.context, ended(), [number(ONE, SENT, mail), number(TWO, SENT), number(THREE, SENT)], why=FULL)
    assert recover(ledger, load_recovery(world.context.memory / "recovery-12.json")) == (2, 2)
    assert ledger.read().entries == {
        number(ONE).key: number(ONE, SENT, theirs),
        number(TWO).key: number(TWO, intent(run="13")),
        number(THREE).key: number(THREE, SENT),
    }
    assert ledger.runs() == (ended(),)


def test_the_second_time_there_is_nothing_left_to_recover(world: Surroundings, ledger: Eventful) -> None:
    ledger.write(number(ONE, intent()))
    recovery = load_recovery(saved(world, SENT))
    assert [recover(ledger, recovery) for _ in range(2)] == [(1, 0), (0, 1)]
    assert ledger.read().entries == {number(ONE).key: number(ONE, SENT)}


def test_what_another_run_records_in_the_last_moment_is_not_overwritten(world: Surroundings, ledger: Eventful) -> None:
    theirs = number(ONE, record(sent="Theirs"))
    ledger.write(number(ONE, intent()))
    ledger.events = [lambda: ledger.write(theirs)]
    assert recover(ledger, load_recovery(saved(world, SENT))) == (0, 1)
    assert ledger.read().entries == {theirs.key: theirs}


def test_the_end_of_a_run_is_recovered_though_all_its_outcomes_are_stored(
    world: Surroundings, ledger: Eventful
) -> None:
    ledger.write(number(ONE, SENT))
    save_recovery(world.context, ended(), [], why=FULL)
    assert recover(ledger, load_recovery(world.context.memory / "recovery-12.json")) == (0, 0)
    assert [run.finished for run in ledger.runs()] == [ended().finished]


def test_the_run_that_wrote_last_stays_the_last(world: Surroundings, ledger: Eventful) -> None:
    """By its commit it is told whether a branch still holds what was applied."""
    later = run_record("13", started="2026-08-02T13:00:00Z")
    store_batch(ledger, Batch("13", record=later))
    save_recovery(world.context, ended(), [], why=FULL)
    recover(ledger, load_recovery(world.context.memory / "recovery-12.json"))
    assert (ledger.read().last, ledger.runs()) == (later, (later, ended()))
