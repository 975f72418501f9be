"""What stands on a card: every managed field, with its value now and after, and what an apply does with it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.planning.treatment import Treatment
from reconciler.core.reports.cards import Card, CardField, cards, pictures
from tests.support.cases import Case


def made(**profile: Any) -> tuple[Card, ...]:
    """Return the cards of one profile, or of those in `profiles`."""
    case = Case({"profiles": profile.get("profiles", {"berlin": profile})})
    return cards(case.plan_report(), case.desired, case.live)


def shown(card: Card) -> dict[str, tuple[object, object]]:
    """Return each field's value now and after."""
    return {one.name: (one.now, one.after) for one in card.fields}


def test_a_card_has_the_managed_fields_that_change_and_those_that_do_not_in_the_order_of_the_fields() -> None:
    (card,) = made(
        files={"email": "a@b.example", "about": "New"},
        live={"about": "Old", "email": "a@b.example", "address": "not managed"},
    )
    assert shown(card) == {"about": ("Old", "New"), "email": ("a@b.example", "a@b.example")}
    assert [(one.name, change.after) for one, change in card.changed] == [("about", "New")]


def test_a_value_without_a_change_is_the_live_one_as_its_provider_spells_it() -> None:
    (card,) = made(
        files={"about": "New", "websites": ["https://a.example"]},
        live={"about": "Old", "websites": ["https://a.example/"]},
    )
    assert shown(card)["websites"] == (("https://a.example/",), ("https://a.example/",))


def test_the_files_value_stands_for_one_that_cannot_be_read_back() -> None:
    (card,) = made(
        files={"about": "New", "email": "a@b.example"},
        live={"about": "Old"},
        write_only=["email"],
        ledger={"email": {"sent": "a@b.example"}},
    )
    assert shown(card)["email"] == ("a@b.example", "a@b.example")


def test_a_field_that_could_not_be_read_says_why() -> None:
    (card,) = made(files={"about": "New", "email": "a@b.example"}, live={"about": "Old"}, unreadable={"email": "503"})
    assert CardField("email", None, unread="503") in card.fields
    assert shown(card)["email"] == (None, None)


def test_profiles_without_a_difference_have_no_card() -> None:
    assert made(files={"about": "Same"}, live={"about": "Same"}) == ()


_SENT = {"files": {"about": "New"}, "live": {"about": "Old"}, "ledger": {"about": {"sent": "Old"}}}
_DRIFTED = {"files": {"about": "Old"}, "live": {"about": "Sold out!"}, "ledger": {"about": {"sent": "Old"}}}
_CONFLICT = {"files": {"about": "New"}, "live": {"about": "Sold out!"}, "ledger": {"about": {"sent": "Old"}}}


def test_what_is_sent_comes_first_then_what_waits_for_a_person_then_what_is_left() -> None:
    found = made(
        profiles={
            "a": {**_SENT, "mode": "observe"},
            "b": {**_SENT, "blocked": "used elsewhere"},
            "c": _DRIFTED,
            "d": _CONFLICT,
            "e": _SENT,
        }
    )
    assert [(card.planned.target.profile, card.way) for card in found] == [
        ("e", Treatment.SENT),
        ("d", Treatment.FOR_A_PERSON),
        ("c", Treatment.LEFT_ALONE),
        ("b", Treatment.BLOCKED),
        ("a", Treatment.OBSERVED),
    ]


@pytest.mark.parametrize("first", ["about", "email"])
def test_a_profile_is_sent_if_any_of_its_fields_is(first: str) -> None:
    fields = dict(sorted({"about": "Old", "email": "new@b.example"}.items(), reverse=first == "email"))
    (card,) = made(
        files=fields,
        live={"about": "Sold out!", "email": "a@b.example"},
        ledger={"about": {"sent": "Old"}, "email": {"sent": "a@b.example"}},
    )
    assert card.way is Treatment.SENT
    assert {one.name: one.way for one in card.fields} == {"about": Treatment.LEFT_ALONE, "email": Treatment.SENT}


def test_each_picture_is_named_once_by_its_content() -> None:
    logo, other = {"mark": "a", "file": "pictures/logo.png"}, {"mark": "b"}
    profile = {"files": {"picture": logo}, "live": {"picture": other}}
    found = pictures(made(profiles={"a": profile, "b": profile}))
    assert list(found) == ["b" * 64, "a" * 64]
