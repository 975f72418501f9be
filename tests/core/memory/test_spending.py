from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.memory.spending import (
    AccountRecord,
    Slots,
    Window,
    account_from_json,
    account_to_json,
    merged,
    with_accounts,
)
from reconciler.core.traits import Rate

HOUR = Rate(calls=5000, seconds=3600.0)
KEY = ("meta", "https://graph.facebook.com", "bakery")
MINUTE = 60.0
# A whole minute since 1970.
NOW = 30_000_000 * MINUTE


def after(minutes: float) -> float:
    return NOW + minutes * MINUTE


def window(*calls: tuple[float, int]) -> Window:
    """Return a window in which so many calls were made after so many minutes."""
    made = Window(HOUR)
    for minutes, number in calls:
        made.take(number, after(minutes))
    return made


@given(st.lists(st.tuples(st.floats(0, 5000), st.integers(1, 700)), max_size=60))
def test_no_hour_ever_has_more_calls_than_the_rate_allows(wanted: list[tuple[float, int]]) -> None:
    made, calls, now = Window(HOUR), [], NOW
    for pause, number in wanted:
        now += pause
        now += made.wait(number, now)
        assert made.left(now) >= number
        made.take(number, now)
        calls.append((now, number))
    for begins, _ in calls:
        assert sum(number for time, number in calls if begins <= time < begins + HOUR.seconds) <= HOUR.calls


@pytest.mark.parametrize(
    ("calls", "minutes"), [(1, 0), (3200, 0), (3201, 61), (5000, 61), (8200, 61), (8201, 122), (10_100, 122)]
)
def test_how_long_calls_take_is_what_waiting_for_each_of_them_takes(calls: int, minutes: float) -> None:
    made = window((0, 1800))
    assert made.lasts(calls, NOW) == minutes * MINUTE
    now, rest = NOW, calls
    while rest:
        now += made.wait(1, now)
        some = min(rest, made.left(now))
        made.take(some, now)
        rest -= some
    assert now - NOW == minutes * MINUTE


def test_a_call_that_can_never_be_made_at_once_waits_for_an_empty_hour() -> None:
    assert window((0, 10)).wait(6000, NOW) == 61 * MINUTE


def test_calls_that_are_given_back_may_be_made_again() -> None:
    made = window((0, 100), (1, 50))
    made.give_back(120, after(1))
    assert (made.left(after(1)), made.fresh()) == (4970, ((30_000_000, 30),))
    # What the ledger has by now cannot be taken back.
    made.give_back(10, after(1))
    assert made.left(after(1)) == 4970


def test_what_no_ledger_has_yet_is_told_once_or_once_more() -> None:
    made = window((0, 100), (0.5, 50), (1, 7))
    told = made.fresh()
    assert told == ((30_000_000, 150), (30_000_001, 7))
    assert made.fresh() == ()
    made.not_kept(told)
    assert made.fresh() == told


def test_a_minute_long_rate_is_no_news_for_the_next_run() -> None:
    made = Window(Rate(calls=60, seconds=60.0))
    made.take(5, NOW)
    assert made.fresh() == ()


@pytest.mark.parametrize(
    ("slots", "left"),
    [
        (((30_000_000, 1800),), 3200),
        (((30_000_000 - 60, 1800),), 3200),
        # Older than an hour, of a clock that is ahead, and more than an hour can have.
        (((30_000_000 - 61, 1800),), 5000),
        (((30_000_001, 1800),), 5000),
        (((30_000_000 - 1, 9_999_999), (30_000_000, 9_999_999)), 0),
    ],
)
def test_calls_of_earlier_runs_count_as_far_as_they_can_be_true(slots: Slots, left: int) -> None:
    made = Window(HOUR)
    made.remember(slots, NOW)
    assert made.left(NOW) == left
    assert made.fresh() == ()
    # The worst that a forged record does: the run waits for an hour.
    assert made.wait(5000, NOW) <= 61 * MINUTE


def test_the_providers_figure_outranks_what_is_remembered() -> None:
    made = Window(HOUR)
    made.remember(((30_000_000 - 50, 1000), (30_000_000 - 10, 1000)), NOW)
    made.take(100, NOW)
    # 39 percent and a part of one: 2,000 calls.
    made.told(39, NOW)
    assert made.left(NOW) == 3000
    # The oldest are those that are no longer counted.
    made.remember(((30_000_000 - 50, 1000), (30_000_000 - 10, 1000)), NOW)
    made.told(29, NOW)
    assert (made.left(NOW), made.wait(3501, NOW)) == (3500, 11 * MINUTE)
    # Others have called meanwhile, and when is not known: at worst just now.
    made.told(79, NOW)
    assert (made.left(NOW), made.wait(3501, NOW)) == (1000, 61 * MINUTE)
    made.told(1, NOW)
    assert made.left(NOW) == 4900
    made.told(250, NOW)
    assert made.left(NOW) == 0


