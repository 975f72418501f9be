"""Shards: the parts into which a fleet is cut, so that several jobs share its work.

Shard: which part a run is of, of how many. ShardUse: what the plan of a shard is made for.
read_shard: (what a person wrote) → the shard, or None.
are_side_by_side: (two shards' names) → whether both may write at the same time.

A target belongs to one shard by a hash of its provider, endpoint and address. So it stays there whatever else is added
to the fleet, on every machine and with every Python.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum

# More jobs do not help: each of them reads all files.
MOST_SHARDS = 256
MERGE = "merge the plans of all shards: reconciler plan merge FILE... --out plan.json"
_WRITTEN = re.compile(r"(?P<index>[1-9][0-9]{0,2})/(?P<count>[1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `index` of `count`, counted from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        """Return it as people write it: `3/8`."""
        return f"{self.index}/{self.count}"

    @property
    def name(self) -> str:
        """The name that may stand in a file's name or a run's: `3-of-8`."""
        return f"{self.index}-of-{self.count}"

    def holds(self, key: tuple[str, str, str]) -> bool:
        """Return whether the target with this provider, endpoint and address is of this shard."""
        told = hashlib.sha256("\n".join(key).encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(told[:8]) % self.count == self.index - 1


class ShardUse(Enum):
    """What the plan of a shard is made for, as what is said of it: the summary's end, and the hint."""

    TO_MERGE = ("; gates are judged on all of them", MERGE)
    TO_APPLY = ("; gates are judged on all of them", "")
    TO_LOOK = ("; the other shards look at the rest", "")


def read_shard(text: str) -> Shard | None:
    """Return the shard that `text` names, as in `3/8`; None for any other text."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    shard = Shard(int(found["index"]), int(found["count"]))
    return shard if shard.index <= shard.count <= MOST_SHARDS else None


def are_side_by_side(one: str, other: str) -> bool:
    """Return whether runs of these shards, written as `3/8`, share no target; without a shard, a run is of all."""
    mine, its = read_shard(one), read_shard(other)
    return mine is not None and its is not None and mine.count == its.count and mine.index != its.index
