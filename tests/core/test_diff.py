from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.comparison import details, diff
from reconciler.core.fields import Value, Webhook, canonical_url
from reconciler.core.kinds import Equality, empty
from reconciler.core.target import Detail, Known, LiveField, Unreadable, WriteOnly
from tests.support import desired, observed, picture
from tests.support.planning import grid, seen, wanted

HOOK = Webhook(url="https://hooks.example/a")
A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"
LINKS = st.lists(st.sampled_from((A, B, C, "https://d.example/x")), max_size=4).map(tuple)


def test_a_field_that_the_profile_does_not_hold_is_never_looked_at() -> None:
    compared = diff(desired(about="Bread"), observed(about="Bread", email="a@b.example", address="Here 1"))
    assert [(one.field.name, one.equality) for one in compared] == [("about", Equality.SAME)]


def test_every_managed_field_is_compared_in_the_order_of_the_profile() -> None:
    compared = diff(desired(about="Bread", email="", websites=()), observed(websites=(A,), about="Cake", email=""))
    assert [(one.field.name, one.equality) for one in compared] == [
        ("about", Equality.DIFFERENT),
        ("email", Equality.SAME),
        ("websites", Equality.DIFFERENT),
    ]


@pytest.mark.parametrize(
    ("field", "want", "live", "equality"),
    [
        ("about", "", "Bread", Equality.DIFFERENT),
        ("about", "Bread", "bread", Equality.DIFFERENT),
        ("websites", ("https://a.example",), (A,), Equality.SAME),
        ("websites", (A, B), (B, A), Equality.DIFFERENT),
        ("webhook", HOOK, HOOK, Equality.SAME),
        ("webhook", Webhook(url="https://hooks.example"), Webhook(url="https://hooks.example/"), Equality.SAME),
        ("webhook", HOOK, Webhook(url="https://hooks.example/b"), Equality.DIFFERENT),
        ("picture", picture("a"), "", Equality.DIFFERENT),
        ("picture", picture("a"), picture("a"), Equality.SAME),
        ("picture", picture("a"), picture("b"), Equality.CANNOT_TELL),
        ("picture", picture("a", grid=grid(100)), picture("b", grid=grid(101)), Equality.SAME),
        ("picture", picture("a", grid=grid(100)), picture("b", grid=grid(200)), Equality.DIFFERENT),
    ],
)
def test_a_live_value_is_compared_as_a_customer_would_see_it(
    field: str, want: Value, live: Value, equality: Equality
) -> None:
    (compared,) = diff(wanted({field: want}), seen({field: live}))
    assert (compared.live, compared.equality) == (Known(value=live), equality)


@pytest.mark.parametrize("live", [WriteOnly(), Unreadable(reason="a timeout")])
def test_what_is_not_known_is_compared_with_nothing(live: LiveField) -> None:
    (compared,) = diff(desired(about=""), observed(about=live))
    assert (compared.live, compared.equality) == (live, None)


def test_a_field_that_the_reply_leaves_out_was_not_read() -> None:
    """Only a provider can say that an absent key means an empty field."""
    (compared,) = diff(desired(about=""), observed(email="a@b.example"))
    assert (compared.live, compared.equality) == (Unreadable(reason="the reply does not say"), None)


@given(name=st.sampled_from(("about", "websites", "picture", "webhook")), links=LINKS, text=st.text(max_size=5))
@settings(max_examples=50)
def test_the_diff_of_equals_is_empty(name: str, links: tuple[str, ...], text: str) -> None:
    given_value: dict[str, Value] = {"about": text, "websites": links, "webhook": Webhook(url=text)}
    values = (given_value.get(name, picture()), empty(name))
    compared = [diff(wanted({name: value}), seen({name: value})) for value in values]
    assert [one.equality for (one,) in compared] == [Equality.SAME, Equality.SAME]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ((), (A,), (Detail(path="[0]", after=A),)),
        ((A,), (), (Detail(path="[0]", before=A),)),
        ((A, B), (A, C), (Detail(path="[1]", before=B, after=C),)),
        ((A, B), (B, A), (Detail(path="[0]", before=A, after=B), Detail(path="[1]", before=B, after=A))),
        ((A, B), (B,), (Detail(path="[0]", before=A),)),
    ],
)
def test_the_links_that_moved_are_named(before: Value, after: Value, moved: tuple[Detail, ...]) -> None:
    assert details(before, after) == moved


def test_a_link_that_the_provider_only_spells_otherwise_did_not_move() -> None:
    assert details((A,), ("https://a.example", "https://b.example")) == (Detail(path="[1]", after=B),)


@pytest.mark.parametrize(
    ("before", "after"), [("Old", "New"), ("", picture()), (HOOK, Webhook(url="")), ("", (A,)), ((A,), "")]
)
def test_a_value_that_is_one_piece_has_no_items(before: Value, after: Value) -> None:
    assert details(before, after) == ()


@given(before=LINKS, after=LINKS)
@settings(max_examples=50)
def test_links_have_no_details_exactly_where_they_are_equal(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Every detail names a link of its own side, in the order of the paths, and says that something moved."""
    moved = details(before, after)
    assert bool(moved) is (tuple(map(canonical_url, before)) != tuple(map(canonical_url, after)))
    assert [one.path for one in moved] == sorted(one.path for one in moved)
    assert all(one.before in (*before, None) and one.after in (*after, None) for one in moved)
    assert all(one.before != one.after for one in moved)
