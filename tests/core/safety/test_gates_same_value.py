"""The gate `same-value`: one value for profiles that each had their own."""

from __future__ import annotations

import pytest

from reconciler.core.fields import UNTOUCHED, Value, Webhook
from reconciler.core.planning.plan import Plan
from reconciler.core.safety.gates import Tripped, gates
from reconciler.core.settings import Policy, Rule
from reconciler.core.target import Assumed, Before, Change, Known, Origin, Unknown
from tests.support import change, picture, planned, target

HINT = "it stops nothing; to hear no more of it, set `policy: {same-value: allow}` in profiles/reconciler.yaml"
LINKS = ("https://a.example/one/quite/long", "https://b.example/two")


def shops(*changes: Change) -> Plan:
    """Return a plan with one profile for each change."""
    return Plan(targets=tuple(planned(one, to=target(f"shop-{n}", address=str(n))) for n, one in enumerate(changes)))


def found(*changes: Change) -> Tripped | None:
    """Return the gate, where these changes of as many profiles trip it."""
    plan = shops(*changes)
    tripped = gates(plan, Policy(), sending=plan.changes)
    return next((one for one in tripped if one.gate == "same-value"), None)


def test_one_value_for_profiles_that_differed_says_the_field_the_value_and_how_many() -> None:
    assert found(change(before="Berlin"), change(before="Munich"), change(before="Berlin")) == Tripped(
        gate="same-value",
        rule=Rule.WARN,
        summary='about of 3 profiles that differ would become "New"',
        hint=HINT,
        profiles=("shop-0", "shop-1", "shop-2"),
    )


@pytest.mark.parametrize(
    "changes",
    [
        (change(before="Berlin"),),
        (change(before="Old"), change(before="Old")),
        (change(before="Berlin", after="One"), change(before="Munich", after="Two")),
        (change(before="Berlin", after=""), change(before="Munich", after="")),
        (change(before="Berlin"), change(before="")),
        (change(before="Berlin"), change(before=UNTOUCHED["about"])),
        (change(before="Berlin"), change(before=Unknown())),
        (change("about", before="Berlin"), change("address", before="Munich")),
    ],
)
def test_nothing_that_differed_is_lost(changes: tuple[Change, ...]) -> None:
    assert found(*changes) is None


def test_values_that_cannot_be_read_back_differ_as_they_were_last_sent() -> None:
    sent = (change(before=Assumed(value=name, since="2026-08-02")) for name in ("Berlin", "Munich"))
    tripped = found(*sent, change(before=Known(value="Kiel")))
    assert tripped is not None
    assert tripped.profiles == ("shop-0", "shop-1", "shop-2")


def test_who_loses_nothing_is_not_counted() -> None:
    quiet: tuple[Before, ...] = (Known(value=""), Known(value=UNTOUCHED["about"]), Unknown())
    tripped = found(change(before="Berlin"), change(before="Munich"), *(change(before=one) for one in quiet))
    assert tripped is not None
    assert tripped.profiles == ("shop-0", "shop-1")


@pytest.mark.parametrize("origin", Origin)
def test_it_does_not_matter_why_it_would_be_sent(origin: Origin) -> None:
    assert found(change(before="Berlin", origin=origin), change(before="Munich", origin=origin)) is not None


@pytest.mark.parametrize(
    ("field", "before", "after", "shown"),
    [
        ("about", ("A", "B"), "x" * 40, f'"{"x" * 40}"'),
        ("about", ("A", "B"), "x" * 41, f'"{"x" * 40}…"'),
        ("websites", (("https://a.example/",), ("https://b.example/",)), LINKS[1:], '"https://b.example/two"'),
        ("websites", (("https://a.example/",), ("c",)), LINKS, f'"{", ".join(LINKS)[:40]}…"'),
        ("picture", (picture("a", file=""), picture("b", file="")), picture("c"), "pictures/logo.png"),
        (
            "picture",
            (picture("a", file=""), picture("b", file="")),
            picture("c", file=""),
            "a picture of 640 × 640 pixels",
        ),
        ("webhook", (Webhook(url="a"), Webhook(url="b")), Webhook(url="https://c"), '"https://c"'),
    ],
)
def test_a_value_is_shown_short(field: str, before: tuple[Value, Value], after: Value, shown: str) -> None:
    tripped = found(*(change(field, before=one, after=after) for one in before))
    assert tripped is not None
    assert tripped.summary == f"{field} of 2 profiles that differ would become {shown}"


def test_many_values_are_counted_from_the_fourth_on() -> None:
    one, other = (
        planned(
            *(change("about", before=f"{name} {n}", after=f"New {n}") for n in range(5)),
            to=target(name, address=name),
        )
        for name in ("berlin", "munich")
    )
    plan = Plan(targets=(one, other))
    (tripped,) = gates(plan, Policy(), sending=plan.changes)
    assert tripped.summary == (
        "; ".join(f'about of 2 profiles that differ would become "New {n}"' for n in range(3))
        + "; and 2 more like these"
    )
