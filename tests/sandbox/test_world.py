from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.world import Bounds, World

NEWBORN = {"about": "hello", "number": "+1"}


def test_a_number_never_touched_is_nothing(world: World) -> None:
    assert world.state("meta", "1") == {}


def test_a_number_is_born_once(world: World) -> None:
    assert world.touch("meta", "1", newborn=NEWBORN) == NEWBORN
    assert world.touch("meta", "1", newborn={"about": "other"}) == NEWBORN


def test_the_first_registration_counts(world: World) -> None:
    world.register("meta", "1", number="+49", group="")
    world.register("meta", "1", number="+50", group="7")
    assert world.touch("meta", "1", newborn=NEWBORN) == {"about": "hello", "number": "+49", "group": "7"}
    world.register("meta", "1", number="+51")
    assert world.state("meta", "1")["number"] == "+49"


def test_the_first_touch_counts(world: World) -> None:
    world.touch("meta", "1", newborn=NEWBORN)
    world.register("meta", "1", number="+49")
    assert world.state("meta", "1")["number"] == "+1"


def test_an_edit_before_birth_outlives_it(world: World) -> None:
    assert world.edit("meta", "1", about=None, email="a@b") == {"email": "a@b"}
    assert world.state("meta", "1") == {"email": "a@b"}
    assert world.touch("meta", "1", newborn=NEWBORN) == {"email": "a@b", "number": "+1"}
    assert world.edit("meta", "1", email=None, address="Main Street") == {"number": "+1", "address": "Main Street"}


def test_what_is_written_late_is_seen_late_and_only_on_its_surface(world: World) -> None:
    world.touch("meta", "1", newborn=NEWBORN)
    world.write("meta", "1", {"about": "new", "email": "a@b"}, surface="profile", stale_reads=2)
    assert world.state("meta", "1")["about"] == "new"
    assert world.view("meta", "1", surface="node")["about"] == "new"
    seen = [world.view("meta", "1", surface="profile") for _ in range(3)]
    assert [(s["about"], s.get("email")) for s in seen] == [("hello", None), ("hello", None), ("new", "a@b")]


def test_a_second_late_write_still_hides_the_first(world: World) -> None:
    world.touch("meta", "1", newborn=NEWBORN)
    world.write("meta", "1", {"about": "one"}, surface="profile", stale_reads=1)
    world.write("meta", "1", {"about": "two", "number": "+2"}, surface="profile", stale_reads=1)
    assert world.view("meta", "1", surface="profile") == NEWBORN
    assert world.view("meta", "1", surface="profile") == {"about": "two", "number": "+2"}


def test_a_write_in_time_shows_all(world: World) -> None:
    world.touch("meta", "1", newborn=NEWBORN)
    world.write("meta", "1", {"about": "late"}, surface="profile", stale_reads=9)
    world.write("meta", "1", {"number": "+2"}, surface="profile")
    assert world.view("meta", "1", surface="profile") == {"about": "late", "number": "+2"}


def test_an_edit_is_seen_at_once(world: World) -> None:
    world.touch("meta", "1", newborn=NEWBORN)
    world.write("meta", "1", {"about": "late", "number": "+2"}, surface="profile", stale_reads=9)
    world.edit("meta", "1", about="edited")
    assert world.view("meta", "1", surface="profile") == {"about": "edited", "number": "+1"}


def test_a_write_to_what_never_was_brings_it_about(world: World) -> None:
    world.write("kaleyra", "+49", {"about": "x", "email": None}, surface="profile")
    assert world.view("kaleyra", "+49", surface="profile") == {"about": "x"}


def test_groups_keep_the_order_of_registration(world: World) -> None:
    for address in ("9", "3", "5"):
        world.register("meta", address, group="7")
    world.register("meta", "4")
    world.register("kaleyra", "6", group="7")
    assert world.members("meta", "7") == ["9", "3", "5"]
    assert world.members("meta", "") == []
    world.touch("meta", "4", newborn={})
    assert world.members("meta", "") == ["4"]


def test_objects_are_kept_by_kind_and_key(world: World) -> None:
    world.put("picture", "a", {"n": 1}, content=b"\0")
    world.put("picture", "a", {"n": 2}, content=b"\1")
    assert world.get("picture", "a") == ({"n": 2}, b"\1")
    assert world.get("upload", "a") is None


def test_a_transaction_is_all_or_nothing(world: World, path: Path) -> None:
    def fail() -> None:
        with world.transaction():
            world.edit("meta", "1", about="x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert World(path).state("meta", "1") == {}


def test_the_journal_does_not_grow_for_ever(path: Path) -> None:
    with closing(World(path, Bounds(kept=3, swept_every=5))) as small:
        for i in range(7):
            small.record({"i": i})
        assert [entry["seq"] for entry in small.journal()] == [3, 4, 5, 6, 7]


def test_a_closed_world_answers_no_more(world: World) -> None:
    world.close()
    with pytest.raises(sqlite3.ProgrammingError):
        world.journal()


def test_threads_share_one_world(world: World) -> None:
    def record() -> None:
        for _ in range(50):
            world.record({})

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry["seq"] for entry in world.journal()] == list(range(1, 201))


COUNT_UP = """
import sys
from pathlib import Path
from reconciler.sandbox.world import World
world = World(Path(sys.argv[1]))
for _ in range(100):
    with world.transaction():
        known = world.state("meta", "1").get("count", 0)
        world.edit("meta", "1", count=known + 1)
    world.record({})
"""


def test_processes_that_start_together_share_one_world(path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", COUNT_UP, str(path)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    assert World(path).state("meta", "1") == {"count": 400}
    assert len(World(path).journal()) == 400


@pytest.fixture
def holder(path: Path) -> Iterator[sqlite3.Connection]:
    """Keep the world's file locked, as another process would."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE t (x)")
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_a_file_that_stays_locked_is_an_error(
    path: Path, holder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error leaves no connection open."""
    opened: list[sqlite3.Connection] = []

    class Kept(sqlite3.Connection):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            opened.append(self)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Kept))
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        World(path, Bounds(busy=0.0))
    (left,) = opened
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        left.execute("SELECT 1")


def test_a_file_that_is_locked_for_a_moment_is_waited_for(
    path: Path, holder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setattr(time, "monotonic", lambda: 0.0)
        stopped.setattr(time, "sleep", lambda _: holder.execute("ROLLBACK"))
        world = World(path, Bounds(busy=0.0))
    assert world.journal() == []


TEXTS = st.text(st.characters(codec=None), max_size=20)


@given(fields=st.dictionaries(TEXTS, TEXTS | st.none() | st.lists(TEXTS, max_size=3), max_size=5))
def test_whatever_is_edited_is_read(tmp_path_factory: pytest.TempPathFactory, fields: dict[str, object]) -> None:
    """Any text, lone surrogates too: JSON can carry them, so a provider can be sent them."""
    world = World(tmp_path_factory.mktemp("w") / "world.sqlite")
    world.edit("meta", "1", **fields)
    assert world.state("meta", "1") == {k: v for k, v in fields.items() if v is not None}
    world.close()
