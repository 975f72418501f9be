"""How far a reader of one plan has to walk: a count, the same on every machine, so it runs with all other tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.entered import Walk, walked

ROOT = Path(__file__).parents[2]
# A new capability may be a new room; a reader must still be able to hold the walk in mind.
MOST_FILES = 81


def test_a_plan_of_one_profile_enters_few_files() -> None:
    """In a process of its own: what another test has cached is not entered any more."""
    command = [sys.executable, "-m", "tests.benchmarks.entered"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = re.fullmatch(r"(\d+) files, (\d+) times back into one that was left\n", ran.stdout)
    assert found is not None, ran.stdout
    files, returns = map(int, found.groups())
    # Far fewer would mean that the walk was not seen.
    assert MOST_FILES // 2 < files <= MOST_FILES
    assert returns > 0


def test_coming_back_is_counted_once_for_each_time_and_staying_is_not() -> None:
    walk = Walk(("a::1", "a::2", "b::1", "c::1", "b::2", "b::3", "a::3", "c::2"))
    assert (walk.files, walk.returns) == (("a", "b", "c"), 3)
    assert (Walk(()).files, Walk(()).returns) == ((), 0)


def test_a_function_counts_where_it_stands_and_once(tmp_path: Path) -> None:
    def one() -> None: ...

    def two() -> None:
        one()
        one()

    here = Path(__file__)
    inside = f"{here.name}::test_a_function_counts_where_it_stands_and_once.<locals>"
    assert walked(two, here.parent, without=tmp_path).steps == (f"{inside}.two", f"{inside}.one")
    assert walked(two, here.parent, without=here).steps == ()
    assert walked(two, tmp_path, without=here).steps == ()
