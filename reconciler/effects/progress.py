"""Progress: what a run's workers do and wait for → the standing of its stage, for a display or a log.

One run shares one. A display gets every change, and decides itself what it shows of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from reconciler.core.progress import Headway, Stage


class Progress:
    """The stage that a run is in. Each of `shows` is called with each new standing, and with None when it has ended."""

    def __init__(self, shows: Sequence[Callable[[Headway | None], None]] = ()) -> None:
        self._shows = shows
        self._standing: Headway | None = None
        self._waits: Counter[str] = Counter()

    @contextmanager
    def stage(
        self, stage: Stage, total: int, *, clock: Callable[[], float], note: str = ""
    ) -> Iterator[Callable[[], None]]:
        """Begin a stage of `total` profiles, and yield what to call after each. Without a display it is not counted."""
        seen = total > 0 and bool(self._shows)
        if seen:
            self._became(replace(Headway.begun(stage, total, now=clock(), note=note), waits=self._reasons))

        def advance() -> None:
            if self._standing is not None:
                self._became(self._standing.advanced(clock()))

        try:
            yield advance
        finally:
            if seen:
                self._became(None)

    @contextmanager
    def waiting(self, why: str, *, clock: Callable[[], float]) -> Iterator[None]:
        """Say that a worker waits, and for what; several may wait for the same."""
        self._waits[why] += 1
        self._waits_changed(clock)
        try:
            yield
        finally:
            self._waits[why] -= 1
            self._waits_changed(clock)

    def waits_on(self, *, clock: Callable[[], float]) -> None:
        """Say that what is waited for is still waited for."""
        if self._standing is not None:
            self._became(self._standing.at(clock()))

    @property
    def _reasons(self) -> tuple[str, ...]:
        return tuple(sorted(why for why, workers in self._waits.items() if workers))

    def _waits_changed(self, clock: Callable[[], float]) -> None:
        if self._standing is not None and self._standing.waits != self._reasons:
            self._became(replace(self._standing.at(clock()), waits=self._reasons))

    def _became(self, standing: Headway | None) -> None:
        self._standing = standing
        for show in self._shows:
            show(standing)
