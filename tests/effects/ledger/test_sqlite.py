"""What can be wrong with the file that is the local ledger: said in one sentence, with what to do about it."""

from __future__ import annotations

import json
import math
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.lease import UNREADABLE
from reconciler.core.memory.spending import AccountRecord
from reconciler.core.memory.stored import entry_to_json
from reconciler.core.memory.upkeep import LedgerPart, Limits, SetAside
from reconciler.effects.ledger import Batch, Conflict, Snapshot, record_entries
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from tests.support.repository import Git
from tests.support.stores import commit, lease, problem, remembered, run_record
from tests.support.unprivileged import open_folder, unprivileged

BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")
CANNOT = f"the ledger .reconciler/{LEDGER_FILE} cannot be used"
MOVE = "move it away to begin a new one"
MEND = "free the file and its folder for writing"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".reconciler" / LEDGER_FILE


@pytest.fixture
def written(path: Path) -> Path:
    record_entries(SqliteLedger(path), [BERLIN], note="run 1")
    return path


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def table(path: Path, columns: str, name: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT {columns} FROM {name}").fetchall()


def reading(path: Path) -> Callable[[], object]:
    return SqliteLedger(path).read


def listing(path: Path) -> Callable[[], object]:
    return SqliteLedger(path).runs


def writing(path: Path) -> Callable[[], object]:
    return lambda: SqliteLedger(path).commit(Batch("run 2", (MUNICH,)), version="1")


def test_the_history_says_which_run_committed(path: Path) -> None:
    for run in ("run 1", "run 2"):
        record_entries(SqliteLedger(path), [remembered("100000001", about=run)], note=run)
    assert table(path, "version, note", "history") == [(1, "run 1"), (2, "run 2")]


def test_looking_writes_nothing(written: Path) -> None:
    before = written.read_bytes()
    SqliteLedger(written).read()
    assert written.read_bytes() == before


def test_a_conflict_writes_nothing(written: Path) -> None:
    before = written.read_bytes()
    assert SqliteLedger(written).commit(Batch("run 2", (MUNICH,)), version="0") == Conflict()
    assert written.read_bytes() == before


def test_an_empty_file_is_an_empty_store(path: Path) -> None:
    """A crash right after the file was made leaves one."""
    path.parent.mkdir()
    path.touch()
    assert SqliteLedger(path).read().entries == {}
    assert record_entries(SqliteLedger(path), [BERLIN], note="run 1").entries == {BERLIN.key: BERLIN}


@pytest.mark.parametrize("content", [b"not a database, but long enough to be taken for one" * 100, bytes(4096)])
def test_what_is_no_database_is_left_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for do in (reading(path), listing(path), writing(path)):
        assert problem(do) == f"{CANNOT}: file is not a database; {MOVE}"
    assert path.read_bytes() == content


def test_a_damaged_database_is_said_to_be_damaged(written: Path) -> None:
    execute(written, "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode=DELETE")
    content = bytearray(written.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    written.write_bytes(content)
    for do in (reading(written), listing(written)):
        assert problem(do) == f"{CANNOT}: database disk image is malformed; {MOVE}"


@pytest.mark.parametrize("found", [1, -1, 2**31 - 1])
def test_the_store_of_another_version_of_the_tool_is_left_alone(written: Path, found: int) -> None:
    execute(written, f"PRAGMA user_version={found}")
    why = f"it has format {found}, and this version of the tool knows 2"
    said = f"{CANNOT}: {why}; use the version of the tool that wrote it"
    for do in (reading(written), listing(written), writing(written)):
        assert problem(do) == said
    assert table(written, "address", "entry") == [("100000001",)]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps(entry_to_json(BERLIN) | {"format": 2}),
        json.dumps(entry_to_json(BERLIN) | {"fields": {"about": {}}}),
        json.dumps(entry_to_json(BERLIN) | {"fields": {"about": {"state": "new", "at": "", "run": "", "commit": ""}}}),
    ],
)
def test_an_entry_that_cannot_be_read_is_named_and_the_rest_counts(written: Path, body: str) -> None:
    record_entries(SqliteLedger(written), [MUNICH], note="run 2")
    execute(written, f"UPDATE entry SET body = '{body}' WHERE address = '100000001'")
    where = "meta/sandbox/100000001"
    found = SqliteLedger(written).read()
    assert found.aside == (SetAside(where, LedgerPart.ENTRY, "it cannot be read"),)
    assert found.entries == {MUNICH.key: MUNICH}
    commit(SqliteLedger(written), batch=Batch("repair", removed=found.aside))
    assert (SqliteLedger(written).read().aside, table(written, "address", "entry")) == ((), [("100000002",)])


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", "[" * 100_000, '{"until": 7}'])
def test_a_lease_and_a_record_that_cannot_be_read_are_named(written: Path, body: str) -> None:
    ledger, earlier = SqliteLedger(written), run_record("1", started="2026-08-01T12:00:00Z")
    commit(ledger, batch=Batch("run 1", record=earlier))
    commit(ledger, batch=Batch("run 2", lease=lease(), record=run_record()))
    execute(written, f"UPDATE run SET body = '{body}' WHERE run = '12'", f"UPDATE lease SET body = '{body}'")
    found = ledger.read()
    assert [(one.where, one.part) for one in found.aside] == [
        ("the lease", LedgerPart.LEASE),
        ("the last run", LedgerPart.RECORD),
    ]
    assert (found.lease, found.last, ledger.runs()) == (UNREADABLE, None, (earlier,))
    version = commit(ledger, batch=Batch("repair", removed=found.aside))
    assert ledger.read() == Snapshot(version, {BERLIN.key: BERLIN}, None, earlier)


@pytest.mark.parametrize("where", ["body = '{}'", "key = 'another account'"])
def test_the_record_of_an_account_that_cannot_be_used_is_named_and_taken_out(written: Path, where: str) -> None:
    ledger = SqliteLedger(written)
    commit(ledger, batch=Batch("run 1", accounts=(AccountRecord(("meta", "sandbox", "bakery"), ((100, 7),)),)))
    execute(written, f"UPDATE account SET {where}")
    found = ledger.read()
    assert ([one.part for one in found.aside], found.accounts) == ([LedgerPart.ACCOUNT], {})
    assert found.aside[0].where.startswith("the account ")
    version = commit(ledger, batch=Batch("repair", removed=found.aside))
    assert ledger.read() == Snapshot(version, {BERLIN.key: BERLIN})


@pytest.mark.parametrize("damage", ["CAST(x'ff' AS TEXT)", "replace(body, 'Berlin', 'Berl' || CAST(x'e9' AS TEXT))"])
def test_bytes_that_are_no_text_spoil_one_entry(written: Path, damage: str) -> None:
    record_entries(SqliteLedger(written), [MUNICH], note="run 2")
    execute(written, f"UPDATE entry SET body = {damage} WHERE address = '100000001'")
    found = SqliteLedger(written).read()
    assert [one.where for one in found.aside] == ["meta/sandbox/100000001"]
    assert found.entries == {MUNICH.key: MUNICH}


def flipped(content: bytes, chance: random.Random) -> bytes:
    """Return the file with bytes changed: half of the time in its head and its table of tables."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 2, 8, 64))):
        changed[chance.randrange(chance.choice((2000, len(changed))))] = chance.randrange(256)
    return bytes(changed)


def test_whatever_bytes_are_flipped_the_ledger_says_so_or_goes_on(written: Path, long: bool) -> None:
    commit(SqliteLedger(written), batch=Batch("run 2", (MUNICH,), lease=lease(), record=run_record()))
    execute(written, "PRAGMA wal_checkpoint(TRUNCATE)")
    content, chance = written.read_bytes(), random.Random(7)
    said = 0
    for _ in range(20_000 if long else 100):
        written.write_bytes(flipped(content, chance))
        for more in written.parent.glob(f"{LEDGER_FILE}-*"):
            more.unlink()
        for do in (reading(written), listing(written), writing(written)):
            try:
                do()
            except EnvironmentProblem:
                said += 1
    assert said > 0


def test_another_programs_database_is_not_taken_for_a_ledger(path: Path) -> None:
    path.parent.mkdir()
    execute(path, "CREATE TABLE entry (title TEXT)", "INSERT INTO entry VALUES ('dear diary')")
    assert problem(reading(path)) == f"{CANNOT}: no such column: body; {MOVE}"
    assert table(path, "title", "entry") == [("dear diary",)]


def test_an_entry_that_says_it_is_another_targets_is_not_believed(written: Path) -> None:
    body = json.dumps(entry_to_json(MUNICH))
    execute(written, f"UPDATE entry SET body = '{body}'")
    assert [one.why for one in SqliteLedger(written).read().aside] == ["it is another target's"]


# Folders


@pytest.mark.parametrize("link", [False, True])
def test_a_file_in_place_of_the_folder_is_said(tmp_path: Path, path: Path, link: bool) -> None:
    if link:
        path.parent.symlink_to("gone")
    else:
        path.parent.touch()
    assert problem(writing(path)) == f"{CANNOT}: File exists; {MEND}"


def test_a_folder_in_place_of_the_file_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    for do in (reading(path), writing(path)):
        assert problem(do) == f"{CANNOT}: unable to open database file; {MEND}"


def test_without_its_folder_there_is_nothing_to_read_and_a_file_in_its_place_is_said(
    tmp_path: Path, path: Path
) -> None:
    assert SqliteLedger(path).read().entries == {}
    path.parent.touch()
    for do in (reading(path), listing(path)):
        assert problem(do) == f"{CANNOT}: Not a directory; {MEND}"


def test_a_folder_that_may_not_be_written_to_is_said() -> None:
    with open_folder() as root:
        root.chmod(0o555)
        with unprivileged():
            assert problem(writing(root / ".reconciler" / LEDGER_FILE)) == f"{CANNOT}: Permission denied; {MEND}"


def test_a_store_that_may_not_be_written_to_is_said_and_kept() -> None:
    with open_folder() as root:
        path = root / ".reconciler" / LEDGER_FILE
        version = record_entries(SqliteLedger(path), [BERLIN], note="run 1").version
        path.chmod(0o444)
        path.parent.chmod(0o555)
        with unprivileged():
            found = problem(lambda: SqliteLedger(path).commit(Batch("run 2", (MUNICH,)), version=version))
        path.parent.chmod(0o755)
        path.chmod(0o644)
        assert SqliteLedger(path).read().entries == {BERLIN.key: BERLIN}
    assert found.startswith(CANNOT)
    assert found.endswith(f"; {MEND}")


def test_a_store_that_may_not_be_seen_is_not_an_empty_one() -> None:
    """As an empty memory, everything in it would be newly adopted."""
    with open_folder() as root:
        path = root / ".reconciler" / LEDGER_FILE
        record_entries(SqliteLedger(path), [BERLIN], note="run 1")
        path.parent.chmod(0)
        with unprivileged():
            found = [problem(do) for do in (reading(path), listing(path))]
    assert found == [f"{CANNOT}: Permission denied; {MEND}"] * 2


# Others


def test_a_store_that_another_process_keeps_to_itself_is_waited_for_and_then_said(written: Path) -> None:
    with closing(sqlite3.connect(written, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert SqliteLedger(written).read().entries == {BERLIN.key: BERLIN}
        waiting = SqliteLedger(written, wait=0.01)
        assert (
            problem(lambda: commit(waiting, MUNICH))
            == f"the ledger .reconciler/{LEDGER_FILE} is in use by another run; try again"
        )


def test_who_was_told_to_hurry_waits_no_longer_for_another_process(written: Path) -> None:
    with closing(sqlite3.connect(written, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        # Where it waited all the same, it would never come back.
        ledger = SqliteLedger(written, wait=math.inf)
        ledger.hurry(0)
        assert "is in use by another run" in problem(lambda: commit(ledger, MUNICH))
    commit(ledger, MUNICH)


def test_of_many_large_rows_the_smallest_are_read(written: Path) -> None:
    commit(SqliteLedger(written), batch=Batch("12", (MUNICH,), lease=lease(), record=run_record()))
    large = json.dumps({**entry_to_json(BERLIN), "more": "x" * 10_000})
    execute(written, f"UPDATE entry SET body = '{large}' WHERE address = '100000001'")
    ledger = SqliteLedger(written)
    ledger.limits = Limits(together=10_000)
    found = ledger.read()
    why = "all rows have more than 10,000 bytes, and it is one of the largest"
    assert found.aside == (SetAside("meta/sandbox/100000001", LedgerPart.ENTRY, why),)
    assert (set(found.entries), found.lease, found.last) == ({MUNICH.key}, lease(), run_record())


@pytest.mark.parametrize(("table", "part"), [("entry", LedgerPart.ENTRY), ("run", LedgerPart.RECORD)])
def test_a_row_that_is_larger_than_any_is_not_read(written: Path, table: str, part: LedgerPart) -> None:
    commit(SqliteLedger(written), batch=Batch("12", record=run_record()))
    execute(written, f"UPDATE {table} SET body = printf('%*s', 40000000, 'x')")
    (aside,) = SqliteLedger(written).read().aside
    assert aside.part is part
    assert aside.why.startswith("it has 40,000,000 bytes, and no run writes more than ")
    assert len(SqliteLedger(written).runs()) == (part is LedgerPart.ENTRY)


@pytest.mark.parametrize(
    ("table", "part", "row"),
    [
        ("entry", LedgerPart.ENTRY, "'meta', 'sandbox', 'x' || n, '{'"),
        ("account", LedgerPart.ACCOUNT, "'x' || n, '{'"),
        ("part", LedgerPart.OUTCOMES, "'12', '2026-08-02T12:00:00Z', '{'"),
    ],
)
def test_a_table_with_countless_rows_is_set_aside_and_can_be_taken_out(
    written: Path, table: str, part: LedgerPart, row: str
) -> None:
    account = AccountRecord(("meta", "sandbox", "a"))
    commit(SqliteLedger(written), batch=Batch("12", lease=lease(), record=run_record(), accounts=(account,)))
    numbers = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 20)"
    execute(written, f"INSERT INTO {table} {numbers} SELECT {row} FROM many")
    ledger = SqliteLedger(written)
    ledger.limits = Limits(parts=19)
    before = ledger.read()
    why = "it has more than 19 rows, and none of them was read"
    assert before.aside == (SetAside("the whole table", part, why),)
    assert before.entries == ({} if part is LedgerPart.ENTRY else {BERLIN.key: BERLIN})
    assert (before.lease, before.last) == (lease(), run_record())
    commit(ledger, batch=Batch("ledger repair", removed=before.aside))
    assert SqliteLedger(written).read().aside == ()


def test_what_was_begun_and_not_committed_is_not_there(written: Path) -> None:
    with closing(sqlite3.connect(written, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM entry")
    assert SqliteLedger(written).read().entries == {BERLIN.key: BERLIN}


@pytest.mark.parametrize("name", [LEDGER_FILE, f"{LEDGER_FILE}-wal", f"{LEDGER_FILE}-journal"])
def test_a_store_that_came_with_the_checkout_is_no_memory(written: Path, tmp_path: Path, name: str) -> None:
    """Every person who may push could have written it: it would open gates and hide drift."""
    git = Git(tmp_path)
    git.commit()
    assert SqliteLedger(written).read().entries
    # SQLite removes the files beside the store when it is closed.
    (written.parent / name).touch()
    git("add", "--force", f".reconciler/{name}")
    said = (
        f"{CANNOT}: git has .reconciler/{name} among the files of the repository, where every person who may push can "
        f"write it; take it out of them: git rm .reconciler/{name}"
    )
    assert problem(SqliteLedger(written).read) == said
    assert problem(SqliteLedger(written).runs) == said
    assert problem(lambda: commit(SqliteLedger(written), BERLIN)) == said


@pytest.mark.parametrize("name", [f".Reconciler/{LEDGER_FILE}", ".reconciler/LEDGER.sqlite3-wal", ".RECONCILER"])
def test_a_store_that_came_in_other_letters_is_none_either(written: Path, tmp_path: Path, name: str) -> None:
    """Where a file system takes both for one, as on macOS and Windows, it is the store that is opened."""
    git = Git(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    git.commit()
    git("add", "--force", name)
    assert f"git has {name} among the files" in problem(SqliteLedger(written).read)


def test_a_folder_of_the_memory_that_is_a_link_of_the_checkout_is_none(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".reconciler").symlink_to("elsewhere")
    git = Git(tmp_path)
    git.commit()
    path = tmp_path / ".reconciler" / LEDGER_FILE
    assert "git has .reconciler among the files" in problem(lambda: commit(SqliteLedger(path), BERLIN))
    assert not path.exists()


def test_what_a_submodule_left_behind_is_no_memory(written: Path, tmp_path: Path) -> None:
    """Git leaves the files of a submodule there when a commit takes it out, and then names none of them."""
    git = Git(tmp_path)
    git.commit()
    (written.parent / ".git").write_text("gitdir: ../.git/modules/reconciler\n")
    said = f"{CANNOT}: its folder is a repository of its own, as a submodule leaves one behind; move the folder away"
    assert problem(SqliteLedger(written).read) == said
    assert problem(lambda: commit(SqliteLedger(written), BERLIN)) == said


def no_head(root: Path, _: pytest.MonkeyPatch) -> None:
    (root / ".git/HEAD").unlink()


def no_index(root: Path, _: pytest.MonkeyPatch) -> None:
    (root / ".git/index").write_bytes(b"x" * 40)


def no_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))


@pytest.mark.parametrize(
    ("silence", "why"),
    [
        (no_head, "not a git repository (or any of the parent directories): .git"),
        (no_index, "bad signature 0x78787878"),
        (no_git, "git cannot be run: No such file or directory"),
    ],
)
def test_where_git_does_not_answer_nothing_is_vouched_for(
    written: Path, tmp_path: Path, silence: Callable[[Path, pytest.MonkeyPatch], None], why: str
) -> None:
    """It may have come with the checkout: every person who may push could then have written it."""
    Git(tmp_path).commit()
    commit(SqliteLedger(written), batch=Batch("run 2", record=run_record()))
    sound = SqliteLedger(written).read()
    assert (sound.doubt, sound.keyless, sound.entries[BERLIN.key].records[0].vouched) == ("", False, True)
    with pytest.MonkeyPatch.context() as monkeypatch:
        silence(tmp_path, monkeypatch)
        ledger = SqliteLedger(written)
        found = ledger.read()
        assert ledger.runs()[0].vouched is False
        commit(ledger, MUNICH)
    assert found == sound
    assert why in found.doubt
    assert found.doubt.startswith(f"git does not say whether .reconciler/{LEDGER_FILE} came with the checkout: ")
    entry = found.entries[BERLIN.key]
    assert found.last is not None
    assert (found.keyless, found.last.vouched, entry.vouched, entry.records[0].vouched) == (True, False, False, False)


def test_a_git_that_is_too_late_has_not_answered(written: Path, tmp_path: Path) -> None:
    Git(tmp_path).commit()
    ledger = SqliteLedger(written)
    ledger.hurry(0.0)
    assert ledger.read().doubt.endswith("came with the checkout: it did not answer in time")


def test_a_folder_in_no_clone_is_this_machines_own_but_for_a_ci_machines(written: Path) -> None:
    """No person pushes to it. What a CI machine works in came from the repository, with git or as an archive."""
    assert SqliteLedger(written).read().doubt == ""
    found = SqliteLedger(written, on_ci=True).read()
    assert found.doubt.endswith("came with the checkout: there is no clone")
    assert found.entries[BERLIN.key].vouched is False


def test_other_files_in_the_folder_may_be_the_repositorys(written: Path, tmp_path: Path) -> None:
    (written.parent / ".gitignore").write_text("*\n")
    git = Git(tmp_path)
    git.commit()
    git("add", "--force", ".reconciler/.gitignore")
    assert SqliteLedger(written).read().entries


def test_a_store_that_never_kept_parts_of_a_record_is_read_and_written(written: Path) -> None:
    commit(SqliteLedger(written), batch=Batch("run 2", record=run_record()))
    execute(written, "DROP TABLE part")
    assert SqliteLedger(written).read().last == run_record()
    assert SqliteLedger(written).runs() == (run_record(),)
    later = run_record("13", started="2026-08-02T13:00:00Z")
    commit(SqliteLedger(written), batch=Batch("run 3", record=later))
    assert SqliteLedger(written).runs() == (later, run_record())
