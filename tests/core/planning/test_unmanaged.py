"""What is no longer managed: by the base's word, by the ledger's, and by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.core.fields import Mode
from reconciler.core.memory.records import LedgerEntry, RecordState
from reconciler.core.planning.base import BaseRevision, Unmanaged, base, find_unmanaged
from reconciler.core.target import Desired
from tests.support import desired, entry, record, target

GONE = target("munich", address="1")
COMMIT = "a" * 40


def found(
    now: Sequence[Desired],
    was: BaseRevision | None = None,
    *entries: LedgerEntry,
    everything: bool = True,
) -> tuple[Unmanaged, ...]:
    return find_unmanaged(now, was, entries={one.key: one for one in entries}, everything=everything)


def before(*desired: Desired) -> BaseRevision:
    return base(COMMIT, desired, whole=True)


def test_a_field_that_was_managed_at_the_base_and_is_not_now_is_released() -> None:
    now = desired(about="New", websites=())
    was = desired(email="a@b.example", about="Old", address="Here")
    assert found([now], before(was)) == (
        Unmanaged(key=target().key, profile="berlin", fields=("address", "email"), whole=False),
    )


def test_a_profile_that_is_gone_is_released_whole_by_the_name_that_it_had() -> None:
    was = before(desired(about="Old"), desired(about="Old", to=GONE))
    assert found([desired(about="Old")], was) == (
        Unmanaged(key=GONE.key, profile="munich", fields=("about",), whole=True),
    )


def test_a_profile_that_manages_nothing_more_is_there_all_the_same() -> None:
    (one,) = found([desired()], before(desired(about="Old")))
    assert (one.fields, one.whole) == (("about",), False)


@pytest.mark.parametrize("now", Mode)
@pytest.mark.parametrize("was", Mode)
def test_a_profile_that_is_watched_less_than_at_the_base_is_said(was: Mode, now: Mode) -> None:
    """It still has its file, and what is remembered of it stays memory."""
    less = [*Mode].index(now) > [*Mode].index(was)
    resting = Unmanaged(key=target().key, profile="berlin", fields=("about",), whole=False, mode=now)
    assert found([desired(now, about="New")], before(desired(was, about="Old"))) == ((resting,) if less else ())
    assert found([desired(now, about="New")], before(desired(was))) == ()


def test_a_profile_whose_mode_and_fields_change_is_said_for_both() -> None:
    told = found([desired(Mode.PAUSED, about="Old")], before(desired(about="Old", email="a@b.example")))
    assert [(one.fields, one.mode, one.unwatched) for one in told] == [
        (("email",), Mode.MANAGED, False),
        (("about",), Mode.PAUSED, True),
    ]
    told = found([desired(Mode.OBSERVE, address="Here")], before(desired(about="Old")))
    assert [(one.fields, one.mode) for one in told] == [(("about",), Mode.MANAGED), (("about",), Mode.OBSERVE)]


@pytest.mark.parametrize("mode", Mode)
def test_a_file_or_field_that_goes_is_said_unless_its_profile_was_paused(mode: Mode) -> None:
    was = before(desired(mode, about="Old"))
    told = [one.fields for now in ([], [desired(mode)]) for one in found(now, was)]
    assert told == ([] if mode is Mode.PAUSED else [("about",)] * 2)


def test_memory_of_an_unmanaged_target_is_released() -> None:
    """Its own name of a profile counts where the base knows none."""
    left = entry(record(sent="Old"), record("email", sent="a@b.example"))
    gone = replace(entry(record(sent="Old"), to=GONE), profile="munich")
    assert found([desired(about="New")], None, left, gone) == (
        Unmanaged(key=target().key, profile="berlin", fields=("email",), whole=False),
        Unmanaged(key=GONE.key, profile="munich", fields=("about",), whole=True),
    )
    (nameless,) = found([], None, entry(record(sent="Old"), to=GONE))
    assert nameless.profile == ""


def test_what_was_released_before_is_history() -> None:
    history = record("email", sent="a@b.example", state=RecordState.RELEASED)
    assert found([desired(about="New")], None, entry(history), entry(history, to=GONE)) == ()


def test_what_both_know_of_is_said_once() -> None:
    was = before(desired(email="a@b.example"), desired(about="Old", to=GONE))
    remembered = entry(record("email", sent="a@b.example"), record("address", sent="Here"), record("about", sent="x"))
    assert found([desired(about="New")], was, remembered, entry(record(sent="Old"), to=GONE)) == (
        Unmanaged(key=target().key, profile="berlin", fields=("address", "email"), whole=False),
        Unmanaged(key=GONE.key, profile="munich", fields=("about",), whole=True),
    )


def test_where_only_some_profiles_are_looked_at_nothing_is_said_of_the_others() -> None:
    was = before(desired(about="Old", email=""), desired(about="Old", to=GONE))
    (one,) = found([desired(about="Old")], was, everything=False)
    assert (one.profile, one.fields) == ("berlin", ("email",))


def test_a_target_that_moves_is_released_there() -> None:
    there = target(endpoint="https://graph.facebook.com")
    (one,) = found([desired(about="Old", to=there)], before(desired(about="Old")))
    assert (one.key, one.whole) == (target().key, True)
