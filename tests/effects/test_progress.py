"""What workers do becomes one standing, and a display gets each."""

from __future__ import annotations

import pytest

from reconciler.core.progress import Headway, Stage
from reconciler.effects.world import Progress
from tests.support.effects import Clock

Shown = list[Headway | None]


@pytest.fixture
def shown() -> Shown:
    """What a display was given."""
    return []


def short(shown: Shown) -> list[tuple[int, float, tuple[str, ...]] | None]:
    return [(one.done, one.now, one.waits) if one is not None else None for one in shown]


def test_the_number_is_known_when_the_stage_begins_and_each_profile_counts(shown: Shown) -> None:
    clock = Clock(now=5.0)
    with Progress([shown.append]).stage(Stage.READING, 2, clock=clock.monotonic, note="at most 4 calls") as advance:
        advance()
        clock.now = 6.0
        advance()
    assert short(shown) == [(0, 5.0, ()), (1, 5.0, ()), (2, 6.0, ()), None]
    assert shown[0] == Headway.begun(Stage.READING, 2, now=5.0, note="at most 4 calls")


def test_a_stage_without_profiles_is_not_shown(shown: Shown) -> None:
    with Progress([shown.append]).stage(Stage.WRITING, 0, clock=Clock().monotonic) as advance:
        advance()
    assert shown == []


def test_a_stage_that_fails_has_ended(shown: Shown) -> None:
    with (
        pytest.raises(ValueError, match="no"),
        Progress([shown.append]).stage(Stage.READING, 1, clock=Clock().monotonic),
    ):
        raise ValueError("no")
    assert shown[-1] is None


def test_what_several_workers_wait_for_is_shown_once_until_the_last_goes_on(shown: Shown) -> None:
    clock = Clock(now=1.0)
    progress = Progress([shown.append])
    with progress.stage(Stage.READING, 3, clock=clock.monotonic):
        with progress.waiting("a retry", clock=clock.monotonic):
            with progress.waiting("a retry", clock=clock.monotonic):
                clock.now = 2.0
            with progress.waiting("Meta", clock=clock.monotonic):
                pass
        clock.now = 3.0
    both = ("Meta", "a retry")
    assert short(shown) == [
        (0, 1.0, ()),
        (0, 1.0, ("a retry",)),
        (0, 2.0, both),
        (0, 2.0, ("a retry",)),
        (0, 2.0, ()),
        None,
    ]


def test_what_was_waited_for_before_the_stage_is_shown_in_it(shown: Shown) -> None:
    clock, progress = Clock(), Progress([shown.append])
    with progress.waiting("run 12", clock=clock.monotonic):
        assert shown == []
        with progress.stage(Stage.WRITING, 1, clock=clock.monotonic):
            pass
    assert short(shown) == [(0, clock.now, ("run 12",)), None]


def test_without_a_display_nothing_breaks() -> None:
    with Progress().stage(Stage.READING, 1, clock=Clock().monotonic) as advance:
        advance()