def test_what_runs_add_side_by_side_is_all_kept() -> None:
    one = AccountRecord(KEY, ((100, 5), (101, 1)), unread=("c", "d"), read=frozenset({"a", "b"}))
    other = AccountRecord(KEY, ((101, 2),), unread=("f",), read=frozenset({"e", "c"}))
    kept = with_accounts({KEY: AccountRecord(KEY, ((40, 4), (41, 4)), unread=("a", "c", "e"))}, [one, other])
    assert kept == {KEY: AccountRecord(KEY, ((41, 4), (100, 5), (101, 3)), unread=("d", "f"))}


@pytest.mark.parametrize("ahead", [6, 60, 10**9])
def test_a_slot_that_is_still_to_come_takes_no_call_out_of_the_memory(ahead: int) -> None:
    """It was forged, or comes from a wrong clock. As the newest for ever, it would hide what others called."""
    known = AccountRecord(KEY, ((941, 5), (1001 + ahead, 1)))
    assert merged(known, AccountRecord(KEY, ((1001, 7),))).slots == ((941, 5), (1001, 7))
    assert merged(known, AccountRecord(KEY, ((1001 + ahead, 1),))).slots[-1] == (1001 + ahead, 2)


def test_the_clock_of_another_machine_may_be_a_little_ahead() -> None:
    known = AccountRecord(KEY, ((1006, 1),))
    assert merged(known, AccountRecord(KEY, ((1001, 7),))).slots == ((1001, 7), (1006, 1))


def test_a_run_that_only_says_what_it_read_keeps_what_is_there() -> None:
    assert merged(None, AccountRecord(KEY)) == AccountRecord(KEY)
    known = AccountRecord(KEY, ((100, 5),), unread=("a", "b"))
    assert merged(known, AccountRecord(KEY, read=frozenset("a"))) == AccountRecord(KEY, ((100, 5),), unread=("b",))


def test_of_looks_the_newest_of_each_day_is_kept_for_about_a_year() -> None:
    first, today = date(2025, 6, 1), date(2026, 12, 1)
    years = tuple((first + timedelta(days=n), n) for n in range((today - first).days))
    known = merged(AccountRecord(KEY, looks=years), AccountRecord(KEY, looks=((years[-1][0], 5), (today, 3))))
    assert (len(known.looks), known.looks[-2:]) == (366, ((years[-1][0], 5), (today, 3)))
    assert merged(known, AccountRecord(KEY)).looks == known.looks
    assert account_from_json(json.loads(json.dumps(account_to_json(known)))) == known


@pytest.mark.parametrize(
    "looks", [{}, [["2026-12-01"]], [["2026-12-01", -1]], [["2026-13-01", 1]], [[1, 1]], [["2026-12-01", 1]] * 367]
)
def test_what_are_no_looks_is_refused(looks: Any) -> None:
    with pytest.raises(ValueError, match=r"not |month"):
        account_from_json({**account_to_json(AccountRecord(KEY)), "looks": looks})


def test_a_record_is_read_as_it_was_written() -> None:
    kept = AccountRecord(KEY, ((40, 4), (100, 5)), unread=("a", "b"))
    assert account_from_json(account_to_json(kept)) == kept


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 2},
        {"key": ["meta", "bakery"]},
        {"key": ["meta", 1, "bakery"]},
        {"calls": {}},
        {"calls": [[1, 2]] * 62},
        {"calls": [[1, -2]]},
        {"calls": [[-1, 2]]},
        {"calls": [[1]]},
        {"calls": [[1.5, 2]]},
        {"unread": "a"},
        {"unread": ["a"] * 100_001},
    ],
)
def test_what_is_no_record_of_an_account_is_refused(damage: dict[str, Any]) -> None:
    document = {**account_to_json(AccountRecord(KEY)), **damage}
    with pytest.raises(ValueError, match="not"):
        account_from_json(document)


def test_what_is_no_document_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="not the record of an account"):
        account_from_json([])


def test_names_that_cannot_be_addresses_are_left_out() -> None:
    document = {**account_to_json(AccountRecord(KEY)), "unread": ["a", 1, "x" * 1001, "b"]}
    assert account_from_json(document).unread == ("a", "b")
