"""The lease: which run may write now. Two applies at once would each plan from values that the other is changing.

A lease ends by itself: its holder renews it while it writes, and a holder that died does not.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from reconciler.core.basics import Model
from reconciler.core.shards import are_side_by_side

# How long a lease lasts, and how far the clocks of two machines may differ.
LEASE_LENGTH = timedelta(seconds=120)
SKEW = timedelta(seconds=30)
# The form of a workflow run's name; parallel jobs of one run have the same name.
_ATTEMPT = re.compile(r"(?P<run>[0-9]{1,20})(\.(?P<attempt>[0-9]{1,6}))?(-[0-9]+-of-[0-9]+)?\Z")


def place(host: str, boot: str, namespace: str, *, nonce: str) -> str:
    """Return where a process runs, as text: two processes with the same place see each other's numbers.

    Containers on one machine can share its host name and a ledger, and each has numbers of its own. So the number
    counts only under the same boot and the same process namespace. If either is unknown, `nonce` makes the place the
    process's own.
    """
    return f"{host} {boot}.{namespace}" if boot and namespace else f"{host} {nonce}"


class Lease(Model):
    """Which run may write, on which machine and in which process, until when (ISO 8601, UTC).

    `machine` is the host's name, and after a space what makes a process number count there: see `place`. A run of a
    `shard`, written as `3/8`, keeps out those of the same shard and of all; different shards run side by side.
    """

    run: str
    machine: str
    process: int
    until: str
    shard: str = ""

    def is_of(self, other: Lease) -> bool:
        """True if both belong to the same run in the same process: a renewed lease is the same lease."""
        mine = (self.run, self.machine, self.process, self.shard)
        return mine == (other.run, other.machine, other.process, other.shard)

    def excludes(self, other: Lease) -> bool:
        """True if the two runs may not write at the same time."""
        return not are_side_by_side(self.shard, other.shard)

    def follows(self, other: Lease) -> bool:
        """True if this run is a later attempt of the same workflow run, so that the earlier attempt is over."""
        mine, its = _ATTEMPT.match(self.run), _ATTEMPT.match(other.run)
        if mine is None or its is None or mine["run"] != its["run"]:
            return False
        return int(mine["attempt"] or 1) > int(its["attempt"] or 1)

    @property
    def host(self) -> str:
        """The machine's name, for people."""
        return self.machine.partition(" ")[0]

    @property
    def ended(self) -> Lease:
        """The lease given back: no other run waits for it."""
        return Lease(run=self.run, machine=self.machine, process=self.process, until="", shard=self.shard)

    def document(self) -> dict[str, Any]:
        """Return it as a store keeps it; of a run of all, earlier versions of the program read it too."""
        return self.model_dump(exclude_defaults=True)

    def ends(self) -> datetime | None:
        """Return when it ends; None if it was given back, or if its end is not a readable time."""
        try:
            end = datetime.fromisoformat(self.until)
        except ValueError:
            return None
        return end if end.tzinfo is not None else None


# Stands for a lease that cannot be read: its holder may be alive, so it is waited for as long as for any other.
UNREADABLE = Lease(
    run="of an unreadable lease", machine="an unknown machine", process=0, until="9999-12-31T00:00:00+00:00"
)


def remaining(lease: Lease | None, now: datetime) -> timedelta:
    """Return how long after `now` another run has to wait for `lease`; zero if it has ended.

    No lease is made for longer than `LEASE_LENGTH`: a longer one comes from another clock, or was forged.
    """
    end = lease.ends() if lease is not None else None
    # In this order, because a forged end can be the last second that a date can hold.
    left = end - now + SKEW if end is not None else timedelta(0)
    return max(timedelta(0), min(left, LEASE_LENGTH + SKEW))
