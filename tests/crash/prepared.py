"""prepared: (a store) → a folder of shops to copy for each trial, what comes of it when nobody disturbs, and the end.

Every trial ends alike: one more run must finish what the disturbed ones began.
"""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from reconciler.effects.ledger import Ledger
from reconciler.effects.world import Context
from tests.crash import shops
from tests.crash.judge import Truth, after_last, after_memory
from tests.crash.lines import executed
from tests.crash.processes import SHELF, Ended, forked
from tests.crash.stores import copy_database, drop_database, environ, made, opened, stored_beside
from tests.crash.world import Sent, live, sent


@dataclass(frozen=True)
class Prepared:
    """A folder to copy, what comes of it when nobody disturbs, and the lines that an apply executes there.

    With each line stands a digest of what is on disk when it is executed for the first time.
    """

    folder: Path
    store: str
    truth: Truth
    lines: Mapping[str, str]


@contextmanager
def prepared(store: str) -> Iterator[Prepared]:
    """Make the shops, and find out what an undisturbed apply of them does; everything is imported on the way."""
    with tempfile.TemporaryDirectory(dir=SHELF, prefix="campaign-") as name:
        first, copy = Path(name, "first"), Path(name, "rehearsal")
        first.mkdir()
        made(first, store)
        shops.prepare(first / "shops", environ=environ(first, store), ledger=store)
        shutil.copytree(first, copy)
        copy_database(first, copy, store)
        with stored_beside(copy, store) as beside:
            work = partial(shops.applied, copy / "shops", environ(copy, store))
            report, lines = executed(work, copy, beside=beside)
        assert not report.reasons, report.reasons
        truth = Truth(shops.wanted(report), live(copy / "shops"))
        # No connection of this process may be open in its children.
        del report
        gc.collect()
        yield Prepared(first, store, truth, lines)


@dataclass(frozen=True)
class Copy:
    """One trial's own shops."""

    prepared: Prepared
    folder: Path

    @property
    def root(self) -> Path:
        """The repository."""
        return self.folder / "shops"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every run in it."""
        return environ(self.folder, self.prepared.store)

    @cached_property
    def ledger(self) -> Ledger:
        """The memory that its runs share."""
        return opened(self.prepared.store, Context(root=self.root, environ=self.environ))

    def apply(self) -> Mapping[str, Any]:
        """Apply, in this process."""
        report = shops.applied(self.root, self.environ)
        return {"reasons": sorted(report.reasons), "unrecorded": report.unrecorded}

    def finish(self, received: Sequence[Sent]) -> list[str]:
        """Let one more run finish, where `received` was sent before; return what is wrong then."""
        arrived = live(self.root)
        last = forked(self._last)
        if found := broken("the last run", last):
            return found
        again = sent(self.root)[len(received) :]
        left = [path.name for path in (self.root / ".reconciler").iterdir()]
        found = after_last(self.prepared.truth, again, received=received, arrived=arrived, live=live(self.root))
        return found + after_memory(self.prepared.truth, last.answer, ledger=self.ledger, left=left)

    def _last(self) -> Mapping[str, Any]:
        """Apply once more, and plan."""
        said: list[str] = []
        report = shops.applied(self.root, self.environ, log=said.append)
        planned = shops.planned(self.root, self.environ)
        return {
            "reasons": sorted(report.reasons),
            "unrecorded": report.unrecorded,
            "said": said,
            "complete": planned.plan.complete,
            "changes": shops.places(planned),
        }


@contextmanager
def copied(prepared: Prepared) -> Iterator[Copy]:
    """Lend a copy of the shops; what a run that dies leaves behind goes with it."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(dir=SHELF, prefix="crash-") as name:
        shutil.copytree(prepared.folder, name, dirs_exist_ok=True)
        copy_database(prepared.folder, Path(name), prepared.store)
        tempfile.tempdir = name
        try:
            yield Copy(prepared, Path(name))
        finally:
            tempfile.tempdir = before
            drop_database(Path(name), prepared.store)


def broken(who: str, ended: Ended) -> list[str]:
    """Say that a run ended in another way than by an answer or by being killed."""
    if ended.answer is None:
        return [] if ended.killed else [f"{who} ended without an answer"]
    return [f"{who}: {ended.answer['broken']}"] if "broken" in ended.answer else []
