from __future__ import annotations

import itertools

import pytest

from reconciler.core.basics import USAGE, Reason, exit_code, reason_of

# Frozen: scripts and workflows depend on it. The first that holds wins.
PRECEDENCE = {
    Reason.ERROR: 1,
    Reason.STALE: 4,
    Reason.STOPPED: 3,
    Reason.PARTLY: 5,
    Reason.INCOMPLETE: 6,
    Reason.CHANGES: 2,
}
SUBSETS = [frozenset(some) for size in range(7) for some in itertools.combinations(PRECEDENCE, size)]


@pytest.mark.parametrize("reasons", SUBSETS, ids=lambda some: ", ".join(sorted(some)) or "none")
def test_of_several_reasons_the_first_in_order_is_the_exit_code(reasons: frozenset[Reason]) -> None:
    assert exit_code(reasons) == next((PRECEDENCE[one] for one in PRECEDENCE if one in reasons), 0)


def test_every_reason_has_a_code_of_its_own() -> None:
    assert {one: exit_code([one]) for one in Reason} == PRECEDENCE
    assert len({*PRECEDENCE.values(), USAGE, 0}) == len(Reason) + 2


def test_a_code_is_that_of_its_reason_and_any_other_an_error() -> None:
    assert {one: reason_of(exit_code([one])) for one in Reason} == {one: one for one in Reason}
    assert reason_of(64) is Reason.ERROR


def test_a_usage_error_is_not_clicks_own_code_which_would_read_as_drift() -> None:
    assert USAGE == 64


@pytest.mark.parametrize("reasons", [(), (Reason.ERROR,), (Reason.STOPPED, Reason.CHANGES)])
def test_a_signal_wins_over_every_reason(reasons: tuple[Reason, ...]) -> None:
    assert (exit_code(reasons, signal=2), exit_code(reasons, signal=15)) == (130, 143)
