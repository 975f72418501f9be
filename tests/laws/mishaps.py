"""What may happen to a run on its way: it dies, a reply is lost after the work was done, or its ledger fails.

A run that dies does nothing more: every later request and every later commit dies too, as for a process that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import httpx

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.ledger import Batch
from reconciler.effects.ledger.sqlite import SqliteLedger
from reconciler.sandbox.world import World


class Died(BaseException):
    """The process is gone."""


@dataclass
class Mishap:
    """What happens, at which of a run's moments: `dies`, `reply lost` or `ledger fails`. None of it with `at` 0.

    A moment is a request that arrives, a reply that is about to leave, a commit that begins, or one that has ended.
    """

    kind: str = ""
    at: int = 0
    happened: bool = False
    moment: int = 0

    def pass_by(self, kinds: str) -> bool:
        """Count a moment; True if it happens now. Once dead, every moment is the last."""
        if self.kind not in kinds:
            return False
        self.moment += 1
        now = self.moment == self.at or (self.happened and self.kind == "dies")
        self.happened = self.happened or now
        return now


@contextmanager
def struck(mishap: Mishap) -> Iterator[None]:
    """Let it happen to the runs inside."""
    record, settle, commit = World.record, World.settle, SqliteLedger.commit

    def arriving(self: World, entry: Any) -> int:
        if mishap.pass_by("dies"):
            raise Died
        return record(self, entry)

    def answering(self: World, seq: int, outcome: Any) -> None:
        if mishap.pass_by("dies"):
            raise Died
        settle(self, seq, outcome)
        if mishap.pass_by("reply lost"):
            raise httpx.ReadError("the reply was lost")

    def committing(self: SqliteLedger, batch: Batch, *, version: str) -> Any:
        if mishap.pass_by("dies"):
            raise Died
        if mishap.pass_by("ledger fails"):
            raise EnvironmentProblem("the disk is full")
        done = commit(self, batch, version=version)
        if mishap.pass_by("dies"):
            raise Died
        return done

    with (
        patch.object(World, "record", arriving),
        patch.object(World, "settle", answering),
        patch.object(SqliteLedger, "commit", committing),
    ):
        yield
