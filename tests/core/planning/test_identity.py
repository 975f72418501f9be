"""Which number a credential opens, beside what the file, the other profiles and the ledger say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.core.memory.records import LedgerEntry
from reconciler.core.planning.identity import identified
from reconciler.core.target import Desired, Live, Observed, Opened, Unreadable, opened_identity
from reconciler.providers.dialog360 import Dialog360
from tests.support import desired, observed, target

A, B, C = "+493012345678", "+494012345678", "+498912345678"
ONE, TWO, THREE = "106540352242001", "106540352242002", "106540352242003"
TRAITS = {"360dialog": Dialog360.traits}
MEANT = f'If that is the number meant, write `number: "{C}"`'
CANNOT = "cannot tell which number its api_key opens: 360dialog does not say"


def profile(name: str, number: str, identity: str = "") -> Desired:
    there = replace(target(name, address=number), provider="360dialog", number=number)
    return replace(desired(to=there, about="Hi"), identity=identity)


BERLIN, HAMBURG = profile("berlin", A), profile("hamburg", B)


def entry(one: Desired, identity: str) -> LedgerEntry:
    return LedgerEntry(key=one.target.key, identity=identity)


def judged(opened: Mapping[Desired, Opened], *entries: LedgerEntry, others: tuple[Desired, ...] = ()) -> list[Live]:
    """Return what is left of each profile that was read; `others` were not."""
    live: dict[tuple[str, str, str], Live] = {
        one.target.key: replace(observed(about="Hi"), opened=told) for one, told in opened.items()
    }
    found = identified([*opened, *others], live, {one.key: one for one in entries}, traits=TRAITS)
    return [found[one.target.key] for one in opened]


def said(opened: Mapping[Desired, Opened], *entries: LedgerEntry, others: tuple[Desired, ...] = ()) -> list[str]:
    """Return the reason or the note of each profile that was read."""
    found = judged(opened, *entries, others=others)
    return [one.reason if isinstance(one, Unreadable) else "; ".join(one.notes) for one in found]


def test_two_keys_that_are_swapped_are_refused_with_both_names() -> None:
    found = judged({BERLIN: Opened(B, TWO), HAMBURG: Opened(A, ONE)})
    swapped = "the api_key of {} and that of {} are swapped"
    assert found == [
        Unreadable(
            reason=f"its api_key opens {B} (phone_number_id {TWO}), the number of hamburg, and the file says {A}: "
            f"{swapped.format('berlin', 'hamburg')}"
        ),
        Unreadable(
            reason=f"its api_key opens {A} (phone_number_id {ONE}), the number of berlin, and the file says {B}: "
            f"{swapped.format('hamburg', 'berlin')}"
        ),
    ]


def test_two_keys_that_are_swapped_are_found_by_the_ids_alone() -> None:
    berlin, hamburg = profile("berlin", A, ONE), profile("hamburg", B, TWO)
    found = said({berlin: Opened(identity=TWO), hamburg: Opened(identity=ONE)})
    assert found[0] == (
        f"its api_key opens phone_number_id {TWO}, the number of hamburg, and the file says phone_number_id {ONE}: "
        "the api_key of berlin and that of hamburg are swapped"
    )
    assert "the number of berlin" in found[1]


@pytest.mark.parametrize(
    ("one", "opened", "reason"),
    [
        (BERLIN, Opened(C), f"its api_key opens {C}, and the file says {A}. {MEANT}"),
        (BERLIN, Opened(C, ONE), f"its api_key opens {C} (phone_number_id {ONE}), and the file says {A}. {MEANT}"),
        (
            profile("berlin", A, ONE),
            Opened(A, TWO),
            f"its api_key opens {A} (phone_number_id {TWO}), and the file says phone_number_id {ONE}",
        ),
        (
            profile("berlin", A, ONE),
            Opened(identity=TWO),
            f"its api_key opens phone_number_id {TWO}, and the file says phone_number_id {ONE}",
        ),
    ],
)
def test_a_key_that_opens_another_number_than_the_files_is_refused(one: Desired, opened: Opened, reason: str) -> None:
    assert judged({one: opened}) == [Unreadable(reason=reason)]


@pytest.mark.parametrize(
    ("one", "opened", "remembered"),
    [
        (BERLIN, Opened(A), ""),
        (BERLIN, Opened(A, ONE), ""),
        (BERLIN, Opened(A, TWO), ONE),
        (profile("berlin", A, TWO), Opened(identity=TWO), ONE),
        (BERLIN, Opened(identity=ONE), ONE),
        (profile("mexico", "+526641633345"), Opened("+5216641633345"), ""),
    ],
)
def test_the_number_goes_before_the_file_and_the_file_before_the_ledger(
    one: Desired, opened: Opened, remembered: str
) -> None:
    assert said({one: opened}, entry(one, remembered)) == [""]


def test_without_a_word_in_the_file_the_ledger_says_that_the_key_opened_another_number() -> None:
    assert said({BERLIN: Opened(identity=TWO)}, entry(BERLIN, ONE)) == [
        (
            f"its api_key opens phone_number_id {TWO}, and opened {ONE} before. If it is still {A}, "
            f'write `phone_number_id: "{TWO}"` in its file'
        )
    ]


def test_an_id_that_only_unvouched_memory_holds_proves_nothing() -> None:
    unvouched = replace(entry(BERLIN, ONE), vouched=False)
    assert said({BERLIN: Opened(identity=ONE)}, unvouched) == said({BERLIN: Opened(identity=ONE)}) != [""]


@pytest.mark.parametrize(
    "other", [profile("hamburg", B, TWO), profile("hamburg", B)], ids=["by its file", "by the ledger"]
)
def test_an_id_that_is_another_profiles_is_refused_though_nothing_is_known_of_this_one(other: Desired) -> None:
    found = said({BERLIN: Opened(identity=TWO)}, entry(other, TWO), others=(other,))
    assert found == [f"its api_key opens phone_number_id {TWO}, the number of hamburg"]


def test_two_keys_that_open_one_number_are_both_refused() -> None:
    found = said({BERLIN: Opened(identity=ONE), HAMBURG: Opened(identity=ONE)})
    assert ["the number of hamburg" in found[0], "the number of berlin" in found[1]] == [True, True]


def test_what_nothing_tells_is_said_and_stays_readable() -> None:
    assert said({BERLIN: Opened(untold="no [HTTP 403]"), HAMBURG: Opened()}) == [f"{CANNOT} (no [HTTP 403])", CANNOT]
    assert said({BERLIN: Opened(identity=ONE)}) == [
        (
            f"cannot tell whether its api_key opens {A}: 360dialog names only phone_number_id {ONE}. "
            f'If that is it, write `phone_number_id: "{ONE}"` in its file'
        )
    ]


def test_a_note_stands_behind_those_of_the_provider() -> None:
    live = replace(observed(about="Hi", notes=("first",)), opened=Opened())
    (found,) = identified([BERLIN], {BERLIN.target.key: live}, {}, traits=TRAITS).values()
    assert found == replace(live, notes=("first", CANNOT))


def test_what_was_not_read_and_what_names_its_number_in_each_call_stays() -> None:
    live: dict[tuple[str, str, str], Live] = {
        BERLIN.target.key: Unreadable(reason="down"),
        HAMBURG.target.key: observed(about="Hi"),
    }
    assert identified([BERLIN, HAMBURG, profile("munich", C)], live, {}, traits=TRAITS) == live


def test_the_id_to_remember() -> None:
    assert opened_identity(Observed(fields={}, opened=Opened(identity=ONE))) == ONE
    assert [opened_identity(live) for live in (None, Unreadable(reason=""), Observed(fields={}))] == [""] * 3
