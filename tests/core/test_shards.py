from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.shards import Shard, are_side_by_side, read_shard

KEYS = [("meta", "https://graph.facebook.com", str(106540352242000 + number)) for number in range(4000)]


@given(st.tuples(st.text(), st.text(), st.text()), st.integers(1, 256))
def test_each_target_is_of_exactly_one_shard(key: tuple[str, str, str], count: int) -> None:
    assert sum(Shard(index, count).holds(key) for index in range(1, count + 1)) == 1


def test_a_target_is_of_the_same_shard_on_every_machine() -> None:
    """Python's own hash differs from process to process. These are written down."""
    found = [next(index for index in range(1, 9) if Shard(index, 8).holds(key)) for key in KEYS[:8]]
    assert found == [1, 3, 6, 2, 5, 4, 3, 6]


def test_shards_are_of_about_one_size() -> None:
    sizes = Counter(index for key in KEYS for index in range(1, 9) if Shard(index, 8).holds(key))
    assert set(sizes) == set(range(1, 9))
    assert max(sizes.values()) < 1.2 * 500
    assert min(sizes.values()) > 0.8 * 500


@pytest.mark.parametrize(("text", "name"), [("1/1", "1-of-1"), ("3/8", "3-of-8"), ("256/256", "256-of-256")])
def test_a_shard_is_written_as_it_is_read(text: str, name: str) -> None:
    shard = read_shard(text)
    assert shard is not None
    assert (str(shard), shard.name) == (text, name)


@pytest.mark.parametrize("text", ["", "3", "0/8", "9/8", "3/0", "1/257", "03/8", "3/8 ", "a/b", "-1/8", "3/8/2"])
def test_what_names_no_part_is_no_shard(text: str) -> None:
    assert read_shard(text) is None


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("1/8", "2/8", True),
        ("1/8", "1/8", False),
        # Another cut of the fleet: the two have targets in common.
        ("1/8", "2/4", False),
        ("1/8", "", False),
        ("", "1/8", False),
        ("", "", False),
        ("x", "1/8", False),
    ],
)
def test_only_different_parts_of_one_cut_share_no_target(one: str, other: str, together: bool) -> None:
    assert are_side_by_side(one, other) is together
