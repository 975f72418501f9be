from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import deepdiff
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.comparing.difference import Became, Detail, Piece
from reconciler.core.comparing.kinds import Equality, empty, equality, is_empty
from reconciler.core.fields import FIELD_NAMES, Header, Picture, SecretRef, Value, Webhook, canonical_url
from reconciler.core.planning.comparison import Comparison, diff
from reconciler.core.target import Known, LiveField, Unreadable, WriteOnly
from tests.support import desired, observed, picture
from tests.support.laws import tried
from tests.support.planning import grid, seen, wanted

HOOK = Webhook(url="https://hooks.example/a")
A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"
LINKS = st.lists(st.sampled_from((A, B, C, "https://a.example", "https://d.example/x")), max_size=4).map(tuple)
TEXTS = st.text(st.sampled_from("ab \n.é\u0301\u200d👍🏽日"), max_size=30) | st.text(max_size=20)
NAMES = st.lists(st.sampled_from(("X-Shop", "x-shop", "Via", "a.b", "it's", 'a"]')), max_size=3)
HOOKS = st.builds(
    Webhook,
    url=st.sampled_from(("https://h.example", "https://h.example/", "https://h.example/a")),
    verify_token=st.none() | st.just(SecretRef(env="WEBHOOK_VERIFY")),
    headers=NAMES.map(lambda names: tuple(Header(name=name) for name in names)),
)
PICTURES = st.builds(picture, st.sampled_from("abc"), grid=st.sampled_from(("", grid(100), grid(101), grid(200))))
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "about": TEXTS,
    "email": TEXTS,
    "websites": LINKS,
    "picture": PICTURES | st.just(""),
    "webhook": HOOKS | st.just(Webhook(url="")),
}
PROFILES = st.fixed_dictionaries({}, optional=VALUES)


class Counted:
    """Stands in for DeepDiff's class and counts its calls."""

    def __init__(self) -> None:
        self.documents: list[tuple[dict[str, object], dict[str, object]]] = []

    def __call__(self, before: dict[str, object], after: dict[str, object], **options: Any) -> object:
        """Note both documents and compare them."""
        self.documents.append((before, after))
        return Counted.real(before, after, **options)

    real = deepdiff.DeepDiff


def counted(want: dict[str, Value], live: dict[str, Value]) -> tuple[Counted, tuple[Comparison, ...]]:
    """Return the calls of DeepDiff and the comparisons."""
    calls = Counted()
    with patch.object(deepdiff, "DeepDiff", calls):
        return calls, diff(wanted(want), seen(live))


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
    ("field", "want", "live", "verdict"),
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
    field: str, want: Value, live: Value, verdict: Equality
) -> None:
    (compared,) = diff(wanted({field: want}), seen({field: live}))
    assert (compared.live, compared.equality) == (Known(value=live), verdict)
    # Beside a field that differs, the tree says the same as equality alone.
    beside, _ = diff(wanted({field: want, "email": "a@b.example"}), seen({field: live, "email": ""}))
    assert beside.equality == verdict


@pytest.mark.parametrize("live", [WriteOnly(), Unreadable(reason="a timeout")])
def test_what_is_not_known_is_compared_with_nothing(live: LiveField) -> None:
    (compared,) = diff(desired(about=""), observed(about=live))
    assert (compared.live, compared.equality, compared.details) == (live, None, ())


def test_what_is_remembered_stands_in_for_what_cannot_be_read_but_is_no_verdict() -> None:
    (compared,) = diff(desired(about="New"), observed(about=WriteOnly()), {"about": "Old"})
    assert compared.equality is None
    assert compared.details == (
        Detail("", Became.CHANGED, pieces=(Piece(Became.REMOVED, "Old"), Piece(Became.ADDED, "New"))),
    )
    (read,) = diff(desired(about="New"), observed(about=Unreadable(reason="a timeout")), {"about": "Old"})
    assert read.details == ()


def test_a_field_that_the_reply_leaves_out_was_not_read() -> None:
    """Only a provider can say that an absent key means an empty field."""
    (compared,) = diff(desired(about=""), observed(email="a@b.example"))
    assert (compared.live, compared.equality) == (Unreadable(reason="the reply does not say"), None)


@given(name=st.sampled_from(("about", "websites", "picture", "webhook")), links=LINKS, text=st.text(max_size=5))
@settings(max_examples=50)
def test_the_diff_of_equals_is_empty(name: str, links: tuple[str, ...], text: str) -> None:
    given_value: dict[str, Value] = {"about": text, "websites": links, "webhook": Webhook(url=text)}
    values = (given_value.get(name, picture()), empty(name))
    compared = [counted({name: value}, {name: value}) for value in values]
    assert [(calls.documents, one.equality, one.details) for calls, (one,) in compared] == [([], Equality.SAME, ())] * 2


@given(want=PROFILES, live=PROFILES)
@tried(100)
def test_deepdiff_is_called_once_for_a_profile_that_differs_and_else_not_at_all(
    want: dict[str, Value], live: dict[str, Value]
) -> None:
    """Its documents hold the managed fields whose live value is known, and no other."""
    calls, compared = counted(want, live)
    verdicts = {name: equality(value, live[name]) for name, value in want.items() if name in live}
    differs = any(verdict is not Equality.SAME for verdict in verdicts.values())
    assert len(calls.documents) == differs
    assert {one.field.name: one.equality for one in compared if one.equality is not None} == verdicts
    for before, after in calls.documents:
        assert {*before, *after} <= {*verdicts}


def test_deepdiff_is_called_as_often_as_profiles_differ() -> None:
    live: list[dict[str, Value]] = [{"about": about} for about in ("Bread", "Cake", "Bread", "Pie", "Bread")]
    assert sum(len(counted({"about": "Bread"}, one)[0].documents) for one in live) == 2


def rebuilt(name: str, live: Value, details: tuple[Detail, ...]) -> Value:
    """Apply the details of a text, a list or a webhook's readable part to the live value."""
    match live if not is_empty(live) else empty(name):
        case str() as text:
            (only,) = details or (Detail("", Became.KEPT, pieces=(Piece(Became.KEPT, text),)),)
            assert "".join(one.text for one in only.pieces if one.became is not Became.ADDED) == text
            return "".join(one.text for one in only.pieces if one.became is not Became.REMOVED)
        case tuple() as links:
            return tuple(relinked([*map(canonical_url, links)], details))
        case Webhook() as hook:
            return rehooked(hook, details)
        case other:
            return other


def place(path: str) -> int:
    return int(path.strip("[]"))


def relinked(links: list[str], details: tuple[Detail, ...]) -> Iterator[str]:
    """Yield the links after: those that came stand at their places, and those that stayed fill the others in order."""
    lost = {place(one.came_from or one.path) for one in details if one.became is not Became.ADDED}
    assert all(
        links[place(one.came_from or one.path)] == one.before for one in details if one.became is not Became.ADDED
    )
    here = {place(one.path): one.after for one in details if one.became is not Became.REMOVED}
    kept = iter([link for index, link in enumerate(links) if index not in lost])
    for index in range(len(links) - len(lost) + len(here)):
        after = here[index] if index in here else next(kept)
        assert after is not None
        yield after
    assert list(kept) == []


def rehooked(hook: Webhook, details: tuple[Detail, ...]) -> Webhook:
    url, names = canonical_url(hook.url), sorted(header.name.lower() for header in hook.headers)
    for one in details:
        kind, _, name = one.path.partition(".")
        if kind == "url":
            assert one.before == url
            url = one.after or ""
        elif one.became is Became.REMOVED:
            names.remove(name.rstrip("~"))
        elif one.became is Became.ADDED:
            names.append(name.rstrip("~"))
    return Webhook(url=url, headers=tuple(Header(name=name) for name in sorted(names)))


@given(name=st.sampled_from(("about", "websites", "webhook")), data=st.data())
@tried(300)
def test_the_details_applied_to_live_give_what_is_desired(name: str, data: st.DataObject) -> None:
    """And there are some exactly where the two differ."""
    want, live = data.draw(VALUES[name]), data.draw(VALUES[name])
    (compared,) = diff(wanted({name: want}), seen({name: live}))
    assert bool(compared.details) is (compared.equality is not Equality.SAME)
    assert equality(rebuilt(name, live, compared.details), want) is Equality.SAME


def test_an_unmanaged_field_is_in_no_document_and_no_detail() -> None:
    live: dict[str, Value] = {"about": "Old", "email": "a@b.example", "websites": (A,), "webhook": HOOK}
    calls, _ = counted({"about": "New"}, live)
    assert calls.documents == [({"about": "Old"}, {"about": "New"})]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ((), (A,), (Detail("[0]", Became.ADDED, after=A),)),
        ("", (A,), (Detail("[0]", Became.ADDED, after=A),)),
        ((A,), (), (Detail("[0]", Became.REMOVED, before=A),)),
        ((A, B), (A, C), (Detail("[1]", Became.CHANGED, before=B, after=C),)),
        (
            (A, B),
            (B, A),
            (
                Detail("[0]", Became.MOVED, before=B, after=B, came_from="[1]"),
                Detail("[1]", Became.MOVED, before=A, after=A, came_from="[0]"),
            ),
        ),
        ((A, B), (B,), (Detail("[0]", Became.REMOVED, before=A),)),
        # B stays: what made place for it is gone.
        ((A, B), (B, C), (Detail("[0]", Became.REMOVED, before=A), Detail("[1]", Became.ADDED, after=C))),
        ((A,), ("https://a.example", "https://b.example"), (Detail("[1]", Became.ADDED, after=B),)),
        (
            ("https://a.example/x", A),
            ("https://\u0430.example/x", A),
            (
                Detail(
                    "[0]",
                    Became.CHANGED,
                    before="https://a.example/x",
                    after="https://\u0430.example/x",
                    note="character 9: U+0061 latin small letter a → U+0430 cyrillic small letter a",
                ),
            ),
        ),
    ],
)
def test_each_link_is_named_with_what_became_of_it(before: Value, after: Value, moved: tuple[Detail, ...]) -> None:
    (compared,) = diff(wanted({"websites": after}), seen({"websites": before}))
    assert compared.details == moved


def test_of_a_webhook_the_header_and_the_address_are_named_and_a_secret_is_none() -> None:
    token, secret = SecretRef(env="WEBHOOK_VERIFY"), SecretRef(env="WEBHOOK_BASIC")
    after = Webhook(url=HOOK.url, verify_token=token, headers=(Header("Via", secret), Header("X-Shop", secret)))
    live = Webhook(url="https://hooks.example/b", headers=(Header("via"), Header("Age")))
    (compared,) = diff(wanted({"webhook": after}), seen({"webhook": live}))
    assert compared.details == (
        Detail("headers.age", Became.REMOVED),
        Detail("headers.x-shop", Became.ADDED, after="{env: WEBHOOK_BASIC}"),
        Detail("url", Became.CHANGED, before="https://hooks.example/b", after="https://hooks.example/a"),
    )


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        (picture("a", grid=grid(100)), picture("b", grid=grid(200), file="pictures/new.png"), ["file", "sha256"]),
        (picture("a"), picture("b"), ["sha256"]),
        ("", picture("a"), [""]),
        (picture("a"), "", [""]),
    ],
)
def test_of_a_picture_the_facts_are_named_and_never_its_pixels(before: Value, after: Value, paths: list[str]) -> None:
    (compared,) = diff(wanted({"picture": after}), seen({"picture": before}))
    assert [one.path for one in compared.details] == paths


def test_a_value_of_another_kind_than_its_field_differs_as_a_whole() -> None:
    (compared,) = diff(wanted({"about": "New"}), seen({"about": (A,)}))
    assert (compared.equality, compared.details) == (Equality.DIFFERENT, (Detail("", Became.CHANGED, after="New"),))


def test_every_field_has_a_form() -> None:
    """Each kind of field, set and emptied, comes through DeepDiff."""
    kinds: dict[str, Value] = {"websites": (A,), "picture": picture(), "webhook": HOOK}
    full = {name: kinds.get(name, "x") for name in FIELD_NAMES}
    bare = {name: empty(name) for name in FIELD_NAMES}
    for want, live in ((full, bare), (bare, full)):
        calls, compared = counted(want, live)
        assert len(calls.documents) == 1
        assert [one.equality for one in compared] == [Equality.DIFFERENT] * len(FIELD_NAMES)
        assert all(one.details for one in compared)
        assert not any(isinstance(detail.before or detail.after, Picture) for one in compared for detail in one.details)
